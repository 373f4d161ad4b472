import type { Actor } from './actor.ts'

/** A page of identity, rights and audit, as the menu shows it. */
export type Desk = { name: string; title: string }

const desks: Readonly<Record<string, string>> = {
  approvals: '审批',
  accounts: '账号',
  roles: '角色与权限',
  policies: '策略',
  areas: '区域与部门',
  clients: '接口与令牌',
  audit: '审计',
  alarms: '行为告警',
  sites: '公用手机登录',
  deputies: '代理与视角',
  leaks: '泄露溯源',
  sso: '单点登录',
  keys: '密钥',
  me: '我的登录安全',
  'my-data': '我的个人信息',
  review: '数据审核',
  quarantine: '隔离数据',
  indicators: '统计指标',
  reports: '报表中心',
  rules: '法规数值',
  channels: '消息渠道',
  jobs: '后台任务',
  ledger: '存证日志',
}

/** What all who have business of their own do with their data. */
const ofData = ['indicators', 'reports', 'review', 'quarantine']

function namesFor(actor: Actor): string[] {
  switch (actor.role) {
    case 'system':
      return [
        'approvals',
        'accounts',
        'areas',
        'clients',
        'sso',
        'policies',
        'keys',
        'rules',
        'channels',
        'jobs',
        'ledger',
        'me',
        'my-data',
      ]
    case 'security':
      return ['approvals', 'accounts', 'roles', 'policies', 'keys', 'rules', 'clients', 'sso', 'me', 'my-data']
    case 'audit':
      return ['audit', 'alarms', 'leaks', 'approvals', 'policies', 'keys', 'rules', 'jobs', 'ledger', 'me', 'my-data']
    case 'enterprise':
      return [
        ...ofData,
        ...(actor.position
          ? ['rules', 'deputies', 'me', 'my-data']
          : ['accounts', 'sites', 'clients', 'rules', 'deputies', 'me', 'my-data']),
      ]
    default:
      return [...ofData, 'rules', 'ledger', 'deputies', 'me', 'my-data']
  }
}

/** The pages that a person has beside the records. Nobody has them through a token or with another's eyes. */
export function desksOf(actor: Actor): Desk[] {
  if (actor.scopes.length > 0 || actor.viewedBy || actor.deputy || actor.tokenId) return []
  return namesFor(actor).map((name) => ({ name, title: desks[name] ?? name }))
}
