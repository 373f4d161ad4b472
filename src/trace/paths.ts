import { canonicalKey } from '../standards/digital-link/index.ts'
import { gather, type TraceRequest } from './gather.ts'
import type { GraphEdge } from './graph.ts'
import type { Scope, Tx } from './scope.ts'

export type PathRequest = Omit<TraceRequest, 'id' | 'direction'> & { from: string; to: string; pathLimit?: number }

export type PathAnswer = {
  asOf: string
  from: string
  to: string
  /** Each from the beginning to the end, shortest first, in the direction in which goods flow. */
  paths: GraphEdge[][]
  truncated: boolean
}

const PATH_LIMIT = 50
const STEP_LIMIT = 100_000

/** How goods of `from` came into `to`: every way that visits nothing twice, shortest first. Empty where there is none. */
export async function paths(tx: Tx, scope: Scope, request: PathRequest): Promise<PathAnswer> {
  const limit = request.pathLimit ?? PATH_LIMIT
  const gathered = await gather(tx, scope, { ...request, id: request.from, direction: 'forward' })
  const { start } = gathered
  const joined = gathered.join()
  const truncated = gathered.truncated || joined.truncated
  const to = canonicalKey(request.to).key
  const found = pathsBetween(joined.edges, start.key, to, limit + 1)
  return {
    asOf: (request.asOf ?? request.now).toISOString(),
    from: start.key,
    to,
    paths: found.paths.slice(0, limit),
    truncated: truncated || found.truncated || found.paths.length > limit,
  }
}

/** Breadth first over ways of one length after the other, only through what leads to the end. */
export function pathsBetween(
  edges: readonly GraphEdge[],
  from: string,
  to: string,
  limit: number,
): { paths: GraphEdge[][]; truncated: boolean } {
  const leading = reachedFrom(
    to,
    Map.groupBy(edges, (edge) => edge.to),
    (edge) => edge.from,
  )
  const ways = Map.groupBy(
    edges.filter((edge) => leading.has(edge.to)),
    (edge) => edge.from,
  )
  const paths: GraphEdge[][] = []
  let steps = 0
  let current: GraphEdge[][] = from === to ? [] : [[]]
  while (current.length > 0 && paths.length < limit) {
    const next: GraphEdge[][] = []
    for (const path of current) {
      const visited = new Set([from, ...path.map((edge) => edge.to)])
      for (const edge of ways.get(path.at(-1)?.to ?? from) ?? []) {
        if (visited.has(edge.to)) continue
        if (++steps > STEP_LIMIT) return { paths, truncated: true }
        if (edge.to === to) paths.push([...path, edge])
        else next.push([...path, edge])
      }
    }
    current = next
  }
  return { paths: paths.slice(0, limit), truncated: paths.length > limit }
}

function reachedFrom(
  start: string,
  ways: ReadonlyMap<string, GraphEdge[]>,
  next: (edge: GraphEdge) => string,
): Set<string> {
  const reached = new Set([start])
  for (const key of reached) for (const edge of ways.get(key) ?? []) reached.add(next(edge))
  return reached
}
