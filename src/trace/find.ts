import type { Fragment } from 'postgres'
import { canonicalKey } from '../standards/digital-link/index.ts'
import { type Scope, type Tx, visible } from './scope.ts'

/** Goods to start from where no identifier is at hand. */
export type GoodsQuery =
  /** Of a supplier's deliveries, of one product where `gtin` (14 digits) is given. */
  | { by: 'supplier'; gln: string; gtin?: string; since?: Date; before?: Date }
  /** Made or handled at a site in a span of time. */
  | { by: 'site'; gln: string; since: Date; before: Date }
  /** Lots of this number that the owner made, handled or sent. */
  | { by: 'lot-number'; lot: string; ownerId: string; gln?: string }

const LIMIT = 1000

/** Canonical keys of lots and single things; a thing whose lot is found too is left out. */
export async function findGoods(
  tx: Tx,
  scope: Scope,
  query: GoodsQuery,
): Promise<{ keys: string[]; truncated: boolean }> {
  const rows = await tx<{ key: string }[]>`
    with found as materialized (${found(tx, scope, query)} limit ${LIMIT + 1})
    select key from found f
    where not exists (select from edge l join found o on o.id = l.src where l.dst = f.id and l.kind = 'l')
    order by id`
  return { keys: rows.slice(0, LIMIT).map(({ key }) => key), truncated: rows.length > LIMIT }
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
  const base = (where: Fragment) => tx`
    select distinct t.id, t.key from event e join event_key k on k.event = e.id join trace_key t on t.id = k.key
    where ${where} and ${visible(tx, scope)} and not e.declared and t.level not in ('class', 'pattern', 'logistic')
      and k.role in ('epc', 'output', 'child', 'input') and not exists (select from event_voided v where v.event = e.id)`
  if (query.by === 'lot-number') {
    const pairs = query.gln ? partiesOf(query.gln) : []
    return tx`
      select t.id, t.key from trace_key t
      where t.lot = ${query.lot} and t.level = 'lot' and exists (
        select from event_key k join event e on e.id = k.event
        where k.key = t.id and ${visible(tx, scope)} and not e.declared
          and (e.party_ids @> array[${query.ownerId}::uuid] or e.sources && ${pairs}::text[]))`
  }
  const since = query.since ? tx`and e.event_time >= ${query.since}` : tx``
  const before = query.before ? tx`and e.event_time < ${query.before}` : tx``
  const place = `https://id.gs1.org/414/${query.gln}`
  // The place and what is below it: '/' is followed by '0'.
  const there = tx`(e.biz_location = ${place} or (e.biz_location >= ${`${place}/`} and e.biz_location < ${`${place}0`}))`
  if (query.by === 'site') return base(tx`${there} ${since} ${before}`)
  const sent = tx`(e.sources && ${partiesOf(query.gln)}::text[] or (${there} and e.biz_step = 'shipping'))`
  return base(tx`${sent} ${since} ${before} ${query.gtin ? tx`and t.gtin = ${query.gtin}` : tx``}`)
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
