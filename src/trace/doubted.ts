import type { Fragment } from 'postgres'
import { canonicalKey } from '../standards/digital-link/index.ts'
import { eventDigest } from './identity.ts'
import { type Scope, seesAll, type Tx, visible } from './scope.ts'
import type { Doubted } from './wire.ts'

const doubtedMax = 200

/**
 * What does not count among events (by eventID) and of what was said about things (by identifier): as far as the scope
 * may see the event, or has the goods it speaks of. The newest first, at most 200.
 */
export async function doubtedOf(
  tx: Tx,
  scope: Scope,
  { events, things }: { events: readonly string[]; things: readonly string[] },
): Promise<Doubted<Date>[]> {
  const keys = things.map((id) => canonicalKey(id).key)
  return tx<Doubted<Date>[]>`
    with asked as materialized (
      select id as event from event where event_digest = any(${events.map(eventDigest)}::uuid[])
      union
      select d.event from event_doubt d
      where d.keys && array(select id from trace_key where key = any(${keys}::text[]))
    )
    select e.event_id as "eventId", e.declared, coalesce(d.outcome, 'open') as state, r.title as reporter, e.type,
      e.biz_step as "bizStep", e.event_time as "eventTime"
    from asked a join event_doubt d on d.event = a.event join event e on e.id = d.event
      join owner r on r.id = d.owner_id join owner h on h.id = d.holder_id
    where (d.outcome is null or d.outcome = 'rejected') and ((${visible(tx, scope)}) or ${holds(tx, scope)})
    order by e.event_time desc, e.id desc limit ${doubtedMax}`
}

/** Whether the holder `h` of the goods is the reader, or within its reach. */
function holds(tx: Tx, scope: Scope): Fragment {
  if (seesAll(scope)) return tx`true`
  if ('ownerId' in scope) return tx`h.id = ${scope.ownerId}`
  if ('city' in scope) return tx`left(h.region, 4) || '00' = ${scope.city}`
  if ('county' in scope)
    return tx`h.region = ${scope.county} ${scope.station ? tx`and h.station = ${scope.station}` : tx``}`
  return tx`false`
}
