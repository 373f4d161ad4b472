import { notFound } from '../failure.ts'
import { canonicalKey } from '../standards/digital-link/index.ts'
import { describeNodes, frontierOf, holdersWith, type TraceAnswer } from './answer.ts'
import { type Walk, walk } from './closure.ts'
import { type Facts, readFacts, readParties, withinStay } from './facts.ts'
import { hiddenIn, isQuantified, joinEdges, layersOf, nearest } from './graph.ts'
import { type Good, Holdings } from './holdings.ts'
import type { Link } from './places.ts'
import { type Scope, type Tx, visible } from './scope.ts'

export type TraceRequest = {
  /** EPC URN, Digital Link or canonical key: of a class, lot, single thing or logistic unit. */
  id: string
  direction: 'backward' | 'forward' | 'both'
  /** Only events that had happened by then count. */
  asOf?: Date
  /** The moment the answer holds for where no `asOf` is given. */
  now: Date
  /** Default 2,000. */
  nodeLimit?: number
}

const NODE_LIMIT = 2000
// Acts and repeated stays take rows of a walk too.
const ROWS_A_NODE = 4
const EDGES_A_NODE = 5
const LINK_LIMIT = 50_000

/**
 * Follows goods to where they came from, where they went, or both, as far as the scope may see. Throws 404 where nothing
 * that may be seen speaks of the id.
 */
export async function trace(tx: Tx, scope: Scope, request: TraceRequest): Promise<TraceAnswer> {
  const limit = request.nodeLimit ?? NODE_LIMIT
  const asOf = request.asOf ?? null
  const start = await startOf(tx, request.id, limit)
  const directions = request.direction === 'both' ? (['backward', 'forward'] as const) : [request.direction]
  const follow = (direction: 'backward' | 'forward' | 'carriers', from: readonly number[]) =>
    walk(tx, scope, { start: from, direction, asOf, limit: limit * ROWS_A_NODE })
  const walks = await Promise.all(directions.map((direction) => follow(direction, start.ids)))
  const nodes = nearest(walks, limit)
  const keys = [...nodes].filter((node) => node > 0)
  // Upstream, what goods moved in is no part of the answer, but tells where they are.
  const carriers = request.direction === 'forward' ? [] : [await follow('carriers', keys)]
  const shown = walks.flatMap(({ edges }) =>
    edges.filter((edge) => !edge.hidden && nodes.has(edge.src) && nodes.has(edge.dst)),
  )
  const facts = await readFacts(tx, scope, {
    nodes: [...new Set([...keys, ...carriers.flatMap((one) => [...one.nodes.keys()])])],
    evidence: [...new Set(shown.map((edge) => edge.event))],
    asOf,
    limit: LINK_LIMIT,
  })
  const isSeen = shown.length > 0 || facts.links.some((link) => nodes.has(link.key))
  if (!isSeen && !(await isNamed(tx, scope, start.ids))) throw notFound('这个追溯对象')
  const joined = joinEdges(shown, facts, limit * EDGES_A_NODE)
  const holdings = replay([...walks, ...carriers], facts)
  const material = { facts, holdings, parties: await readParties(tx, holdings.holders()) }
  const reached = new Set(walks.flatMap((one) => [...one.nodes.keys()])).size
  return {
    asOf: (request.asOf ?? request.now).toISOString(),
    id: start.key,
    direction: request.direction,
    nodes: describeNodes(material, keys, layersOf(start.ids, facts, joined.edges)),
    edges: joined.edges,
    holders: holdersWith(material, nodes),
    frontier: frontierOf(material, nodes),
    hidden: hiddenIn(walks, nodes),
    truncated: joined.truncated || facts.truncated || reached > nodes.size || walks.some((one) => one.truncated),
  }
}

/** The nodes to start from: the thing itself, its lot where only that is known here, all of a product for its class. */
async function startOf(tx: Tx, id: string, limit: number): Promise<{ key: string; ids: number[] }> {
  const { key, level, gtin, lot } = canonicalKey(id)
  const rows = await tx<{ id: string; key: string }[]>`
    select id, key from trace_key where key = ${key}
    ${level === 'class' && gtin ? tx`or (gtin = ${gtin})` : tx``}
    order by key <> ${key}, id limit ${limit}`
  if (rows.length > 0) return { key, ids: rows.map((row) => Number(row.id)) }
  // A printed code that nothing has happened to yet still tells its lot.
  if (level === 'serial' && lot && gtin) {
    return startOf(tx, `https://id.gs1.org/01/${gtin}/10/${encodeURIComponent(lot)}`, limit)
  }
  throw notFound('这个追溯对象')
}

/** Whether any event that may be seen names it, be it one whose error was declared. */
async function isNamed(tx: Tx, scope: Scope, ids: readonly number[]): Promise<boolean> {
  const rows = await tx`
    select from event_key k join event e on e.id = k.event
    where k.key = any(${`{${ids.join(',')}}`}::bigint[]) and ${visible(tx, scope)} limit 1`
  return rows.length > 0
}

function replay(walks: readonly Walk[], facts: Facts): Holdings {
  const lots = new Map<number, number>()
  for (const { edges } of walks)
    for (const edge of edges) if (edge.kind === 'l' && !edge.hidden) lots.set(edge.dst, edge.src)
  const goods = new Map<number, Good>()
  for (const { id, level } of facts.keys.values()) {
    const lot = lots.get(id)
    goods.set(id, { id, quantified: isQuantified(level), ...(lot !== undefined && { lot }) })
  }
  const links = new Map<number, Link[]>()
  for (const link of facts.links) {
    const at = facts.facts.get(link.event)?.at
    if (at === undefined || !withinStay(walks, link.key, at)) continue
    const known = links.get(link.event)
    if (known) known.push(link)
    else links.set(link.event, [link])
  }
  const holdings = new Holdings(goods)
  for (const fact of facts.facts.values()) {
    const named = links.get(fact.id)
    if (named) holdings.apply(fact, named)
  }
  return holdings
}
