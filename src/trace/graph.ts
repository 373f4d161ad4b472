import { iso } from './answer.ts'
import type { Walk, WalkEdge } from './closure.ts'
import type { Facts } from './facts.ts'
import type { GraphEdge } from './wire.ts'

export type { GraphEdge } from './wire.ts'

const kinds: Readonly<Record<WalkEdge['kind'], GraphEdge['kind']>> = {
  i: 'transformation',
  o: 'transformation',
  a: 'aggregation',
  s: 'association',
  l: 'class-of',
  m: 'mix',
}

/** Classes, lots and patterns are counted by quantity; everything else is one thing. */
export function isQuantified(level: string): boolean {
  return level === 'class' || level === 'lot' || level === 'pattern'
}

/** The nodes of the answer: nearest first, at most `limit` that are no acts. */
export function nearest(walks: readonly Walk[], limit: number): Set<number> {
  const nodes = new Set<number>()
  let count = 0
  for (const { nodes: reached } of walks) {
    for (const node of reached.keys()) {
      if (nodes.has(node)) continue
      if (node > 0 && ++count > limit) break
      nodes.add(node)
    }
  }
  return nodes
}

/** Steps that exist but may not be shown, each counted once, and for each thing that another stands for. */
export function hiddenIn(
  walks: readonly Walk[],
  nodes: ReadonlySet<number>,
  many: ReadonlyMap<number, number> = new Map(),
): number {
  const hidden = new Map<string, number>()
  for (const { edges } of walks) {
    for (const { src, dst, hidden: isHidden } of edges) {
      if (isHidden && !(nodes.has(src) && nodes.has(dst)))
        hidden.set(`${src},${dst}`, many.get(src) ?? many.get(dst) ?? 1)
    }
  }
  let count = 0
  for (const times of hidden.values()) count += times
  return count
}

/** Edges between things: what went into an act leads to what came out of it. At most `limit`. */
export function joinEdges(
  edges: readonly WalkEdge[],
  facts: Facts,
  limit: number,
): { edges: GraphEdge[]; truncated: boolean } {
  const inputs = Map.groupBy(edges, (edge) => (edge.kind === 'i' ? edge.dst : undefined))
  const joined = new Joined(facts, limit)
  for (const edge of edges) {
    if (edge.kind === 'i') continue
    if (edge.kind === 'o') for (const input of inputs.get(edge.src) ?? []) joined.add(input, edge)
    else joined.add(edge, edge)
  }
  return { edges: joined.edges(), truncated: joined.truncated }
}

type Join = { edge: GraphEdge; at: number; until: number | null }

class Joined {
  truncated = false
  readonly #joins: Join[] = []
  /** By source and destination; the kind counts where a pair has several. */
  readonly #bySource = new Map<number, Map<number, Join[]>>()
  readonly #quantities = new Map<number, Map<number, { quantity: string; uom: string | null }>>()
  readonly #facts: Facts
  readonly #limit: number

  constructor(facts: Facts, limit: number) {
    this.#facts = facts
    this.#limit = limit
    for (const { event, key, role, quantity, uom } of facts.links) {
      if (quantity === null || (role !== 'input' && role !== 'child')) continue
      const known = this.#quantities.get(event) ?? new Map()
      this.#quantities.set(event, known.set(key, { quantity, uom }))
    }
  }

  /** `first` leaves the one node, `last` enters the other; the same where no act lies between. */
  add(first: WalkEdge, last: WalkEdge): void {
    const from = this.#facts.keys.get(first.src)?.key
    const to = this.#facts.keys.get(last.dst)?.key
    if (from === undefined || to === undefined) return
    const kind = kinds[last.kind]
    const targets = this.#bySource.get(first.src) ?? new Map<number, Join[]>()
    this.#bySource.set(first.src, targets)
    const pair = targets.get(last.dst) ?? []
    const known = pair.find(({ edge }) => edge.kind === kind)
    if (known) {
      this.#tell(known.edge, first, last)
      known.at = Math.min(known.at, last.at)
      known.until = known.until === null || last.until === null ? null : Math.max(known.until, last.until)
      return
    }
    if (this.#joins.length >= this.#limit) {
      this.truncated = true
      return
    }
    const edge: GraphEdge = { from, to, kind, time: '', events: [] }
    this.#tell(edge, first, last)
    const told = this.#quantities.get(first.event)?.get(first.src)
    if (told) edge.quantity = plain(told.quantity)
    if (told?.uom) edge.uom = told.uom
    const join = { edge, at: last.at, until: last.until }
    this.#joins.push(join)
    pair.push(join)
    targets.set(last.dst, pair)
  }

  #tell({ events }: GraphEdge, first: WalkEdge, last: WalkEdge): void {
    for (const event of first === last ? [first.event] : [first.event, last.event]) {
      const eventId = this.#facts.facts.get(event)?.eventId
      if (eventId !== undefined && !events.includes(eventId)) events.push(eventId)
    }
  }

  edges(): GraphEdge[] {
    return this.#joins.map(({ edge, at, until }) => {
      edge.time = iso(at)
      if (until !== null && (edge.kind === 'aggregation' || edge.kind === 'association')) edge.until = iso(until)
      // Several events: the first one's quantity would mislead.
      if (edge.events.length > 1) {
        delete edge.quantity
        delete edge.uom
      }
      return edge
    })
  }
}

/** 20.000000 is 20. */
function plain(decimal: string): string {
  return decimal.includes('.') ? decimal.replace(/\.?0+$/, '') : decimal
}

/** Steps from the start: positive along the goods' way, negative against it, 0 where neither reaches. */
export function layersOf(start: readonly number[], facts: Facts, edges: readonly GraphEdge[]): Map<string, number> {
  const layers = new Map<string, number>()
  const first = start.flatMap((id) => facts.keys.get(id)?.key ?? [])
  for (const key of first) layers.set(key, 0)
  spread(
    layers,
    first,
    Map.groupBy(edges, (edge) => edge.from),
    (edge) => edge.to,
    1,
  )
  spread(
    layers,
    first,
    Map.groupBy(edges, (edge) => edge.to),
    (edge) => edge.from,
    -1,
  )
  return layers
}

function spread(
  layers: Map<string, number>,
  first: readonly string[],
  ways: ReadonlyMap<string, GraphEdge[]>,
  next: (edge: GraphEdge) => string,
  step: 1 | -1,
): void {
  const queue = [...first]
  for (let key = queue.shift(); key !== undefined; key = queue.shift()) {
    for (const edge of ways.get(key) ?? []) {
      const to = next(edge)
      if (layers.has(to)) continue
      layers.set(to, (layers.get(key) ?? 0) + step)
      queue.push(to)
    }
  }
}
