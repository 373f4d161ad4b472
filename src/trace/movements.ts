import { toMillionths } from './amount.ts'
import type { KeyRow } from './facts.ts'
import { type Content, type Holdings, PIECES } from './holdings.ts'
import { type Fact, isLeaving, isReceipt, type Link, partyIn, siteOf } from './places.ts'

/** Goods handed from one holder to another, as far as both sides told. Times in microseconds. */
export type Movement = {
  /** The thing or lot that the events name. */
  key: number
  from?: string
  to?: string
  goods: Content[]
  sentAt?: number
  receivedAt?: number
  /** Numbers of the events that say so. */
  events: number[]
}

/**
 * Pairs what was sent with what was received, as the events go by: by thing, for lots by quantity, oldest first. What is
 * received out of a container that is on its way was received with it.
 */
export class Movements {
  readonly #keys: ReadonlyMap<number, KeyRow>
  readonly #all: Movement[] = []
  readonly #open = new Map<number, Movement[]>()

  constructor(keys: ReadonlyMap<number, KeyRow>) {
    this.#keys = keys
  }

  all(): readonly Movement[] {
    return this.#all
  }

  /** Takes an event with what it names, and where everything was before it. */
  readonly take = (fact: Fact, links: readonly Link[], holdings: Holdings): void => {
    for (const link of links) {
      if (link.role === 'child' || link.role === 'input' || link.role === 'output') continue
      if (isLeaving(fact)) {
        this.#takeOver(fact, link, holdings)
        this.#send(fact, link, holdings)
      } else if (isReceipt(fact)) this.#receive(fact, link, holdings)
    }
  }

  /** Whoever sends on what was on its way to him has got it: a carrier seldom writes a receipt. */
  #takeOver(fact: Fact, link: Link, holdings: Holdings): void {
    const here = siteOf(fact)?.holder
    if (here === undefined) return
    const isAwaited = this.#openFor(link.key, holdings).some(({ from, to }) => to === here && from !== here)
    if (isAwaited) this.#receive(fact, link, holdings)
  }

  #send(fact: Fact, link: Link, holdings: Holdings): void {
    const from = siteOf(fact)?.holder ?? partyIn(fact.sources)
    const to = partyIn(fact.destinations)
    const open = this.#openOf(link.key)
    // Shipped, then departed, then on the road: one movement.
    const same = open.find((one) => one.to === to || to === undefined)
    if (same && !(fact.bizStep === 'shipping' && this.#isLot(link.key))) {
      same.events.push(fact.id)
      return
    }
    const goods = this.#isLot(link.key) ? [loadOf(link, from, holdings)] : holdings.contentsOf(link.key)
    const movement: Movement = { key: link.key, goods, sentAt: fact.at, events: [fact.id] }
    if (from !== undefined) movement.from = from
    if (to !== undefined) movement.to = to
    this.#all.push(movement)
    open.push(movement)
    this.#open.set(link.key, open)
  }

  #receive(fact: Fact, link: Link, holdings: Holdings): void {
    const here = siteOf(fact)?.holder ?? partyIn(fact.destinations)
    // Sent to the carrier who hands it over now, or to the party at whose warehouse it is received.
    const named = new Set([partyIn(fact.sources), partyIn(fact.destinations)])
    let rest = link.quantity === null ? undefined : toMillionths(link.quantity)
    const open = this.#openFor(link.key, holdings)
      .filter(
        ({ from, to }) => to === undefined || here === undefined || to === here || (named.has(to) && from !== here),
      )
      .sort((a, b) => (a.sentAt ?? 0) - (b.sentAt ?? 0))
    for (const movement of open) {
      if (rest !== undefined && rest <= 0n) return
      const own = movement.key === link.key && this.#isLot(link.key) ? movement.goods[0] : undefined
      if (own && rest !== undefined && rest < own.amount) {
        this.#split(movement, own, rest, fact, here)
        return
      }
      if (own && rest !== undefined) rest -= own.amount
      // A part of a container's contents does not tell that all of it arrived.
      this.#close(movement, fact, here, movement.key === link.key)
      if (!this.#isLot(link.key)) return
    }
    const isClosed = open.length > 0
    if (isClosed || fact.bizStep !== 'receiving') return
    const goods = this.#isLot(link.key) ? [loadOf(link, here, holdings)] : holdings.contentsOf(link.key)
    const from = partyIn(fact.sources)
    this.#all.push({
      key: link.key,
      goods,
      receivedAt: fact.at,
      events: [fact.id],
      ...(here !== undefined && { to: here }),
      ...(from !== undefined && from !== here && { from }),
    })
  }

  #close(movement: Movement, fact: Fact, here: string | undefined, isWhole: boolean): void {
    movement.receivedAt ??= fact.at
    movement.events.push(fact.id)
    if (here !== undefined) movement.to = here
    if (isWhole)
      this.#open.set(
        movement.key,
        this.#openOf(movement.key).filter((one) => one !== movement),
      )
  }

  /** Only a part has come: the rest stays on its way. */
  #split(movement: Movement, own: Content, amount: bigint, fact: Fact, here: string | undefined): void {
    own.amount -= amount
    this.#all.push({
      ...movement,
      goods: [{ ...own, amount }],
      receivedAt: fact.at,
      events: [...movement.events, fact.id],
      ...(here !== undefined && { to: here }),
    })
  }

  /** What is on its way of the thing itself, of a container it is in, or of containers that hold some of the lot. */
  #openFor(key: number, holdings: Holdings): Movement[] {
    for (let one: number | undefined = key; one !== undefined; one = holdings.containerOf(one)) {
      const open = this.#openOf(one)
      if (open.length > 0) return open
    }
    if (!this.#isLot(key)) return []
    return [...this.#open.values()].flat().filter(({ goods }) => goods.some(({ good }) => good === key))
  }

  #openOf(key: number): Movement[] {
    return this.#open.get(key) ?? []
  }

  #isLot(key: number): boolean {
    const level = this.#keys.get(key)?.level
    return level === 'class' || level === 'lot' || level === 'pattern'
  }
}

function loadOf(link: Link, holder: string | undefined, holdings: Holdings): Content {
  const unit = link.uom ?? PIECES
  const amount = link.quantity === null ? holdings.looseWith(link.key, unit, holder ?? '') : toMillionths(link.quantity)
  return { good: link.key, unit, amount }
}
