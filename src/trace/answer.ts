import { Amounts, fromMillionths, toMillionths } from './amount.ts'
import type { Facts, KeyRow, Party } from './facts.ts'
import { type Holdings, PIECES } from './holdings.ts'
import { holderOf, type Place } from './places.ts'
import type { Holder, Quantity, TraceAnswer, TraceNode, Whereabouts } from './wire.ts'

export type { Frontier, Holder, Quantity, TraceAnswer, TraceNode, Whereabouts } from './wire.ts'

const ONE = toMillionths('1')
const KEYS_A_HOLDER = 200

/** What the answer is written from. */
export type Material = { facts: Facts; holdings: Holdings; parties: ReadonlyMap<string, Party> }

/** The nodes with when and where they were last seen. */
export function describeNodes(
  material: Material,
  nodes: readonly number[],
  layers: ReadonlyMap<string, number>,
): TraceNode[] {
  const times = timesOf(material.facts)
  return nodes.flatMap((id) => {
    const key = material.facts.keys.get(id)
    if (!key) return []
    const node: TraceNode = { key: key.key, level: key.level, layer: layers.get(key.key) ?? 0 }
    if (key.gtin) node.gtin = key.gtin
    if (key.lot) node.lot = key.lot
    if (key.serial) node.serial = key.serial
    if (key.name) node.name = key.name
    const time = times.get(id)
    if (time) {
      node.firstTime = iso(time.first)
      node.lastTime = iso(time.last)
    }
    addPlace(node, material, id)
    return [node]
  })
}

function addPlace(node: TraceNode, { holdings, parties }: Material, id: number): void {
  const place = holdings.placeOf(id) ?? holdings.lastPlaceOf(id)
  if (place) {
    node.holder = holder(place.holder, parties)
    node.state = place.state
    if (place.location) node.location = place.location
  }
  if (holdings.isGone(id)) node.state = 'gone'
}

function timesOf({ facts, links }: Facts): Map<number, { first: number; last: number }> {
  const times = new Map<number, { first: number; last: number }>()
  for (const { event, key } of links) {
    const at = facts.get(event)?.at
    if (at === undefined) continue
    const known = times.get(key)
    if (known) {
      known.first = Math.min(known.first, at)
      known.last = Math.max(known.last, at)
    } else times.set(key, { first: at, last: at })
  }
  return times
}

/** Where the goods among `nodes` are now: loose lots, contents of containers, single things that are no packaging. */
export function frontierOf(
  { facts, holdings, parties }: Material,
  nodes: ReadonlySet<number>,
): TraceAnswer['frontier'] {
  const frontier: TraceAnswer['frontier'] = []
  const entry = (id: number, amount: bigint, unit: string, place: Place | undefined, container: number | undefined) => {
    const key = facts.keys.get(id)
    if (!key || !nodes.has(id)) return
    const carrier = container === undefined ? undefined : facts.keys.get(container)?.key
    frontier.push({
      key: key.key,
      ...quantityOf(key, amount, unit),
      ...(place && { holder: holder(place.holder, parties) }),
      state: place?.state ?? 'unknown',
      ...(carrier && { container: carrier }),
    })
  }
  for (const { lot, unit, amount, place, container } of holdings.quantities())
    entry(lot, amount, unit, place, container)
  for (const thing of holdings.things()) {
    entry(thing, ONE, PIECES, holdings.placeOf(thing), holdings.containerOf(thing))
  }
  return frontier
}

/** The frontier summed by lot, unit, holder and state. */
export function whereabouts(
  { facts, holdings, parties }: Material,
  nodes: ReadonlySet<number>,
  lots: ReadonlyMap<number, number>,
): Whereabouts[] {
  const sums = new Map<string, { key: KeyRow; unit: string; place?: Place; amount: bigint; items: number }>()
  const add = (good: number, unit: string, amount: bigint, place: Place | undefined, items = 1) => {
    const key = facts.keys.get(lots.get(good) ?? good) ?? facts.keys.get(good)
    if (!key || !nodes.has(good)) return
    const name = `${key.lot ? key.id : (key.gtin ?? key.id)}\n${unit}\n${place?.state}\n${place?.holder}`
    const sum = sums.get(name)
    if (!sum) sums.set(name, { key, unit, amount, items, ...(place && { place }) })
    else {
      sum.amount += amount
      sum.items += items
    }
  }
  for (const { lot, unit, amount, place } of holdings.quantities()) add(lot, unit, amount, place)
  for (const thing of holdings.things()) {
    const count = holdings.countOf(thing)
    add(thing, PIECES, ONE * BigInt(count), holdings.placeOf(thing), count)
  }
  return [...sums.values()].map(({ key, unit, amount, place, items }) => ({
    ...quantityOf(key, amount, unit),
    ...(key.lot && { lot: key.lot }),
    ...(place && { holder: holder(place.holder, parties) }),
    state: place?.state ?? 'unknown',
    items,
  }))
}

/** Everyone who holds or held any of `nodes`, by what is there now, what is bound for there, and what ever arrived. */
export function holdersWith(material: Material, nodes: ReadonlySet<number>): TraceAnswer['holders'] {
  const { facts, holdings, parties } = material
  const now = new Tally(facts)
  const inTransit = new Tally(facts)
  const ever = new Tally(facts)
  for (const { lot, unit, amount, place } of holdings.quantities()) {
    if (place && nodes.has(lot)) (place.state === 'here' ? now : inTransit).add(place.holder, lot, unit, amount)
  }
  for (const thing of holdings.things()) {
    const place = holdings.placeOf(thing)
    if (place && nodes.has(thing)) (place.state === 'here' ? now : inTransit).add(place.holder, thing, PIECES, ONE)
  }
  for (const { holder, good, unit, amount } of holdings.arrivals())
    if (nodes.has(good)) ever.add(holder, good, unit, amount)
  const bound = [...inTransit.holders].filter((id) => !holdings.visits.has(id))
  return [...holdings.visits.keys(), ...bound].flatMap((id) => {
    const visit = holdings.visits.get(id)
    const goods = [...(visit?.goods ?? [])].filter((good) => nodes.has(good))
    if (visit && goods.length === 0 && !inTransit.holders.has(id)) return []
    return [
      {
        ...holder(id, parties),
        now: now.of(id),
        inTransit: inTransit.of(id),
        ever: ever.of(id),
        ...(visit && { firstTime: iso(visit.first), lastTime: iso(visit.last) }),
        keys: goods.slice(0, KEYS_A_HOLDER).flatMap((good) => facts.keys.get(good)?.key ?? []),
      },
    ]
  })
}

/** Amounts of each product in each unit, by holder. */
class Tally {
  readonly #facts: Facts
  readonly #byHolder = new Map<string, { amounts: Amounts; keys: Map<string, KeyRow> }>()

  constructor(facts: Facts) {
    this.#facts = facts
  }

  get holders(): ReadonlySet<string> {
    return new Set(this.#byHolder.keys())
  }

  add(holder: string, good: number, unit: string, amount: bigint): void {
    const key = this.#facts.keys.get(good)
    if (!key) return
    const tally = this.#byHolder.get(holder) ?? { amounts: new Amounts(), keys: new Map() }
    this.#byHolder.set(holder, tally)
    const name = `${key.gtin ?? ''}\n${unit}`
    tally.amounts.add(name, amount)
    tally.keys.set(name, key)
  }

  of(holder: string): Quantity[] {
    const tally = this.#byHolder.get(holder)
    return [...(tally?.amounts.entries() ?? [])].map(([name, amount]) =>
      quantityOf(tally?.keys.get(name) as KeyRow, amount, name.split('\n')[1] as string),
    )
  }
}

export function quantityOf(key: KeyRow, amount: bigint, unit: string): Quantity {
  return {
    ...(key.gtin && { gtin: key.gtin }),
    ...(key.name && { name: key.name }),
    quantity: fromMillionths(amount),
    ...(unit !== PIECES && { uom: unit }),
  }
}

/** A holder with what is known of it here; a place that is nobody's is known by its key. */
export function holder(id: string, parties: ReadonlyMap<string, Party>): Holder {
  return { id: holderOf(id), ...parties.get(id) }
}

const texts = new Map<number, string>()

/** Microseconds since 1970 as an ISO instant. Events share their times, so a thousand of them are remembered. */
export function iso(micros: number): string {
  const known = texts.get(micros)
  if (known) return known
  if (texts.size > 1000) texts.clear()
  const text = new Date(micros / 1000).toISOString()
  texts.set(micros, text)
  return text
}
