import { instant, kind, photo, quantity, reference, text, writtenBy } from '../../../language/index.ts'

/** 过秤验收: what the cloud scale weighed, against what was ordered. */
export const scaleReceipt = kind({
  name: 'scale-receipt',
  title: '过秤验收',
  help: '货到过秤，自动和采购单核对；云秤坏了就手填重量。',
  clauses: ['D5.6.5'],
  schemaVersion: 1,
  fields: {
    article: text({ title: '品名', required: true, max: 60 }),
    weight: quantity({ title: '实收', required: true, units: ['KGM'], min: '0', max: '100000' }),
    weighedAt: instant({ title: '过秤时间', required: true }),
    purchase: reference({ title: '采购单', to: 'purchase-order' }),
    ordered: quantity({ title: '订购', units: ['KGM'], min: '0', max: '100000' }),
    lot: text({ title: '批号', max: 40 }),
    supplier: text({ title: '供货者', max: 80 }),
    ...writtenBy('field-device'),
    receiver: text({ title: '验收人', max: 40 }),
    difference: text({ title: '差异说明', help: '少收、多收或没有采购单时写明', max: 200 }),
    photo: photo({ title: '照片', max: 3 }),
  },
  titleFields: ['article', 'weighedAt'],
  list: {
    columns: ['weighedAt', 'article', 'weight', 'ordered', 'supplier', 'source', 'difference'],
    sort: '-weighedAt',
    filters: ['weighedAt', 'source', 'purchase'],
    search: ['article', 'supplier', 'lot'],
  },
  timing: { occurred: 'weighedAt', lateAfterHours: 24 },
  checks: [
    {
      name: 'difference_explained',
      sql: "source = 'device' or ordered is null or abs(weight - ordered) <= ordered * rule('scale-receipt.tolerance') / 100 or difference is not null",
      text: '实收和订购相差较大，请说明',
      at: 'difference',
    },
  ],
  grants: { city: ['read'], county: ['read'], enterprise: ['read', 'create', 'change', 'void'] },
})
