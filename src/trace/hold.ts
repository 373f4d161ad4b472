import type { CodeReader } from './codes/index.ts'
import { EdgeReader } from './edges.ts'
import { goesBack, WALK_LIMIT } from './held.ts'
import { partyIn } from './places.ts'
import { reach } from './reach.ts'
import type { Scope, Tx } from './scope.ts'
import { behind, findByCode } from './serial-lots.ts'

/** `keys`: canonical keys of the lots and things that must not move on. */
export type Hold = {
  orderId: string
  ownerId: string
  region: string
  title: string
  keys: readonly string[]
  since: Date
  /** GLNs of whoever the goods may be sent to all the same: they come back there, or are destroyed there. */
  returnTo: readonly string[]
}

/**
 * A movement or sale of held goods. `key`: what was held; `eventId`: the event that tells of it; `who` recorded it. `isBackdated`:
 * it was recorded under the hold and is said to have happened before it.
 */
export type Breach = {
  orderId: string
  ownerId: string
  region: string
  title: string
  key: string
  eventId: string
  eventTime: Date
  recordTime: Date
  bizStep: string
  who: string
  isBackdated: boolean
}

/** The columns of a breach: of hold `h`, key `k` and event `e`. */
const breachColumns = (tx: Tx) => tx`h.order_id as "orderId", h.owner_id as "ownerId", h.region, h.title, k.key,
  e.event_id as "eventId", e.event_time as "eventTime", e.record_time as "recordTime", e.biz_step as "bizStep",
  (select o.title from owner o where o.id = e.owner_id) as who, e.event_time < h.since as "isBackdated"`

/** Whether an event `e` has to be accounted for under a hold `h`: it happened, or was recorded, while that stood. */
const underHold = (tx: Tx) => tx`h.lifted_at is null and h.owner_id <> e.owner_id
  and greatest(e.event_time, e.record_time) >= h.since`

const WATCHED_AT_ONCE = 500

/**
 * Waits until no hold is being placed or ended and no document stored, and keeps all of these waiting until the
 * transaction ends: what is in reach is made anew where a hold ends, and a hold has to know of every packing. Taken before
 * any event is stored in the same transaction.
 */
export async function takeTurn(tx: Tx): Promise<void> {
  await tx`select pg_advisory_xact_lock(hashtextextended('trace_hold', 0))`
}

/**
 * Puts goods on hold under an order, in a transaction. Repeated, it adds what is new. How many are held by it. `codes`: those
 * of this installation, for things whose lot no event says.
 */
export async function placeHold(tx: Tx, hold: Hold, codes?: CodeReader): Promise<number> {
  const { orderId, ownerId, region, title, since, keys, returnTo } = hold
  await takeTurn(tx)
  await tx`update hold_turn set n = n + 1`
  const placed = await tx<{ id: string }[]>`
    insert into trace_hold (order_id, key, owner_id, region, title, since, return_glns)
    select ${orderId}, k.id, ${ownerId}, ${region}, ${title}, ${since}, ${[...returnTo]}::text[]
    from trace_key k where k.key = any(${[...keys]}::text[])
    on conflict do nothing returning key::text as id`
  const reached = await reach(
    tx,
    placed.map(({ id }) => id),
  )
  if (codes) await findByCode(tx, codes, reached)
  const [row] = await tx<{ held: number }[]>`
    select count(*)::int as held from trace_hold where order_id = ${orderId} and lifted_at is null`
  return row?.held ?? 0
}

/** Ends the hold of an order, in a transaction. */
export async function liftHold(tx: Tx, orderId: string, at: Date): Promise<void> {
  await takeTurn(tx)
  const lifted = await tx`update trace_hold set lifted_at = ${at} where order_id = ${orderId} and lifted_at is null`
  if (lifted.count === 0) return
  await tx`delete from hold_reach`
  const standing = await tx<{ id: string }[]>`select distinct key::text as id from trace_hold where lifted_at is null`
  await reach(
    tx,
    standing.map(({ id }) => id),
  )
}

/** Says anew where the goods of an order may be sent. */
export async function allowReturns(tx: Tx, orderId: string, glns: readonly string[]): Promise<void> {
  await tx`update trace_hold set return_glns = ${[...glns]}::text[]
    where order_id = ${orderId} and lifted_at is null and return_glns <> ${[...glns]}::text[]`
}

/** The breaches of an order that a scope may see, newest first. */
export async function breachesOf(tx: Tx, orderId: string): Promise<Breach[]> {
  return tx<Breach[]>`
    select ${breachColumns(tx)}
    from hold_breach b join trace_hold h on h.order_id = b.order_id and h.key = b.key
    join trace_key k on k.id = b.key join event e on e.id = b.event
    where b.order_id = ${orderId} order by e.record_time desc, e.id desc limit 500`
}

/** What a movement of too many things may have been a breach of: held things by whatever way, whatever the time. */
async function mayBreak(tx: Tx, event: string, keys: readonly string[]): Promise<Breach[]> {
  return tx<Breach[]>`
    with recursive back (key) as (
      select unnest(${`{${keys.join(',')}}`}::bigint[])
      union
      select g.src from back b cross join lateral (
        select g.src from edge g where g.dst = b.key
        union all select s.lot from serial_lot s where s.key = b.key
      ) g
      where not exists (select from trace_key c where c.id = b.key and c.level = 'class')
    )
    select distinct on (h.order_id) ${breachColumns(tx)}
    from back b join trace_hold h on h.key = b.key join trace_key k on k.id = h.key join event e on e.id = ${event}
    where ${underHold(tx)} order by h.order_id`
}

/** Notes what these held things (canonical keys) are in by now: what two documents told at the same moment is found late. */
async function reachAgain(tx: Tx, keys: readonly string[]): Promise<void> {
  if (keys.length === 0) return
  // No hold may be placed or ended meanwhile. Documents may be stored: one that waits for an event being looked into here
  // would be waited for.
  await tx`select pg_advisory_xact_lock_shared(hashtextextended('trace_hold', 0))`
  const standing = await tx<{ id: string }[]>`
    select distinct h.key::text as id from trace_hold h join trace_key k on k.id = h.key
    where k.key = any(${[...keys]}::text[]) and h.lifted_at is null`
  await reach(
    tx,
    standing.map(({ id }) => id),
  )
}

/**
 * Looks into the movements and sales recorded since the last call: whether what moved was held, is in what moved, or went
 * into it, and does not go back. What is said to have happened before the hold is told as well, as what it is. Returns the
 * new breaches, and what may be one where it was too much to look through (`isSure`). What they moved is in reach from now
 * on. In a transaction with what is told of them nothing is told twice or not at all.
 */
export async function noteBreaches(
  tx: Tx,
  now: Date,
  most: number = WALK_LIMIT,
): Promise<(Breach & { isSure: boolean })[]> {
  const all: Scope = { all: true }
  const watched = await tx<{ event: string; at: string; destinations: string[] | null; keys: string[] }[]>`
    with taken as (
      delete from hold_watch where event in (
        select event from hold_watch order by event limit ${WATCHED_AT_ONCE} for update skip locked)
      returning event
    )
    select t.event, (extract(epoch from e.event_time) * 1000000)::bigint as at, e.destinations,
      array_agg(distinct k.key::text) as keys
    from taken t join event e on e.id = t.event join event_key k on k.event = t.event
    where not e.declared and not exists (select from event_voided v where v.event = e.id)
    group by t.event, e.event_time, e.destinations order by t.event`
  const reader = new EdgeReader(tx, all, null)
  const breaches: (Breach & { isSure: boolean })[] = []
  for (const { event, at, destinations, keys } of watched) {
    const stays = keys.map((key) => ({ id: Number(key), from: Number(at), until: Number(at) }))
    const { ids, truncated } = await behind(tx, reader, stays, most)
    const broken = await tx<Breach[]>`
      with broken as (
        insert into hold_breach (order_id, event, key, noted_at)
        select distinct on (h.order_id) h.order_id, e.id, h.key, ${now}
        from trace_hold h join event e on e.id = ${event}
        where h.key = any(${ids}::bigint[]) and ${underHold(tx)} and not ${goesBack(tx, ids, partyIn(destinations))}
        -- The nearest tells best what moved.
        order by h.order_id, array_position(${ids}::bigint[], h.key)
        on conflict do nothing returning order_id, event, key
      )
      select ${breachColumns(tx)}
      from broken b join trace_hold h on h.order_id = b.order_id and h.key = b.key
      join trace_key k on k.id = b.key join event e on e.id = b.event`
    const known = new Set(broken.map(({ orderId }) => orderId))
    const doubtful = truncated ? (await mayBreak(tx, event, keys)).filter(({ orderId }) => !known.has(orderId)) : []
    breaches.push(
      ...broken.map((one) => ({ ...one, isSure: true })),
      ...doubtful.map((one) => ({ ...one, isSure: false })),
    )
  }
  await reachAgain(
    tx,
    breaches.map(({ key }) => key),
  )
  return breaches
}
