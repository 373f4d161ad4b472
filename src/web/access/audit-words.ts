import type { Fields } from '../../language/fields/index.ts'
import { acts } from './acts.ts'

/** What the platform's own entries name beside who, when and what. What other applications hand in keeps its own names. */
const titles: Readonly<Record<string, string>> = {
  reason: '原因',
  version: '第几版',
  before: '之前',
  after: '之后',
  loosened: '放宽的项',
  allow: '决定',
  asked: '申请人',
  answer: '意见',
  subject: '申请内容',
  position: '角色',
  role: '角色',
  base: '基础角色',
  narrows: '收窄',
  kinds: '记录',
  verbs: '保留',
  hide: '隐藏字段',
  scopes: '权限',
  days: '有效天数',
  perMinute: '每分钟次数上限',
  token: '令牌编号',
  partner: '对方平台编号',
  certificate: '证书编号',
  sha256: '证书指纹',
  key: '密钥编号',
  suite: '密码算法',
  approval: '审批编号',
  factor: '验证方式',
  next: '下一步',
  code: '原因',
  status: '答复状态',
  method: '请求方式',
  url: '网址',
  path: '页面',
  requestId: '请求编号',
  query: '查找条件',
  actor: '人员编号',
  act: '动作',
  kind: '对象',
  object: '对象编号',
  result: '结果',
  address: '来源地址',
  app: '来源应用',
  from: '从',
  to: '到',
  q: '查找',
  file: '文件编号',
  format: '格式',
  total: '总条数',
  login: '用户名',
  redirects: '回跳网址',
  name: '名称',
  title: '名称',
  id: '编号',
  value: '数值',
  retired: '已停用',
  region: '行政区划',
  station: '监管所',
  issuer: '身份来源',
  wish: '请求',
  isOn: '启用',
  config: '设置',
  secretChanged: '换了密码',
  assignee: '交给',
  task: '任务编号',
  flow: '流程编号',
  rule: '依据',
  factors: '连同第二验证',
  revokedTokens: '作废的令牌',
  withdrawn: '撤回的申请',
  viewAs: '借看的账号',
  viewAsName: '借看谁',
  actingFor: '代理的账号',
  actingForName: '代理谁',
  redirectUris: '回跳网址',
  mark: '水印编号',
}

const words: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  act: acts,
  allow: { true: '批准', false: '不批准' },
  factor: {
    password: '密码',
    totp: '动态口令',
    passkey: '通行密钥',
    backup: '备用码',
    oidc: '统一身份认证',
    'site-pin': 'PIN',
  },
  next: { password: '修改密码', 'second-factor': '第二步验证', enrol: '添加第二验证方式' },
  code: {
    'wrong-password': '密码不对',
    'wrong-pin': 'PIN 不对',
    'wrong-code': '验证码不对',
    'wrong-passkey': '通行密钥没有通过',
    locked: '已锁定',
    'sign-in': '没有登录',
  },
  result: { done: '成功', refused: '拒绝', failed: '失败' },
  verbs: { read: '查看', create: '登记', change: '修改', void: '作废', refer: '引用' },
  scopes: {
    records: '记录',
    operations: '操作',
    desk: '工作台与检索',
    epcis: '追溯事件',
    log: '日志上报',
    metrics: '运行指标',
  },
  before: { sandbox: '沙箱', live: '在用', deprecated: '待停用', retired: '已停用' },
  after: { sandbox: '沙箱', live: '在用', deprecated: '待停用', retired: '已停用' },
}
const roles: Readonly<Record<string, string>> = {
  city: '市级监管',
  county: '县区监管',
  enterprise: '企业',
  system: '系统管理员',
  security: '安全管理员',
  audit: '审计管理员',
}

/** Words for what an entry names: titles of kinds, of the policy's fields. */
export type EntryWords = { titleOf(kind: string): string; fields?: Fields }

function wordOf(name: string, value: unknown, { titleOf, fields = {} }: EntryWords): string {
  const text = String(value)
  if (Object.hasOwn(words[name] ?? {}, text)) return words[name]?.[text] as string
  if (typeof value === 'boolean') return value ? '是' : '否'
  if (name === 'kind') return titleOf(text)
  if (name === 'loosened') return fields[text]?.title ?? text
  if (['position', 'role', 'base', 'before'].includes(name)) return roles[text] ?? text
  const field = fields[name]
  return field?.type === 'choice' ? (field.options[text] ?? text) : text
}

const isNothing = (value: unknown): boolean =>
  value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0)

type Values = Record<string, unknown>
const isValues = (value: unknown): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What was before and after, side by side; what stayed the same is left out. */
function changedLines(before: Values, after: Values, told: EntryWords): [string, string][] {
  const [old, now] = [before, after].map((values) => new Map(entryLines(values, told))) as [
    Map<string, string>,
    Map<string, string>,
  ]
  return [...new Set([...old.keys(), ...now.keys()])]
    .filter((title) => old.get(title) !== now.get(title))
    .map((title) => [title, `${old.get(title) ?? '无'} → ${now.get(title) ?? '无'}`])
}

/** The detail of an entry as lines of a title and a text; what lies deeper carries the titles on the way to it. */
export function entryLines(
  detail: Record<string, unknown>,
  told: EntryWords,
  under: string[] = [],
): [string, string][] {
  const isKinds = under.at(-1) === titles.kinds
  const titled = (name: string): string => {
    if (isKinds) return name === '*' ? '其余全部' : told.titleOf(name)
    return told.fields?.[name]?.title ?? titles[name] ?? name
  }
  const { before, after, ...rest } = detail
  if (isValues(before) && isValues(after))
    return [...changedLines(before, after, told), ...entryLines(rest, told, under)]
  return Object.entries(detail).flatMap(([name, value]): [string, string][] => {
    // The desk compares by the owner's id; who it is stands beside the name.
    if (isNothing(value) || name === 'owner') return []
    const at = [...under, titled(name)]
    if (Array.isArray(value)) {
      const each = value.map((one) => (typeof one === 'object' ? JSON.stringify(one) : wordOf(name, one, told)))
      return [[at.join(' · '), each.join('、')]]
    }
    if (isValues(value)) return entryLines(value, told, at)
    return [[at.join(' · '), wordOf(name, value, told)]]
  })
}
