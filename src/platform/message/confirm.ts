import { createHash, randomBytes } from 'node:crypto'
import type { Sql } from 'postgres'
import { Failure, invalid } from '../../failure.ts'
import type { Keyring } from '../protect/keyring.ts'
import { type EmailConfig, sendEmail } from './email.ts'
import { secretPurpose } from './send.ts'

/** A letter that asks is good for a day, and is not sent again within a minute: nobody's box is flooded on our word. */
const goodHours = 24
const pauseMs = 60_000

const digestOf = (code: string): Buffer => createHash('sha256').update(code).digest()

/** What is kept with a new address: nothing is sent there before it is confirmed. */
export type Asked = { code: string; digest: Buffer; until: Date }

/** A new one-time code; refuses where the last letter went a moment ago. */
export async function newCode(sql: Sql, account: string, now: Date): Promise<Asked> {
  const [last] = await sql<{ at: Date }[]>`
    select updated_at as at from message_contact
    where account_id = ${account} and channel = 'email' and code_digest is not null`
  if (last && now.getTime() - last.at.getTime() < pauseMs)
    throw new Failure(429, 'busy', '确认信刚刚发出，请一分钟后再试')
  const code = randomBytes(18).toString('base64url')
  return { code, digest: digestOf(code), until: new Date(now.getTime() + goodHours * 3_600_000) }
}

type House = { sql: Sql; keyring: Keyring; origin?: string }

/** Asks by mail whether an address is the account's. Throws where the mail server does not take it. */
export async function askByMail(house: House, name: string, address: string, { code }: Asked): Promise<void> {
  const [channel] = await house.sql<{ config: EmailConfig; secret: Buffer | null }[]>`
    select config, secret from message_channel where name = 'email' and is_on`
  if (!channel) throw new Failure(409, 'channel-off', '邮件渠道还没有开通，请联系系统管理员')
  const secret = channel.secret ? house.keyring.open(channel.secret, secretPurpose('email')).toString('utf8') : ''
  const link = house.origin ? `\n或者打开：${house.origin}/messages?confirm=${code}` : ''
  const detail = `${name}，请在“消息”页面输入确认码：\n${code}${link}\n${goodHours} 小时内有效，只能用一次。不是您本人申请的，请不要理会。`
  const letter = { id: digestOf(code).toString('hex').slice(0, 32), to: address, title: '请确认您的邮箱', detail }
  await sendEmail(channel.config, secret, letter).catch(() => {
    throw new Failure(502, 'mail-refused', '确认信没有发出去，请核对邮箱，或稍后再试')
  })
}

/** Takes the code of the letter, once. */
export async function confirmAddress(sql: Sql, account: string, code: unknown, now: Date): Promise<void> {
  const given = typeof code === 'string' ? code.trim() : ''
  const [row] = await sql`
    update message_contact set confirmed_at = ${now}, code_digest = null, code_until = null
    where account_id = ${account} and channel = 'email' and code_digest = ${digestOf(given)} and code_until > ${now}
    returning channel`
  if (!row) throw invalid([{ code: 'wrong-code', text: '确认码不对、已用过或已过期，请重新申请', at: '/code' }])
}
