import type { ISql, Sql } from 'postgres'
import { invalid, type Problem } from '../../failure.ts'
import { isId, isMoment } from '../../language/index.ts'
import type { AuditEntry } from './wire.ts'

export type AuditRow = AuditEntry<Date>

export type AuditQuery = {
  actor?: string
  act?: string
  kind?: string
  object?: string
  result?: string
  address?: string
  app?: string
  from?: string
  to?: string
  after?: string
  limit: number
}

/** Without a span the last thirty days are searched: the store only grows. */
const usualDays = 30

const columns = (sql: ISql) => sql`id::text, at, app, actor_id as "actorId", actor_name as "actorName",
  owner_title as "ownerTitle", act, object_kind as kind, object_id as "objectId", object_title as title, result, address,
  rows, detail`

function instant(value: string | undefined, at: string, problems: Problem[]): Date | undefined {
  if (!value) return undefined
  const date = new Date(/^\d{4}-\d\d-\d\d$/.test(value) ? `${value}T00:00:00+08:00` : value)
  if (isMoment(date)) return date
  problems.push({ code: 'wrong-format', text: '时间不对，应如 2026-11-20', at })
  return undefined
}

function cursorOf(after: string | undefined, problems: Problem[]): { at: string; id: string } | undefined {
  if (!after) return undefined
  const [at = '', id = ''] = Buffer.from(after, 'base64url').toString('latin1').split(' ')
  const second = new Date(`${at.slice(0, 19)}Z`)
  // A day that no calendar has would be moved to the next by Date, and is refused by the database.
  const isWritten = isMoment(second) && second.toISOString().slice(0, 19) === at.slice(0, 19)
  if (/^\d{1,18}$/.test(id) && /^.{19}\.\d{6}Z$/.test(at) && isWritten) return { at, id }
  problems.push({ code: 'wrong-cursor', text: '翻页位置无效，请从第一页重新开始', at: '/after' })
  return undefined
}

/**
 * Newest first by (at, id): equalities have indexes in that order, and the months outside the span are not touched. The place
 * goes as text: the driver would cut a Date to milliseconds and miss what lies between.
 */
export async function searchAudit(
  auditSql: Sql,
  query: AuditQuery,
  now: Date,
): Promise<{ items: AuditRow[]; next: string | null; from: string; to: string }> {
  const problems: Problem[] = []
  const to = instant(query.to, '/to', problems)
  const until =
    to && /^\d{4}-\d\d-\d\d$/.test(query.to ?? '')
      ? new Date(to.getTime() + 86_400_000)
      : (to ?? new Date(now.getTime() + 60_000))
  const from = instant(query.from, '/from', problems) ?? new Date(until.getTime() - usualDays * 86_400_000)
  const cursor = cursorOf(query.after, problems)
  if (query.actor && !isId(query.actor))
    problems.push({ code: 'wrong-format', text: '请从名单中选择人员', at: '/actor' })
  if (query.result && !['done', 'refused', 'failed'].includes(query.result))
    problems.push({ code: 'not-an-option', text: '结果应为 done、refused 或 failed', at: '/result' })
  if (problems.length > 0) throw invalid(problems)
  const rows = await auditSql.begin(async (sql) => {
    // Some write a fifth of everything and others nothing: a plan for whatever values goes through what the many wrote.
    await sql`set local plan_cache_mode = force_custom_plan`
    return sql<(AuditRow & { exact: string })[]>`
    select ${columns(sql)}, to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as exact from audit a
    where at >= ${from} and at < ${until}
      ${query.actor ? sql`and actor_id = ${query.actor}` : sql``} ${query.act ? sql`and act = ${query.act}` : sql``}
      ${query.kind ? sql`and object_kind = ${query.kind}` : sql``}
      ${query.object ? sql`and object_id = ${query.object} and object_id <> ''` : sql``}
      ${query.address ? sql`and address = ${query.address}` : sql``} ${query.app && query.app !== 'shisu' ? sql`and app = ${query.app} and app <> 'shisu'` : query.app ? sql`and app = 'shisu'` : sql``}
      ${query.result === 'done' ? sql`and result = 'done'` : query.result ? sql`and result = ${query.result} and result <> 'done'` : sql``}
      ${cursor ? sql`and (a.at, a.id) < (${cursor.at}::text::timestamptz, ${cursor.id}::bigint)` : sql``}
    order by a.at desc, a.id desc limit ${query.limit + 1}`
  })
  const items = rows.slice(0, query.limit)
  const last = items.at(-1)
  return {
    items: items.map(({ exact, ...row }) => row),
    next: rows.length > query.limit && last ? Buffer.from(`${last.exact} ${last.id}`).toString('base64url') : null,
    from: from.toISOString(),
    to: until.toISOString(),
  }
}

/** A record's image at a version and at the one before it, for comparison. */
export async function compareVersions(
  sql: ISql,
  kind: string,
  id: string,
  version: number,
): Promise<{ before: Record<string, unknown> | null; after: Record<string, unknown> | null }> {
  const rows = await sql<{ version: number; image: Record<string, unknown> }[]>`
    select version, image from change
    where owner_id = any(array(select distinct (detail->>'owner')::uuid from audit where object_id = ${id} and detail ? 'owner'))
      and kind = ${kind} and id = ${id}::uuid and version in (${version}, ${version - 1})`
  const image = (wanted: number) => rows.find((row) => row.version === wanted)?.image ?? null
  return { before: image(version - 1), after: image(version) }
}

/** Who took out the export with a number (the first eight digits of its request), when and from where; newest first. */
export async function exportsOf(sql: ISql, number: string): Promise<AuditRow[]> {
  return sql<AuditRow[]>`
    select ${columns(sql)} from audit a where act = 'export' and detail->>'file' = ${number} order by at desc limit 5`
}
