import type { FastifyInstance } from 'fastify'
import { Failure, invalid, notFound } from '../../failure.ts'
import { isId } from '../../language/index.ts'
import { reasonOf } from '../access/approvals.ts'
import { note } from '../audit/note.ts'
import { uuidv7 } from '../id.ts'
import { recordsNaming } from '../protect/own-data.ts'
import { doorOf, requirePerson } from './authenticate.ts'
import type { House } from './house.ts'

const wishes = ['correct', 'withdraw', 'erase', 'copy'] as const
type Wish = (typeof wishes)[number]
const isWish = (value: unknown): value is Wish => wishes.includes(value as Wish)

/** Requests that one account may have open: a desk is not to be flooded. */
const openMax = 20

export const wordsAbout = (id: string) => `own_data_request.words ${id}`

type Asked = { id: string; words: Buffer } & Record<string, unknown>

/**
 * What is held about oneself (PIPL Arts 44-47): the account, how one is reached and signs in, records that hold one's name;
 * and what one asks of whoever keeps it. Whoever keeps it proves who asks, and acts with the tools of the record's page.
 */
export function ownDataRoutes(app: FastifyInstance, house: House): void {
  const { sql, keyring, catalogue } = house
  const opened = (rows: readonly Asked[]) =>
    rows.map(({ words, ...row }) => ({ ...row, words: keyring.open(words, wordsAbout(row.id)).toString('utf8') }))

  app.get('/api/v1/me/data', async (request) => {
    const actor = requirePerson(request)
    const now = house.clock()
    const [account] = await sql`
      select a.login, a.name, a.role, o.title as "ownerTitle", a.created_at as "createdAt",
        a.password_changed_at as "passwordChangedAt", a.valid_until as "validUntil",
        (select count(*)::int from second_factor f where f.account_id = a.id) as factors,
        (select count(*)::int from session s where s.account_id = a.id and s.expires_at > ${now}) as sessions,
        (select count(*)::int from signing_key k where k.account_id = a.id and k.revoked_at is null) as "signingKeys"
      from account a join owner o on o.id = a.owner_id where a.id = ${actor.userId}`
    const contacts = await sql`select channel, shown from message_contact where account_id = ${actor.userId} order by 1`
    const asked = await sql<Asked[]>`
      select id, kind, record_id as "recordId", wish, words, asked_at as "askedAt", answered_at as "answeredAt",
        answered_by as "answeredBy", answer
      from own_data_request where account_id = ${actor.userId} order by asked_at desc limit 50`
    const waiting = mayAnswer(actor)
      ? await sql<Asked[]>`
          select r.id, r.kind, r.record_id as "recordId", r.wish, r.words, r.asked_at as "askedAt", a.name as "askedName",
            a.login
          from own_data_request r join account a on a.id = r.account_id
          where r.owner_id = ${actor.ownerId} and r.answered_at is null order by r.asked_at limit 100`
      : []
    return {
      account,
      contacts,
      records: await recordsNaming(sql, keyring, catalogue.kinds.values(), actor, now),
      asked: opened(asked),
      waiting: opened(waiting),
    }
  })

  app.post('/api/v1/me/data/requests', async (request, reply) => {
    const actor = requirePerson(request)
    const body = (request.body ?? {}) as Record<string, unknown>
    if (!isWish(body.wish))
      throw invalid([{ code: 'not-an-option', text: '请选择更正、撤回同意、删除或复制', at: '/wish' }])
    const words = reasonOf(body.words, '/words')
    const now = house.clock()
    const kind = typeof body.kind === 'string' ? body.kind : null
    if (kind !== null || body.recordId !== undefined) {
      const mine = await recordsNaming(sql, keyring, catalogue.kinds.values(), actor, now)
      if (!isId(body.recordId) || !mine.some((each) => each.kind === kind && each.id === body.recordId))
        throw invalid([{ code: 'no-such-record', text: '没有找到写有您姓名的这条记录', at: '/recordId' }])
    }
    const [open] = await sql<{ n: number }[]>`
      select count(*)::int as n from own_data_request where account_id = ${actor.userId} and answered_at is null`
    if ((open?.n ?? 0) >= openMax) throw new Failure(409, 'too-many', '还有多项请求没有答复，请等答复后再提')
    const id = uuidv7(now.getTime())
    await sql`insert into own_data_request (id, account_id, owner_id, kind, record_id, wish, words, asked_at)
      values (${id}, ${actor.userId}, ${actor.ownerId}, ${kind}, ${kind === null ? null : (body.recordId as string)},
        ${body.wish}, ${keyring.seal(words, wordsAbout(id))}, ${now})`
    const { address } = doorOf(request, house)
    await note(sql, { actor, act: 'own-data', kind: kind ?? 'account', id, address, detail: { wish: body.wish } })
    return reply.code(201).send({ id })
  })

  app.post('/api/v1/own-data-requests/:id/answer', async (request, reply) => {
    const actor = requirePerson(request)
    if (!mayAnswer(actor)) throw new Failure(403, 'forbidden', '由本单位的主账号或管理员答复')
    const { id } = request.params as { id: string }
    const answer = reasonOf((request.body as { answer?: unknown } | null)?.answer, '/answer')
    const [row] = isId(id)
      ? await sql`update own_data_request set answered_at = ${house.clock()}, answered_by = ${actor.name}, answer = ${answer}
          where id = ${id} and owner_id = ${actor.ownerId} and answered_at is null returning id`
      : []
    if (!row) throw notFound('待答复的请求')
    const { address } = doorOf(request, house)
    await note(sql, { actor, act: 'answer', kind: 'own-data', id, title: answer, address })
    return reply.code(204).send()
  })
}

/** Whoever runs the accounts of an owner answers for it. */
const mayAnswer = ({ role, position }: { role: string; position?: string | null }): boolean =>
  (role === 'enterprise' && !position) || role === 'system' || role === 'city' || role === 'county'
