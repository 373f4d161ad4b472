import type { ParsedEvent } from '../standards/epcis/index.ts'
import { identityOf } from './identity.ts'
import type { Tx } from './scope.ts'

/**
 * Which of the events (their places in the list) have an eventID that stands for other content, here or earlier in the
 * list: `append` would refuse them.
 */
export async function takenEvents(tx: Tx, events: readonly ParsedEvent[]): Promise<number[]> {
  const identities = events.map(identityOf)
  const rows = await tx<{ place: number }[]>`
    select g.place::int - 1 as place
    from unnest(${identities.map((one) => one.eventDigest)}::uuid[], ${`{${identities.map((one) => one.declared).join()}}`}::boolean[],
      ${identities.map((one) => one.contentDigest)}::uuid[], ${identities.map((one) => one.hash)}::text[])
      with ordinality g (digest, declared, content, hash, place)
    where exists (select from event e where e.event_digest = g.digest
        and (e.hash <> decode(g.hash, 'hex') or (not e.declared and not g.declared and e.content_digest <> g.content)))
      or exists (select from event_alias a join event e on e.id = a.event where a.event_digest = g.digest
        and (e.hash <> decode(g.hash, 'hex') or (not a.declared and not g.declared and e.content_digest <> g.content)))`
  const taken = new Set(rows.map(({ place }) => place))
  const first = new Map<string, { hash: string; contentDigest: string }>()
  for (const [place, { eventDigest, declared, hash, contentDigest }] of identities.entries()) {
    if (taken.has(place)) continue
    // Declarations of one error may say different things of it; the event they repeat is the same.
    const names = declared ? [eventDigest] : [`${eventDigest}-`, eventDigest]
    const clashes =
      (!declared && (first.get(names[0] as string)?.contentDigest ?? contentDigest) !== contentDigest) ||
      (first.get(eventDigest)?.hash ?? hash) !== hash
    if (clashes) taken.add(place)
    else for (const name of names) if (!first.has(name)) first.set(name, { hash, contentDigest })
  }
  return [...taken].sort((a, b) => a - b)
}
