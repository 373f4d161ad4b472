import type { Sql } from 'postgres'
import { notFound } from '../../failure.ts'
import { isId, type Kind } from '../../language/index.ts'
import { type Actor, isOwn } from '../access/actor.ts'
import { reachOf, withinRows } from '../access/reach.ts'
import type { Keyring } from '../protect/keyring.ts'
import { maskRow } from '../protect/mask.ts'
import { opened, type Reason } from './keep.ts'

export type Held = {
  id: string
  ownerId: string
  ownerTitle: string
  region: string
  channel: 'epcis' | 'api' | 'import'
  kind: string | null
  via: string | null
  actorName: string
  reason: Reason
  receivedAt: Date
  times: number
  state: 'open' | 'replayed' | 'dropped'
  version: number
  body: string
  corrected: string | null
  correctedBy: string | null
  settledBy: string | null
  settledAt: Date | null
  dropReason: string | null
  recordId: string | null
}

const columns = (sql: Sql) => sql`
  q.id, q.owner_id as "ownerId", o.title as "ownerTitle", q.region, q.channel, q.kind, q.via, q.actor_name as "actorName", q.reason,
  q.received_at as "receivedAt", q.times, q.state, q.version, q.body, q.corrected, q.corrected_by as "correctedBy",
  q.settled_by as "settledBy", q.settled_at as "settledAt", q.drop_reason as "dropReason", q.record_id as "recordId"`

export type Doors = { sql: Sql; keyring: Keyring }

const open = (keyring: Keyring, held: Held): Held => ({
  ...held,
  body: opened(keyring, held.id, held.body),
  corrected: held.corrected === null ? null : opened(keyring, held.id, held.corrected),
})

export type HeldQuery = {
  state: string
  channel?: string
  kind?: string
  ids?: readonly string[]
  after?: string
  limit: number
}

/** What was refused of the actor's own, or of the owners in its region; newest first. */
export async function listHeld(
  { sql, keyring }: Doors,
  actor: Actor,
  query: HeldQuery,
): Promise<{ items: Held[]; next: string | null; total: number; kinds: Record<string, number> }> {
  const { state, channel, kind, ids, after, limit } = query
  const within = sql`${withinRows(sql, 'q', reachOf(actor))} and q.state = ${state} ${channel ? sql`and q.channel = ${channel}` : sql``}`
  const where = sql`${within} ${kind ? sql`and q.kind = ${kind}` : sql``} ${ids ? sql`and q.id = any(${ids as string[]}::uuid[])` : sql``}`
  const rows = await sql<Held[]>`
    select ${columns(sql)} from quarantine q join owner o on o.id = q.owner_id
    where ${where} ${after && isId(after) ? sql`and q.id < ${after}` : sql``} order by q.id desc limit ${limit + 1}`
  const kinds = await sql<{ kind: string; n: number }[]>`
    select coalesce(q.kind, '') as kind, count(*)::int as n from quarantine q where ${within} group by 1`
  const counts = Object.fromEntries(kinds.map((each) => [each.kind, each.n]))
  const items = rows.slice(0, limit).map((held) => open(keyring, held))
  return {
    items,
    next: rows.length > limit ? (items.at(-1)?.id ?? null) : null,
    total: kind ? (counts[kind] ?? 0) : kinds.reduce((sum, each) => sum + each.n, 0),
    kinds: counts,
  }
}

export async function readHeld({ sql, keyring }: Doors, actor: Actor, id: string): Promise<Held> {
  const [row] = isId(id)
    ? await sql<Held[]>`select ${columns(sql)} from quarantine q join owner o on o.id = q.owner_id
        where q.id = ${id} and ${withinRows(sql, 'q', reachOf(actor))}`
    : []
  if (!row) throw notFound('这条隔离数据')
  return open(keyring, row)
}

/** The content as it stands now; undefined where it is no record. */
export function contentOf(held: Held): Record<string, unknown> | undefined {
  if (held.channel === 'epcis') return undefined
  const content: unknown = JSON.parse(held.corrected ?? (held.body || '{}'))
  return typeof content === 'object' && content !== null ? (content as Record<string, unknown>) : undefined
}

/** What a reader is shown: who did not send it sees personal data in part only. */
export function shownHeld(held: Held, kinds: ReadonlyMap<string, Kind>, actor: Actor, whole: boolean) {
  const { body, corrected, ...rest } = held
  const kind = held.kind ? kinds.get(held.kind) : undefined
  const own = isOwn(actor, held.ownerId)
  const content = contentOf(held)
  const shown = content && kind && !own ? maskRow(kind, content) : content
  return {
    ...rest,
    kindTitle: kind?.title ?? '追溯事件',
    mine: own && !actor.viewedBy && !actor.partnerId,
    isCorrected: corrected !== null,
    content: shown,
    ...(whole && !content && own ? { text: corrected ?? body } : {}),
    ...(whole && own && corrected !== null ? { original: body } : {}),
  }
}
