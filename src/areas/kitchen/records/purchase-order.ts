import { day, kind, lines, quantity, text } from '../../../language/index.ts'

/** 采购单: what was ordered, against which the scale holds what came. */
export const purchaseOrder = kind({
  name: 'purchase-order',
  title: '采购单',
  help: '向供货者订的货；到货过秤时逐项核对。',
  clauses: ['D5.6.5'],
  schemaVersion: 1,
  fields: {
    number: text({ title: '采购单号', required: true, unique: 'owner', class: 'public', max: 40 }),
    supplier: text({ title: '供货者', required: true, max: 80 }),
    deliverOn: day({ title: '到货日期', required: true }),
    goods: lines({
      title: '货物',
      required: true,
      max: 200,
      fields: {
        article: text({ title: '品名', required: true, max: 60 }),
        quantity: quantity({ title: '数量', required: true, units: ['KGM'], min: '0', max: '100000' }),
      },
    }),
  },
  titleFields: ['number'],
  list: {
    columns: ['deliverOn', 'number', 'supplier', 'goods'],
    sort: '-deliverOn',
    filters: ['deliverOn'],
    search: ['number', 'supplier'],
  },
  grants: { city: ['read'], county: ['read'], enterprise: ['read', 'create', 'change', 'void', 'refer'] },
})
