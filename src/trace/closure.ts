import type { EdgeReader, StoredEdge } from './edges.ts'
import type { Tx } from './scope.ts'

/** A node's stay in the walk, [from, until), in microseconds since 1970; infinite: without bound. */
export type Interval = { from: number; until: number }

/** A step of the walk. m: a lot or thing -> the class under which unlabelled goods, it maybe among them, were used. */
export type WalkEdge = Omit<StoredEdge, 'kind'> & { kind: StoredEdge['kind'] | 'm' }

export type Walk = { nodes: Map<number, Interval[]>; edges: WalkEdge[]; truncated: boolean }

export type WalkRequest = {
  start: readonly number[]
  /** Further nodes to start from that count for a time only; their contents are not followed. */
  stays?: readonly { id: number; from: number; until: number | null }[]
  /** carriers, contents: through containment only, forward to what moved the start, backward to what was inside. */
  direction: 'forward' | 'backward' | 'carriers' | 'contents'
  /** At most so many (node, stay) rows. */
  limit: number
}

const ALWAYS: Interval = { from: Number.NEGATIVE_INFINITY, until: Number.POSITIVE_INFINITY }

/**
 * Everything that goods of the start flowed into (forward) or came from (backward), nearest first, a round trip or two
 * for each step of distance. A container is followed only for the time in which it held what led to it; making and lots
 * hold at all times. Forward, what is known one by one inside a start container is followed too; a quantity of a lot
 * inside it is not, for that would draw in the whole lot. What was made without a lot is not followed on by its class,
 * which is everywhere: where it was used next is found by its place (mixes.ts).
 */
export async function walk(tx: Tx, reader: EdgeReader, request: WalkRequest): Promise<Walk> {
  const { direction, start, stays = [] } = request
  const progress = new Progress(request.limit)
  for (const { id, from } of direction === 'forward' ? await inside(tx, reader, start) : start.map(always))
    progress.reach(id, { from, until: ALWAYS.until })
  for (const { id, from, until } of stays) progress.reach(id, { from, until: until ?? ALWAYS.until })
  const way = direction === 'backward' || direction === 'contents' ? 'backward' : 'forward'
  const onlyContained = direction === 'carriers' || direction === 'contents'
  const asked = new Set(start)
  for (let batch = progress.take(); batch.length > 0 && !progress.isFull; batch = progress.take()) {
    await reader.read(new Set(batch.map(({ id }) => id)), way)
    for (const { id, stay } of batch) {
      if (direction === 'forward' && reader.isClass(id) && !asked.has(id)) continue
      for (const edge of reader.of(id, way)) {
        if (onlyContained && !isContained(edge)) continue
        const next = onward(edge, stay, way)
        if (!next) continue
        progress.edges.add(edge)
        if (!edge.hidden) progress.reach(way === 'forward' ? edge.dst : edge.src, next)
      }
    }
  }
  return { nodes: progress.nodes, edges: [...progress.edges], truncated: progress.isFull }
}

const always = (id: number) => ({ id, from: ALWAYS.from })
const isContained = ({ kind }: StoredEdge) => kind === 'a' || kind === 's'

/** The time for which the other end counts, where this stay leads over the edge at all. */
function onward(edge: StoredEdge, { from, until }: Interval, way: 'forward' | 'backward'): Interval | undefined {
  const { at, kind } = edge
  if (isContained(edge)) {
    const ended = edge.until ?? ALWAYS.until
    const overlaps = (at < until || at === from) && from < ended
    return overlaps ? { from: Math.max(from, at), until: Math.min(until, ended) } : undefined
  }
  if (kind !== 'i') return ALWAYS
  // What was put into an act counts, with its contents, as it was then.
  if (way === 'backward') return { from: at, until: at }
  return from <= at && at < until ? ALWAYS : undefined
}

/** The start, and the single things inside it, each from when it was inside. */
async function inside(tx: Tx, reader: EdgeReader, start: readonly number[]): Promise<{ id: number; from: number }[]> {
  const all = start.map(always)
  const seen = new Map(all.map(({ id, from }) => [id, from]))
  for (let batch = all; batch.length > 0; ) {
    await reader.read(new Set(batch.map(({ id }) => id)), 'backward')
    const found = batch.flatMap(({ id, from }) =>
      reader
        .of(id, 'backward')
        .filter((edge) => isContained(edge) && !edge.hidden && (edge.until ?? ALWAYS.until) > from)
        .map((edge) => ({ id: edge.src, from: Math.max(from, edge.at) })),
    )
    const single = await singleThings(tx, new Set(found.map(({ id }) => id)))
    batch = []
    for (const one of found) {
      const known = seen.get(one.id)
      if (!single.has(one.id) || (known !== undefined && known <= one.from)) continue
      seen.set(one.id, one.from)
      all.push(one)
      batch.push(one)
    }
  }
  return all
}

async function singleThings(tx: Tx, nodes: ReadonlySet<number>): Promise<Set<number>> {
  if (nodes.size === 0) return new Set()
  const rows = await tx<{ id: string }[]>`
    select id from trace_key where id = any(${`{${[...nodes].join(',')}}`}::bigint[]) and level not in ('class', 'lot', 'pattern')`
  return new Set(rows.map(({ id }) => Number(id)))
}

/** What has been reached, and what of it has yet to be followed. */
class Progress {
  readonly nodes = new Map<number, Interval[]>()
  readonly edges = new Set<StoredEdge>()
  readonly #limit: number
  #rows = 0
  #next: { id: number; stay: Interval }[] = []

  constructor(limit: number) {
    this.#limit = limit
  }

  get isFull(): boolean {
    return this.#rows >= this.#limit
  }

  take(): { id: number; stay: Interval }[] {
    const batch = this.#next
    this.#next = []
    return batch
  }

  /** A stay within one that is known already leads nowhere new. */
  reach(id: number, stay: Interval): void {
    if (this.isFull) return
    const known = this.nodes.get(id) ?? []
    if (known.some((one) => covers(one, stay))) return
    if (known.length === 0) this.nodes.set(id, known)
    known.push(stay)
    this.#rows++
    this.#next.push({ id, stay })
  }
}

/** A moment at its very end is not covered: what happens then counts for the moment alone. */
function covers(one: Interval, stay: Interval): boolean {
  if (one.from > stay.from || one.until < stay.until) return false
  return stay.from !== stay.until || one.until > stay.until || one.from === stay.from
}
