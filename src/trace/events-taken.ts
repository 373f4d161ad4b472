import type { ParsedEvent } from '../standards/epcis/index.ts'
import { identityOf } from './identity.ts'
import type { Tx } from './scope.ts'

/**
 * Which of the events (their places in the list) have an eventID that stands for other content, here or earlier in the
 * list: `append` would refuse them.
 */
export async function takenEvents(tx: Tx, events: readonly ParsedEvent[]): Promise<number[]> {
  const identities = events.map(identityOf)
  // Equal content has an equal hash; declarations of one error may say different things of the event they repeat.
  const rows = await tx<{ place: number }[]>`
    select g.place::int - 1 as place
    from unnest(${identities.map((one) => one.eventDigest)}::uuid[], ${identities.map((one) => one.hash)}::text[])
      with ordinality g (digest, hash, place)
    where exists (select from event e where e.event_digest = g.digest and e.hash <> decode(g.hash, 'hex'))
      or exists (select from event_alias a join event e on e.id = a.event
        where a.event_digest = g.digest and e.hash <> decode(g.hash, 'hex'))`
  const taken = new Set(rows.map(({ place }) => place))
  const first = new Map<string, string>()
  for (const [place, { eventDigest, hash }] of identities.entries()) {
    if (taken.has(place)) continue
    const known = first.get(eventDigest) ?? hash
    if (known === hash) first.set(eventDigest, hash)
    else taken.add(place)
  }
  return [...taken].sort((a, b) => a - b)
}
