import { choice, code, kind, photo, place, text } from '../../../language/index.ts'

/** 场所: a workshop, warehouse, canteen or shop of a subject. */
export const site = kind({
  name: 'site',
  title: '场所',
  help: '企业的车间、仓库、食堂、门店，各自登记一次。',
  clauses: ['C6.2.1', 'D4.3.7.3'],
  schemaVersion: 1,
  fields: {
    name: text({ title: '场所名称', required: true, class: 'public', max: 80 }),
    use: choice({
      title: '用途',
      required: true,
      class: 'public',
      dictionary: 'site-use',
      options: { workshop: '生产车间', warehouse: '仓库', cold: '冷库', kitchen: '厨房', shop: '门店', office: '办公' },
    }),
    address: text({ title: '地址', required: true, class: 'public' }),
    place: place({ title: '位置', class: 'public' }),
    gln: code({ title: '全球位置码 GLN', table: 'gln', unique: true, class: 'public' }),
    keeper: text({ title: '负责人', required: true, class: 'personal', max: 40 }),
    photos: photo({ title: '现场照片', max: 6 }),
    remark: text({ title: '备注', multiline: true, max: 300 }),
  },
  titleFields: ['name'],
  sections: [
    { title: '是什么', fields: ['name', 'keeper', 'use'] },
    { title: '在哪里', fields: ['address', 'gln', 'place', 'photos'] },
    { title: '其他', fields: ['remark'] },
  ],
  list: {
    columns: ['name', 'use', 'address', 'gln', 'keeper'],
    filters: ['use'],
    search: ['name', 'address', 'keeper'],
  },
  grants: {
    city: ['read'],
    county: ['read'],
    enterprise: ['read', 'create', 'change', 'void', 'refer'],
  },
})
