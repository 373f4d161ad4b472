import { ahead, feedHorizon, inOrder, type Place } from '../feed/index.ts'
import { eventDigest } from './identity.ts'
import type { Tx } from './scope.ts'

/** An event that nothing follows from until somebody confirms it. Region: of the goods' holder (GB/T 2260). */
export type Doubt = {
  event: string
  eventId: string
  eventTime: Date
  type: string
  bizStep: string | null
  /** Where it took place: whose place that is, where its GLN is filed, else the place's key. */
  place: string | null
  /** Whether it declares another's event wrong. */
  declared: boolean
  reporterId: string
  reporter: string
  holderId: string
  region: string
  /** The goods it has no part in, at most ten of them, with what it says of their quantity. */
  goods: { key: string; name: string | null; quantity: string | null; uom: string | null }[]
}

/** What became of doubts since the last look. */
export type Doubts = { noted: Doubt[]; explained: string[] }

export const doubtCursor = 'event-doubts'
/** Arrivals judged in one step; each may hold thousands of events. */
const arrivalsAtOnce = 20
const reopenedAtOnce = 200

/**
 * Judges the events that arrived since the last call: doubts those of owners who have no part in the goods they speak of,
 * or declare another's event wrong, and settles doubts that an arrival explains (a dispatch that names the receiver).
 * `exempt`: owners that record about others' goods by office. Nothing where another process is at it.
 */
export async function noteDoubts(tx: Tx, now: Date, exempt: readonly string[]): Promise<Doubts> {
  await tx`insert into follower (name) values (${doubtCursor}) on conflict do nothing`
  const [after] = await tx<Place[]>`
    select xid::text, seq::text from follower where name = ${doubtCursor} for update skip locked`
  if (!after) return { noted: [], explained: [] }
  const horizon = await feedHorizon(tx)
  const rows = await tx<(Place & { ids: string[] })[]>`
    select a.xid::text, a.seq::text, a.ids::text[] as ids from event_arrival a
    where ${ahead(tx, 'a', after, horizon)} ${inOrder(tx, 'a')} limit ${arrivalsAtOnce}`
  const last = rows.at(-1)
  if (!last) return { noted: [], explained: [] }
  const ids = `{${rows.flatMap((row) => row.ids).join(',')}}`
  const noted = [...(await foreignGoods(tx, ids, exempt, now)), ...(await foreignErrors(tx, ids, exempt))]
  for (const { event, holder, keys } of noted) {
    await tx`select doubt_event(${event}::bigint, ${holder}, ${`{${keys}}`}::bigint[], ${now})`
  }
  const explained = await settleExplained(tx, ids, now)
  await tx`
    update follower set xid = ${last.xid}::text::xid8, seq = ${last.seq}, moved_at = ${now} where name = ${doubtCursor}`
  return {
    noted: await told(
      tx,
      noted.map(({ event }) => event),
    ),
    explained,
  }
}

type Found = { event: string; holder: string; keys: string }

/** Events about goods, or single things of a lot, that another recorded first and their own owner has no part in. */
async function foreignGoods(tx: Tx, ids: string, exempt: readonly string[], now: Date): Promise<Found[]> {
  return tx<Found[]>`
    with came as materialized (
      select e.id, e.owner_id from event e
      where e.id = any(${ids}::bigint[]) and not e.declared and e.owner_id <> all(${[...exempt]}::uuid[])
        and not exists (select from event_voided v where v.event = e.id)
        and not exists (select from event_doubt d where d.event = e.id)
    ),
    named as materialized (
      select c.id, c.owner_id, k.key from came c join event_key k on k.event = c.id
      union
      select c.id, c.owner_id, g.src from came c join event_key k on k.event = c.id
      join edge g on g.dst = k.key and g.kind = 'l' and g.event = c.id
    ),
    asked as materialized (
      select n.owner_id, n.key, f.owner_id as first from (select distinct owner_id, key from named) n
      join trace_key t on t.id = n.key and t.level in ('lot', 'serial', 'logistic', 'other')
        -- Boxes that go round belong to no one chain.
        and t.key !~ '/800[34]/'
      cross join lateral (
        select e.owner_id from event_key k join event e on e.id = k.event
        where k.key = n.key and not e.declared and not exists (select from event_voided v where v.event = e.id)
        order by k.event limit 1) f
      where f.owner_id <> n.owner_id
    ),
    doubted as materialized (select * from asked a where not has_part(a.owner_id, a.key, ${now}))
    select n.id as event, min(d.first::text) as holder, string_agg(distinct d.key::text, ',') as keys
    from named n join doubted d on d.owner_id = n.owner_id and d.key = n.key group by n.id order by n.id`
}

/** Declarations that another's event is wrong. */
async function foreignErrors(tx: Tx, ids: string, exempt: readonly string[]): Promise<Found[]> {
  return tx<Found[]>`
    select d.id as event, o.owner_id as holder, '' as keys
    from event d join event o on o.event_digest = d.event_digest and not o.declared
    where d.id = any(${ids}::bigint[]) and d.declared and o.owner_id <> d.owner_id
      and d.owner_id <> all(${[...exempt]}::uuid[])
      and not exists (select from event_partner p where p.owner_id = o.owner_id and p.partner_id = d.owner_id)
      and not exists (select from event_doubt x where x.event = d.id)
    order by d.id`
}

/** Settles the doubts of owners that an arrival names, and of goods that it speaks of, where a part is known now. */
async function settleExplained(tx: Tx, ids: string, now: Date): Promise<string[]> {
  const settled = await tx<{ event: string }[]>`
    with came as materialized (
      select e.owner_id, e.party_ids from event e
      where e.id = any(${ids}::bigint[]) and not exists (select from event_voided v where v.event = e.id)
    ),
    again as (
      select d.event, d.owner_id, d.keys, d.noted_at from event_doubt d
      where d.settled_at is null and d.keys <> '{}' and (
        d.owner_id in (select unnest(party_ids) from came)
        or d.keys && array(select key from event_key where event = any(${ids}::bigint[])))
      order by d.event limit ${reopenedAtOnce}
    )
    select event from again a
    where not exists (select from unnest(a.keys) k where not has_part(a.owner_id, k, a.noted_at))`
  for (const { event } of settled) await tx`select settle_event(${event}::bigint, 'explained', ${now})`
  return eventIds(
    tx,
    settled.map(({ event }) => event),
  )
}

async function eventIds(tx: Tx, events: readonly string[]): Promise<string[]> {
  if (events.length === 0) return []
  const rows = await tx<{ id: string }[]>`
    select event_id as id from event where id = any(${`{${events.join(',')}}`}::bigint[])`
  return rows.map(({ id }) => id)
}

async function told(tx: Tx, events: readonly string[]): Promise<Doubt[]> {
  if (events.length === 0) return []
  return tx<Doubt[]>`
    select d.event::text, e.event_id as "eventId", e.event_time as "eventTime", e.type, e.biz_step as "bizStep",
      coalesce((select p.title || '（GLN ' || p.gln || '）' from owner p
        where p.gln = substring(coalesce(e.biz_location, e.read_point) from '/41[457]/(\\d{13})(?:/|$)')),
        e.biz_location, e.read_point) as place, e.declared, r.id as "reporterId", r.title as reporter,
      h.id as "holderId", h.region,
      coalesce((
        select json_agg(json_build_object('key', g.key, 'name', g.name, 'quantity', g.quantity, 'uom', g.uom)) from (
          select t.key, k.quantity::text, k.uom, (
            select n.name from trace_name n where n.key = t.id order by n.event desc limit 1) as name
          from trace_key t left join event_key k on k.event = e.id and k.key = t.id
          where t.id = any(d.keys) order by t.key limit 10) g), '[]') as goods
    from event_doubt d join event e on e.id = d.event join owner r on r.id = d.owner_id join owner h on h.id = d.holder_id
    where d.event = any(${`{${events.join(',')}}`}::bigint[]) order by d.event`
}

/**
 * Ends a doubt of what one owner recorded: what is confirmed counts from now on, what is rejected stays without effect. False where none is open.
 * `lasting`: whatever its owner records about this holder's goods is confirmed from now on.
 */
export async function settleDoubt(
  tx: Tx,
  eventId: string,
  {
    declared,
    reporter: of,
    outcome,
    lasting,
    at,
  }: { declared: boolean; reporter: string; outcome: 'confirmed' | 'rejected'; lasting: boolean; at: Date },
): Promise<boolean> {
  const rows = await tx<{ event: string; holder: string; reporter: string }[]>`
    select d.event::text, d.holder_id as holder, d.owner_id as reporter
    from event_doubt d join event e on e.id = d.event where left(e.event_id, 1000) = ${eventId} and e.declared = ${declared}
      and d.owner_id = ${of} and d.settled_at is null`
  for (const { event, holder, reporter } of rows) {
    if (lasting) {
      await tx`insert into event_partner (owner_id, partner_id, since) values (${holder}, ${reporter}, ${at})
        on conflict do nothing`
    }
    await tx`select settle_event(${event}::bigint, ${outcome}, ${at})`
  }
  return rows.length > 0
}

/** Says of events that are recorded here by law, whoever's goods they speak of, that they count. */
export async function vouchFor(tx: Tx, eventIds: readonly string[], at: Date): Promise<void> {
  await tx`
    insert into event_doubt (event, owner_id, holder_id, keys, noted_at, settled_at, outcome)
    select id, owner_id, owner_id, '{}', ${at}, ${at}, 'confirmed' from event where event_digest = any(${eventIds.map(eventDigest)}::uuid[])
    on conflict do nothing`
}

/** Who recorded something about goods (canonical keys) that nobody has confirmed yet: one row each, at most 50. */
export async function doubtsAbout(
  tx: Tx,
  keys: readonly string[],
): Promise<{ reporter: string; events: number; latest: Date }[]> {
  return tx<{ reporter: string; events: number; latest: Date }[]>`
    select o.title as reporter, count(*)::int as events, max(e.event_time) as latest
    from event_doubt d join event e on e.id = d.event join owner o on o.id = d.owner_id
    where d.settled_at is null and d.keys && array(select id from trace_key where key = any(${[...keys]}::text[]))
    group by o.title order by max(e.event_time) desc limit 50`
}
