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
    const [row] = await this.#tx<{ named: string | null; lots: string | null }[]>`
      with asked as materialized (select ${ids}::bigint[] as ids)
      select
        (select string_agg(keys, ';') from (
          select string_agg(key::text, ' ') as keys from event_key where key = any((select ids from asked)::bigint[])
          group by event, role
        ) named) as named,
        (select string_agg(keys, ';') from (
          select string_agg(dst::text, ' ') as keys from edge where dst = any((select ids from asked)::bigint[]) and kind = 'l'
          group by src
        ) lot) as lots`
    const alike = new Parting(things)
    for (const group of groupsIn(row?.named)) alike.part(group)
    // What is of no lot is never put aside.
    const ofLots = new Set<number>()
    for (const group of groupsIn(row?.lots)) {
      alike.part(group)
      for (const thing of group) ofLots.add(thing)
    }
    for (const [first = 0, ...others] of alike.parts(ofLots)) {
      if (others.length === 0) continue
      this.#many.set(first, others.length + 1)
      for (const other of others) this.#aside.add(other)
    }
  }
}

/** `1 2;3` as numbers, digit by digit: tens of thousands of short texts would be made only to be thrown away. */
function groupsIn(text: string | null | undefined): number[][] {
  const groups: number[][] = []
  let group: number[] = []
  let value = 0
  if (!text) return groups
  for (let i = 0; i <= text.length; i++) {
    const code = i < text.length ? text.charCodeAt(i) : SEMICOLON
    if (code !== SPACE && code !== SEMICOLON) {
      value = value * 10 + code - ZERO
      continue
    }
    group.push(value)
    value = 0
    if (code === SEMICOLON) {
      groups.push(group)
      group = []
    }
  }
  return groups
}

const SPACE = 32
const SEMICOLON = 59
const ZERO = 48

/**
 * Things parted by what is said of them: in one part are those that were in the same groups. Here, not in the database, which
 * would sort every word about every thing.
 */
class Parting {
  readonly #partOf: Map<number, number>
  #parts = 1

  constructor(things: Iterable<number>) {
    this.#partOf = new Map([...things].map((thing) => [thing, 0]))
  }

  /** Something is said of these and of no other. */
  part(group: readonly number[]): void {
    const onward = new Map<number, number>()
    for (const thing of group) {
      const before = this.#partOf.get(thing) ?? 0
      const part = onward.get(before) ?? this.#parts++
      onward.set(before, part)
      this.#partOf.set(thing, part)
    }
  }

  /** Those parts of some of the things, in the order of their numbers. */
  parts(some: ReadonlySet<number>): Iterable<number[]> {
    const things = Float64Array.from(some).sort()
    return Map.groupBy(things, (thing) => this.#partOf.get(thing)).values()
  }
}
