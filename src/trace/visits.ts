import { Amounts, toMillionths } from './amount.ts'

const ONE = toMillionths('1')

type Visit = {
  first: number
  last: number
  goods: Set<number>
  /** What ever arrived: of lots by `lot \n unit`, of single things how often. */
  amounts: Amounts
  things: Map<number, number>
}

/** Who ever had what, from when to when (microseconds since 1970), and how much of it ever arrived there. */
export class Visits {
  readonly #byHolder = new Map<string, Visit>()

  get byHolder(): ReadonlyMap<string, { first: number; last: number; goods: ReadonlySet<number> }> {
    return this.#byHolder
  }

  see(at: number, holder: string, good: number): void {
    const visit = this.#of(at, holder)
    visit.last = at
    visit.goods.add(good)
  }

  arrive(at: number, holder: string, lot: number, unit: string, amount: bigint): void {
    this.#of(at, holder).amounts.add(`${lot}\n${unit}`, amount)
  }

  arriveAsOne(at: number, holder: string, thing: number): void {
    const { things } = this.#of(at, holder)
    things.set(thing, (things.get(thing) ?? 0) + 1)
  }

  /** So much of a lot that arrived is told of piece by piece from now on. */
  comeApart(holder: string, lot: number, unit: string, amount: bigint): void {
    this.#byHolder.get(holder)?.amounts.take(`${lot}\n${unit}`, amount)
  }

  /** What ever arrived at each holder; of single things pieces, in the unit `pieces`. */
  *arrivals(pieces: string): Generator<{ holder: string; good: number; unit: string; amount: bigint }> {
    for (const [holder, { amounts, things }] of this.#byHolder) {
      for (const [name, amount] of amounts.entries()) {
        const [good, unit] = name.split('\n') as [string, string]
        yield { holder, good: Number(good), unit, amount }
      }
      for (const [good, times] of things) yield { holder, good, unit: pieces, amount: ONE * BigInt(times) }
    }
  }

  #of(at: number, holder: string): Visit {
    let visit = this.#byHolder.get(holder)
    if (!visit) {
      visit = { first: at, last: at, goods: new Set(), amounts: new Amounts(), things: new Map() }
      this.#byHolder.set(holder, visit)
    }
    return visit
  }
}
