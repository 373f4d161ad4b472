import type { Fragment } from 'postgres'
import { canonicalKey } from '../standards/digital-link/index.ts'
import { standardPrefixes } from '../standards/epcis/context.ts'
import { bizSteps, readTerm } from '../standards/epcis/vocabulary.ts'
import { type Scope, type Tx, visible } from './scope.ts'

/** A lot that something happened to lately: what, when and where last. */
export type RecentLot = {
  key: string
  gtin: string
  lot: string
  name: string | null
  time: Date
  bizStep: string | null
  place: string | null
}

const EVENTS_READ = 400
const KEYS_READ = 500
const DAYS = 60

/** Which lots: of a product (14 digits), of a number, after a step, in a region of an owner who was party to it, at a place (GLN). */
export type LotQuery = { gtin?: string; lot?: string; bizStep?: string; region?: string; gln?: string }

/**
 * Lots that a scope may see, those with the newest events first. Without a product or lot number, those of the last 60
 * days.
 */
export async function recentLots(
  tx: Tx,
  scope: Scope,
  query: LotQuery & { now: Date; limit: number },
): Promise<RecentLot[]> {
  const last = query.gtin || query.lot ? ofKeys(tx, scope, query) : ofEvents(tx, scope, query)
  return tx<RecentLot[]>`
    with last as materialized (${last})
    select l.key, l.gtin, l.lot, coalesce(
        (select n.name from trace_name n where n.key = l.id order by n.event desc limit 1),
        (select n.name from trace_key c join trace_name n on n.key = c.id
          where c.key = 'https://id.gs1.org/01/' || l.gtin order by n.event desc limit 1)) as name,
      l.event_time as time, l.biz_step as "bizStep",
      (select o.title from owner o where o.gln = substring(l.place from '/414/([0-9]{13})')) as place
    from last l order by l.event_time desc, l.key limit ${query.limit}`
}

/** The conditions on an event `e`. */
function counts(tx: Tx, scope: Scope, { bizStep, region, gln }: LotQuery): Fragment {
  const place = `https://id.gs1.org/414/${gln}`
  return tx`${visible(tx, scope)} and not e.declared and not exists (select from event_voided v where v.event = e.id)
    ${bizStep ? tx`and e.biz_step = ${readTerm(bizSteps, bizStep, standardPrefixes) ?? bizStep}` : tx``}
    ${region ? tx`and e.regions @> array[${region}::text]` : tx``}
    ${gln ? tx`and (e.biz_location = ${place} or e.biz_location ^@ ${`${place}/`} or e.read_point = ${place})` : tx``}`
}

/** The lots of the newest events. */
function ofEvents(tx: Tx, scope: Scope, query: LotQuery & { now: Date }): Fragment {
  return tx`
    select distinct on (t.id) t.id, t.key, t.gtin, t.lot, r.event_time, r.biz_step, r.place
    from (
      select e.id, e.event_time, e.biz_step, coalesce(e.biz_location, e.read_point) as place from event e
      where ${counts(tx, scope, query)} and e.event_time <= ${query.now}
        and e.event_time > ${query.now}::timestamptz - ${DAYS} * interval '1 day'
      order by e.event_time desc, e.id desc limit ${EVENTS_READ}
    ) r join event_key k on k.event = r.id join trace_key t on t.id = k.key
    where t.level = 'lot' order by t.id, r.event_time desc, r.id desc`
}

/** The newest lots of a product or number, each with its newest event that counts. */
function ofKeys(tx: Tx, scope: Scope, query: LotQuery): Fragment {
  const { gtin, lot } = query
  return tx`
    select t.id, t.key, t.gtin, t.lot, r.event_time, r.biz_step, r.place
    from (
      select * from trace_key k where k.level = 'lot'
        ${gtin ? tx`and k.gtin = ${gtin}` : tx``} ${lot ? tx`and k.lot = ${lot}` : tx``}
      order by k.id desc limit ${KEYS_READ}
    ) t cross join lateral (
      select e.event_time, e.biz_step, coalesce(e.biz_location, e.read_point) as place
      from event_key x join event e on e.id = x.event
      where x.key = t.id and ${counts(tx, scope, query)} order by e.event_time desc, e.id desc limit 1
    ) r`
}

/** What identifiers mean to people: a product's name with its lot or serial, or whose place or party it is. */
export type Called = { name?: string; mark?: string; owner?: string }

/**
 * Names of things that the scope has seen an event of, and of the owners of places and parties. What is not known is left
 * out. The keys of the answer are the identifiers as they were given.
 */
export async function calledBy(tx: Tx, scope: Scope, ids: readonly string[]): Promise<Record<string, Called>> {
  const keys = new Map(ids.map((id) => [id, canonicalKey(id)]))
  const all = [...keys.values()]
  const glns = all.flatMap(({ gln }) => gln ?? [])
  const [owners, things] = await Promise.all([
    tx<{ gln: string; title: string }[]>`select gln, title from owner where gln = any(${glns}::text[])`,
    tx<{ key: string; name: string | null }[]>`
      select t.key, coalesce(
        (select n.name from trace_name n where n.key = t.id order by n.event desc limit 1),
        (select n.name from edge l join trace_name n on n.key = l.src
          where l.dst = t.id and l.kind = 'l' order by n.event desc limit 1),
        (select n.name from trace_key c join trace_name n on n.key = c.id
          where c.key = 'https://id.gs1.org/01/' || t.gtin order by n.event desc limit 1)) as name
      from trace_key t
      where t.key = any(${all.filter(({ gln }) => gln === undefined).map(({ key }) => key)}::text[])
        and exists (select from event_key k join event e on e.id = k.event where k.key = t.id and ${visible(tx, scope)})`,
  ])
  const titles = new Map(owners.map(({ gln, title }) => [gln, title]))
  const names = new Map(things.map(({ key, name }) => [key, name]))
  const called: Record<string, Called> = {}
  for (const [id, { key, gln, lot, serial, sscc }] of keys) {
    const owner = gln && titles.get(gln)
    const mark = serial ?? lot ?? sscc
    const name = names.get(key)
    if (owner) called[id] = { owner }
    else if (names.has(key)) called[id] = { ...(name && { name }), ...(mark && { mark }) }
  }
  return called
}
