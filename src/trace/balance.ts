import { fromMillionths, toMillionths } from './amount.ts'
import { type Holder, holder, iso } from './answer.ts'
import { type Party, readParties } from './facts.ts'
import { type Gathered, gather, type TraceRequest } from './gather.ts'
import { hiddenIn } from './graph.ts'
import { type Content, type Holdings, PIECES } from './holdings.ts'
import { type Account, accountNames, Ledger, type Slot } from './ledger-of-lots.ts'
import { type Fact, type Link, siteOf } from './places.ts'
import type { Scope, Tx } from './scope.ts'

/** What units measure and how many base units (kilogram, litre) one is, by UN/ECE code; given by whoever asks. */
export type UnitTable = Readonly<Record<string, { measure: string; factor: string }>>

export type BalanceRequest = Omit<TraceRequest, 'direction'> & {
  units: UnitTable
  /** All lots of the chain, not only what was asked for. */
  chain?: boolean
}

type Sums = { [Name in Account]: string }

/** overdraw: more went out than had come in. short: the stock counted is less than it should be; over: more. */
export type Flag = {
  kind: 'overdraw' | 'short' | 'over'
  holder: Holder
  time: string
  quantity: string
  event: string
}

export type LotBalance = Sums & {
  key: string
  gtin?: string
  lot?: string
  name?: string
  /** The unit of all amounts of this row: kilogram or litre where units convert; none: pieces. */
  uom?: string
  /** What is still with a holder, and what was sent and is with nobody. */
  stock: string
  inTransit: string
  /** Sent but not received, missing when counted, or given out without having been there. */
  unaccounted: string
  isBalanced: boolean
  holders: (Sums & Holder & { stock: string; counted?: string })[]
  flags: Flag[]
}

export type Balance = { asOf: string; id: string; lots: LotBalance[]; hidden: number; truncated: boolean }

/**
 * Where a lot's quantity went: produced + entered = used + sold - returned + destroyed + stock + in transit, for each lot
 * and unit, in all and for each holder, exact to six decimals. Throws 404 where nothing that may be seen speaks of it.
 */
export async function balance(tx: Tx, scope: Scope, request: BalanceRequest): Promise<Balance> {
  const gathered = await gather(tx, scope, { ...request, direction: 'forward' })
  const ledger = new Ledger()
  const bookkeeper = new Bookkeeper(gathered, ledger, request.units)
  gathered.replayed(bookkeeper.book)
  const parties = await readParties(tx, ledger.holders())
  const asked = new Set(gathered.start.ids)
  const rows = [...ledger.goods()].filter(({ good }) => request.chain || asked.has(good))
  return {
    asOf: (request.asOf ?? request.now).toISOString(),
    id: gathered.start.key,
    lots: rows.map(({ good, unit }) => lotBalance(gathered, ledger, { good, unit }, parties)),
    hidden: hiddenIn(gathered.walks, gathered.nodes),
    truncated: gathered.truncated,
  }
}

/** Says of each event what it moves from which account to which. */
class Bookkeeper {
  readonly #gathered: Gathered
  readonly #ledger: Ledger
  readonly #units: UnitTable

  constructor(gathered: Gathered, ledger: Ledger, units: UnitTable) {
    this.#gathered = gathered
    this.#ledger = ledger
    this.#units = units
  }

  readonly book = (fact: Fact, links: readonly Link[], holdings: Holdings): void => {
    const site = siteOf(fact)?.holder
    if (site === undefined) return
    const rework = fact.type === 'TransformationEvent' ? this.#rework(links) : new Map<string, bigint>()
    for (const link of links) {
      if (link.role === 'child') continue
      const account = this.#accountOf(fact, link, holdings, site)
      if (!account) continue
      for (const content of this.#contentsOf(fact, link, holdings)) {
        const slot = { ...this.#slotOf(content), holder: site }
        const again = rework.get(`${slot.good}\n${slot.unit}`) ?? 0n
        const kept = link.role === 'input' || link.role === 'output' ? (again < slot.amount ? again : slot.amount) : 0n
        if (link.role === 'output' && kept > 0n) this.#ledger.add(slot, 'reworked', kept)
        this.#ledger.book(slot, account, slot.amount - kept, fact)
      }
    }
  }

  /** What of a lot goes into a making and comes out of it again. */
  #rework(links: readonly Link[]): Map<string, bigint> {
    const sum = (role: string) => {
      const sums = new Map<string, bigint>()
      for (const link of links) {
        if (link.role !== role || !this.#isLot(link.key)) continue
        const { good, unit, amount } = this.#slotOf(quantityIn(link))
        sums.set(`${good}\n${unit}`, (sums.get(`${good}\n${unit}`) ?? 0n) + amount)
      }
      return sums
    }
    const into = sum('input')
    const out = sum('output')
    return new Map(
      [...into].map(([name, amount]) => {
        const back = out.get(name) ?? 0n
        return [name, back < amount ? back : amount]
      }),
    )
  }

  #accountOf(fact: Fact, link: Link, holdings: Holdings, site: string): Account | 'counted' | undefined {
    const { bizStep } = fact
    if (link.role === 'input') return 'used'
    if (link.role === 'output') return 'produced'
    const place = this.#isLot(link.key) ? undefined : holdings.placeOf(link.key)
    if (bizStep === 'shipping' || (bizStep === 'departing' && place?.state === 'here')) return 'shipped'
    if (bizStep === 'receiving')
      return place?.state === 'here' && place.holder === site
        ? undefined
        : fact.disposition === 'returned' && place?.state !== 'in_transit' && !holdings.isSentBack(fact, link, site)
          ? 'returned'
          : 'received'
    if (fact.type === 'AggregationEvent' || fact.type === 'AssociationEvent') return undefined
    if (bizStep === 'retail_selling' || bizStep === 'dispensing') return 'sold'
    if (bizStep === 'destroying' || bizStep === 'killing' || (fact.type === 'ObjectEvent' && fact.action === 'DELETE'))
      return 'destroyed'
    if (fact.type === 'ObjectEvent' && fact.action === 'ADD') return 'produced'
    return bizStep === 'cycle_counting' || bizStep === 'stock_taking' ? 'counted' : undefined
  }

  /**
   * What the link stands for; a thing made where its lot lies by quantity comes out of that. What the same event names by
   * quantity are other things (EPCIS 2.0, 7.4: both lists identify objects to which the event pertains).
   */
  #contentsOf(fact: Fact, link: Link, holdings: Holdings): Content[] {
    if (this.#isLot(link.key)) return [quantityIn(link)]
    const lot = this.#gathered.lots.get(link.key)
    const isMade = link.role === 'output' || (fact.type === 'ObjectEvent' && fact.action === 'ADD')
    if (isMade && lot !== undefined && holdings.looseWith(lot, PIECES, siteOf(fact)?.holder ?? '') > 0n) return []
    return holdings.contentsOf(link.key)
  }

  #slotOf({ good, unit, amount }: Content): Content {
    const own = this.#gathered.lots.get(good) ?? good
    const facts = this.#units[unit]
    const base = facts?.measure === 'mass' ? 'KGM' : facts?.measure === 'volume' ? 'LTR' : undefined
    if (!facts || !base || unit === base) return { good: own, unit: unit === 'EA' ? PIECES : unit, amount }
    const million = toMillionths('1')
    return { good: own, unit: base, amount: (amount * toMillionths(facts.factor) + million / 2n) / million }
  }

  #isLot(key: number): boolean {
    const level = this.#gathered.facts.keys.get(key)?.level
    return level === 'lot' || level === 'class' || level === 'pattern'
  }
}

function quantityIn(link: Link): Content {
  return {
    good: link.key,
    unit: link.uom ?? PIECES,
    amount: link.quantity === null ? 0n : toMillionths(link.quantity),
  }
}

function lotBalance(
  { facts }: Gathered,
  ledger: Ledger,
  { good, unit }: Omit<Slot, 'holder'>,
  parties: ReadonlyMap<string, Party>,
): LotBalance {
  const key = facts.keys.get(good)
  const all = ledger.total(good, unit)
  const flags = ledger.flags(good, unit)
  const text = (sums: Record<Account, bigint>) =>
    Object.fromEntries(accountNames.map((name) => [name, fromMillionths(sums[name])])) as Sums
  const missing = flags.reduce((sum, flag) => sum + (flag.kind === 'over' ? 0n : flag.amount), 0n)
  const unaccounted = missing + all.inTransit
  return {
    key: key?.key ?? '',
    ...(key?.gtin && { gtin: key.gtin }),
    ...(key?.lot && { lot: key.lot }),
    ...(key?.name && { name: key.name }),
    ...(unit !== PIECES && { uom: unit }),
    ...text(all),
    stock: fromMillionths(all.stock),
    inTransit: fromMillionths(all.inTransit),
    unaccounted: fromMillionths(unaccounted),
    isBalanced: flags.length === 0 && all.inTransit === 0n,
    holders: ledger.holdersOf(good, unit).map(({ id, sums, stock, counted }) => ({
      ...holder(id, parties),
      ...text(sums),
      stock: fromMillionths(stock),
      ...(counted !== undefined && { counted: fromMillionths(counted) }),
    })),
    flags: flags.map(({ kind, holder: id, at, amount, eventId }) => ({
      kind,
      holder: holder(id, parties),
      time: iso(at),
      quantity: fromMillionths(amount),
      event: eventId,
    })),
  }
}
