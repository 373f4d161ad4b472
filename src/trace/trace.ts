import { describeNodes, frontierOf, holdersWith, type TraceAnswer } from './answer.ts'
import { readParties } from './facts.ts'
import { gather, type TraceRequest } from './gather.ts'
import { hiddenIn, layersOf } from './graph.ts'
import type { Scope, Tx } from './scope.ts'

/**
 * Follows goods to where they came from, where they went, or both, as far as the scope may see. Throws 404 where nothing
 * that may be seen speaks of the id.
 */
export async function trace(tx: Tx, scope: Scope, request: TraceRequest): Promise<TraceAnswer> {
  const gathered = await gather(tx, scope, request)
  const { start, keys, nodes, walks, facts, joined, holdings } = gathered
  const material = { facts, holdings, parties: await readParties(tx, holdings.holders()) }
  return {
    asOf: (request.asOf ?? request.now).toISOString(),
    id: start.key,
    direction: request.direction,
    nodes: describeNodes(material, keys, layersOf(start.ids, facts, joined.edges)),
    edges: joined.edges,
    holders: holdersWith(material, nodes),
    frontier: frontierOf(material, nodes),
    hidden: hiddenIn(walks, nodes),
    truncated: gathered.truncated,
  }
}
