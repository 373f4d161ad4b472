import type { FastifyInstance, FastifyRequest } from 'fastify'
import { forbidden, invalid, notFound } from '../../failure.ts'
import { isId, type Kind } from '../../language/index.ts'
import type { Actor } from '../access/actor.ts'
import { mayUse } from '../access/reach.ts'
import { note } from '../audit/note.ts'
import { textOf } from '../casework/at-record.ts'
import { uuidv7 } from '../id.ts'
import { channels, checkAddress, checkChannel, isOutside, type Outside, setChannel } from '../message/channels.ts'
import { askByMail, confirmAddress, newCode } from '../message/confirm.ts'
import { contactPurpose } from '../message/send.ts'
import { doorOf, requireDuty, requirePerson } from './authenticate.ts'
import type { House } from './house.ts'
import { limitOf, queryOf } from './records.ts'
import { deskActor } from './tasks.ts'

/** Live subscriptions of one person. */
const subscriptionsMax = 50

const names = Object.keys(channels) as Outside[]

function channelList(value: unknown, at: string): Outside[] {
  if (!Array.isArray(value) || !value.every(isOutside) || new Set(value).size !== value.length)
    throw invalid([{ code: 'not-an-option', text: '渠道应为 email、sms 或 wechat', at }])
  return value
}

/** A filter of a subscription: fields that stand still in a record, each with one value that it must have. */
function filterOf(kind: Kind, value: unknown): Record<string, string> {
  if (value === undefined) return {}
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid([{ code: 'wrong-type', text: '条件应为字段和值', at: '/filter' }])
  for (const [name, wanted] of Object.entries(value)) {
    const known = name === 'state' || ['choice', 'code', 'reference'].includes(kind.fields[name]?.type ?? '')
    if (!known || kind.fields[name]?.class === 'personal' || kind.fields[name]?.class === 'secret')
      throw invalid([{ code: 'no-such-field', text: '不能按这一项订阅', at: `/filter/${name.slice(0, 40)}` }])
    if (typeof wanted !== 'string' || wanted.length > 100)
      throw invalid([{ code: 'wrong-type', text: '值应为文字', at: `/filter/${name}` }])
  }
  return value as Record<string, string>
}

/** 消息: what one was told, with what is read; subscriptions; the ways out of the house and where one is reached. */
export function messageRoutes(app: FastifyInstance, house: House): void {
  const { sql, keyring } = house

  app.get('/api/v1/messages', async (request) => {
    if (request.actor.viewedBy) throw forbidden('消息是写给本人的')
    const actor = deskActor(request)
    const { unread = '', after = '', limit } = queryOf(request)
    if (after !== '' && !isId(after)) throw invalid([{ code: 'wrong-cursor', text: '翻页位置无效', at: '/after' }])
    const size = limitOf(limit)
    const rows = await sql<{ id: string }[]>`
      select id, topic, level, title, detail, kind, record_id as "recordId", at, read_at as "readAt" from message
      where account_id = ${actor.userId} and channel = 'app' ${unread ? sql`and read_at is null` : sql``}
        ${after ? sql`and (at, id) < (select at, id from message where id = ${after} and account_id = ${actor.userId})` : sql``}
      order by at desc, id desc limit ${size + 1}`
    const [count] = await sql<{ n: number }[]>`
      select count(*)::int as n from message where account_id = ${actor.userId} and channel = 'app' and read_at is null`
    const items = rows.slice(0, size)
    return { items, next: rows.length > size ? (items.at(-1)?.id ?? null) : null, unread: count?.n ?? 0 }
  })

  app.post('/api/v1/messages/read', async (request) => {
    const actor = deskActor(request)
    const { ids, all } = (request.body ?? {}) as { ids?: unknown; all?: unknown }
    if (all !== true && !(Array.isArray(ids) && ids.length <= 200 && ids.every(isId)))
      throw invalid([{ code: 'wrong-format', text: 'ids 应为至多 200 个编号', at: '/ids' }])
    const which = all === true ? sql`` : sql`and id = any(${ids as string[]}::uuid[])`
    const { count } = await sql`update message set read_at = ${house.clock()}
      where account_id = ${actor.userId} and channel = 'app' and read_at is null ${which}`
    return { read: count }
  })

  app.get('/api/v1/message-settings', async (request) => {
    const actor = requirePerson(request)
    const on = await sql<{ name: Outside }[]>`select name from message_channel where is_on`
    const contacts = await sql<{ channel: Outside; shown: string; confirmed: boolean }[]>`
      select channel, shown, confirmed_at is not null as confirmed from message_contact where account_id = ${actor.userId}`
    const [wish] = await sql<{ channels: Outside[] }[]>`
      select channels from message_wish where account_id = ${actor.userId}`
    const subscriptions = await sql`
      select s.id, s.title, s.what, s.kind, s.level, s.region, s.subject, o.title as "subjectTitle", s.filter, s.channels,
        s.created_at as "createdAt"
      from message_subscription s left join owner o on o.id = s.subject
      where s.account_id = ${actor.userId} and s.ended_at is null order by s.id desc`
    return {
      channels: names.map((name) => ({
        name,
        title: channels[name].title,
        contact: channels[name].contact,
        isOn: on.some((each) => each.name === name),
        shown: contacts.find((each) => each.channel === name)?.shown ?? null,
        confirmed: contacts.find((each) => each.channel === name)?.confirmed ?? false,
      })),
      wish: wish?.channels ?? [],
      subscriptions,
    }
  })

  const outsideOf = (request: FastifyRequest): Outside => {
    const { name } = request.params as { name: string }
    if (!isOutside(name)) throw notFound('这个渠道')
    return name
  }

  app.put('/api/v1/me/contacts/:name', async (request, reply) => {
    const actor = requirePerson(request)
    const channel = outsideOf(request)
    const { address, shown } = checkAddress(channel, (request.body as { address?: unknown } | null)?.address)
    const sealed = keyring.seal(address, contactPurpose(channel, actor.userId))
    const now = house.clock()
    // A mail address is the account's only once its reader has said so.
    const asked = channel === 'email' ? await newCode(sql, actor.userId, now) : undefined
    if (asked) await askByMail(house, actor.name, address, asked)
    await sql`insert into message_contact (account_id, channel, address, shown, updated_at, confirmed_at, code_digest, code_until)
      values (${actor.userId}, ${channel}, ${sealed}, ${shown}, ${now}, ${asked ? null : now}, ${asked?.digest ?? null}, ${asked?.until ?? null})
      on conflict (account_id, channel) do update set address = excluded.address, shown = excluded.shown,
        updated_at = excluded.updated_at, confirmed_at = excluded.confirmed_at, code_digest = excluded.code_digest,
        code_until = excluded.code_until`
    await note(sql, {
      actor,
      act: 'contact',
      kind: 'account',
      id: actor.userId,
      title: channel,
      address: doorOf(request, house).address,
    })
    return reply.code(204).send()
  })

  app.post('/api/v1/me/contacts/email/confirm', async (request, reply) => {
    const actor = requirePerson(request)
    await confirmAddress(sql, actor.userId, (request.body as { code?: unknown } | null)?.code, house.clock())
    return reply.code(204).send()
  })

  app.delete('/api/v1/me/contacts/:name', async (request, reply) => {
    const actor = requirePerson(request)
    await sql`delete from message_contact where account_id = ${actor.userId} and channel = ${outsideOf(request)}`
    return reply.code(204).send()
  })

  app.put('/api/v1/me/message-wish', async (request, reply) => {
    const actor = requirePerson(request)
    const wished = channelList((request.body as { channels?: unknown } | null)?.channels, '/channels')
    await sql`insert into message_wish (account_id, channels) values (${actor.userId}, ${wished})
      on conflict (account_id) do update set channels = excluded.channels`
    return reply.code(204).send()
  })

  /** What somebody may subscribe to: what they may read, or notices. */
  const subscription = (actor: Actor, body: Record<string, unknown>) => {
    const title = textOf(body.title, '/title', '名称', { max: 60 })
    const { what, kind: name, level, region, subject } = body
    if (what !== 'notice' && what !== 'record')
      throw invalid([{ code: 'not-an-option', text: '应为 notice 或 record', at: '/what' }])
    const kind = typeof name === 'string' ? house.catalogue.kinds.get(name) : undefined
    if ((what === 'record' || name !== undefined) && (!kind || !mayUse(actor, kind, 'read')))
      throw invalid([{ code: 'not-an-option', text: '请选择您能查看的记录', at: '/kind' }])
    if (level !== undefined && !['bad', 'warn', 'info'].includes(String(level)))
      throw invalid([{ code: 'not-an-option', text: '级别应为 bad、warn 或 info', at: '/level' }])
    if (region !== undefined && !house.catalogue.regions.some((each) => each.code === region))
      throw invalid([{ code: 'not-an-option', text: '请选择县区', at: '/region' }])
    if (subject !== undefined && !isId(subject))
      throw invalid([{ code: 'wrong-format', text: '请选择单位', at: '/subject' }])
    return {
      title,
      what,
      kind: kind?.name ?? null,
      level: what === 'notice' ? ((level as string | undefined) ?? null) : null,
      region: (region as string | undefined) ?? null,
      subject: (subject as string | undefined) ?? null,
      filter: kind ? filterOf(kind, body.filter) : {},
      channels: channelList(body.channels ?? [], '/channels'),
    }
  }

  app.post('/api/v1/subscriptions', async (request, reply) => {
    const actor = requirePerson(request)
    const { filter, ...wish } = subscription(actor, (request.body ?? {}) as Record<string, unknown>)
    const [{ n } = { n: 0 }] = await sql<{ n: number }[]>`
      select count(*)::int as n from message_subscription where account_id = ${actor.userId} and ended_at is null`
    if (n >= subscriptionsMax) throw forbidden(`最多同时订阅 ${subscriptionsMax} 项`)
    const now = house.clock()
    const id = uuidv7(now.getTime())
    const row = { id, account_id: actor.userId, ...wish, filter: sql.json(filter), created_at: now }
    await sql`insert into message_subscription ${sql(row)}`
    return reply.code(201).send({ id })
  })

  app.post('/api/v1/subscriptions/:id/end', async (request, reply) => {
    const actor = requirePerson(request)
    const { id } = request.params as { id: string }
    const [row] = isId(id)
      ? await sql`update message_subscription set ended_at = ${house.clock()}
          where id = ${id} and account_id = ${actor.userId} and ended_at is null returning id`
      : []
    if (!row) throw notFound('这项订阅')
    return reply.code(204).send()
  })

  app.get('/api/v1/message-channels', async (request) => {
    requireDuty(request, 'system')
    const stored = await sql<{ name: Outside }[]>`
      select name, is_on as "isOn", config, secret is not null as "hasSecret", version, updated_at as "updatedAt",
        updated_by as "updatedBy" from message_channel`
    const deliveries = await sql`
      select m.id, m.channel, m.state, m.tries, m.error, m.at, m.sent_at as "sentAt", m.next_at as "nextAt", m.title, a.name
      from message m join account a on a.id = m.account_id where m.channel <> 'app' order by m.at desc, m.id limit 100`
    const items = names.map((name) => ({
      title: channels[name].title,
      fields: channels[name].fields,
      ...(stored.find((each) => each.name === name) ?? { isOn: false, config: {}, hasSecret: false, version: 0 }),
      name,
    }))
    return { items, deliveries }
  })

  app.put('/api/v1/message-channels/:name', async (request, reply) => {
    const actor = requireDuty(request, 'system')
    const name = outsideOf(request)
    const wish = await checkChannel(name, request.body, house.allowedHosts)
    await setChannel(sql, keyring, name, wish, actor.name, house.clock())
    const { address } = doorOf(request, house)
    const detail = { isOn: wish.isOn, config: wish.config, secretChanged: wish.secret !== undefined }
    await note(sql, {
      actor,
      act: 'message-channel',
      kind: 'message-channel',
      id: name,
      title: channels[name].title,
      address,
      detail,
    })
    return reply.code(204).send()
  })

  /** A message that was given up, or of which nobody knows whether it arrived, is tried again by hand. */
  app.post('/api/v1/message-deliveries/:id/retry', async (request, reply) => {
    const actor = requireDuty(request, 'system')
    const { id } = request.params as { id: string }
    const [row] = isId(id)
      ? await sql`update message set state = 'waiting', tries = 0, next_at = ${house.clock()}
          where id = ${id} and channel <> 'app' and state in ('given-up', 'unsure', 'waiting') returning id`
      : []
    if (!row) throw notFound('可以重发的消息')
    await note(sql, { actor, act: 'message-retry', kind: 'message', id, address: doorOf(request, house).address })
    return reply.code(204).send()
  })
}
