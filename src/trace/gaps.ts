import { type Holder, holder, iso } from './answer.ts'
import type { Party } from './facts.ts'
import type { Gathered } from './gather.ts'
import type { Movement } from './movements.ts'
import { type Fact, type Link, siteOf } from './places.ts'
import type { Scope } from './scope.ts'

/**
 * A hole in what was told:
 * receipt-without-shipment: somebody received what nobody says to have sent;
 * never-received: sent, and nobody says to have received it (`quantity`: how much of a lot is still out);
 * from-nowhere: first seen in use, without making, receipt or packing;
 * making-without-output: used up, and nobody says for what;
 * no-place: still there, but nobody told where;
 * hidden: leads on to, or began with others in, what this reader may not see.
 */
export type Gap = {
  kind: 'receipt-without-shipment' | 'never-received' | 'from-nowhere' | 'making-without-output' | 'no-place' | 'hidden'
  key: string
  name?: string
  time?: string
  from?: Holder
  to?: Holder
  events: string[]
}

const beginnings = new Set(['commissioning', 'creating_class_instance', 'receiving', 'accepting', 'arriving'])

type Told = readonly { fact: Fact; links: readonly Link[] }[]

/** What is missing in the chain, and where it ends without an end. */
export function gapsOf(
  gathered: Gathered,
  told: Told,
  movements: readonly Movement[],
  { parties, scope }: { parties: ReadonlyMap<string, Party>; scope: Scope },
): Gap[] {
  const ends = deadEnds(gathered)
  const hidden = new Set(ends.flatMap(({ kind, key }) => (kind === 'hidden' ? [key] : [])))
  const isOthers = (fact: Fact) => !isWithin(scope, parties.get(siteOf(fact)?.holder ?? ''))
  return [
    ...movements.flatMap((movement) => unpaired(movement, gathered, parties)),
    ...fromNowhere(gathered, told, isOthers).filter(({ kind, key }) => kind !== 'hidden' || !hidden.has(key)),
    ...ends,
  ]
}

/** Whether this reader sees all that a party says; of others only what names somebody within reach. */
function isWithin(scope: Scope, party: Party | undefined): boolean {
  if ('all' in scope) return true
  if (!party || 'station' in scope) return false
  if ('ownerId' in scope) return party.ownerId === scope.ownerId
  return 'city' in scope ? party.region.startsWith(scope.city.slice(0, 4)) : party.region === scope.county
}

function about({ facts }: Gathered, key: number): { key: string; name?: string } | undefined {
  const row = facts.keys.get(key)
  return row && { key: row.key, ...(row.name && { name: row.name }) }
}

function unpaired(movement: Movement, gathered: Gathered, parties: ReadonlyMap<string, Party>): Gap[] {
  const { sentAt, receivedAt, from, to } = movement
  const named = about(gathered, movement.key)
  if (!named || (sentAt !== undefined && receivedAt !== undefined)) return []
  return [
    {
      kind: sentAt === undefined ? 'receipt-without-shipment' : 'never-received',
      ...named,
      time: iso(sentAt ?? receivedAt ?? 0),
      ...(from !== undefined && { from: holder(from, parties) }),
      ...(to !== undefined && { to: holder(to, parties) }),
      events: movement.events.flatMap((event) => gathered.facts.facts.get(event)?.eventId ?? []),
    },
  ]
}

function fromNowhere(gathered: Gathered, told: Told, isOthers: (fact: Fact) => boolean): Gap[] {
  const seen = new Set<number>()
  return told.flatMap(({ fact, links }) =>
    links.flatMap((link): Gap[] => {
      if (seen.has(link.key)) return []
      seen.add(link.key)
      const named = about(gathered, link.key)
      if (!named || !gathered.nodes.has(link.key) || isBeginning(gathered, fact, link)) return []
      const kind = isOthers(fact) ? 'hidden' : 'from-nowhere'
      return [{ kind, ...named, time: iso(fact.at), events: [fact.eventId] }]
    }),
  )
}

/** Made, received, or the packing of others; a serial of a known lot was made with its lot; a class has no beginning. */
function isBeginning({ facts, lots }: Gathered, fact: Fact, { key, role }: Link): boolean {
  if (role === 'output' || role === 'parent' || lots.has(key)) return true
  if (facts.keys.get(key)?.level === 'class') return true
  if (fact.type === 'ObjectEvent' && fact.action === 'ADD') return true
  return fact.bizStep !== null && beginnings.has(fact.bizStep)
}

function deadEnds(gathered: Gathered): Gap[] {
  const { steps, walks, nodes, facts, holdings, keys } = gathered
  const made = new Set(steps.flatMap(({ kind, src }) => (kind === 'o' ? [src] : [])))
  const gaps: Gap[] = []
  const add = (kind: Gap['kind'], key: number, at?: number, event?: number) => {
    const named = about(gathered, key)
    const eventId = event === undefined ? undefined : facts.facts.get(event)?.eventId
    if (named)
      gaps.push({ kind, ...named, ...(at !== undefined && { time: iso(at) }), events: eventId ? [eventId] : [] })
  }
  for (const { kind, src, dst, at, event } of steps)
    if (kind === 'i' && !made.has(dst)) add('making-without-output', src, at, event)
  const hidden = new Set<string>()
  for (const edge of walks.flatMap(({ edges }) => edges)) {
    if (!edge.hidden || (nodes.has(edge.src) && nodes.has(edge.dst)) || hidden.has(`${edge.src} ${edge.dst}`)) continue
    hidden.add(`${edge.src} ${edge.dst}`)
    add('hidden', nodes.has(edge.src) ? edge.src : edge.dst)
  }
  const placed = new Set([...facts.facts.values()].flatMap((fact) => (siteOf(fact) ? [fact.id] : [])))
  const known = new Set(facts.links.flatMap(({ key, event }) => (placed.has(event) ? [key] : [])))
  const named = new Set(facts.links.map(({ key }) => key))
  for (const key of keys) {
    const isPlaced = known.has(key) || holdings.placeOf(key) !== undefined || holdings.lastPlaceOf(key) !== undefined
    if (named.has(key) && !isPlaced && !holdings.isGone(key)) add('no-place', key)
  }
  return gaps
}
