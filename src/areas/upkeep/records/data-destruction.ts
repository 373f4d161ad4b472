import { choice, file, instant, kind, text } from '../../../language/index.ts'

/** 销毁登记 (D6.4.6): what was destroyed, how, who allowed it and who watched. */
export const dataDestruction = kind({
  name: 'data-destruction',
  title: '销毁登记',
  help: '数据、介质或密钥的销毁：经谁批准、怎样销毁、谁监销。',
  clauses: ['D6.4.6', 'D6.4.6.b'],
  schemaVersion: 1,
  fields: {
    thing: text({ title: '销毁对象', required: true, multiline: true, max: 500 }),
    method: choice({
      title: '方式',
      required: true,
      dictionary: 'destruction-method',
      options: { degaussing: '消磁', shredding: '粉碎', overwriting: '覆写', 'key-destruction': '销毁密钥' },
    }),
    reason: text({ title: '原因', required: true, max: 300 }),
    destroyedAt: instant({ title: '销毁时间', required: true }),
    approver: text({ title: '批准人', required: true, max: 40 }),
    operator: text({ title: '执行人', required: true, max: 40 }),
    witness: text({ title: '监销人', help: '与执行人不同', required: true, max: 40 }),
    evidence: file({ title: '凭证', max: 5 }),
  },
  titleFields: ['thing'],
  list: {
    columns: ['destroyedAt', 'thing', 'method', 'approver', 'operator', 'witness'],
    sort: '-destroyedAt',
    filters: ['method', 'destroyedAt'],
    search: ['thing'],
  },
  checks: [
    { name: 'watched', sql: 'witness <> operator', text: '监销人不能是执行人自己', at: 'witness' },
    { name: 'allowed', sql: 'approver <> operator', text: '批准人不能是执行人自己', at: 'approver' },
  ],
  grants: {
    city: ['read', 'create', 'change', 'void'],
    system: ['read', 'create', 'change', 'void'],
    security: ['read'],
    audit: ['read'],
  },
})
