import type { ISql } from 'postgres'
import { Failure, invalid } from '../../failure.ts'
import { checkFields, choice, type Fields, number, text } from '../../language/index.ts'
import type { Keyring } from '../protect/keyring.ts'
import { checkOutsideUrl } from '../protect/outside-url.ts'
import { secretPurpose } from './send.ts'

export type Outside = 'email' | 'sms' | 'wechat'

const adapter: Fields = {
  url: text({ title: '接口网址', required: true, max: 500 }),
  method: choice({ title: '方法', required: true, options: { POST: 'POST', PUT: 'PUT', GET: 'GET' } }),
  headers: text({
    title: '请求头',
    help: '每行一个，如 Authorization: Bearer {{secret}}',
    required: true,
    multiline: true,
    max: 2000,
  }),
  body: text({
    title: '内容模板',
    help: '{{to}} 接收人，{{title}} 标题，{{detail}} 正文，{{id}} 消息编号，{{secret}} 密钥',
    required: true,
    multiline: true,
    max: 4000,
  }),
  bodyForm: choice({ title: '内容形式', required: true, options: { json: 'JSON', form: '表单', text: '文本' } }),
  success: text({ title: '成功的标志', help: '应答里应有的文字（正则表达式）；空着表示 2xx 就算成功', max: 200 }),
}

/** What each channel out of the house is told: declared, so that its form and check are derived. */
export const channels: Readonly<Record<Outside, { title: string; contact: string; fields: Fields }>> = {
  email: {
    title: '电子邮件',
    contact: '邮箱',
    fields: {
      host: text({ title: '邮件服务器', required: true, max: 200 }),
      port: number({ title: '端口', required: true, min: 1, max: 65_535 }),
      security: choice({
        title: '加密',
        required: true,
        options: { tls: 'TLS', starttls: 'STARTTLS', none: '不加密（仅内网）' },
      }),
      user: text({ title: '用户名', max: 200 }),
      from: text({ title: '发件人', help: '如 食溯 <shisu@example.gov.cn>', required: true, max: 200 }),
    },
  },
  sms: { title: '短信', contact: '手机号', fields: adapter },
  wechat: { title: '微信', contact: '微信用户编号', fields: adapter },
}

export const isOutside = (name: unknown): name is Outside => typeof name === 'string' && Object.hasOwn(channels, name)

/** What a person's address through a channel looks like; nothing that could carry a second header or recipient. */
const addresses: Readonly<Record<Outside, { matches: RegExp; text: string }>> = {
  email: { matches: /^[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,190}\.[A-Za-z]{2,20}$/, text: '应为一个邮箱地址' },
  sms: { matches: /^1[3-9]\d{9}$/, text: '应为 11 位手机号' },
  wechat: { matches: /^[\w-]{6,64}$/, text: '应为微信用户编号（openid）' },
}

/** Checks an address and says what of it may be shown. */
export function checkAddress(channel: Outside, value: unknown): { address: string; shown: string } {
  const address = typeof value === 'string' ? value.trim() : ''
  const { matches, text: sentence } = addresses[channel]
  if (!matches.test(address)) throw invalid([{ code: 'wrong-format', text: sentence, at: '/address' }])
  if (channel !== 'email') return { address, shown: `${address.slice(0, 3)}****${address.slice(-4)}` }
  const [name = '', host = ''] = address.split('@')
  return { address, shown: `${name.slice(0, 2)}***@${host}` }
}

export type ChannelWish = { isOn: boolean; version: number; config: Record<string, unknown>; secret?: string }

/** Checks a channel's settings: the fields, that a provider's address lies outside, and that its test can be read. */
export async function checkChannel(name: Outside, input: unknown, allowed: ReadonlySet<string>): Promise<ChannelWish> {
  const given = (typeof input === 'object' && input !== null ? input : {}) as Record<string, unknown>
  const { value, problems } = checkFields(channels[name].fields, given.config, '/config')
  const wrong = [...problems]
  if (typeof given.isOn !== 'boolean') wrong.push({ code: 'wrong-type', text: '启用应为是或否', at: '/isOn' })
  if (!Number.isInteger(given.version))
    wrong.push({ code: 'wrong-version', text: '请带上读到的版本号', at: '/version' })
  if (given.secret !== undefined && (typeof given.secret !== 'string' || given.secret.length > 500))
    wrong.push({ code: 'wrong-type', text: '密钥最多 500 字', at: '/secret' })
  const { success, url, from, host } = value as Record<string, string | undefined>
  if (success) {
    try {
      new RegExp(success)
    } catch {
      wrong.push({ code: 'wrong-format', text: '成功的标志不是正则表达式', at: '/config/success' })
    }
  }
  if (from && /[\r\n]/.test(from)) wrong.push({ code: 'wrong-format', text: '发件人只能是一行', at: '/config/from' })
  if (host && !/^[A-Za-z0-9.:-]+$/.test(host))
    wrong.push({ code: 'wrong-format', text: '服务器应为主机名或地址', at: '/config/host' })
  if (wrong.length > 0) throw invalid(wrong)
  if (url) {
    await checkOutsideUrl(url, allowed).catch((error) => {
      if (!(error instanceof Failure)) throw error
      throw invalid([{ code: error.code, text: error.text, at: '/config/url' }])
    })
  }
  const secret = typeof given.secret === 'string' && given.secret !== '' ? given.secret : undefined
  return { isOn: given.isOn === true, version: Number(given.version), config: value, secret }
}

/** Puts settings in force against the version that was read; an empty secret leaves the old one. */
export async function setChannel(
  sql: ISql,
  keyring: Keyring,
  name: Outside,
  wish: ChannelWish,
  by: string,
  now: Date,
): Promise<void> {
  const sealed = wish.secret ? keyring.seal(wish.secret, secretPurpose(name)) : null
  const [row] = await sql`
    insert into message_channel as c (name, is_on, config, secret, updated_at, updated_by)
    select ${name}, ${wish.isOn}, ${sql.json(wish.config as never)}, ${sealed}, ${now}, ${by}
    where ${wish.version} = coalesce((select version from message_channel where name = ${name}), 0)
    on conflict (name) do update set is_on = excluded.is_on, config = excluded.config,
      secret = coalesce(excluded.secret, c.secret), version = c.version + 1, updated_at = excluded.updated_at,
      updated_by = excluded.updated_by where c.version = ${wish.version}
    returning c.version`
  if (!row) throw new Failure(409, 'version-conflict', '刚被别人修改过，请核对后再保存')
}
