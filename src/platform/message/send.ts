import type { Sql } from 'postgres'
import type { Job, Run } from '../jobs/job.ts'
import type { Keyring } from '../protect/keyring.ts'
import { type AdapterConfig, callProvider, type Outgoing } from './adapter.ts'
import { type EmailConfig, sendEmail } from './email.ts'

/** Tries of one message: after 30 s, 1, 2, 4 … minutes, in all about a day; then it is given up. */
const triesMax = 12
const waitSeconds = (tries: number): number => Math.min(30 * 2 ** (tries - 1), 4 * 3600)

/** Messages sent in one run. */
const batch = 200

export const secretPurpose = (channel: string): string => `message_channel.secret ${channel}`
export const contactPurpose = (channel: string, account: string): string =>
  `message_contact.address ${channel} ${account}`

type House = { sql: Sql; keyring: Keyring; allowedHosts: ReadonlySet<string>; origin?: string; clock: () => Date }
type Waiting = {
  id: string
  accountId: string
  channel: 'email' | 'sms' | 'wechat'
  topic: string
  title: string
  detail: string | null
  kind: string
  recordId: string
  tries: number
  address: Buffer | null
  config: object | null
  secret: Buffer | null
}

/** Where a message leads that is not of a record. */
const pages: Readonly<Record<string, (id: string) => string>> = {
  report: (id) => `/desk/reports?id=${id}`,
  data: () => '/desk/quarantine',
  bulletin: (id) => `/operations/list-announcements?id=${id}`,
}

/** Hands one message to its channel. */
async function hand(house: House, message: Waiting): Promise<void> {
  const { channel, address, config } = message
  if (!config) throw new Error('这个渠道已停用')
  if (!address) throw new Error('接收人没有留下联系方式')
  const { keyring } = house
  const secret = message.secret ? keyring.open(message.secret, secretPurpose(channel)).toString('utf8') : ''
  const at = pages[message.topic]?.(message.recordId) ?? `/records/${message.kind}/${message.recordId}`
  const link = house.origin ? house.origin + at : ''
  const out: Outgoing = {
    id: message.id,
    to: keyring.open(address, contactPurpose(channel, message.accountId)).toString('utf8'),
    title: message.title,
    detail: [message.detail ?? message.title, link].filter(Boolean).join('\n'),
  }
  if (channel === 'email') await sendEmail(config as EmailConfig, secret, out)
  else await callProvider(config as AdapterConfig, secret, out, house.allowedHosts)
}

/** Takes the next message that is due, and writes down that it is being sent before it is. */
async function take(house: House, run: Run): Promise<Waiting | undefined> {
  return house.sql.begin(async (tx) => {
    await run.guard(tx)
    const [message] = await tx<Waiting[]>`
      update message m set state = 'sending', tries = tries + 1
      where id = (select id from message where state = 'waiting' and next_at <= ${house.clock()} order by next_at limit 1
        for update skip locked)
      returning m.id, m.account_id as "accountId", m.channel, m.topic, m.title, m.detail, m.kind, m.record_id as "recordId", m.tries,
        (select k.address from message_contact k where k.account_id = m.account_id and k.channel = m.channel) as address,
        (select c.config from message_channel c where c.name = m.channel and c.is_on) as config,
        (select c.secret from message_channel c where c.name = m.channel) as secret`
    return message
  }) as Promise<Waiting | undefined>
}

/**
 * Sends what waits, through one process at a time. A message that was being sent when its process died may have arrived:
 * it is not sent again by itself but told as unsure, for the same thing stands in the application anyway.
 */
export async function sendWaiting(house: House, run: Run): Promise<number> {
  const { sql } = house
  await sql`update message set state = 'unsure', error = '发送时进程中断，不知是否送达' where state = 'sending'`
  let sent = 0
  for (let n = 0; n < batch && !run.signal.aborted; n++) {
    const message = await take(house, run)
    if (!message) break
    const error = await hand(house, message).then(
      () => null,
      (problem) => (problem instanceof Error ? problem.message : String(problem)).slice(0, 300),
    )
    const now = house.clock()
    const again = new Date(now.getTime() + waitSeconds(message.tries) * 1000)
    if (error === null)
      await sql`update message set state = 'sent', sent_at = ${now}, error = null, next_at = null where id = ${message.id}`
    else
      await sql`update message set state = ${message.tries >= triesMax ? 'given-up' : 'waiting'}, error = ${error},
        next_at = ${message.tries >= triesMax ? null : again} where id = ${message.id}`
    if (error === null) sent++
  }
  return sent
}

/** The job that sends messages out of the house. */
export const sendJob = (house: House): Job => ({
  name: 'send-messages',
  title: '发送消息',
  schedule: { everySeconds: 2 },
  run: (run) => sendWaiting(house, run),
})
