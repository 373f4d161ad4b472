import { describeNodes, type Frontier, frontierOf, holdersWith, type TraceAnswer, whereabouts } from './answer.ts'
import { readParties } from './facts.ts'
import { gather, type TraceRequest } from './gather.ts'
import { hiddenIn, layersOf } from './graph.ts'
import { Remembered, type Told } from './remembered.ts'
import type { Scope, Tx } from './scope.ts'
import type { Mark } from './touched.ts'

/**
 * Follows goods to where they came from, where they went, or both, as far as the scope may see. Throws 404 where nothing
 * that may be seen speaks of the id.
 */
export async function trace(tx: Tx, scope: Scope, request: TraceRequest): Promise<TraceAnswer> {
  return (await traced(tx, scope, request)).answer
}

/** As `trace`, with everything whose change could change the answer. */
export async function traced(
  tx: Tx,
  scope: Scope,
  request: TraceRequest,
): Promise<{ answer: TraceAnswer; marks: () => ReadonlySet<Mark> }> {
  const gathered = await gather(tx, scope, request)
  const { start, keys, nodes, walks, facts, holdings } = gathered
  const joined = gathered.join()
  const material = { facts, holdings, parties: await readParties(tx, holdings.holders()) }
  const answer: TraceAnswer = {
    asOf: (request.asOf ?? request.now).toISOString(),
    id: start.key,
    direction: request.direction,
    nodes: describeNodes(material, keys, layersOf(start.ids, facts, joined.edges)),
    edges: joined.edges,
    holders: holdersWith(material, nodes),
    frontier: frontierOf(material, nodes),
    hidden: hiddenIn(walks, nodes),
    truncated: gathered.truncated || joined.truncated,
  }
  return { answer, marks: gathered.marks }
}

type FrontierRequest = Omit<TraceRequest, 'direction'>

/** The JSON of `trace` and `frontier`, remembered for as long as it is what would be answered now. Throws as they do. */
export type TraceMemory = {
  trace(scope: Scope, request: TraceRequest): Promise<Told>
  frontier(scope: Scope, request: FrontierRequest): Promise<Told>
}

/** Chains are followed on connections of their own, `walks`, whose plans are made for any number of things. */
export function traceMemory(tx: Tx, walks: Tx): TraceMemory {
  const remembered = new Remembered(tx)
  return {
    trace(scope, request) {
      const { now, asOf, ...asked } = request
      const name = JSON.stringify([scope, asked, asOf ?? null])
      return remembered.answer(name, asOf ?? now, () => traced(walks, scope, request))
    },
    frontier(scope, request) {
      const { now, asOf, id, nodeLimit } = request
      const name = JSON.stringify(['frontier', scope, id, nodeLimit ?? null, asOf ?? null])
      return remembered.answer(name, asOf ?? now, () => whereNow(walks, scope, request))
    },
  }
}

/** Who holds how much of the goods now, by lot or product: the sums of the frontier, without the chain between. */
export async function frontier(tx: Tx, scope: Scope, request: FrontierRequest): Promise<Frontier> {
  return (await whereNow(tx, scope, request)).answer
}

/** As `frontier`, with everything whose change could change the answer. */
async function whereNow(
  tx: Tx,
  scope: Scope,
  request: FrontierRequest,
): Promise<{ answer: Frontier; marks: () => ReadonlySet<Mark> }> {
  const gathered = await gather(tx, scope, { ...request, direction: 'forward' }, 'sums')
  const { start, nodes, walks, facts, lots, many, holdings, truncated } = gathered
  const material = { facts, holdings, parties: await readParties(tx, holdings.holders()) }
  const answer: Frontier = {
    asOf: (request.asOf ?? request.now).toISOString(),
    id: start.key,
    items: whereabouts(material, nodes, lots),
    hidden: hiddenIn(walks, nodes, many),
    truncated,
  }
  return { answer, marks: gathered.marks }
}
