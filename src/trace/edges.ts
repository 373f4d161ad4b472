import { Containment } from './containment.ts'
import type { EdgeKind } from './derive.ts'
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

  constructor(tx: Tx, scope: Scope, asOf: Date | null) {
    this.#tx = tx
    this.#scope = scope
    this.#asOf = asOf
    this.#containment = new Containment(tx, asOf)
  }

  /** Reads what is not known yet of these nodes: the edges that lead on from them, or to them. */
  async read(nodes: Iterable<number>, direction: 'forward' | 'backward'): Promise<void> {
    const known = direction === 'forward' ? this.#forward : this.#backward
    const missing = [...nodes].filter((node) => !known.has(node))
    if (missing.length === 0) return
    const edges = await this.#edges(missing, direction)
    const ended = await this.#containment.ends(edges.filter(({ kind }) => kind === 'a' || kind === 's'))
    for (const node of missing) known.set(node, [])
    const byNode = Map.groupBy(
      edges.map((edge) => ({ ...edge, until: ended.get(edge) ?? null })),
      (edge) => (direction === 'forward' ? edge.src : edge.dst),
    )
    for (const [node, own] of byNode) known.set(node, own)
  }

  /** The edges of a node that was read, oldest first. */
  of(node: number, direction: 'forward' | 'backward'): readonly StoredEdge[] {
    return (direction === 'forward' ? this.#forward : this.#backward).get(node) ?? []
  }

  /** Whether a node that was read forward is a class, which no single way leads on from. */
  isClass(node: number): boolean {
    return this.#classes.has(node)
  }

  async #edges(nodes: readonly number[], direction: 'forward' | 'backward'): Promise<StoredEdge[]> {
    const tx = this.#tx
    const ids = `{${nodes.join(',')}}`
    const upto = this.#asOf ? tx`and g.at <= ${this.#asOf}` : tx``
    // Many edges come from one event: each is looked at once for its readers.
    const [row] = await tx<{ edges: string | null; classes: string | null }[]>`
      with e as materialized (
        select g.src, g.dst, g.kind, g.at, g.event from edge g
        where ${direction === 'forward' ? tx`g.src` : tx`g.dst`} = any(${ids}::bigint[]) ${upto}
      ),
      seen as materialized (
        select d.event, ${seesAll(this.#scope) ? tx`true` : tx`(select ${visible(tx, this.#scope)} from event e where e.id = d.event)`} as shown
        from (select distinct event from e) d
        where not exists (select from event_voided v where v.event = d.event)
      )
      select (select string_agg(concat_ws(',', e.src, e.dst, e.kind, (extract(epoch from e.at) * 1000000)::bigint, e.event,
          case when s.shown then 0 else 1 end), ';' order by e.at) from e join seen s on s.event = e.event) as edges,
        ${
          direction === 'forward'
            ? tx`(select string_agg(k.id::text, ',') from trace_key k where k.level = 'class' and k.id = any(${ids}::bigint[]))`
            : tx`null`
        } as classes`
    for (const id of row?.classes?.split(',') ?? []) this.#classes.add(Number(id))
    return row?.edges ? row.edges.split(';').map(edgeOf) : []
  }
}

function edgeOf(text: string): StoredEdge {
  const [src, dst, kind, at, event, hidden] = text.split(',')
  return {
    src: Number(src),
    dst: Number(dst),
    kind: kind as EdgeKind,
    at: Number(at),
    event: Number(event),
    until: null,
    hidden: hidden === '1',
  }
}
