import { Amounts, toMillionths } from './amount.ts'
import { type Fact, isEnd, isLeaving, isSelling, type Link, type Place, partyIn, placeAfter, siteOf } from './places.ts'
import { Visits } from './visits.ts'

/**
 * A node to be followed: quantities of classes and lots, or one thing. `lot`: the node of a single thing's lot. `many`: it
 * stands for so many things of which the same is told.
 */
export type Good = { id: number; quantified: boolean; lot?: number; many?: number }

/** What is to be kept besides where everything is: since when goods may have been with whom, and who ever had what. */
export type Kept = { presence: boolean; visits: boolean }

/** An amount of a lot, or one thing. */
export type Content = { good: number; unit: string; amount: bigint }

/** `isSent`: whether a dispatch was ever recorded; `told`: the most that any one step summed up to. */
type Receipts = { isSent: boolean; told: bigint; bySteps: Map<string | null, bigint> }

const ONE = toMillionths('1')

/** Pieces: what a quantity without unit, and a single thing, counts in. */
export const PIECES = ''

const split = (name: string) => name.split('\n')

/** `wanted`: all that is there where it is undefined. */
type Asked = { unit: string; here: string; wanted: bigint | undefined }

/** Whom goods come from, where that is somebody else. */
const giverOf = ({ sources }: Fact, here: string): string | undefined => {
  const giver = partyIn(sources)
  return giver === here ? undefined : giver
}

/**
 * Replays events in the order of their time and knows where everything is: lots by quantity at each holder, loose or
 * inside containers, single things by place; what is inside moves with its container. What the events do not tell is
 * not made up: nothing falls below zero, and goods whose arrival was not recorded are first known where they are seen.
 */
export class Holdings {
  readonly #goods: ReadonlyMap<number, Good>
  readonly #isPresenceAsked: boolean
  readonly #isVisitAsked: boolean
  /** `lot \n unit \n state \n holder` */
  readonly #loose = new Amounts()
  /** Of what is on its way, what was sent without a word to whom: by `lot \n unit`, by who sent it. */
  readonly #unaddressed = new Map<string, Amounts>()
  /** `lot \n holder`: has sent some of it away. */
  readonly #senders = new Set<string>()
  /** `lot \n unit \n holder`: given to shoppers and not brought back. */
  readonly #sold = new Amounts()
  /** By container: `lot \n unit` */
  readonly #packed = new Map<number, Amounts>()
  readonly #parents = new Map<number, number>()
  readonly #children = new Map<number, Set<number>>()
  readonly #places = new Map<number, Place>()
  readonly #gone = new Set<number>()
  readonly #apart = new Set<number>()
  readonly #known = new Set<number>()
  /** What ever held something known is no goods itself. */
  readonly #packaging = new Set<number>()
  readonly #visits = new Visits()
  /** By `lot \n unit \n here \n holder`: what its receipts told so far. */
  readonly #receipts = new Map<string, Receipts>()
  /** By good and holder: since when it may be there. '' is anywhere. */
  readonly #presence = new Map<number, Map<string, number>>()

  constructor(goods: ReadonlyMap<number, Good>, { presence, visits }: Kept) {
    this.#goods = goods
    this.#isPresenceAsked = presence
    this.#isVisitAsked = visits
  }

  /** Takes the next event with what it says of the followed goods. */
  apply(fact: Fact, links: readonly Link[]): void {
    // A thing that is named beside a quantity of its lot is none of that quantity: it comes out of what was there before.
    const order = (link: Link) => (this.#goods.get(link.key)?.quantified ? 1 : 0)
    const sorted = [...links].sort((a, b) => order(a) - order(b))
    const isPacking = fact.type === 'AggregationEvent' || fact.type === 'AssociationEvent'
    if (isPacking) this.#pack(fact, sorted)
    const site = siteOf(fact)
    for (const link of sorted) {
      this.#mayBe(link.key, '', fact.at)
      if (site) this.#mayBe(link.key, site.holder, fact.at)
      if (link.role === 'child' || (isPacking && link.role === 'parent')) continue
      if (this.#goods.get(link.key)?.quantified) this.#applyLot(fact, link)
      else this.#applyThing(fact, link)
    }
  }

  /** Where a single thing is: with the outermost container it is in. Undefined where it is gone or was never seen. */
  placeOf(thing: number): Place | undefined {
    const outermost = this.#outermost(thing)
    return this.#gone.has(outermost) || this.#gone.has(thing) ? undefined : this.#places.get(outermost)
  }

  /** Where it was seen last, though it is gone or only counted by quantity. */
  lastPlaceOf(good: number): Place | undefined {
    return this.#places.get(good)
  }

  containerOf(thing: number): number | undefined {
    return this.#parents.get(thing)
  }

  isGone(thing: number): boolean {
    return this.#gone.has(thing)
  }

  /** How many things a node stands for. */
  countOf(thing: number): number {
    return this.#goods.get(thing)?.many ?? 1
  }

  /** The single things that are goods: still there, and no packaging. */
  *things(): Generator<number> {
    for (const { id, quantified } of this.#goods.values()) {
      if (!quantified && this.#known.has(id) && !this.#packaging.has(id) && !this.#gone.has(id)) yield id
    }
  }

  /** How much of a lot lies loose with a holder. */
  looseWith(lot: number, unit: string, holder: string): bigint {
    return this.#loose.get(`${lot}\n${unit}\nhere\n${holder}`)
  }

  /**
   * Whether returned goods come from a business: one that is named, or where nobody is and too few were sold here for
   * shoppers to bring so many back. So many have to be on their way here, or to nobody named; and nobody sends back to whoever
   * sent none: a shop that writes down no sales has its shoppers.
   */
  isSentBack(fact: Fact, { key, uom, quantity }: Link, here: string): boolean {
    const unit = uom ?? PIECES
    const amount = quantity === null ? 0n : toMillionths(quantity)
    const giver = giverOf(fact, here)
    if (amount === 0n || (!giver && this.#sold.get(`${key}\n${unit}\n${here}`) >= amount)) return false
    if (!giver && !this.#senders.has(`${key}\n${here}`)) return false
    let onTheWay = this.#loose.get(`${key}\n${unit}\nin_transit\n${here}`)
    for (const [sender, sent] of this.#unaddressed.get(`${key}\n${unit}`)?.entries() ?? [])
      if (sender !== here && (!giver || sender === giver)) onTheWay += sent
    return onTheWay >= amount
  }

  /** The goods in a thing, and in what is in it; the thing itself where it is no packaging. */
  contentsOf(thing: number): Content[] {
    const inner = [...(this.#children.get(thing) ?? [])].flatMap((child) => this.contentsOf(child))
    const lots = this.#inside(thing).map(([good, unit, amount]) => ({ good, unit, amount }))
    const own = this.#packaging.has(thing) ? [] : [{ good: thing, unit: PIECES, amount: ONE }]
    return [...own, ...lots, ...inner]
  }

  /** Everyone and every place that occurs. */
  *holders(): Generator<string> {
    yield* this.visits.keys()
    for (const place of this.#places.values()) yield place.holder
    for (const { place } of this.quantities()) if (place) yield place.holder
  }

  /** Every quantity of a lot that is somewhere now. */
  *quantities(): Generator<{ lot: number; unit: string; place?: Place; container?: number; amount: bigint }> {
    for (const [name, amount] of this.#loose.entries()) {
      const [lot, unit, state, holder] = split(name) as [string, string, Place['state'], string]
      yield { lot: Number(lot), unit, place: { holder, state }, amount }
    }
    for (const container of this.#packed.keys()) {
      if (this.#gone.has(this.#outermost(container)) || this.#gone.has(container)) continue
      const place = this.placeOf(container)
      for (const [lot, unit, amount] of this.#inside(container)) {
        yield { lot, unit, ...(place && { place }), container, amount }
      }
    }
  }

  /** What ever arrived at each holder. */
  arrivals(): Iterable<{ holder: string; good: number; unit: string; amount: bigint }> {
    return this.#visits.arrivals(PIECES)
  }

  /** Since when a good may have been with a holder: seen there, inside something seen there, or sent there. */
  presenceOf(good: number): ReadonlyMap<string, number> {
    return this.#presence.get(good) ?? new Map()
  }

  get visits(): ReadonlyMap<string, { first: number; last: number; goods: ReadonlySet<number> }> {
    return this.#visits.byHolder
  }

  #pack(fact: Fact, links: readonly Link[]): void {
    const whole = links.find((link) => link.role === 'parent')
    if (whole === undefined) return
    const { key: parent } = whole
    const children = links.filter((link) => link.role === 'child')
    const isPutIn = fact.action !== 'DELETE'
    if (isPutIn && children.length > 0) this.#packaging.add(parent)
    // Before anything is put in or taken out: what it held comes along with it, what is put in was here without it.
    this.#applyThing(fact, whole)
    if (isPutIn) for (const child of children) this.#put(fact, parent, child)
    else if (fact.childless) this.#empty(fact, parent)
    else for (const child of children) this.#takeOut(fact, parent, child)
  }

  #put(fact: Fact, parent: number, child: Link): void {
    const after = this.placeOf(parent)
    if (this.#isPresenceAsked && after?.state === 'in_transit') this.#mayBe(child.key, after.holder, fact.at)
    if (!this.#goods.get(child.key)?.quantified) {
      this.#comeApart(fact, child.key, false)
      this.#known.add(child.key)
      // Seen in the pallet that its case is in: it still is in its case.
      if (this.#isWithin(child.key, parent)) return
      const before = this.placeOf(child.key)
      this.#leaveParent(child.key)
      if (this.#isWithin(parent, child.key)) return
      this.#parents.set(child.key, parent)
      const children = this.#children.get(parent) ?? new Set()
      this.#children.set(parent, children.add(child.key))
      this.#comeTo(fact, child.key, before, after)
      return
    }
    const unit = child.uom ?? PIECES
    const packed = this.#packed.get(parent) ?? new Amounts()
    this.#packed.set(parent, packed)
    const name = `${child.key}\n${unit}`
    // Seeing again what was packed adds nothing.
    if (fact.action === 'OBSERVE' && packed.get(name) > 0n) return
    const amount = child.quantity === null ? undefined : toMillionths(child.quantity)
    const site = siteOf(fact)
    const taken = site ? this.#loose.take(`${child.key}\n${unit}\nhere\n${site.holder}`, amount) : 0n
    this.#known.add(child.key)
    packed.add(name, amount ?? taken)
    if (site) this.#arrive(fact, site.holder, child.key, unit, (amount ?? taken) - taken)
  }

  #takeOut(fact: Fact, parent: number, child: Link): void {
    if (!this.#goods.get(child.key)?.quantified) {
      this.#leaveParent(child.key)
      this.#settle(fact, child.key)
      return
    }
    const unit = child.uom ?? PIECES
    const amount = child.quantity === null ? undefined : toMillionths(child.quantity)
    const taken = this.#packed.get(parent)?.take(`${child.key}\n${unit}`, amount) ?? 0n
    this.#unload(fact, parent, child.key, unit, taken)
  }

  #empty(fact: Fact, parent: number): void {
    for (const child of [...(this.#children.get(parent) ?? [])]) {
      this.#leaveParent(child)
      this.#settle(fact, child)
    }
    for (const [lot, unit, amount] of this.#inside(parent)) this.#unload(fact, parent, lot, unit, amount)
    this.#packed.delete(parent)
  }

  #unload(fact: Fact, parent: number, lot: number, unit: string, amount: bigint): void {
    const holder = siteOf(fact)?.holder ?? this.placeOf(parent)?.holder
    if (holder === undefined) return
    this.#loose.add(`${lot}\n${unit}\nhere\n${holder}`, amount)
    this.#visit(fact, holder, lot)
  }

  #applyLot(fact: Fact, link: Link): void {
    const unit = link.uom ?? PIECES
    const amount = link.quantity === null ? undefined : toMillionths(link.quantity)
    const here = siteOf(fact)?.holder
    const isNew = !this.#known.has(link.key)
    this.#known.add(link.key)
    const place = placeAfter(fact, this.#places.get(link.key))
    if (place) this.#places.set(link.key, place)
    if (here === undefined) return
    const at = `${link.key}\n${unit}\nhere\n${here}`
    const isUsed = link.role === 'input' || isEnd(fact) || isLeaving(fact)
    // What is used here was here, though nobody recorded its receipt.
    if (isUsed && !isNew) this.#arriveLot(fact, link, { unit, amount, here, isNew })
    if (link.role === 'output' || (fact.type === 'ObjectEvent' && fact.action === 'ADD')) {
      this.#loose.add(at, amount ?? 0n)
      this.#arrive(fact, here, link.key, unit, amount ?? 0n)
    } else if (link.role === 'input' || isEnd(fact)) {
      this.#visit(fact, here, link.key)
      const taken = this.#loose.take(at, amount)
      if (link.role === 'epc' && isSelling(fact)) this.#sold.add(`${link.key}\n${unit}\n${here}`, amount ?? taken)
    } else if (isLeaving(fact)) {
      this.#senders.add(`${link.key}\n${here}`)
      this.#visit(fact, here, link.key)
      const moved = isNew ? (amount ?? 0n) : this.#loose.take(at, amount)
      const to = partyIn(fact.destinations)
      this.#mayBe(link.key, to ?? here, fact.at)
      this.#loose.add(`${link.key}\n${unit}\nin_transit\n${to ?? here}`, moved)
      if (to === undefined) this.#unaddressedOf(link.key, unit).add(here, moved)
    } else {
      this.#arriveLot(fact, link, { unit, amount, here, isNew })
    }
  }

  /** Seen at a place: what of it was not there yet comes from what was on its way, then from the one who handed it over. */
  #arriveLot(
    fact: Fact,
    link: Link,
    { unit, amount, here, isNew }: { unit: string; amount: bigint | undefined; here: string; isNew: boolean },
  ): void {
    const at = `${link.key}\n${unit}\nhere\n${here}`
    const isReceipt = fact.bizStep === 'receiving' || fact.bizStep === 'accepting' || fact.bizStep === 'arriving'
    const there = isReceipt ? 0n : this.#loose.get(at)
    const wanted = amount === undefined ? undefined : amount - there
    if (isNew) {
      if (isReceipt) this.#unsent(at, fact.bizStep, amount ?? 0n, false)
      this.#loose.add(at, amount ?? 0n)
      this.#arrive(fact, here, link.key, unit, amount ?? 0n)
      return
    }
    let moved = 0n
    if (isReceipt && fact.disposition === 'returned' && !this.isSentBack(fact, link, here)) {
      // What customers bring back was counted out when it was sold: nobody sent it, and it repeats no receipt.
      moved = amount ?? 0n
      this.#sold.take(`${link.key}\n${unit}\n${here}`, moved)
    } else {
      moved = this.#takeFromOthers(fact, link.key, { unit, here, wanted })
      // A receipt whose dispatch was not recorded (or may not be seen) is still a receipt.
      if (isReceipt && amount !== undefined) {
        const unsent = this.#unsent(at, fact.bizStep, amount, moved > 0n)
        if (moved === 0n) moved = unsent
      }
    }
    this.#loose.add(at, moved)
    this.#arrive(fact, here, link.key, unit, moved)
  }

  /** What is on its way here, then what is with whoever handed it over. */
  #takeFromOthers(fact: Fact, lot: number, asked: Asked): bigint {
    const { unit, here, wanted } = asked
    const giver = giverOf(fact, here)
    const moved = this.#takeOnTheWay(fact, lot, asked)
    const left = wanted === undefined ? undefined : wanted - moved
    if (giver === undefined || (left !== undefined && left <= 0n)) return moved
    return moved + this.#loose.take(`${lot}\n${unit}\nhere\n${giver}`, left)
  }

  /** What of a lot was sent here, or by whoever handed it over; where nobody is named, by anyone to nobody named. */
  #takeOnTheWay(fact: Fact, lot: number, { unit, here, wanted }: Asked): bigint {
    const unaddressed = this.#unaddressedOf(lot, unit)
    let moved = 0n
    const take = (holder: string, most?: bigint) => {
      const left = wanted === undefined ? undefined : wanted - moved
      if (left !== undefined && left <= 0n) return
      const bounded = most === undefined || (left !== undefined && left < most) ? left : most
      const taken = this.#loose.take(`${lot}\n${unit}\nin_transit\n${holder}`, bounded)
      unaddressed.take(holder, taken)
      moved += taken
    }
    take(here)
    const giver = giverOf(fact, here)
    if (giver !== undefined) take(giver)
    else for (const [sender, sent] of [...unaddressed.entries()]) take(sender, sent)
    return moved
  }

  #unaddressedOf(lot: number, unit: string): Amounts {
    const name = `${lot}\n${unit}`
    const known = this.#unaddressed.get(name) ?? new Amounts()
    this.#unaddressed.set(name, known)
    return known
  }

  /**
   * How much more a receipt brought than earlier ones told of: receiving and accepting the same goods is one arrival, two
   * deliveries are two. Where dispatches are recorded, a receipt without one repeats another.
   */
  #unsent(at: string, step: string | null, amount: bigint, isSent: boolean): bigint {
    const known = this.#receipts.get(at) ?? { isSent: false, told: 0n, bySteps: new Map<string | null, bigint>() }
    this.#receipts.set(at, known)
    const before = known.told
    const sum = (known.bySteps.get(step) ?? 0n) + amount
    known.bySteps.set(step, sum)
    if (sum > before) known.told = sum
    if (isSent) known.isSent = true
    return known.isSent && this.#loose.get(at) > 0n ? 0n : known.told - before
  }

  #applyThing(fact: Fact, link: Link): void {
    this.#comeApart(fact, link.key, link.role === 'output' || (fact.type === 'ObjectEvent' && fact.action === 'ADD'))
    this.#known.add(link.key)
    // What shows itself again has come back.
    this.#gone.delete(link.key)
    const from = isLeaving(fact) ? siteOf(fact)?.holder : undefined
    if (from !== undefined)
      for (const { good } of this.contentsOf(link.key))
        this.#senders.add(`${this.#goods.get(good)?.lot ?? good}\n${from}`)
    this.#settle(fact, link.key)
    if (link.role === 'input' || (link.role !== 'parent' && isEnd(fact))) this.#end(link.key)
  }

  #end(thing: number): void {
    this.#gone.add(thing)
    // A tank that is filled again does not hold what was used up with it.
    this.#packed.delete(thing)
    for (const child of this.#children.get(thing) ?? []) this.#end(child)
  }

  /** Moves a thing, and with it all that is inside. */
  #settle(fact: Fact, thing: number): void {
    const before = this.placeOf(thing)
    const place = placeAfter(fact, before)
    if (!place) return
    this.#places.set(thing, place)
    this.#comeTo(fact, thing, before, place)
  }

  /** With all that is inside: where the event took place it arrives, unless it was there `before`. */
  #comeTo(fact: Fact, thing: number, before: Place | undefined, after: Place | undefined): void {
    const site = siteOf(fact)
    if (this.#isPresenceAsked && after?.state === 'in_transit') this.#mayBeWithContents(thing, after.holder, fact.at)
    if (site)
      this.#visitWithContents(fact, site.holder, thing, before?.state === 'here' && before.holder === site.holder)
  }

  #visitWithContents(fact: Fact, holder: string, thing: number, wasThere: boolean): void {
    if (!this.#isVisitAsked && !this.#isPresenceAsked) return
    this.#visit(fact, holder, thing)
    for (const [lot, unit, amount] of this.#inside(thing)) {
      if (wasThere) this.#visit(fact, holder, lot)
      else this.#arrive(fact, holder, lot, unit, amount)
    }
    for (const child of this.#children.get(thing) ?? []) this.#visitWithContents(fact, holder, child, wasThere)
    if (wasThere || !this.#isVisitAsked || this.#packaging.has(thing)) return
    this.#visits.arriveAsOne(fact.at, holder, thing)
  }

  /**
   * A single thing that shows itself for the first time is one piece less of its lot's loose quantity: of what lies here,
   * or else, where it is not made now, of what was sent here by quantity.
   */
  #comeApart(fact: Fact, thing: number, isMade: boolean): void {
    if (this.#apart.has(thing)) return
    this.#apart.add(thing)
    const { lot, many = 1 } = this.#goods.get(thing) ?? {}
    const here = siteOf(fact)?.holder
    if (lot === undefined || here === undefined) return
    const wanted = ONE * BigInt(many)
    const taken = this.#loose.take(`${lot}\n${PIECES}\nhere\n${here}`, wanted)
    if (taken > 0n) this.#visits.comeApart(here, lot, PIECES, taken)
    if (taken < wanted && !isMade) this.#takeOnTheWay(fact, lot, { unit: PIECES, here, wanted: wanted - taken })
  }

  #leaveParent(thing: number): void {
    const parent = this.#parents.get(thing)
    if (parent === undefined) return
    const place = this.placeOf(thing)
    if (place) this.#places.set(thing, place)
    this.#parents.delete(thing)
    this.#children.get(parent)?.delete(thing)
  }

  #outermost(thing: number): number {
    let outer = thing
    for (let next = this.#parents.get(outer); next !== undefined; next = this.#parents.get(outer)) outer = next
    return outer
  }

  /** Events may say that two things are in each other; that is not followed. */
  #isWithin(inner: number, outer: number): boolean {
    for (let next: number | undefined = inner; next !== undefined; next = this.#parents.get(next)) {
      if (next === outer) return true
    }
    return false
  }

  #inside(container: number): [number, string, bigint][] {
    return [...(this.#packed.get(container)?.entries() ?? [])].map(([name, amount]) => {
      const [lot, unit] = split(name) as [string, string]
      return [Number(lot), unit, amount]
    })
  }

  #arrive(fact: Fact, holder: string, good: number, unit: string, amount: bigint): void {
    this.#visit(fact, holder, good)
    if (amount > 0n && this.#isVisitAsked) this.#visits.arrive(fact.at, holder, good, unit, amount)
  }

  #mayBe(good: number, holder: string, at: number): void {
    if (!this.#isPresenceAsked) return
    const known = this.#presence.get(good) ?? new Map<string, number>()
    if (!known.has(holder)) known.set(holder, at)
    this.#presence.set(good, known)
  }

  #mayBeWithContents(thing: number, holder: string, at: number): void {
    this.#mayBe(thing, holder, at)
    for (const [lot] of this.#inside(thing)) this.#mayBe(lot, holder, at)
    for (const child of this.#children.get(thing) ?? []) this.#mayBeWithContents(child, holder, at)
  }

  #visit(fact: Fact, holder: string, good: number): void {
    this.#mayBe(good, holder, fact.at)
    if (this.#isVisitAsked) this.#visits.see(fact.at, holder, good)
  }
}
