import type { Sql } from 'postgres'
import { Failure, forbidden, invalid, notFound } from '../../failure.ts'
import { tableOf } from '../../language/columns.ts'
import { titleOf } from '../../language/image.ts'
import { isId, type Kind } from '../../language/index.ts'
import type { Actor } from '../access/actor.ts'
import { reachOf, withinRows } from '../access/reach.ts'

export type Finding = {
  id: string
  rule: { id: string; title: string; advice?: string }
  kind: string
  recordId: string
  title: string
  ownerId: string
  ownerTitle: string
  region: string
  dimension: string
  level: string
  state: string
  foundAt: Date
  assignee: string | null
  reason: string | null
  closedBy: string | null
  closedAt: Date | null
}

export type FindingQuery = {
  state: string
  rule?: string
  kind?: string
  region?: string
  mine?: boolean
  after?: string
  limit: number
}

/** What authorities' rules found within the reach; what an enterprise's own rules found is its own. */
const shown = (sql: Sql, actor: Actor) =>
  sql`${withinRows(sql, 'f', reachOf(actor))} and (d.reach_column <> 'owner_id' or d.owner_id = ${actor.ownerId})`

/** Titles of the records, kind by kind. */
async function withTitles(sql: Sql, kinds: ReadonlyMap<string, Kind>, rows: Finding[]): Promise<Finding[]> {
  const titles = new Map<string, string>()
  for (const name of new Set(rows.map((row) => row.kind))) {
    const kind = kinds.get(name)
    const ids = rows.filter((row) => row.kind === name).map((row) => row.recordId)
    if (!kind) continue
    for (const { id, title } of await sql.unsafe<{ id: string; title: string }[]>(
      `select t.id, ${titleOf(kind, 't')} as title from ${tableOf(kind)} t where t.id = any($1::uuid[])`,
      [ids],
    ))
      titles.set(id, title)
  }
  return rows.map((row) => ({ ...row, title: titles.get(row.recordId) ?? '' }))
}

export async function listFindings(sql: Sql, kinds: ReadonlyMap<string, Kind>, actor: Actor, query: FindingQuery) {
  const { state, rule, kind, region, mine, after, limit } = query
  const where = sql`${shown(sql, actor)} and f.state = ${state}
    ${rule && isId(rule) ? sql`and d.id = ${rule}` : sql``} ${kind ? sql`and f.kind = ${kind}` : sql``}
    ${region ? sql`and f.region = ${region}` : sql``} ${mine ? sql`and f.assignee_id = ${actor.userId}` : sql``}`
  const rows = await sql<Finding[]>`
    select f.id, json_build_object('id', d.id, 'title', d.title, 'advice', d.body -> 'advice') as rule, f.kind,
      f.record_id as "recordId", f.owner_id as "ownerId", o.title as "ownerTitle", f.region, f.dimension, f.level, f.state,
      f.found_at as "foundAt", f.assignee, f.reason, f.closed_by as "closedBy", f.closed_at as "closedAt"
    from finding f join definition d on d.number = f.rule join owner o on o.id = f.owner_id
    where ${where} ${after && isId(after) ? sql`and (f.found_at, f.id) < (select found_at, id from finding where id = ${after})` : sql``}
    order by f.found_at desc, f.id desc limit ${limit + 1}`
  const [count] = await sql<{ n: number }[]>`
    select count(*)::int as n from (select from finding f join definition d on d.number = f.rule where ${where} limit 10001) c`
  const items = await withTitles(sql, kinds, rows.slice(0, limit))
  return { items, next: rows.length > limit ? (items.at(-1)?.id ?? null) : null, total: count?.n ?? 0 }
}

/** Open findings by rule, for the list of rules. */
export async function countFindings(sql: Sql, actor: Actor): Promise<Record<string, number>> {
  const rows = await sql<{ id: string; n: number }[]>`
    select d.id, count(*)::int as n from finding f join definition d on d.number = f.rule
    where ${shown(sql, actor)} and f.state = 'open' group by d.id`
  return Object.fromEntries(rows.map(({ id, n }) => [id, n]))
}

/** Gives findings to somebody of the same owner, or closes them with a reason. Returns how many were changed. */
export async function settleFindings(
  sql: Sql,
  actor: Actor,
  ids: unknown,
  act: { assignee?: unknown; reason?: unknown },
  now: Date,
): Promise<number> {
  if (!Array.isArray(ids) || ids.length === 0 || ids.length > 500 || !ids.every((id) => isId(id)))
    throw invalid([{ code: 'missing', text: '请选择 1 到 500 条', at: '/ids' }])
  if (actor.viewedBy || actor.partnerId) throw forbidden()
  const known = sql`f.id = any(${ids}::uuid[]) and f.state = 'open' and exists (
    select from definition d where d.number = f.rule and ${shown(sql, actor)})`
  if (act.reason !== undefined) {
    const reason = typeof act.reason === 'string' ? act.reason.trim() : ''
    if (reason.length < 2 || reason.length > 200)
      throw invalid([{ code: 'missing', text: '请写明原因（2 到 200 字）', at: '/reason' }])
    const done =
      await sql`update finding f set state = 'closed', reason = ${reason}, closed_by = ${actor.name}, closed_at = ${now}
      where ${known} returning f.id`
    if (done.length === 0) throw new Failure(409, 'wrong-state', '所选的问题已经有人处理了')
    return done.length
  }
  const [person] = isId(act.assignee)
    ? await sql<{ id: string; name: string }[]>`
        select id, name from account where id = ${act.assignee} and owner_id = ${actor.ownerId} and disabled_at is null`
    : []
  if (!person) throw notFound('这个人')
  const done =
    await sql`update finding f set assignee_id = ${person.id}, assignee = ${person.name} where ${known} returning f.id`
  return done.length
}

/** People of the actor's own owner, to whom findings may be given. */
export async function colleagues(sql: Sql, actor: Actor) {
  return sql<{ id: string; name: string }[]>`
    select id, name from account where owner_id = ${actor.ownerId} and disabled_at is null order by name limit 200`
}
