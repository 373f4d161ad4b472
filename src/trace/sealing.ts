import { ahead, inOrder } from '../feed/index.ts'
import type { Item, Source, Tx } from '../ledger/index.ts'

/** Arrivals taken in one step; each holds the events of one document or a part of it. */
const arrivalsMax = 20

/** Captured events as leaves of the ledger, in the order in which they arrived. */
export const eventSource: Source = {
  name: 'event',
  async next(tx, after, horizon, limit) {
    const arrivals = await tx<{ xid: string; seq: string; ids: string[] }[]>`
      select a.xid::text, a.seq::text, a.ids::text[] as ids from event_arrival a
      where ${ahead(tx, 'a', after, horizon)} ${inOrder(tx, 'a')} limit ${arrivalsMax}`
    const taken: (typeof arrivals)[number][] = []
    let count = 0
    for (const arrival of arrivals) {
      // Whole arrivals only: the cursor stands between them.
      if (taken.length > 0 && count + arrival.ids.length > limit) break
      taken.push(arrival)
      count += arrival.ids.length
    }
    const last = taken.at(-1)
    const items = await eventItems(
      tx,
      taken.flatMap(({ ids }) => ids),
    )
    return { items, place: last ? { xid: last.xid, seq: last.seq } : after }
  },
  at: eventItems,
  async strangers(tx) {
    // Capture writes event and arrival together; what is neither sealed nor waiting to be was put there by another hand.
    const rows = await tx<{ ref: string }[]>`
      select e.id::text as ref from event e
      where not exists (select from ledger_leaf l where l.source = 'event' and l.ref = e.id)
        and not exists (
          select from event_arrival a, ledger_cursor c
          where c.source = 'event' and (a.xid, a.seq) > (c.xid, c.seq) and e.id = any(a.ids))
      order by e.id limit 1000`
    return rows.map(({ ref }) => ref)
  },
}

/** `parties` and `regions` are left out: they grow when an owner is filed late. */
async function eventItems(tx: Tx, ids: readonly string[]): Promise<Item[]> {
  if (ids.length === 0) return []
  return tx<Item[]>`
    select e.id::text as ref, e.owner_id as "ownerId", 'epcis-event' as type, moment.text as at, 'parties' as use,
      '{"document":' || e.document::text || ',"eventID":' || to_json(e.event_id) || ',"hash":"' || encode(e.hash, 'hex')
        || '","owner":"' || e.owner_id || '","recordTime":"' || moment.text || '"}' as payload
    from event e
      cross join lateral (
        select to_char(e.record_time at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as text) moment
    where e.id = any(${ids as string[]}::bigint[]) order by e.id`
}
