import type { Fragment } from 'postgres'
import { canonicalKey } from '../standards/digital-link/index.ts'
import { walk } from './closure.ts'
import { EdgeReader } from './edges.ts'
import { type Scope, type Tx, visible } from './scope.ts'
import { trace } from './trace.ts'

/** Goods to start from where no identifier is at hand. */
export type GoodsQuery =
  /** Of a supplier's deliveries, of one product where `gtin` (14 digits) is given. */
  | { by: 'supplier'; gln: string; gtin?: string; since?: Date; before?: Date }
  /** Made or handled at a site in a span of time, of one product where `gtin` is given. */
  | { by: 'site'; gln: string; gtin?: string; since: Date; before: Date }
  /** Every lot of a product that was made, handled or sent, in a span of time where one is given. */
  | { by: 'product'; gtin: string; since?: Date; before?: Date }
  /** Lots of this number that the owner made, handled or sent. */
  | { by: 'lot-number'; lot: string; ownerId: string; gln?: string }

const LIMIT = 1000
const CONTENTS = 20_000
/** How long before a span of time what came to a site may still be there. */
const STAY_DAYS = 400
const day = 86_400_000

type Found = { keys: string[]; truncated: boolean }

/**
 * Canonical keys of lots and single things, also of what was in a container at the time; a thing whose lot is found too is
 * left out. At a site that is what was handled there in the span of time, and what lay there when it began.
 */
export async function findGoods(tx: Tx, scope: Scope, query: GoodsQuery): Promise<Found> {
  if (query.by !== 'site') return withoutOwn(tx, [await named(tx, scope, query)])
  if (query.gtin !== undefined) {
    const { gtin, ...site } = query
    return ofProduct(tx, await findGoods(tx, scope, site), gtin)
  }
  const before = { ...query, since: new Date(query.since.getTime() - STAY_DAYS * day), before: query.since }
  const earlier = await withoutOwn(tx, [await named(tx, scope, before)])
  return withoutOwn(tx, [await named(tx, scope, query), await stillThere(tx, scope, query, earlier)])
}

async function ofProduct(tx: Tx, { keys, truncated }: Found, gtin: string): Promise<Found> {
  const rows = await tx<{ key: string }[]>`
    select key from trace_key where key = any(${keys}::text[]) and gtin = ${gtin} order by id`
  return { keys: rows.map(({ key }) => key), truncated }
}

/** What events of the query name, itself or as the contents of a container. */
async function named(tx: Tx, scope: Scope, query: GoodsQuery): Promise<Found> {
  const rows = await tx<{ id: string; key: string; at: string | null }[]>`
    ${found(tx, scope, query)} order by at desc nulls last, id limit ${LIMIT + 1}`
  const taken = rows.slice(0, LIMIT)
  const carriers = taken.flatMap(({ id, at }) =>
    at === null ? [] : [{ id: Number(id), from: Number(at), until: Number(at) }],
  )
  const inside = await contentsOf(tx, scope, carriers, query.by === 'supplier' ? query.gtin : undefined)
  const own = taken.flatMap(({ key, at }) => (at === null ? [key] : []))
  return { keys: [...own, ...inside.keys], truncated: rows.length > LIMIT || inside.truncated }
}

async function contentsOf(
  tx: Tx,
  scope: Scope,
  stays: readonly { id: number; from: number; until: number }[],
  gtin: string | undefined,
): Promise<Found> {
  if (stays.length === 0) return { keys: [], truncated: false }
  const reader = new EdgeReader(tx, scope, null)
  const { nodes, truncated } = await walk(tx, reader, { start: [], stays, direction: 'contents', limit: CONTENTS })
  const rows = await tx<{ key: string }[]>`
    select key from trace_key where id = any(${`{${[...nodes.keys()].join(',')}}`}::bigint[])
      and level not in ('class', 'pattern', 'logistic') ${gtin ? tx`and gtin = ${gtin}` : tx``}`
  return { keys: rows.map(({ key }) => key), truncated }
}

/** Of what came to a site before, what lay there when the span began. */
async function stillThere(
  tx: Tx,
  scope: Scope,
  { gln, since }: { gln: string; since: Date },
  { keys, truncated }: Found,
): Promise<Found> {
  if (keys.length === 0) return { keys: [], truncated }
  const answer = await trace(tx, scope, {
    id: keys,
    direction: 'forward',
    asOf: since,
    now: since,
    nodeLimit: CONTENTS,
  })
  const there = answer.frontier.filter(({ holder, state }) => holder?.id === gln && state === 'here')
  const levels = new Map(answer.nodes.map(({ key, level }) => [key, level]))
  return {
    keys: there.flatMap(({ key }) => (levels.get(key) === 'lot' || levels.get(key) === 'serial' ? [key] : [])),
    truncated: truncated || answer.truncated,
  }
}

/** All of them once, without things whose lot is among them. */
async function withoutOwn(tx: Tx, found: readonly Found[]): Promise<Found> {
  const keys = [...new Set(found.flatMap((one) => one.keys))]
  const truncated = found.some((one) => one.truncated)
  if (keys.length === 0) return { keys, truncated }
  const rows = await tx<{ key: string }[]>`
    with found as materialized (select id, key from trace_key where key = any(${keys}::text[]))
    select key from found f
    where not exists (select from edge l join found o on o.id = l.src where l.dst = f.id and l.kind = 'l')
    order by id`
  return { keys: rows.map(({ key }) => key), truncated }
}

/** Which of the lots and things a party itself brought into being. */
export async function madeBy(tx: Tx, ownerId: string, ids: readonly string[]): Promise<Set<string>> {
  const keys = ids.map((id) => canonicalKey(id).key)
  const rows = await tx<{ key: string }[]>`
    select distinct t.key from trace_key t join event_key k on k.key = t.id join event e on e.id = k.event
    where t.key = any(${keys}::text[]) and e.owner_id = ${ownerId} and not e.declared
      and (k.role = 'output' or (e.type = 'ObjectEvent' and e.action = 'ADD'))
      and not exists (select from event_voided v where v.event = e.id)`
  return new Set(rows.map(({ key }) => key))
}

function found(tx: Tx, scope: Scope, query: GoodsQuery): Fragment {
  // Goods themselves count once; a container counts for each moment, since what is in it changes.
  const base = (where: Fragment) => tx`
    select distinct t.id, t.key, case when t.level = 'logistic' or (k.role = 'parent' and t.gtin is null)
      then (extract(epoch from e.event_time) * 1000000)::bigint end as at
    from event e join event_key k on k.event = e.id join trace_key t on t.id = k.key
    where ${where} and ${visible(tx, scope)} and not e.declared and t.level not in ('class', 'pattern')
      and k.role in ('epc', 'output', 'child', 'input', 'parent')
      and not exists (select from event_voided v where v.event = e.id)`
  if (query.by === 'lot-number') {
    const pairs = query.gln ? partiesOf(query.gln) : []
    return tx`
      select t.id, t.key, null::bigint as at from trace_key t
      where t.lot = ${query.lot} and t.level = 'lot' and exists (
        select from event_key k join event e on e.id = k.event
        where k.key = t.id and ${visible(tx, scope)} and not e.declared
          and (e.party_ids @> array[${query.ownerId}::uuid] or e.sources && ${pairs}::text[]))`
  }
  const since = query.since ? tx`and e.event_time >= ${query.since}` : tx``
  const before = query.before ? tx`and e.event_time < ${query.before}` : tx``
  if (query.by === 'product') {
    // From its few lots to their events: a city's events of a year are more than can be gone through.
    return tx`
      select t.id, t.key, null::bigint as at from trace_key t
      where t.gtin = ${query.gtin} and t.level = 'lot' and exists (
        select from event_key k join event e on e.id = k.event
        where k.key = t.id and ${visible(tx, scope)} and not e.declared ${since} ${before}
          and not exists (select from event_voided v where v.event = e.id))`
  }
  const place = `https://id.gs1.org/414/${query.gln}`
  // The place and what is below it: '/' is followed by '0'.
  const there = tx`(e.biz_location = ${place} or (e.biz_location >= ${`${place}/`} and e.biz_location < ${`${place}0`}))`
  if (query.by === 'site') return base(tx`${there} ${since} ${before}`)
  const sent = tx`(e.sources && ${partiesOf(query.gln)}::text[] or (${there} and e.biz_step = 'shipping'))`
  return base(
    tx`${sent} ${since} ${before} ${query.gtin ? tx`and (t.gtin = ${query.gtin} or t.level = 'logistic')` : tx``}`,
  )
}

function partiesOf(gln: string): string[] {
  return [
    `possessing_party https://id.gs1.org/417/${gln}`,
    `owning_party https://id.gs1.org/417/${gln}`,
    `possessing_party https://id.gs1.org/414/${gln}`,
    `owning_party https://id.gs1.org/414/${gln}`,
    `location https://id.gs1.org/414/${gln}`,
  ]
}
