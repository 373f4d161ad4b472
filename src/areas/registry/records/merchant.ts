import { code, kind, reference, text } from '../../../language/index.ts'

/** 个体经营者备案: a stall or shop in a market or other node (C6.2.1). */
export const merchant = kind({
  name: 'merchant',
  title: '个体经营者',
  help: '在市场、商圈等节点内经营的个体户，一户一档。',
  clauses: ['C6.2.1.b'],
  schemaVersion: 1,
  isOwner: true,
  fields: {
    name: text({ title: '商户名称', required: true, class: 'public', max: 100 }),
    merchantCode: text({
      title: '商户编码',
      help: '节点内的唯一编码',
      required: true,
      unique: true,
      class: 'public',
      max: 30,
      pattern: { matches: '^[0-9A-Za-z-]+$', text: '只能由数字、字母和 - 组成' },
    }),
    uscc: code({ title: '统一社会信用代码', table: 'uscc', unique: true, class: 'public' }),
    business: text({ title: '经营类型', help: '如：蔬菜批发、鲜肉零售', required: true, class: 'public', max: 40 }),
    categories: text({ title: '经营品种', class: 'public', max: 200 }),
    node: reference({ title: '所在节点企业', to: 'subject', required: true, class: 'public' }),
    stall: text({ title: '摊位号', class: 'public', max: 40 }),
    region: code({ title: '所在县区', table: 'region', required: true, class: 'public' }),
    contact: text({ title: '联系人', required: true, class: 'personal', max: 40 }),
    phone: text({
      title: '联系电话',
      required: true,
      class: 'personal',
      max: 20,
      pattern: { matches: '^[0-9+][0-9 -]{6,19}$', text: '应为电话号码，如 0772-2860000' },
    }),
  },
  titleFields: ['name'],
  sections: [
    { title: '是谁', fields: ['name', 'merchantCode', 'uscc'] },
    { title: '做什么、在哪里', fields: ['business', 'categories', 'node', 'stall', 'region'] },
    { title: '找谁', fields: ['contact', 'phone'] },
  ],
  list: {
    columns: ['name', 'merchantCode', 'business', 'node', 'stall', 'region', 'contact'],
    filters: ['region', 'node'],
    search: ['name', 'merchantCode', 'business', 'categories', 'stall'],
  },
  grants: {
    public: ['refer'],
    city: ['read', 'create', 'change', 'void', 'refer'],
    county: ['read', 'create', 'change', 'refer'],
    enterprise: ['read', 'change', 'refer'],
  },
})
