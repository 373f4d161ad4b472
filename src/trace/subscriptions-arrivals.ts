import { ahead, feedHorizon, inOrder } from '../feed/index.ts'
import type { Tx } from './scope.ts'

/**
 * How far a reader of arriving events has come: everything up to an arrival, and the first `taken` events of the one
 * after it. `since`: a snapshot of the database; what it could see is passed over, whatever its place.
 */
export type Position = { xid: string; seq: string; taken: number; since: string | null }

/** Arrivals read in one step. */
const arrivalsMax = 20

/** Where whatever is not yet recorded lies ahead. What is being recorded at this moment does, too. */
export async function positionNow(tx: Tx): Promise<Position> {
  const [row] = await tx<{ xid: string; since: string }[]>`
    select pg_snapshot_xmin(s)::text as xid, s::text as since from pg_current_snapshot() s`
  if (!row) throw new Error('no snapshot')
  return { ...row, seq: '0', taken: 0 }
}

/** Where everything recorded from a time on lies ahead, and little before it. */
export async function positionAt(tx: Tx, time: Date): Promise<Position> {
  const [row] = await tx<{ xid: string; seq: string }[]>`
    select a.xid::text, (a.seq - 1)::text as seq from event_arrival a
    where a.at >= ${time} order by a.xid, a.seq limit 1`
  const now = await positionNow(tx)
  return row && BigInt(row.xid) < BigInt(now.xid) ? { ...row, taken: 0, since: null } : { ...now, since: null }
}

/** The next events after a position, at most `limit`; `more` where others wait behind them. Never passes a late committer. */
export async function arrivals(
  tx: Tx,
  position: Position,
  limit: number,
): Promise<{ ids: string[]; position: Position; more: boolean }> {
  const horizon = await feedHorizon(tx)
  const rows = await tx<{ xid: string; seq: string; ids: string[] }[]>`
    select a.xid::text, a.seq::text, a.ids::text[] as ids from event_arrival a
    where ${ahead(tx, 'a', position, horizon)} and ${isNew(tx, position)}
    ${inOrder(tx, 'a')} limit ${arrivalsMax + 1}`
  const ids: string[] = []
  let reached = position
  for (const [index, row] of rows.slice(0, arrivalsMax).entries()) {
    const rest = index === 0 ? row.ids.slice(position.taken) : row.ids
    const room = limit - ids.length
    ids.push(...rest.slice(0, room))
    if (rest.length > room) {
      const taken = row.ids.length - rest.length + room
      return { ids, position: { ...reached, taken }, more: true }
    }
    reached = { ...position, xid: row.xid, seq: row.seq, taken: 0 }
  }
  return { ids, position: reached, more: rows.length > arrivalsMax }
}

/** How many recorded events lie ahead of a position, counted up to a limit. */
export async function backlogOf(tx: Tx, position: Position): Promise<number> {
  const [row] = await tx<{ count: number }[]>`
    select coalesce(sum(cardinality(ids)), 0)::int as count from (
      select a.ids from event_arrival a
      where ${ahead(tx, 'a', position)} and ${isNew(tx, position)} ${inOrder(tx, 'a')} limit 10000) waiting`
  return Math.max((row?.count ?? 0) - position.taken, 0)
}

function isNew(tx: Tx, { since }: Position) {
  return since === null ? tx`true` : tx`not pg_visible_in_snapshot(a.xid, ${since}::text::pg_snapshot)`
}
