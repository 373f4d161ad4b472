import {
  choice,
  code,
  day,
  instant,
  kind,
  lines,
  number,
  photo,
  quantity,
  reference,
  snapshot,
  text,
} from '../../../language/index.ts'

/** 原料进货查验: what arrived, from whom, with which certificates (食品安全法 Art 50; E5.2.2). */
export const materialReceipt = kind({
  name: 'material-receipt',
  title: '原料进货查验',
  help: '原料、辅料到厂时逐批登记，并查验合格证明。',
  clauses: ['E5.2.2.a', 'E5.2.2.b', 'E5.2.2.c'],
  schemaVersion: 1,
  fields: {
    receivedAt: instant({ title: '到货时间', required: true }),
    supplier: reference({ title: '供应商', to: 'subject', required: true }),
    supplierAsReceived: snapshot({
      title: '收货时的供应商资料',
      from: 'supplier',
      fields: ['name', 'uscc', 'licenceNumber', 'address', 'contact', 'phone'],
    }),
    deliveryNote: text({ title: '送货单号', max: 60 }),
    lots: lines({
      title: '到货批次',
      required: true,
      max: 200,
      fields: {
        name: text({ title: '名称', required: true, max: 60 }),
        gtin: code({ title: '商品条码', help: '扫描或输入 8 到 14 位', table: 'gtin', required: true }),
        lot: text({
          title: '批号',
          required: true,
          max: 20,
          pattern: { matches: '^[0-9A-Za-z._/-]+$', text: '只能由数字、字母和 . _ / - 组成' },
        }),
        specification: text({ title: '规格', max: 60 }),
        quantity: quantity({ title: '数量', required: true, units: ['KGM', 'GRM', 'TNE', 'LTR', 'EA', 'PA', 'CS'] }),
        producedOn: day({ title: '生产日期', required: true }),
        shelfLifeDays: number({ title: '保质期（天）', required: true, min: 1, max: 3650 }),
        origin: text({ title: '原产地', max: 60 }),
        conformity: choice({
          title: '合格证明',
          required: true,
          options: { passed: '有，合格', failed: '不合格', missing: '没有' },
          tones: { passed: 'good', failed: 'bad', missing: 'warn' },
        }),
        disposal: text({ title: '不合格处理', help: '不合格时写明怎样处理', max: 200 }),
      },
    }),
    photos: photo({ title: '单据和货物照片' }),
    receiver: text({ title: '验收人', required: true, max: 40 }),
    remark: text({ title: '备注', multiline: true, max: 500 }),
    eventId: text({ title: '追溯事件', derived: true, max: 300 }),
  },
  titleFields: ['receivedAt', 'deliveryNote'],
  sections: [
    { title: '谁送来的', fields: ['supplier', 'supplierAsReceived', 'receivedAt', 'deliveryNote'] },
    { title: '送来什么', fields: ['lots', 'photos'] },
    { title: '验收', fields: ['receiver', 'remark', 'eventId'] },
  ],
  list: {
    columns: ['receivedAt', 'supplier', 'lots', 'deliveryNote', 'receiver'],
    sort: '-receivedAt',
    filters: ['receivedAt', 'supplier'],
    search: ['deliveryNote', 'receiver'],
  },
  checks: [
    {
      name: 'failed_disposal',
      sql: `not jsonb_path_exists(lots, '$[*] ? (@.conformity == "failed" && !exists(@.disposal))')`,
      text: '不合格的批次请写明怎样处理',
      at: 'lots',
    },
  ],
  grants: {
    city: ['read'],
    county: ['read'],
    enterprise: ['read', 'create', 'change', 'void'],
  },
})
