/** One event of a random history; times are whole numbers, things are plain names. */
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
)

type Pack = Extract<Happening, { kind: 'pack' }>
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

  constructor(history: readonly Happening[], asOf = Number.POSITIVE_INFINITY) {
    const voided = new Set(history.filter((event) => event.declared).map((event) => event.id))
    const valid = history.filter((event) => !voided.has(event.id) && event.time <= asOf)
    this.#packs = valid.filter((event) => event.kind === 'pack')
    this.#makes = valid.filter((event) => event.kind === 'make')
    this.#lots = valid.flatMap((event) => {
      if (event.kind === 'commission') return event.serials.map((serial) => ({ lot: event.lot, serial }))
      return event.kind === 'make' ? madeTogether(event.outputs) : []
    })
  }

  reach(start: string, direction: 'forward' | 'backward', isSingle: (thing: string) => boolean): Set<string> {
    const first = { thing: start, from: Number.NEGATIVE_INFINITY, until: Number.POSITIVE_INFINITY }
    const starts = direction === 'forward' ? this.#withContents(first, isSingle) : [first]
    return closure(starts, (state) => (direction === 'forward' ? this.#forward(state) : this.#backward(state)))
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
    return Math.min(Number.POSITIVE_INFINITY, ...ends.map((pack) => pack.time))
  }

  #isWholeEnd(pack: Pack, child: string): boolean {
    return (
      pack.children.length === 0 ||
      pack.children.some(({ thing, quantity }) => thing === child && quantity === undefined)
    )
  }

  /** A quantity was taken out, and with it as much as was put in since the last whole end. */
  #isLastTaking(taking: Pack, child: string): boolean {
    if (!taking.children.some(({ thing, quantity }) => thing === child && quantity !== undefined)) return false
    const same = this.#packs.filter((pack) => pack.parent === taking.parent && pack.time <= taking.time)
    const wholeEnds = same.filter((p) => p.action === 'DELETE' && p.time < taking.time && this.#isWholeEnd(p, child))
    const since = Math.max(Number.NEGATIVE_INFINITY, ...wholeEnds.map((pack) => pack.time))
    const amounts = (action: string) =>
      same
        .filter((pack) => pack.action === action && pack.time > since)
        .flatMap((pack) => pack.children)
        .filter(({ thing, quantity }) => thing === child && quantity !== undefined)
        .map(({ quantity }) => quantity as number)
    const sum = (values: number[]) => values.reduce((total, value) => total + value, 0)
    return amounts('ADD').length > 0 && sum(amounts('DELETE')) >= sum(amounts('ADD'))
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
      for (const other of this.#together(make)) for (const output of other.outputs) yield always(output)
    }
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
  const product = (thing: string) => thing.slice(1).split('.')[0]
  return outputs
    .filter((thing) => thing.startsWith('S'))
    .flatMap((serial) => {
      const lots = outputs.filter((thing) => thing.startsWith('L') && product(thing) === product(serial))
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

function closure(starts: readonly State[], next: (state: State) => Iterable<State>): Set<string> {
  const seen = new Set<string>()
  const queue = [...starts]
  for (let state = queue.shift(); state; state = queue.shift()) {
    const name = `${state.thing} ${state.from} ${state.until}`
    if (seen.has(name)) continue
    seen.add(name)
    queue.push(...next(state))
  }
  return new Set([...seen].map((name) => name.split(' ')[0] as string))
}
