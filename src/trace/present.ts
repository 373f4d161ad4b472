import type { Tx } from './scope.ts'

/** Goods that were at a place in a span of time: since when, and until when where they have left. */
export type Present = { key: string; name: string | null; since: Date; until: Date | null }

const LIMIT = 100

/**
 * Lots and things that were at a place (GLN, with what is below it) at any time from `from` to `to`: seen there before the
 * span ended and not sent from there before it began. Newest arrivals first, 100 at most.
 */
export async function presentAt(tx: Tx, gln: string, from: Date, to: Date): Promise<Present[]> {
  const place = `https://id.gs1.org/414/${gln}`
  return tx<Present[]>`
    with arrived as (
      select k.key, min(e.event_time) as since from event e join event_key k on k.event = e.id
      where (e.biz_location = ${place} or (e.biz_location >= ${`${place}/`} and e.biz_location < ${`${place}0`}))
        and e.event_time <= ${to} and e.event_time > ${to}::timestamptz - interval '400 days' and not e.declared
        and k.role in ('epc', 'output', 'child') and (e.biz_step is null or e.biz_step not in ('shipping', 'departing'))
        and not exists (select from event_voided v where v.event = e.id)
      group by k.key order by since desc limit 2000)
    select t.key, (select n.name from trace_name n where n.key = t.id limit 1) as name, a.since, gone.until
    from arrived a join trace_key t on t.id = a.key
    left join lateral (
      select min(l.event_time) as until from event_key g join event l on l.id = g.event
      where g.key = a.key and l.event_time > a.since and not l.declared
        and (l.biz_step in ('shipping', 'departing', 'destroying', 'retail_selling') or g.role = 'input'
          or (l.biz_location is not null and l.biz_location <> ${place} and not starts_with(l.biz_location, ${`${place}/`})))
    ) gone on true
    where t.level = 'lot' and (gone.until is null or gone.until > ${from})
    order by a.since desc limit ${LIMIT}`
}

/** What ends being carried: taken out, received, sold, used up or destroyed. That the vehicle set off does not. */
const ends = ['receiving', 'accepting', 'unloading', 'unpacking', 'retail_selling', 'destroying']

/**
 * Lots that were in or on an asset (a vehicle, a container: its key, e.g. `https://id.gs1.org/8004/…`) at any time from
 * `from` to `to`, by the aggregations and associations that name it as parent, also within pallets and crates. Newest
 * first, 100 at most.
 */
export async function carriedAt(tx: Tx, asset: string, from: Date, to: Date): Promise<Present[]> {
  return tx<Present[]>`
    with recursive inside as (
      select k.id as key, null::timestamptz as since, null::timestamptz as until, 0 as depth from trace_key k where k.key = ${asset}
      union
      select c.key, greatest(e.event_time, i.since), least(i.until, gone.until), i.depth + 1
      from inside i join event_key p on p.key = i.key and p.role = 'parent'
      join event e on e.id = p.event and e.action = 'ADD' and not e.declared
        and e.event_time <= ${to} and e.event_time > ${to}::timestamptz - interval '400 days'
      join event_key c on c.event = e.id and c.role = 'child'
      left join lateral (
        select min(l.event_time) as until from event_key g join event l on l.id = g.event
        where l.event_time > e.event_time and not l.declared
          and ((g.key = c.key and (l.action = 'DELETE' and g.role = 'child' or l.biz_step = any(${ends}) or g.role = 'input'))
            -- Everything is taken out: the parent alone is named.
            or (g.key = i.key and g.role = 'parent' and l.action = 'DELETE'
              and not exists (select from event_key o where o.event = l.id and o.role = 'child')))
      ) gone on true
      where i.depth < 4 and not exists (select from event_voided v where v.event = e.id)
        and (gone.until is null or gone.until > ${from}))
    select * from (
      select distinct on (t.key) t.key, (select n.name from trace_name n where n.key = t.id limit 1) as name, i.since, i.until
      from inside i join trace_key t on t.id = i.key
      where t.level = 'lot' and (i.until is null or i.until > ${from}) order by t.key, i.since desc) found
    order by since desc limit ${LIMIT}`
}
