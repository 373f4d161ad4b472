import type { Fact } from './places.ts'

/**
 * entered: received though nobody told of sending it, as raw materials are. reworked: went into a making and came out as
 * the same lot again. returned: came back from those it was sold to.
 */
export const accountNames = [
  'produced',
  'entered',
  'received',
  'returned',
  'reworked',
  'shipped',
  'used',
  'sold',
  'destroyed',
] as const

export type Account = (typeof accountNames)[number]

/** One lot in one unit with one holder. */
export type Slot = { good: number; unit: string; holder: string }

type Book = {
  slot: Slot
  sums: Record<Account, bigint>
  stock: bigint
  counted?: bigint
}

export type LedgerFlag = {
  kind: 'overdraw' | 'short' | 'over'
  holder: string
  at: number
  amount: bigint
  eventId: string
}

const incoming: ReadonlySet<string> = new Set(['produced', 'received', 'returned'])

/**
 * Books amounts (millionths) as they come in and go out, in the order of time. A stock that would fall below nothing is
 * nothing, and the rest is flagged; a count sets the stock, and the difference is flagged.
 */
export class Ledger {
  readonly #books = new Map<string, Book>()
  readonly #flags = new Map<string, LedgerFlag[]>()
  /** Sent and not yet received, by lot and unit. */
  readonly #inTransit = new Map<string, bigint>()

  book(slot: Slot, account: Account | 'counted', amount: bigint, fact: Fact): void {
    const book = this.#bookOf(slot)
    if (account === 'counted') {
      this.#count(book, amount, fact)
      return
    }
    if (amount <= 0n) return
    book.sums[account] += amount
    if (incoming.has(account)) {
      book.stock += amount
      if (account === 'received') this.#arrive(book, amount)
      return
    }
    if (account === 'shipped') this.#onTheWay(slot, amount)
    if (amount > book.stock) this.#flag(slot, { kind: 'overdraw', amount: amount - book.stock }, fact)
    book.stock = amount > book.stock ? 0n : book.stock - amount
  }

  /** Only told, without moving a stock. */
  add(slot: Slot, account: Account, amount: bigint): void {
    this.#bookOf(slot).sums[account] += amount
  }

  *goods(): Generator<{ good: number; unit: string }> {
    const seen = new Set<string>()
    for (const { slot } of this.#books.values()) {
      const name = nameOf(slot)
      if (!seen.has(name)) yield { good: slot.good, unit: slot.unit }
      seen.add(name)
    }
  }

  *holders(): Generator<string> {
    for (const { slot } of this.#books.values()) yield slot.holder
  }

  holdersOf(
    good: number,
    unit: string,
  ): { id: string; sums: Record<Account, bigint>; stock: bigint; counted?: bigint }[] {
    return this.#of(good, unit).map(({ slot, sums, stock, counted }) => ({ id: slot.holder, sums, stock, counted }))
  }

  total(good: number, unit: string): Record<Account, bigint> & { stock: bigint; inTransit: bigint } {
    const total = { ...nothing(), stock: 0n, inTransit: this.#inTransit.get(`${good}\n${unit}`) ?? 0n }
    for (const { sums, stock } of this.#of(good, unit)) {
      for (const name of accountNames) total[name] += sums[name]
      total.stock += stock
    }
    return total
  }

  flags(good: number, unit: string): readonly LedgerFlag[] {
    return this.#flags.get(`${good}\n${unit}`) ?? []
  }

  #arrive({ slot, sums }: Book, amount: bigint): void {
    const out = this.#inTransit.get(nameOf(slot)) ?? 0n
    const met = amount < out ? amount : out
    this.#inTransit.set(nameOf(slot), out - met)
    sums.entered += amount - met
  }

  #onTheWay(slot: Slot, amount: bigint): void {
    this.#inTransit.set(nameOf(slot), (this.#inTransit.get(nameOf(slot)) ?? 0n) + amount)
  }

  #count(book: Book, amount: bigint, fact: Fact): void {
    book.counted = amount
    if (amount < book.stock) this.#flag(book.slot, { kind: 'short', amount: book.stock - amount }, fact)
    if (amount > book.stock) this.#flag(book.slot, { kind: 'over', amount: amount - book.stock }, fact)
    book.stock = amount
  }

  #flag(slot: Slot, { kind, amount }: Pick<LedgerFlag, 'kind' | 'amount'>, fact: Fact): void {
    const flags = this.#flags.get(nameOf(slot)) ?? []
    flags.push({ kind, holder: slot.holder, at: fact.at, amount, eventId: fact.eventId })
    this.#flags.set(nameOf(slot), flags)
  }

  #of(good: number, unit: string): Book[] {
    return [...this.#books.values()].filter(({ slot }) => slot.good === good && slot.unit === unit)
  }

  #bookOf(slot: Slot): Book {
    const name = `${nameOf(slot)}\n${slot.holder}`
    const book = this.#books.get(name) ?? { slot, sums: nothing(), stock: 0n }
    this.#books.set(name, book)
    return book
  }
}

const nameOf = ({ good, unit }: Omit<Slot, 'holder'>) => `${good}\n${unit}`

function nothing(): Record<Account, bigint> {
  return Object.fromEntries(accountNames.map((name) => [name, 0n])) as Record<Account, bigint>
}
