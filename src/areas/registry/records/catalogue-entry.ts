import { choice, kind, reference, text, validity } from '../../../language/index.ts'

/** 产品目录 (C6.3.1): the general national catalogue and local sub-catalogues; each entry holds on certain days. */
export const catalogueEntry = kind({
  name: 'catalogue-entry',
  title: '产品目录',
  help: '国家总目录和本地子目录；修改即产生新版本，旧版本仍可查。',
  clauses: ['C6.3.1'],
  schemaVersion: 1,
  fields: {
    code: text({
      title: '目录编码',
      required: true,
      unique: true,
      class: 'public',
      max: 20,
      pattern: { matches: '^[0-9A-Z.-]+$', text: '只能由数字、大写字母和 . - 组成' },
    }),
    name: text({ title: '名称', required: true, class: 'public', max: 80 }),
    level: choice({
      title: '目录级别',
      required: true,
      class: 'public',
      options: { national: '国家总目录', local: '本地子目录' },
    }),
    parent: reference({ title: '上级', to: 'catalogue-entry', class: 'public' }),
    edition: text({ title: '版本', help: '如 2026 年版', required: true, class: 'public', max: 30 }),
    holds: validity({ title: '适用时间', required: true, class: 'public' }),
    remark: text({ title: '说明', class: 'public', multiline: true, max: 300 }),
  },
  titleFields: ['name', 'code'],
  sections: [
    { title: '目录', fields: ['level', 'parent', 'code', 'name'] },
    { title: '版本', fields: ['edition', 'holds', 'remark'] },
  ],
  list: {
    columns: ['code', 'name', 'level', 'parent', 'edition', 'holds'],
    sort: 'code',
    filters: ['level', 'holds'],
    search: ['code', 'name'],
  },
  grants: {
    public: ['refer'],
    city: ['read', 'create', 'change', 'void', 'refer'],
    county: ['refer'],
    enterprise: ['refer'],
  },
})
