import { choice, type Fields, number, type Problem, text } from '../../language/index.ts'
import { type codeShapes, parseDictionary } from './dictionary.ts'
import { parseNetworks } from './network.ts'

/** One policy: declared like an operation, so that its form and check are derived. */
export type PolicyDeclaration<Value extends object> = {
  name: string
  title: string
  help: string
  /** Whose it is: what guards the platform is 安全管理员's, what configures it 系统管理员's. */
  keeper?: 'system'
  fields: Fields
  /** In force until somebody sets another. */
  initial: Value
  /** Which fields a new value makes laxer than the old: such a change needs four eyes. */
  loosens(before: Value, after: Value): (keyof Value & string)[]
  check?(value: Value): Problem[]
}

export type PasswordPolicy = { lengthMin: number; history: number; days: number }
export type LockoutPolicy = { failures: number; minutes: number; addressFailures: number; siteFailures: number }
export type SessionPolicy = { idleMinutes: number; hours: number; perAccount: number; siteIdleMinutes: number }
export type AccessPolicy = {
  administratorNetworks: string | null
  bannedNetworks: string | null
  administratorHours: string | null
  businessHours: string | null
}
export type AlarmPolicy = {
  rowsPerHour: number
  oddFrom: string
  oddTo: string
  probesPerHour: number
  refusalsPerHour: number
}
export type QuotaPolicy = {
  personPerMinute: number
  publicPerMinute: number
  tokenPerMinute: number
  exportRows: number
}
export type SignaturePolicy = { orders: 'signed' | 'free'; required: string | null }
export type DictionaryPolicy = { entries: string | null }
export type WatermarkPolicy = { screen: 'on' | 'off'; approveRows: number }

const networksField = (title: string, help: string) => text({ title, help, multiline: true, max: 4000 })
const hoursField = (title: string) =>
  text({
    title,
    help: '例如 07:00-22:00，空着表示不限；按北京时间',
    max: 11,
    pattern: {
      matches: '^([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]$',
      text: '应为起止时间，如 07:00-22:00',
    },
  })
const clock = (title: string) =>
  text({
    title,
    required: true,
    max: 5,
    pattern: { matches: '^([01][0-9]|2[0-3]):[0-5][0-9]$', text: '应为时间，如 22:00' },
  })

/** Names of the fields whose number went the lax way. */
const laxer =
  <Value extends object>(ways: Partial<Record<keyof Value & string, 'up' | 'down'>>) =>
  (before: Value, after: Value): (keyof Value & string)[] =>
    (Object.keys(ways) as (keyof Value & string)[]).filter((name) => {
      const change = Number(after[name]) - Number(before[name])
      return ways[name] === 'up' ? change > 0 : change < 0
    })

const changed = <Value extends object>(before: Value, after: Value, names: readonly (keyof Value & string)[]) =>
  names.filter((name) => before[name] !== after[name])

/** The floor is the clause itself: no administrator can set less than E5.3.7.e asks. */
const password: PolicyDeclaration<PasswordPolicy> = {
  name: 'password',
  title: '口令',
  help: '大写、小写、数字、特殊字符四类都要有；不少于 8 位、至多三个月更换是标准的下限，不能再放宽。',
  fields: {
    lengthMin: number({ title: '最少位数', required: true, min: 8, max: 64 }),
    history: number({ title: '不得与最近几次相同', required: true, min: 3, max: 24 }),
    days: number({ title: '有效天数', required: true, min: 1, max: 90 }),
  },
  initial: { lengthMin: 8, history: 5, days: 90 },
  loosens: laxer<PasswordPolicy>({ lengthMin: 'down', history: 'down', days: 'up' }),
}

const lockout: PolicyDeclaration<LockoutPolicy> = {
  name: 'lockout',
  title: '登录失败',
  help: '连续失败后锁定账号和来源地址，再次锁定时间加倍，最长一天。',
  fields: {
    failures: number({ title: '账号失败几次后锁定', required: true, min: 3, max: 10 }),
    minutes: number({ title: '首次锁定分钟数', required: true, min: 10, max: 1440 }),
    addressFailures: number({ title: '同一地址失败几次后锁定', required: true, min: 5, max: 500 }),
    siteFailures: number({ title: '现场登录点 PIN 失败几次后锁定', required: true, min: 5, max: 30 }),
  },
  initial: { failures: 5, minutes: 30, addressFailures: 50, siteFailures: 15 },
  loosens: laxer<LockoutPolicy>({ failures: 'up', minutes: 'down', addressFailures: 'up', siteFailures: 'up' }),
}

const session: PolicyDeclaration<SessionPolicy> = {
  name: 'session',
  title: '会话',
  help: '多久不操作自动退出，一次登录最长多久，同一账号同时几处登录。',
  fields: {
    idleMinutes: number({ title: '不操作自动退出分钟数', required: true, min: 5, max: 240 }),
    hours: number({ title: '一次登录最长小时数', required: true, min: 1, max: 24 }),
    perAccount: number({ title: '同一账号同时登录数', required: true, min: 1, max: 20 }),
    siteIdleMinutes: number({ title: '公用手机自动退出分钟数', required: true, min: 1, max: 60 }),
  },
  initial: { idleMinutes: 60, hours: 12, perAccount: 5, siteIdleMinutes: 10 },
  loosens: laxer<SessionPolicy>({ idleMinutes: 'up', hours: 'up', perAccount: 'up', siteIdleMinutes: 'up' }),
}

const access: PolicyDeclaration<AccessPolicy> = {
  name: 'access',
  title: '访问时间与地址',
  help: '地址每行一个，可写网段，如 10.1.0.0/16。',
  fields: {
    administratorNetworks: networksField('管理员只能从这些地址登录', '空着表示不限'),
    bannedNetworks: networksField('禁止访问的地址', '来自这些地址的请求一律拒绝'),
    administratorHours: hoursField('管理员可登录时间'),
    businessHours: hoursField('业务账号可登录时间'),
  },
  initial: { administratorNetworks: null, bannedNetworks: null, administratorHours: null, businessHours: null },
  loosens: (before, after) =>
    changed(before, after, ['administratorNetworks', 'bannedNetworks', 'administratorHours', 'businessHours']).filter(
      (name) =>
        name === 'bannedNetworks'
          ? (before.bannedNetworks?.split(/\s+/) ?? []).some((each) => each && !after.bannedNetworks?.includes(each))
          : before[name] !== null,
    ),
  check: (value) =>
    (['administratorNetworks', 'bannedNetworks'] as const).flatMap((name) => {
      const wrong = parseNetworks(value[name]).wrong[0]
      return wrong ? [{ code: 'wrong-format', text: `“${wrong.slice(0, 60)}”不是 IP 地址或网段`, at: `/${name}` }] : []
    }),
}

const alarm: PolicyDeclaration<AlarmPolicy> = {
  name: 'alarm',
  title: '行为告警',
  help: '超过这些阈值时，审计台出现告警。',
  fields: {
    rowsPerHour: number({ title: '一人一小时读取重要数据条数', required: true, min: 10, max: 1_000_000 }),
    oddFrom: clock('非常时段从'),
    oddTo: clock('非常时段到'),
    probesPerHour: number({ title: '一人一小时试探编号次数', required: true, min: 3, max: 10_000 }),
    refusalsPerHour: number({ title: '一个地址一小时被拒绝次数', required: true, min: 5, max: 100_000 }),
  },
  initial: { rowsPerHour: 2000, oddFrom: '23:00', oddTo: '05:00', probesPerHour: 20, refusalsPerHour: 100 },
  loosens: laxer<AlarmPolicy>({ rowsPerHour: 'up', probesPerHour: 'up', refusalsPerHour: 'up' }),
}

const quota: PolicyDeclaration<QuotaPolicy> = {
  name: 'quota',
  title: '请求配额',
  help: '每分钟请求数上限，超过的请求稍后再试；令牌可另设自己的配额。',
  fields: {
    personPerMinute: number({ title: '每个登录用户', required: true, min: 60, max: 100_000 }),
    publicPerMinute: number({ title: '每个未登录地址', required: true, min: 30, max: 10_000_000 }),
    tokenPerMinute: number({ title: '每个令牌', required: true, min: 30, max: 10_000_000 }),
    exportRows: number({ title: '一次导出条数', required: true, min: 100, max: 1_000_000 }),
  },
  initial: { personPerMinute: 3000, publicPerMinute: 60_000, tokenPerMinute: 600_000, exportRows: 10_000 },
  loosens: laxer<QuotaPolicy>({ personPerMinute: 'up', publicPerMinute: 'up', tokenPerMinute: 'up', exportRows: 'up' }),
}

const watermark: PolicyDeclaration<WatermarkPolicy> = {
  name: 'watermark',
  title: '重要数据导出',
  help: '含个人信息的记录，导出或打印超过这个条数要先由安全管理员批准；页面和导出文件带水印。',
  fields: {
    screen: choice({ title: '屏幕水印', required: true, options: { on: '显示', off: '不显示' } }),
    approveRows: number({ title: '超过几条需要批准', required: true, min: 0, max: 100_000 }),
  },
  initial: { screen: 'on', approveRows: 200 },
  loosens: (before, after) => [
    ...laxer<WatermarkPolicy>({ approveRows: 'up' })(before, after),
    ...(before.screen === 'on' && after.screen === 'off' ? ['screen' as const] : []),
  ],
}

const signature: PolicyDeclaration<SignaturePolicy> = {
  name: 'signature',
  title: '电子签名',
  help: '须签名的记录和操作，必须由本人的密钥签名才能提交；批量登记和导入也一并拒绝。',
  fields: {
    orders: choice({
      title: '召回等指令',
      required: true,
      options: { signed: '须签名', free: '不要求' },
    }),
    required: text({
      title: '另外须签名的记录和操作',
      help: '填英文名，每行一个，如接口文档中 /records/ 或 /operations/ 后面的名字',
      multiline: true,
      max: 2000,
      pattern: { matches: '^[a-z0-9-]+([\\s,]+[a-z0-9-]+)*$', text: '应为英文名，每行一个' },
    }),
  },
  // A8.6.3.d asks for it; an office without keys takes it back, by two administrators and on record.
  initial: { orders: 'signed', required: null },
  loosens: (before, after) => {
    const kept = new Set((after.required ?? '').split(/[\s,]+/))
    const fewer = (before.required ?? '').split(/[\s,]+/).some((each) => each && !kept.has(each))
    const freed = before.orders === 'signed' && after.orders === 'free'
    return [...(freed ? ['orders' as const] : []), ...(fewer ? ['required' as const] : [])]
  },
}

/** The operator's own words for a standard's code table or a field's options. What was recorded under a code keeps it. */
const dictionary = (
  name: string,
  title: string,
  { shape = 'options', example = 'other-kind 其他类别' }: { shape?: keyof typeof codeShapes; example?: string } = {},
): PolicyDeclaration<DictionaryPolicy> => ({
  name,
  title: `字典：${title}`,
  help: `在${shape === 'table' ? '标准的代码表' : '平台给出的选项'}之外增加、改名或停用。停用的不能再选，已有记录不变。`,
  keeper: 'system',
  fields: {
    entries: text({
      title: '增加、改名和停用',
      help: `每行一条：“${example}”增加或改名，“-${example.split(' ')[0]}”停用`,
      multiline: true,
      max: 20_000,
    }),
  },
  initial: { entries: null },
  loosens: () => [],
  check: ({ entries }) => parseDictionary(entries, shape).problems,
})

/** What an operator may supplement: the codes of a standard, and the options of fields that name the dictionary. */
export const dictionaries = {
  'food-class': dictionary('food-class', '食品类别', { shape: 'table', example: '33 预制菜' }),
  post: dictionary('post', '岗位', { example: 'nutritionist 营养师' }),
  'site-use': dictionary('site-use', '场所用途', { example: 'dock 装卸平台' }),
  meal: dictionary('meal', '餐次', { example: 'late-night 夜宵' }),
  'camera-scene': dictionary('camera-scene', '摄像机看什么', { example: 'roof 屋面' }),
  'complaint-channel': dictionary('complaint-channel', '投诉举报渠道', { example: 'mini-app 小程序' }),
  'medium-type': dictionary('medium-type', '存储介质类型', { example: 'cloud 云存储' }),
  'destruction-method': dictionary('destruction-method', '销毁方式', { example: 'burning 焚烧' }),
} as const

export type DictionaryName = keyof typeof dictionaries

export const isDictionaryName = (name: string): name is DictionaryName => Object.hasOwn(dictionaries, name)

/** Every policy, in the order of the page. */
export const declaredPolicies = {
  password,
  lockout,
  session,
  access,
  alarm,
  quota,
  watermark,
  signature,
  ...dictionaries,
}

export type PolicyName = keyof typeof declaredPolicies
export type PolicyValue<Name extends PolicyName> = (typeof declaredPolicies)[Name]['initial']

export const isPolicyName = (name: string): name is PolicyName => Object.hasOwn(declaredPolicies, name)
