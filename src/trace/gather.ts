import type { Fragment } from 'postgres'
import { notFound } from '../failure.ts'
import { canonicalKey, productPrefixes } from '../standards/digital-link/index.ts'
import { type Walk, type WalkEdge, walk } from './closure.ts'
import { EdgeReader } from './edges.ts'
import { type Facts, type KeyRow, readFacts, withinStay } from './facts.ts'
import { type GraphEdge, isQuantified, joinEdges, nearest } from './graph.ts'
import { type Good, Holdings } from './holdings.ts'
import { type Mix, possibleMixes, readMixes, walkOf } from './mixes.ts'
import { inOneUnit } from './one-unit.ts'
import { type Fact, type Link, siteOf } from './places.ts'
import { type Scope, type Tx, visible } from './scope.ts'
import type { Mark } from './touched.ts'

export type TraceRequest = {
  /** EPC URN, Digital Link or canonical key: of a class, lot, single thing or logistic unit; or several of them. */
  id: string | readonly string[]
  direction: 'backward' | 'forward' | 'both'
  /** Only events that had happened by then count. */
  asOf?: Date
  /** The moment the answer holds for where no `asOf` is given. */
  now: Date
  /** Default 2,000. */
  nodeLimit?: number
}

/** What every answer about a chain is made from. */
export type Gathered = {
  start: { key: string; ids: number[] }
  walks: Walk[]
  /** The nodes of the answer, acts among them (negative), and of these the things. */
  nodes: Set<number>
  keys: number[]
  /** Steps that may be shown. */
  steps: WalkEdge[]
  facts: Facts
  /** The edges between things, put together from the steps when asked for. */
  join: () => { edges: GraphEdge[]; truncated: boolean }
  holdings: Holdings
  lots: ReadonlyMap<number, number>
  /** How many things each stands for that stands for more than itself. */
  many: ReadonlyMap<number, number>
  /** Goes through the events again in the order of their time, telling of each before it is taken in. */
  replayed: (before: Observer) => Holdings
  truncated: boolean
  /** Everything whose change could change the answer. */
  marks: () => Set<Mark>
}

export type Observer = (fact: Fact, links: readonly Link[], holdings: Holdings) => void

const NODE_LIMIT = 2000
// Acts and repeated stays take rows of a walk too.
const ROWS_A_NODE = 4
const EDGES_A_NODE = 5
/** Mentions of things in events that are read at least, and for each thing that may be in the answer. */
const LINKS_LEAST = 50_000
const LINKS_A_NODE = 8
/** What is foreseen is looked up twice, what is not in a round trip a step: of so many nodes on that is the cheaper. */
const FORESEEN = 2000
const MIX_ROUNDS = 16

/**
 * The chain around what is asked for. Unlabelled mixes are found by place once it is known where the goods were, and
 * are followed on in their turn until nothing new is found. Throws 404 where nothing that may be seen speaks of it.
 */
export async function gather(
  tx: Tx,
  scope: Scope,
  request: TraceRequest,
  /** sums: nothing is asked of one thing that is not asked of all that are alike, nor who had it before; singly: nor that. */
  depth: 'whole' | 'sums' | 'singly' = 'whole',
): Promise<Gathered> {
  const limit = request.nodeLimit ?? NODE_LIMIT
  const asOf = request.asOf ?? null
  const start = await startOf(tx, request.id, limit)
  const directions = request.direction === 'both' ? (['backward', 'forward'] as const) : [request.direction]
  const reader = new EdgeReader(tx, scope, asOf, depth === 'sums')
  await reader.foresee(start.ids, request.direction, Math.min(limit, FORESEEN))
  const follow = (direction: 'backward' | 'forward' | 'carriers', from: readonly number[]) =>
    walk(tx, reader, { start: from, direction, limit: limit * ROWS_A_NODE })
  const walks = await Promise.all(directions.map((direction) => follow(direction, start.ids)))
  const isAskedForward = request.direction !== 'backward'
  const forward = isAskedForward ? walks.slice(-1) : []
  const taken = new Set<string>()
  for (let round = 1; ; round++) {
    const nodes = nearest(walks, limit)
    const keys = [...nodes].filter((node) => node > 0)
    // Upstream, what goods moved in is no part of the answer, but tells where they are.
    const carriers = request.direction === 'forward' ? [] : [await follow('carriers', keys)]
    const steps = walks.flatMap(({ edges }) =>
      edges.filter((edge) => !edge.hidden && nodes.has(edge.src) && nodes.has(edge.dst)),
    )
    const lots = lotsOf(walks)
    const facts = await readFacts(tx, scope, {
      nodes: [...new Set([...keys, ...carriers.flatMap((one) => [...one.nodes.keys()])])],
      evidence: [...new Set(steps.map((edge) => edge.event))],
      asOf,
      limit: linksMax(limit),
    })
    // Where unlabelled quantities are mixed in, each thing by itself may lead on.
    if (depth === 'sums' && facts.classes.length > 0) return gather(tx, scope, request, 'singly')
    const told = { facts, lots, steps, start: start.ids, many: reader.many, visits: depth === 'whole' }
    const replayed = (before: Observer) => replay([...walks, ...carriers], told, before)
    const holdings = replayed(() => {})
    if (isAskedForward && facts.classes.length > 0) {
      const { mixes, truncated } = await readMixes(tx, scope, facts.classes, asOf)
      const among = new Set(forward.flatMap((one) => [...one.nodes.keys()]))
      const fresh = possibleMixes(mixes, { facts, holdings, lots, among }).filter(({ mix, goods }) =>
        isNew(taken, mix, goods),
      )
      if (fresh.length > 0 && round < MIX_ROUNDS) {
        const stays = fresh.flatMap(({ mix: { edge } }) =>
          edge.dst === 0 || edge.hidden ? [] : [{ id: edge.dst, from: edge.at, until: edge.until }],
        )
        const more = [walkOf(fresh)]
        if (stays.length > 0)
          more.push(await walk(tx, reader, { start: [], stays, direction: 'forward', limit: limit * ROWS_A_NODE }))
        for (const one of more) one.truncated ||= truncated
        walks.push(...more)
        forward.push(...more)
        continue
      }
    }
    const isSeen = steps.length > 0 || facts.links.some((link) => nodes.has(link.key))
    if (!isSeen && !(await isNamed(tx, scope, start.ids))) throw notFound('这个追溯对象')
    const join = () => joinEdges(steps, facts, limit * EDGES_A_NODE)
    const reached = new Set(walks.flatMap((one) => [...one.nodes.keys()])).size
    const truncated = facts.truncated || reached > nodes.size || walks.some((one) => one.truncated)
    const marks = () => marksOf(request.id, start.ids, reader, [...walks, ...carriers], facts)
    return {
      start,
      walks,
      nodes,
      keys,
      steps,
      facts,
      join,
      holdings,
      lots,
      many: reader.many,
      replayed,
      truncated,
      marks,
    }
  }
}

/** How many mentions an answer of so many things is made from: whoever may have 20,000 bags has their events too. */
export function linksMax(nodes: number): number {
  return Math.max(LINKS_LEAST, nodes * LINKS_A_NODE)
}

function marksOf(
  id: TraceRequest['id'],
  start: readonly number[],
  reader: EdgeReader,
  walks: readonly Walk[],
  { keys }: Facts,
): Set<Mark> {
  const marks = new Set<Mark>([...start, ...reader.seen(), ...keys.keys()])
  for (const { nodes, edges } of walks) {
    for (const node of nodes.keys()) marks.add(node)
    for (const { src, dst } of edges) marks.add(src).add(dst)
  }
  for (const { gtin } of keys.values()) if (gtin) marks.add(`class:${gtin}`)
  for (const one of [id].flat()) {
    const { key, level, gtin } = canonicalKey(one)
    marks.add(`key:${key}`)
    // All lots and things of a product are asked for, the next one too.
    if (level === 'class' && gtin) marks.add(`of:${gtin}`)
  }
  return marks
}

function isNew(taken: Set<string>, { edge }: Mix, goods: readonly number[]): boolean {
  const before = taken.size
  for (const good of goods) taken.add(`${good} ${edge.src} ${edge.dst} ${edge.event}`)
  return taken.size > before
}

/** Or any whose key begins so. Ranges, not a pattern: the index on keys serves each. */
const below = (tx: Tx, prefixes: readonly string[]): Fragment =>
  prefixes.reduce((some, start) => tx`${some} or (key >= ${start} and key < ${`${start}\u{10ffff}`})`, tx``)

/** The nodes to start from: the thing itself, its lot where only that is known here, all of a product for its class. */
async function startOf(tx: Tx, id: string | readonly string[], limit: number): Promise<{ key: string; ids: number[] }> {
  if (typeof id !== 'string') {
    const all = await Promise.all(id.map((one) => startOf(tx, one, limit)))
    return { key: all[0]?.key ?? '', ids: [...new Set(all.flatMap(({ ids }) => ids))] }
  }
  const { key, level, gtin, lot } = canonicalKey(id)
  const rows = await tx<{ id: string; key: string }[]>`
    select id, key from trace_key where key = ${key}
    ${level === 'class' && gtin ? below(tx, productPrefixes(gtin)) : tx``}
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

/** The lot of each single thing. */
function lotsOf(walks: readonly Walk[]): Map<number, number> {
  const lots = new Map<number, number>()
  for (const { edges } of walks)
    for (const edge of edges) if (edge.kind === 'l' && !edge.hidden) lots.set(edge.dst, edge.src)
  return lots
}

type Told = {
  facts: Facts
  lots: ReadonlyMap<number, number>
  steps: readonly WalkEdge[]
  start: readonly number[]
  many: ReadonlyMap<number, number>
  visits: boolean
}

function replay(walks: readonly Walk[], told: Told, before: Observer): Holdings {
  const { facts, lots, many, visits } = told
  const goods = new Map<number, Good>()
  for (const { id, level } of facts.keys.values()) {
    const lot = lots.get(id)
    const count = many.get(id)
    goods.set(id, {
      id,
      quantified: isQuantified(level),
      ...(lot !== undefined && { lot }),
      ...(count && { many: count }),
    })
  }
  const links = new Map<number, Link[]>()
  for (const link of inOneUnit(facts.links)) {
    const at = facts.facts.get(link.event)?.at
    if (at === undefined || !withinStay(walks, link.key, at)) continue
    const known = links.get(link.event)
    if (known) known.push(link)
    else links.set(link.event, [link])
  }
  const holdings = new Holdings(goods, { presence: facts.classes.length > 0, visits })
  const concerns = classFilter(holdings, told)
  for (const fact of facts.facts.values()) {
    const named = links.get(fact.id)?.filter((link) => concerns(fact, link))
    if (!named || named.length === 0) continue
    before(fact, named, holdings)
    holdings.apply(fact, named)
  }
  return holdings
}

/** Of a class that was not asked for, only what happened where goods of the answer may have been is told. */
function classFilter(holdings: Holdings, { facts, lots, steps, start }: Told): (fact: Fact, link: Link) => boolean {
  const asked = new Set(start)
  const isClass = (key: KeyRow | undefined) => key?.level === 'class' && !asked.has(key.id)
  if (![...facts.keys.values()].some(isClass)) return () => true
  const evidence = new Set(steps.map((edge) => edge.event))
  const byGtin = Map.groupBy(
    [...facts.keys.values()].filter(({ id }) => !lots.has(id)),
    (key) => key.gtin ?? '',
  )
  return (fact, link) => {
    const key = facts.keys.get(link.key)
    if (!isClass(key) || evidence.has(fact.id)) return true
    const holder = siteOf(fact)?.holder ?? ''
    return (byGtin.get(key?.gtin ?? '') ?? []).some(({ id }) => holdings.presenceOf(id).has(holder))
  }
}
