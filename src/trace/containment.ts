import type { StoredEdge } from './edges.ts'
import type { Tx } from './scope.ts'

type End = { parent: number; child: number; at: number }
type Elsewhere = { src: number; dst: number; at: number }

/**
 * When containment ended: the first time after the packing at which the child, or all, left, either was destroyed, or the
 * child, a single thing, was packed into something else that neither holds the parent nor is held by it. Events may come
 * late and in any order, so it is worked out when read.
 */
export class Containment {
  readonly #tx: Tx
  readonly #asOf: Date | null

  constructor(tx: Tx, asOf: Date | null) {
    this.#tx = tx
    this.#asOf = asOf
  }

  /** The end of each of these stays that has one, in microseconds. */
  async ends(edges: readonly StoredEdge[]): Promise<ReadonlyMap<StoredEdge, number>> {
    const ended = new Map<StoredEdge, number>()
    if (edges.length === 0) return ended
    const { ends, moves } = await this.#read(edges)
    if (ends.length === 0 && moves.length === 0) return ended
    if (moves.length > 0) await this.#readNested(listOf(moves.map((move) => move.dst)))
    const byParent = Map.groupBy(ends, (end) => end.parent)
    const byChild = Map.groupBy(moves, (move) => move.src)
    for (const edge of edges) {
      const first = Math.min(
        ...concerning(byParent, edge).map(({ at }) => at),
        ...(edge.kind === 'a' ? (byChild.get(edge.src) ?? []) : []).flatMap(({ dst, at }) =>
          dst !== edge.dst && at > edge.at && !this.#nested.has(`${dst} ${edge.dst}`) ? [at] : [],
        ),
      )
      if (first !== Number.POSITIVE_INFINITY) ended.set(edge, first)
    }
    return ended
  }

  readonly #nested = new Set<string>()

  /**
   * All ends of the parents (of the partial ones those that left nothing), the destruction of the children, and the
   * packings of children that are single things and were ever in more than one thing.
   */
  async #read(edges: readonly StoredEdge[]): Promise<{ ends: End[]; moves: Elsewhere[] }> {
    const tx = this.#tx
    const parents = listOf(edges.map((edge) => edge.dst))
    const children = listOf(edges.map((edge) => edge.src))
    const packed = listOf(edges.flatMap((edge) => (edge.kind === 'a' ? [edge.src] : [])))
    const rows = await tx<{ parent: string; child: string; at: string; sort: 'end' | 'move' }[]>`
      with moved as materialized (
        select x.src from edge x where x.src = any(${packed}::bigint[]) and x.kind = 'a'
        group by x.src having min(x.dst) <> max(x.dst)
      )
      select 'end' as sort, x.parent, x.child, (extract(epoch from x.at) * 1000000)::bigint as at from edge_end x
      where x.parent = any(${parents}::bigint[]) and ${this.#counts(tx`x`)}
        and (not x.partial or containment_used_up(x.child, x.parent, x.at))
      union all
      select 'end', x.parent, x.child, (extract(epoch from x.at) * 1000000)::bigint from edge_end x
      where x.parent = any(${children}::bigint[]) and x.child = x.parent and ${this.#counts(tx`x`)}
      union all
      select 'move', x.dst, x.src, (extract(epoch from x.at) * 1000000)::bigint
      from moved m join trace_key k on k.id = m.src and k.level not in ('class', 'lot', 'pattern')
      join edge x on x.src = m.src and x.kind = 'a'
      where ${this.#counts(tx`x`)}`
    const ends: End[] = []
    const moves: Elsewhere[] = []
    for (const { sort, parent, child, at } of rows) {
      if (sort === 'end') ends.push({ parent: Number(parent), child: Number(child), at: Number(at) })
      else moves.push({ src: Number(child), dst: Number(parent), at: Number(at) })
    }
    return { ends, moves }
  }

  async #readNested(containers: string): Promise<void> {
    const tx = this.#tx
    const rows = await tx<{ src: string; dst: string }[]>`
      select distinct x.src, x.dst from edge x
      where x.src = any(${containers}::bigint[]) and x.dst = any(${containers}::bigint[]) and x.kind in ('a', 's')
        and ${this.#counts(tx`x`)}`
    for (const { src, dst } of rows) this.#nested.add(`${src} ${dst}`).add(`${dst} ${src}`)
  }

  #counts(row: ReturnType<Tx>) {
    const tx = this.#tx
    return tx`${this.#asOf ? tx`${row}.at <= ${this.#asOf}` : tx`true`}
      and not exists (select from event_voided v where v.event = ${row}.event)`
  }
}

function concerning(byParent: ReadonlyMap<number, End[]>, edge: StoredEdge): End[] {
  const { src, dst, at } = edge
  const left = (byParent.get(dst) ?? []).filter(({ child }) => child === src || child === 0 || child === dst)
  const gone = (byParent.get(src) ?? []).filter(({ child }) => child === src)
  return [...left, ...gone].filter((end) => end.at > at)
}

function listOf(nodes: readonly number[]): string {
  return `{${[...new Set(nodes)].join(',')}}`
}
