/** One event of a random history; times are whole numbers, things are plain names: L a lot, S a serial, G a class, K a box. */
export type Happening = {
  id: string
  time: number
  declared?: true
} & (
  | { kind: 'make'; inputs: string[]; outputs: string[]; joined?: string }
  | {
      kind: 'pack'
      action: 'ADD' | 'OBSERVE' | 'DELETE'
      parent: string
      children: { thing: string; quantity?: number }[]
    }
  | { kind: 'commission'; lot: string; serials: string[] }
  | { kind: 'destroy'; things: string[] }
)

type Pack = Extract<Happening, { kind: 'pack' }>
type Destroy = Extract<Happening, { kind: 'destroy' }>
type Make = Extract<Happening, { kind: 'make' }>
type State = { thing: string; from: number; until: number }

/**
 * The meaning of the graph, written the plain way over a list of events in memory: what SQL is held to. A state is a
 * thing and the time for which it counts.
 */
export class Reference {
  readonly #packs: Pack[]
  readonly #makes: Make[]
  readonly #lots: { lot: string; serial: string }[]
  readonly #destroyed: Destroy[]
  readonly #all: Happening[]

  constructor(history: readonly Happening[], asOf = Number.POSITIVE_INFINITY) {
    const voided = new Set(history.filter((event) => event.declared).map((event) => event.id))
    const valid = history.filter((event) => !voided.has(event.id) && event.time <= asOf)
    this.#all = valid
    this.#destroyed = valid.filter((event) => event.kind === 'destroy')
    this.#packs = valid.filter((event) => event.kind === 'pack')
    this.#makes = valid.filter((event) => event.kind === 'make')
    this.#lots = valid.flatMap((event) => {
      if (event.kind === 'commission') return event.serials.map((serial) => ({ lot: event.lot, serial }))
      return event.kind === 'make' ? madeTogether(event.outputs) : []
    })
  }

  reach(start: string, direction: 'forward' | 'backward'): Set<string> {
    const first = { thing: start, from: Number.NEGATIVE_INFINITY, until: Number.POSITIVE_INFINITY }
    if (direction === 'backward') return namesOf(closure([first], (state) => this.#backward(state)))
    let starts = this.#withContents(first, isSingle)
    for (;;) {
      // A class is no one thing to follow: what it went into is found by where and when.
      const states = closure(starts, (state) =>
        isClass(state.thing) && state.thing !== start ? [] : this.#forward(state),
      )
      const more = [...this.#mixed(states)].filter((state) => !states.has(nameOf(state)))
      if (more.length === 0) return namesOf(states)
      starts = [...states.values(), ...more]
    }
  }

  /** The thing, what was in it at a time, and what these were made of. */
  behind(thing: string, at: number): Set<string> {
    return namesOf(closure([{ thing, from: at, until: at }], (state) => this.#backward(state)))
  }

  /** What unlabelled quantities went into, and their class, once goods of that product were there (all is at one place). */
  *#mixed(states: ReadonlyMap<string, State>): Generator<State> {
    const since = new Map<string, number>()
    for (const { thing, from, until } of states.values()) {
      for (const event of this.#all) {
        if (!thingsOf(event).includes(thing) || event.time < from || event.time > until || isBox(thing)) continue
        const name = `G${productOf(thing)}`
        since.set(name, Math.min(since.get(name) ?? Number.POSITIVE_INFINITY, event.time))
      }
    }
    for (const [name, first] of since) {
      for (const make of this.#makes) {
        if (!make.inputs.includes(name) || make.time < first) continue
        yield { ...always(name), from: make.time }
        yield* this.#outputs(make)
      }
      for (const { child, parent, from, until } of this.#stays()) {
        if (child !== name || from < first) continue
        yield { ...always(name), from }
        yield { thing: parent, from, until }
      }
    }
  }

  /** Each time something was put into something: from when to when it was inside. */
  *#stays(): Generator<{ child: string; parent: string; from: number; until: number }> {
    for (const { action, parent, children, time } of this.#packs) {
      if (action === 'DELETE') continue
      for (const { thing } of children)
        yield { child: thing, parent, from: time, until: this.#endOf(thing, parent, time) }
    }
  }

  #endOf(child: string, parent: string, from: number): number {
    const ends = this.#packs
      .filter((pack) => pack.action === 'DELETE' && pack.parent === parent && pack.time > from)
      .filter((pack) => this.#isWholeEnd(pack, child) || this.#isLastTaking(pack, child))
    const gone = this.#destroyed.filter(
      ({ things, time }) => time > from && [child, parent].some((thing) => isSingle(thing) && things.includes(thing)),
    )
    const elsewhere = this.#packs.filter(
      (pack) =>
        isSingle(child) &&
        pack.action !== 'DELETE' &&
        pack.time > from &&
        pack.children.some(({ thing }) => thing === child) &&
        !this.#areNested(pack.parent, parent),
    )
    return Math.min(Number.POSITIVE_INFINITY, ...[...ends, ...gone, ...elsewhere].map(({ time }) => time))
  }

  #areNested(a: string, b: string): boolean {
    const isIn = (pack: Pack, inner: string, outer: string) =>
      pack.parent === outer && pack.children.some(({ thing }) => thing === inner)
    return a === b || this.#packs.some((pack) => pack.action !== 'DELETE' && (isIn(pack, a, b) || isIn(pack, b, a)))
  }

  #isWholeEnd(pack: Pack, child: string): boolean {
    return (
      pack.children.length === 0 ||
      pack.children.some(({ thing, quantity }) => thing === child && quantity === undefined)
    )
  }

  /** A quantity was taken out, and with it nothing is left of what was put in since the last whole end. */
  #isLastTaking(taking: Pack, child: string): boolean {
    if (!taking.children.some(({ thing, quantity }) => thing === child && quantity !== undefined)) return false
    const same = this.#packs.filter((pack) => pack.parent === taking.parent && pack.time <= taking.time)
    const wholeEnds = same.filter((p) => p.action === 'DELETE' && p.time < taking.time && this.#isWholeEnd(p, child))
    const since = Math.max(Number.NEGATIVE_INFINITY, ...wholeEnds.map((pack) => pack.time))
    const moves = same
      .filter((pack) => pack.action !== 'OBSERVE' && pack.time > since)
      .sort((a, b) => a.time - b.time || (a.action === 'DELETE' ? 1 : 0) - (b.action === 'DELETE' ? 1 : 0))
      .flatMap(({ action, children }) =>
        children
          .filter(({ thing, quantity }) => thing === child && quantity !== undefined)
          .map(({ quantity }) => (action === 'DELETE' ? -(quantity as number) : (quantity as number))),
      )
    // A box never holds less than nothing.
    const left = moves.reduce((held, move) => Math.max(0, held + move), 0)
    return left === 0 && moves.some((move) => move > 0)
  }

  #withContents(state: State, isSingle: (thing: string) => boolean): State[] {
    const all = [state]
    const seen = new Set<string>()
    for (const outer of all) {
      for (const { child, parent, from, until } of this.#stays()) {
        if (parent !== outer.thing || !isSingle(child) || until <= outer.from) continue
        const inner = { thing: child, from: Math.max(outer.from, from), until: Number.POSITIVE_INFINITY }
        const name = `${inner.thing} ${inner.from}`
        if (!seen.has(name)) all.push(inner)
        seen.add(name)
      }
    }
    return all
  }

  *#forward({ thing, from, until }: State): Generator<State> {
    for (const stay of this.#stays()) {
      if (stay.child === thing && overlaps(stay, from, until)) {
        yield { thing: stay.parent, from: Math.max(from, stay.from), until: Math.min(until, stay.until) }
      }
    }
    for (const { lot, serial } of this.#lots) if (lot === thing) yield always(serial)
    for (const make of this.#makes) {
      if (!make.inputs.includes(thing) || make.time < from || make.time >= until) continue
      yield* this.#outputs(make)
    }
  }

  /** A class counts from when it was made: what is known of it before is somebody else's. */
  *#outputs(make: Make): Generator<State> {
    for (const other of this.#together(make))
      for (const output of other.outputs) yield { ...always(output), ...(isClass(output) && { from: other.time }) }
  }

  *#backward({ thing, from, until }: State): Generator<State> {
    for (const stay of this.#stays()) {
      if (stay.parent === thing && overlaps(stay, from, until)) {
        yield { thing: stay.child, from: Math.max(from, stay.from), until: Math.min(until, stay.until) }
      }
    }
    for (const { lot, serial } of this.#lots) if (serial === thing) yield always(lot)
    for (const make of this.#makes) {
      if (!make.outputs.includes(thing)) continue
      for (const other of this.#together(make)) {
        for (const input of other.inputs) yield { thing: input, from: other.time, until: other.time }
      }
    }
  }

  #together(make: Make): Make[] {
    return make.joined === undefined ? [make] : this.#makes.filter((other) => other.joined === make.joined)
  }
}

/** A serial that came out with exactly one lot of its product is of that lot. */
function madeTogether(outputs: readonly string[]): { lot: string; serial: string }[] {
  return outputs
    .filter((thing) => thing.startsWith('S'))
    .flatMap((serial) => {
      const lots = outputs.filter((thing) => thing.startsWith('L') && productOf(thing) === productOf(serial))
      return lots.length === 1 ? [{ lot: lots[0] as string, serial }] : []
    })
}

function always(thing: string): State {
  return { thing, from: Number.NEGATIVE_INFINITY, until: Number.POSITIVE_INFINITY }
}

/** Half-open times; a moment (from = until) is inside where it is not before the beginning and before the end. */
function overlaps(stay: { from: number; until: number }, from: number, until: number): boolean {
  return (stay.from < until || stay.from === from) && from < stay.until
}

function closure(starts: readonly State[], next: (state: State) => Iterable<State>): Map<string, State> {
  const seen = new Map<string, State>()
  const queue = [...starts]
  for (let state = queue.shift(); state; state = queue.shift()) {
    if (seen.has(nameOf(state))) continue
    seen.set(nameOf(state), state)
    queue.push(...next(state))
  }
  return seen
}

const nameOf = ({ thing, from, until }: State) => `${thing} ${from} ${until}`
const namesOf = (states: ReadonlyMap<string, State>) => new Set([...states.values()].map(({ thing }) => thing))
const productOf = (thing: string) => thing.slice(1).split('.')[0]
const isClass = (thing: string) => thing.startsWith('G')
const isBox = (thing: string) => thing.startsWith('K')

/** A thing that is one, not a quantity. */
export const isSingle = (thing: string) => thing.startsWith('S') || isBox(thing)

export function thingsOf(happening: Happening): string[] {
  if (happening.kind === 'make') return [...happening.inputs, ...happening.outputs]
  if (happening.kind === 'commission') return [happening.lot, ...happening.serials]
  if (happening.kind === 'destroy') return happening.things
  return [happening.parent, ...happening.children.map(({ thing }) => thing)]
}
