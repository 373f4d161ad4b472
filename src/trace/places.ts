/** An event as the answers need it. Places are canonical keys, sources and destinations 'type key' pairs. */
export type Fact = {
  id: number
  eventId: string
  type: string
  action: string | null
  /** Microseconds since 1970. */
  at: number
  bizStep: string | null
  disposition: string | null
  readPoint: string | null
  bizLocation: string | null
  sources: readonly string[] | null
  destinations: readonly string[] | null
  /** Of the event as a whole, whatever part of it is shown: a DELETE without children means all. */
  childless: boolean
}

/** One thing in an event. */
export type Link = { event: number; key: number; role: string; quantity: string | null; uom: string | null }

/** Where something is: a party or place (a GLN where it has one, else its key), and whether it is there or on its way. */
export type Place = { holder: string; location?: string; state: 'here' | 'in_transit' }

const gln = /\/(?:414|415|417)\/(\d{13})(?:\/|$)/

const holders = new Map<string, string>()

/** The GLN within a canonical key, else the key itself. A replay asks for the same few places thousands of times. */
export function holderOf(key: string): string {
  const known = holders.get(key)
  if (known !== undefined) return known
  if (holders.size >= 10_000) holders.clear()
  const holder = gln.exec(key)?.[1] ?? key
  holders.set(key, holder)
  return holder
}

/** Who hands over or takes over: the possessing party before the owning one before the place. */
export function partyIn(pairs: readonly string[] | null): string | undefined {
  for (const type of ['possessing_party', 'owning_party', 'location']) {
    const pair = pairs?.find((text) => text.startsWith(`${type} `))
    if (pair) return holderOf(pair.slice(type.length + 1))
  }
  return undefined
}

const leaving = new Set(['shipping', 'departing', 'transporting', 'consigning'])

/** Taken over from somebody: closes what was sent. */
export function isReceipt(fact: Fact): boolean {
  return fact.bizStep === 'receiving' || fact.bizStep === 'accepting'
}

/** Goods on their way: a step of transport, unless the event says where they are expected to stay. */
export function isLeaving(fact: Pick<Fact, 'bizStep'>): boolean {
  return fact.bizStep !== null && leaving.has(fact.bizStep)
}

const selling = new Set(['retail_selling', 'dispensing'])
const ending = new Set([...selling, 'destroying', 'decommissioning', 'killing'])

/** Given to shoppers. */
export function isSelling({ bizStep }: Pick<Fact, 'bizStep'>): boolean {
  return bizStep !== null && selling.has(bizStep)
}

/** What it names is in the chain no longer. */
export function isEnd(fact: Fact): boolean {
  if (fact.type === 'ObjectEvent' && fact.action === 'DELETE') return true
  return fact.type !== 'AggregationEvent' && fact.bizStep !== null && ending.has(fact.bizStep)
}

/** Where the event took place. */
export function siteOf(fact: Fact): { holder: string; location: string } | undefined {
  const location = fact.bizLocation ?? fact.readPoint
  return location === null ? undefined : { holder: holderOf(location), location }
}

/** Where the event leaves what it names: with whom it is bound for, or where it was seen. */
export function placeAfter(fact: Fact, before: Place | undefined): Place | undefined {
  const site = siteOf(fact)
  if (!isLeaving(fact)) return site ? { ...site, state: 'here' } : before
  const holder = partyIn(fact.destinations) ?? (before?.state === 'in_transit' ? before.holder : site?.holder)
  if (holder === undefined) return before
  return { holder, state: 'in_transit', ...(site && { location: site.location }) }
}
