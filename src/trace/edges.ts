import type { Fragment } from 'postgres'
import { Alike } from './alike.ts'
import { Containment } from './containment.ts'
import type { EdgeKind } from './derive.ts'
import { NOTHING } from './facts.ts'
import { type Scope, seesAll, type Tx, visible } from './scope.ts'

/** A row of the graph, in the direction in which goods flow. Negative nodes are acts. Times in microseconds since 1970. */
export type StoredEdge = {
  src: number
  dst: number
  kind: EdgeKind
  at: number
  event: number
  /** When containment ended; null: it has not, or the edge tells of none. */
  until: number | null
  hidden: boolean
}

/**
 * The edges around nodes as they stood at one time for one reader, each read once, many nodes a round trip. Edges of
 * events whose error was declared are left out; those that may not be seen are marked.
 */
export class EdgeReader {
  readonly #tx: Tx
  readonly #scope: Scope
  readonly #asOf: Date | null
  readonly #containment: Containment
  readonly #forward = new Map<number, readonly StoredEdge[]>()
  readonly #backward = new Map<number, readonly StoredEdge[]>()
  readonly #classes = new Set<number>()
  readonly #alike: Alike | undefined

  /** `isSummed`: of things that are alike one is told, for all of them. */
  constructor(tx: Tx, scope: Scope, asOf: Date | null, isSummed = false) {
    this.#tx = tx
    this.#scope = scope
    this.#asOf = asOf
    this.#containment = new Containment(tx, asOf)
    if (isSummed) this.#alike = new Alike(tx)
  }

  /**
   * Reads what a walk from here will probably need, in one round trip: the nearest nodes that edges lead to or from,
   * whatever the time, at most so many each way. What it misses is read when it is asked for.
   */
  async foresee(start: readonly number[], direction: 'backward' | 'forward' | 'both', most: number): Promise<void> {
    const tx = this.#tx
    const ids = `{${start.join(',')}}`
    const upto = this.#upto()
    // Forward alone, only what is inside the start is looked for against the flow.
    const contained = direction === 'forward' ? tx`and g.kind in ('a', 's')` : tx``
    // Where one stands for all that are alike, the things of a lot are not gone through before they are put together.
    const onward = this.#alike ? tx`and g.kind <> 'l'` : tx``
    const [row] = await tx<(EdgeRow & { behind: string | null; ahead: string | null })[]>`
      -- Each node by the index, however many the plan expects: no pass over all edges of the city.
      with recursive back (id) as (
        select id from unnest(${ids}::bigint[]) id
        union select g.src from back b cross join lateral (
          select g.src from edge g where g.dst = b.id ${contained} ${upto} offset 0) g
      ),
      forth (id) as (
        select id from unnest(${ids}::bigint[]) id
        union select g.dst from forth f cross join lateral (
          select g.dst from edge g where g.src = f.id ${upto} ${onward} offset 0) g
        where ${direction === 'backward' ? tx`false` : tx`not exists (select from trace_key k where k.id = g.dst and k.level = 'class')`}
      ),
      behind as materialized (select id from back limit ${most}),
      ahead as materialized (
        (select id from forth limit ${most}) ${direction === 'forward' ? tx`` : tx`union select id from behind`}
      ),
      e as materialized (
        select g.* from ahead a cross join lateral (
          select g.src, g.dst, g.kind, g.at, g.event from edge g where g.src = a.id ${upto} offset 0) g
        union all
        select g.* from behind b cross join lateral (
          select g.src, g.dst, g.kind, g.at, g.event from edge g where g.dst = b.id ${upto} offset 0) g
        where g.src not in (select id from ahead)
      )
      select ${this.#told()},
        (select string_agg(k.id::text, ',') from ahead a join trace_key k on k.id = a.id where k.level = 'class') as classes,
        (select string_agg(id::text, ',') from behind) as behind, (select string_agg(id::text, ',') from ahead) as ahead`
    const ahead = new Set(numbersIn(row?.ahead))
    const behind = new Set(numbersIn(row?.behind))
    // What is inside the start is followed one by one.
    this.#alike?.keep(behind)
    const edges = await this.#ended(this.#taken(row))
    for (const node of ahead) this.#forward.set(node, [])
    for (const node of behind) this.#backward.set(node, [])
    keep(
      this.#forward,
      edges.filter(({ src }) => ahead.has(src)),
      (edge) => edge.src,
    )
    keep(
      this.#backward,
      edges.filter(({ dst }) => behind.has(dst)),
      (edge) => edge.dst,
    )
  }

  /** Reads what is not known yet of these nodes: the edges that lead on from them, or to them. */
  async read(nodes: Iterable<number>, direction: 'forward' | 'backward'): Promise<void> {
    const known = direction === 'forward' ? this.#forward : this.#backward
    const missing = [...nodes].filter((node) => !known.has(node))
    if (missing.length === 0) return
    const edges = await this.#ended(await this.#edges(missing, direction))
    for (const node of missing) known.set(node, [])
    keep(known, edges, (edge) => (direction === 'forward' ? edge.src : edge.dst))
  }

  /** The edges of a node that was read, oldest first. */
  of(node: number, direction: 'forward' | 'backward'): readonly StoredEdge[] {
    return (direction === 'forward' ? this.#forward : this.#backward).get(node) ?? []
  }

  /** Every node that was read, and those at the other ends of its edges. */
  *seen(): Generator<number> {
    for (const known of [this.#forward, this.#backward]) {
      for (const [node, edges] of known) {
        yield node
        for (const { src, dst } of edges) yield* [src, dst]
      }
    }
    if (this.#alike) yield* this.#alike.aside
  }

  /** How many things each stands for that stands for more than itself. */
  get many(): ReadonlyMap<number, number> {
    return this.#alike?.many ?? new Map()
  }

  /** Whether a node that was read forward is a class, which no single way leads on from. */
  isClass(node: number): boolean {
    return this.#classes.has(node)
  }

  async #ended(read: readonly StoredEdge[]): Promise<readonly StoredEdge[]> {
    const edges = this.#alike ? await this.#alike.without(read) : read
    const ended = await this.#containment.ends(edges.filter(({ kind }) => kind === 'a' || kind === 's'))
    for (const [edge, until] of ended) edge.until = until
    return edges
  }

  async #edges(nodes: readonly number[], direction: 'forward' | 'backward'): Promise<StoredEdge[]> {
    const tx = this.#tx
    const ids = `{${nodes.join(',')}}`
    const [row] = await tx<EdgeRow[]>`
      with e as materialized (
        select g.src, g.dst, g.kind, g.at, g.event from edge g
        where ${direction === 'forward' ? tx`g.src` : tx`g.dst`} = any(${ids}::bigint[]) ${this.#upto()}
      )
      select ${this.#told()},
        ${
          direction === 'forward'
            ? tx`(select string_agg(k.id::text, ',') from trace_key k where k.level = 'class' and k.id = any(${ids}::bigint[]))`
            : tx`null`
        } as classes`
    return this.#taken(row)
  }

  #upto(): Fragment {
    return this.#asOf ? this.#tx`and g.at <= ${this.#asOf}` : this.#tx``
  }

  /**
   * What an event says is written once, with all pairs of nodes it says it of: numbers as text are the cost of this. The pairs
   * are put in order here, whatever the plan: the same question has the same answer to the letter.
   */
  #told(): Fragment {
    const tx = this.#tx
    // Their events are looked up together: page by page in the order in which they lie, not one by one.
    const shown = seesAll(this.#scope)
      ? tx`true`
      : tx`g.event in (
          select e.id from event e where (e.id = any(array(select distinct said.event from e as said)) or e.id = ${NOTHING})
            and ${visible(tx, this.#scope)})`
    return tx`(
      select string_agg(g.event || ',' || (extract(epoch from g.at) * 1000000)::bigint || ',' || g.kind::text || ',' ||
        case when ${shown} then 0 else 1 end || ',' || g.pairs, ';' order by g.at, g.event, g.kind)
      from (
        select e.event, e.at, e.kind, string_agg(e.src || ' ' || e.dst, ' ') as pairs from e group by e.event, e.at, e.kind
      ) g where not exists (select from event_voided v where v.event = g.event)) as edges`
  }

  #taken(row: EdgeRow | undefined): StoredEdge[] {
    for (const id of numbersIn(row?.classes)) this.#classes.add(id)
    return row?.edges ? row.edges.split(';').flatMap(edgesOf) : []
  }
}

type EdgeRow = { edges: string | null; classes: string | null }

const numbersIn = (text: string | null | undefined): number[] => text?.split(',').map(Number) ?? []

function keep(
  known: Map<number, readonly StoredEdge[]>,
  edges: readonly StoredEdge[],
  nodeOf: (edge: StoredEdge) => number,
): void {
  for (const [node, own] of Map.groupBy(edges, nodeOf)) known.set(node, own)
}

function edgesOf(text: string): StoredEdge[] {
  const [event, at, kind, hidden, pairs = ''] = text.split(',')
  const [eventId, time, isHidden] = [Number(event), Number(at), hidden === '1']
  const edges: StoredEdge[] = []
  let src: number | undefined
  let value = 0
  let sign = 1
  // Digit by digit: tens of thousands of short texts would be made only to be thrown away.
  for (let i = 0; i <= pairs.length; i++) {
    const code = i < pairs.length ? pairs.charCodeAt(i) : SPACE
    if (code === MINUS) sign = -1
    else if (code !== SPACE) value = value * 10 + code - ZERO
    else {
      if (src === undefined) src = sign * value
      else {
        const dst = sign * value
        edges.push({ src, dst, kind: kind as EdgeKind, at: time, event: eventId, until: null, hidden: isHidden })
        src = undefined
      }
      value = 0
      sign = 1
    }
  }
  return edges.sort((a, b) => a.src - b.src || a.dst - b.dst)
}

const SPACE = 32
const MINUS = 45
const ZERO = 48
