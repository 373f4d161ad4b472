import type { StoredEdge } from './edges.ts'
import type { Tx } from './scope.ts'

/** Fewer things are told one by one as quickly. */
const LEAST = 10

/**
 * Puts aside what is alike: of single things that the same events name in the same roles, and that are of the same lots, one
 * stands for all. What leads to one leads to all of them, and what leads on from one leads on from all.
 */
export class Alike {
  readonly #tx: Tx
  /** Things that were taken one by one, or whose way in is their own: each stands for itself. */
  readonly #singly = new Set<number>()
  readonly #aside = new Set<number>()
  readonly #many = new Map<number, number>()

  constructor(tx: Tx) {
    this.#tx = tx
  }

  /** How many each thing stands for that stands for more than itself. */
  get many(): ReadonlyMap<number, number> {
    return this.#many
  }

  /** Those for which another stands. */
  get aside(): ReadonlySet<number> {
    return this.#aside
  }

  /** From now on each of these stands for itself. */
  keep(things: Iterable<number>): void {
    for (const thing of things) if (!this.#aside.has(thing) && !this.#many.has(thing)) this.#singly.add(thing)
  }

  /** The edges without those of things put aside. */
  async without(edges: readonly StoredEdge[]): Promise<readonly StoredEdge[]> {
    const fresh = new Set<number>()
    for (const { kind, dst, hidden } of edges) {
      if ((kind === 'l' || kind === 'o') && !hidden && !this.#isDecided(dst)) fresh.add(dst)
    }
    if (fresh.size >= LEAST) await this.#putAside(fresh)
    this.keep(fresh)
    return this.#aside.size === 0
      ? edges
      : edges.filter(({ src, dst }) => !this.#aside.has(src) && !this.#aside.has(dst))
  }

  #isDecided(thing: number): boolean {
    return this.#singly.has(thing) || this.#aside.has(thing) || this.#many.has(thing)
  }

  async #putAside(things: ReadonlySet<number>): Promise<void> {
    const ids = `{${[...things].join(',')}}`
    const [row] = await this.#tx<{ alike: string | null }[]>`
      select string_agg(keys, ';') as alike from (
        select string_agg(key::text, ' ' order by key) as keys from (
          -- Its events in their roles, and its lots as what is below nothing. No join: of a list of unknown length the plan would
          -- compare all with all.
          select key, array_agg(word order by word) as words from (
            select key, event * 128 + ascii(role) as word from event_key where key = any(${ids}::bigint[])
            union all
            select dst, -src from edge where dst = any(${ids}::bigint[]) and kind = 'l'
          ) said group by key having min(word) < 0
        ) thing group by words having count(*) > 1
      ) alike`
    for (const text of row?.alike?.split(';') ?? []) {
      const [first = 0, ...others] = text.split(' ').map(Number)
      this.#many.set(first, others.length + 1)
      for (const other of others) this.#aside.add(other)
    }
  }
}
