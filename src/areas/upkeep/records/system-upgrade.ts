import { choice, instant, kind, text } from '../../../language/index.ts'

/** 升级登记 (D6.4.7): each change of the running platform, approved before and told after. */
export const systemUpgrade = kind({
  name: 'system-upgrade',
  title: '升级登记',
  help: '软件、数据库、操作系统和设备的升级：先审批，再实施，写明结果和回退。',
  clauses: ['D6.4.7'],
  schemaVersion: 1,
  fields: {
    what: text({ title: '升级内容', required: true, multiline: true, max: 500 }),
    part: choice({
      title: '对象',
      required: true,
      options: {
        platform: '平台软件',
        database: '数据库',
        system: '操作系统',
        network: '网络设备',
        device: '物联设备',
      },
    }),
    fromVersion: text({ title: '原版本', max: 60 }),
    toVersion: text({ title: '新版本', required: true, max: 60 }),
    plannedAt: instant({ title: '计划时间', required: true }),
    rollback: text({ title: '回退办法', required: true, multiline: true, max: 500 }),
    approver: text({ title: '批准人', required: true, max: 40 }),
    operator: text({ title: '实施人', required: true, max: 40 }),
    result: text({ title: '结果', multiline: true, max: 500 }),
  },
  titleFields: ['what'],
  list: {
    columns: ['plannedAt', 'what', 'part', 'toVersion', 'approver', 'operator'],
    sort: '-plannedAt',
    filters: ['part', 'plannedAt'],
    search: ['what', 'toVersion'],
  },
  checks: [{ name: 'approved', sql: 'approver <> operator', text: '批准人不能是实施人自己', at: 'approver' }],
  states: {
    names: { planned: '待实施', done: '已完成', 'rolled-back': '已回退' },
    tones: { planned: 'info', done: 'good', 'rolled-back': 'warn' },
    transitions: [
      {
        name: 'finish',
        title: '完成',
        from: ['planned'],
        to: 'done',
        by: ['city', 'system'],
        asks: ['result'],
        needs: ['result'],
      },
      {
        name: 'roll-back',
        title: '回退',
        from: ['planned', 'done'],
        to: 'rolled-back',
        by: ['city', 'system'],
        asks: ['result'],
        needs: ['result'],
      },
    ],
  },
  grants: {
    city: ['read', 'create', 'change', 'void'],
    system: ['read', 'create', 'change', 'void'],
    security: ['read'],
    audit: ['read'],
  },
})
