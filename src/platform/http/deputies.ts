import type { FastifyInstance } from 'fastify'
import { Failure, forbidden, invalid, notFound } from '../../failure.ts'
import { isId, isMoment } from '../../language/index.ts'
import { type Actor, signature } from '../access/actor.ts'
import { reasonOf } from '../access/approvals.ts'
import { isPersons } from '../access/clients.ts'
import { endSessions } from '../access/session.ts'
import { note } from '../audit/note.ts'
import { handOver } from '../casework/task.ts'
import { uuidv7 } from '../id.ts'
import { doorOf, requirePerson } from './authenticate.ts'
import type { House } from './house.ts'
import { queryOf } from './records.ts'

/** In another's place: delegation with an end, hand-over when somebody leaves, and seeing what another sees. */
export function deputyRoutes(app: FastifyInstance, house: House): void {
  const { sql } = house

  app.get('/api/v1/delegations', async (request) => {
    const actor = requirePerson(request)
    const items = await sql`
      select d.id, f.name as "fromName", t.name as "toName", d.starts_at as "startsAt", d.ends_at as "endsAt", d.reason,
        d.ended_at as "endedAt", d.to_account = ${actor.userId} as mine
      from delegation d join account f on f.id = d.from_account join account t on t.id = d.to_account
      where d.from_account = ${actor.userId} or d.to_account = ${actor.userId} order by d.starts_at desc limit 100`
    const colleagues = await sql`
      select a.id, a.name, a.login from account a
      where a.owner_id = ${actor.ownerId} and a.role = ${actor.role} and a.id <> ${actor.userId} and a.disabled_at is null
        and a.confirmed_at is not null and ${isPersons(sql, 'a')} order by a.name limit 200`
    return { items, colleagues }
  })

  app.post('/api/v1/delegations', async (request, reply) => {
    const actor = requirePerson(request)
    const body = (request.body ?? {}) as { to?: unknown; endsAt?: unknown; startsAt?: unknown; reason?: unknown }
    const now = house.clock()
    const reason = reasonOf(body.reason)
    const starts = body.startsAt === undefined ? now : new Date(String(body.startsAt))
    const ends = new Date(String(body.endsAt))
    const days = (ends.getTime() - starts.getTime()) / 86_400_000
    if (!(days > 0 && days <= 90) || !isMoment(starts) || ends <= now)
      throw invalid([{ code: 'out-of-range', text: '代理须有结束时间，最长 90 天', at: '/endsAt' }])
    const [to] = isId(body.to)
      ? await sql<{ id: string; name: string }[]>`
          select a.id, a.name from account a where a.id = ${body.to} and a.owner_id = ${actor.ownerId}
            and a.role = ${actor.role} and a.id <> ${actor.userId} and a.disabled_at is null
            and a.confirmed_at is not null and ${isPersons(sql, 'a')}`
      : []
    if (!to) throw invalid([{ code: 'no-such-record', text: '请选择同单位同岗的同事', at: '/to' }])
    const id = uuidv7(now.getTime())
    await sql`
      insert into delegation (id, from_account, from_duty, to_account, to_duty, starts_at, ends_at, reason, made_by)
      select ${id}, f.id, f.duty, t.id, t.duty, ${starts}, ${ends}, ${reason}, ${signature(actor)}
      from account f, account t where f.id = ${actor.userId} and t.id = ${to.id}`
    const detail = { to: to.name, starts, ends, reason }
    await note(sql, {
      actor,
      act: 'delegate',
      kind: 'account',
      id: to.id,
      title: to.name,
      address: doorOf(request, house).address,
      detail,
    })
    return reply.code(201).send({ id })
  })

  app.post('/api/v1/delegations/:id/end', async (request, reply) => {
    const actor = requirePerson(request)
    const { id } = request.params as { id: string }
    const [row] = isId(id)
      ? await sql`update delegation set ended_at = ${house.clock()} where id = ${id} and ended_at is null
          and (from_account = ${actor.userId} or to_account = ${actor.userId}) returning id`
      : []
    if (!row) throw notFound('这项代理')
    await note(sql, { actor, act: 'delegation-ended', kind: 'account', id, address: doorOf(request, house).address })
    return reply.code(204).send()
  })

  /** Begins or ends acting for somebody; the session says for whom from now on. */
  app.post('/api/v1/session/acting', async (request, reply) => {
    const { session } = request
    if (!session || session.next || request.actor.scopes.length > 0) throw forbidden('请用自己的账号登录后操作')
    const { delegation = null } = (request.body ?? {}) as { delegation?: unknown }
    if (delegation === null) {
      await sql`update session set acting_for = null where id = ${session.id}`
      return reply.code(204).send()
    }
    const now = house.clock()
    const [row] = isId(delegation)
      ? await sql<{ fromAccount: string; name: string }[]>`
          select d.from_account as "fromAccount", a.name from delegation d join account a on a.id = d.from_account
          where d.id = ${delegation} and d.to_account = ${session.accountId} and d.ended_at is null
            and d.starts_at <= ${now} and d.ends_at > ${now}`
      : []
    if (!row) throw notFound('有效的代理')
    await sql`update session set acting_for = ${row.fromAccount}, view_as = null where id = ${session.id}`
    const { address } = doorOf(request, house)
    await note(sql, {
      actor: request.actor,
      act: 'acting-for',
      kind: 'account',
      id: row.fromAccount,
      title: row.name,
      address,
    })
    return reply.code(204).send()
  })

  /** Accounts whose eyes one may borrow: never one that sees more than oneself. */
  const visibleTo = (actor: Actor) => {
    if (actor.station || actor.position) throw forbidden()
    if (actor.role === 'city')
      return sql`a.role in ('county', 'enterprise') and left(o.region, 4) || '00' = ${actor.region}`
    if (actor.role === 'county') return sql`a.role = 'enterprise' and o.region = ${actor.region}`
    if (actor.role === 'enterprise') return sql`a.role = 'enterprise' and a.owner_id = ${actor.ownerId}`
    throw forbidden('管理员不办理业务')
  }

  app.get('/api/v1/view-as', async (request) => {
    const actor = requirePerson(request)
    const like = `%${(queryOf(request).q ?? '').replace(/[\\%_]/g, '\\$&').slice(0, 60)}%`
    const items = await sql`
      select a.id, a.name, o.title as "ownerTitle", a.role from account a join owner o on o.id = a.owner_id
      where ${visibleTo(actor)} and ${isPersons(sql, 'a')} and a.id <> ${actor.userId} and a.disabled_at is null
        and a.confirmed_at is not null
        and (a.name like ${like} or o.title like ${like}) order by o.title, a.name limit 50`
    return { items }
  })

  app.post('/api/v1/view-as', async (request, reply) => {
    const actor = requirePerson(request)
    const { account, reason } = (request.body ?? {}) as { account?: unknown; reason?: unknown }
    const why = reasonOf(reason)
    const [seen] = isId(account)
      ? await sql<{ id: string; name: string; title: string }[]>`
          select a.id, a.name, o.title from account a join owner o on o.id = a.owner_id
          where ${visibleTo(actor)} and ${isPersons(sql, 'a')} and a.id = ${account} and a.id <> ${actor.userId} and a.disabled_at is null
            and a.confirmed_at is not null`
      : []
    if (!seen) throw notFound('这个账号')
    await sql`update session set view_as = ${seen.id}, acting_for = null where id = ${request.session?.id ?? null}`
    const { address } = doorOf(request, house)
    await note(sql, {
      actor,
      act: 'view-as',
      kind: 'account',
      id: seen.id,
      title: `${seen.name} ${seen.title}`,
      address,
      detail: { reason: why },
    })
    return reply.code(204).send()
  })

  app.delete('/api/v1/view-as', async (request, reply) => {
    if (!request.session) throw new Failure(401, 'sign-in', '请先登录')
    await sql`update session set view_as = null where id = ${request.session.id}`
    return reply.code(204).send()
  })

  app.post('/api/v1/accounts/:id/hand-over', async (request) => {
    const actor = requirePerson(request)
    const isKeeper = actor.role === 'enterprise' && !actor.position
    if (actor.role !== 'system' && !isKeeper) throw forbidden()
    const { id } = request.params as { id: string }
    const body = (request.body ?? {}) as { to?: unknown; reason?: unknown }
    const reason = reasonOf(body.reason)
    const scope = isKeeper ? sql`and f.owner_id = ${actor.ownerId}` : sql``
    const [pair] =
      isId(id) && isId(body.to) && id !== actor.userId
        ? await sql<{ fromName: string; toName: string; to: string }[]>`
            select f.name as "fromName", t.name as "toName", t.id as to from account f
            join account t on t.owner_id = f.owner_id and t.role = f.role and t.id <> f.id
            where f.id = ${id} and t.id = ${body.to} and f.duty = 'business' and t.disabled_at is null
              and t.confirmed_at is not null and ${isPersons(sql, 't')} and ${isPersons(sql, 'f')} ${scope}`
        : []
    if (!pair) throw invalid([{ code: 'no-such-record', text: '请选择同单位同岗、在用的接手人', at: '/to' }])
    const now = house.clock()
    const done = await sql.begin(async (tx) => {
      await tx`update account set disabled_at = coalesce(disabled_at, ${now}), disabled_reason = ${`已交接给${pair.toName}：${reason}`.slice(0, 300)},
        version = version + 1 where id = ${id}`
      await endSessions(tx, id)
      const tokens =
        await tx`update api_token set revoked_at = ${now} where account_id = ${id} and revoked_at is null returning name`
      const asked =
        await tx`update approval set state = 'withdrawn' where asked_by = ${id} and state = 'waiting' returning title`
      const tasks = await handOver(
        tx,
        actor,
        String(id),
        { id: pair.to, name: pair.toName },
        `交接：${reason}`.slice(0, 300),
        now,
      )
      await tx`delete from site_pin where account_id = ${id}`
      await tx`update delegation set ended_at = ${now} where ended_at is null and (from_account = ${id} or to_account = ${id})`
      return { tasks, revokedTokens: tokens.map((row) => row.name), withdrawn: asked.map((row) => row.title) }
    })
    const { address } = doorOf(request, house)
    await note(sql, {
      actor,
      act: 'hand-over',
      kind: 'account',
      id,
      title: pair.fromName,
      address,
      detail: { to: pair.toName, reason, ...done },
    })
    return { to: pair.to, ...done }
  })
}
