import { type Holder, holder, iso, type Quantity, quantityOf } from './answer.ts'
import { type Party, readParties } from './facts.ts'
import { type Gap, gapsOf } from './gaps.ts'
import { type Gathered, gather, type TraceRequest } from './gather.ts'
import { hiddenIn } from './graph.ts'
import { type Movement, Movements } from './movements.ts'
import { type Fact, isLeaving, isReceipt, type Link, partyIn, siteOf } from './places.ts'
import type { Scope, Tx } from './scope.ts'

/** One event of the chain, in the order of time. */
export type Moment = {
  time: string
  eventId: string
  type: string
  action?: string
  bizStep?: string
  disposition?: string
  holder?: Holder
  from?: Holder
  to?: Holder
  things: { key: string; role: string; quantity?: string; uom?: string }[]
}

/** A row of the flow table: who gave what to whom and when. Without `sentAt` nobody told of the sending. */
export type Flow = {
  /** The thing or lot named in the events: a case, a pallet, a lot. */
  key: string
  from?: Holder
  to?: Holder
  goods: (Quantity & { key: string; lot?: string })[]
  sentAt?: string
  receivedAt?: string
  state: 'received' | 'on-the-way' | 'receipt-only'
  events: string[]
}

/** All flows between two holders, for a map. */
export type Route = { from: Holder; to: Holder; quantities: Quantity[]; movements: number; first: string; last: string }

export type Journey = {
  asOf: string
  id: string
  direction: TraceRequest['direction']
  timeline: Moment[]
  flows: Flow[]
  routes: Route[]
  gaps: Gap[]
  hidden: number
  truncated: boolean
}

/** An event with what it names of the goods asked for. */
export type Telling = { fact: Fact; links: readonly Link[] }

export type Told = {
  gathered: Gathered
  told: readonly Telling[]
  movements: readonly Movement[]
  parties: ReadonlyMap<string, Party>
}

/**
 * The way of goods told by time: what happened, who gave how much to whom, and where the telling has holes. Throws 404
 * where nothing that may be seen speaks of the id.
 */
export async function journey(tx: Tx, scope: Scope, request: TraceRequest): Promise<Journey> {
  const { gathered, told, movements, parties } = await tell(tx, scope, request)
  return {
    asOf: (request.asOf ?? request.now).toISOString(),
    id: gathered.start.key,
    direction: request.direction,
    timeline: told.map(({ fact, links }) => momentOf(fact, links, gathered, parties)),
    flows: movements.map((movement) => flowOf(movement, gathered, parties)),
    routes: routesOf(movements, gathered, parties),
    gaps: gapsOf(gathered, told, movements, { parties, scope }),
    hidden: hiddenIn(gathered.walks, gathered.nodes),
    truncated: gathered.truncated,
  }
}

/** Goes through what happened in the order of its time, pairing what was sent with what was received. */
export async function tell(tx: Tx, scope: Scope, request: TraceRequest): Promise<Told> {
  const gathered = await gather(tx, scope, request)
  const movements = new Movements(gathered.facts.keys)
  const told: Telling[] = []
  gathered.replayed((fact, links, holdings) => {
    movements.take(fact, links, holdings)
    told.push({ fact, links })
  })
  const named = told.flatMap(({ fact }) =>
    [siteOf(fact)?.holder, partyIn(fact.sources), partyIn(fact.destinations)].flatMap((one) => one ?? []),
  )
  return { gathered, told, movements: movements.all(), parties: await readParties(tx, new Set(named)) }
}

function momentOf(
  fact: Fact,
  links: readonly Link[],
  { facts }: Gathered,
  parties: ReadonlyMap<string, Party>,
): Moment {
  const site = siteOf(fact)
  const from = partyIn(fact.sources)
  const to = partyIn(fact.destinations)
  const isHandover = isLeaving(fact) || isReceipt(fact)
  return {
    time: iso(fact.at),
    eventId: fact.eventId,
    type: fact.type,
    ...(fact.action && { action: fact.action }),
    ...(fact.bizStep && { bizStep: fact.bizStep }),
    ...(fact.disposition && { disposition: fact.disposition }),
    ...(site && { holder: holder(site.holder, parties) }),
    ...(isHandover && from && { from: holder(from, parties) }),
    ...(isHandover && to && { to: holder(to, parties) }),
    things: links.flatMap(({ key, role, quantity, uom }) => {
      const row = facts.keys.get(key)
      if (!row) return []
      return [{ key: row.key, role, ...(quantity && { quantity: plain(quantity) }), ...(quantity && uom && { uom }) }]
    }),
  }
}

/** A movement as the flow table shows it. */
export function flowOf(movement: Movement, { facts }: Gathered, parties: ReadonlyMap<string, Party>): Flow {
  const { from, to, sentAt, receivedAt } = movement
  return {
    key: facts.keys.get(movement.key)?.key ?? '',
    ...(from !== undefined && { from: holder(from, parties) }),
    ...(to !== undefined && { to: holder(to, parties) }),
    goods: movement.goods.flatMap(({ good, unit, amount }) => {
      const row = facts.keys.get(good)
      return row ? [{ key: row.key, ...(row.lot && { lot: row.lot }), ...quantityOf(row, amount, unit) }] : []
    }),
    ...(sentAt !== undefined && { sentAt: iso(sentAt) }),
    ...(receivedAt !== undefined && { receivedAt: iso(receivedAt) }),
    state: receivedAt === undefined ? 'on-the-way' : sentAt === undefined ? 'receipt-only' : 'received',
    events: movement.events.flatMap((event) => facts.facts.get(event)?.eventId ?? []),
  }
}

function routesOf(movements: readonly Movement[], { facts }: Gathered, parties: ReadonlyMap<string, Party>): Route[] {
  const known = movements.filter((one) => one.from !== undefined && one.to !== undefined && one.from !== one.to)
  const byRoute = Map.groupBy(known, ({ from, to }) => `${from}\n${to}`)
  return [...byRoute.values()].map((all) => {
    const sums = new Map<string, { good: number; unit: string; amount: bigint }>()
    for (const { good, unit, amount } of all.flatMap((one) => one.goods)) {
      const name = `${facts.keys.get(good)?.gtin ?? ''}\n${unit}`
      const sum = sums.get(name) ?? { good, unit, amount: 0n }
      sum.amount += amount
      sums.set(name, sum)
    }
    const times = all.flatMap(({ sentAt, receivedAt }) => [sentAt, receivedAt].flatMap((time) => time ?? []))
    return {
      from: holder(all[0]?.from as string, parties),
      to: holder(all[0]?.to as string, parties),
      quantities: [...sums.values()].flatMap(({ good, unit, amount }) => {
        const row = facts.keys.get(good)
        return row ? [quantityOf(row, amount, unit)] : []
      }),
      movements: all.length,
      first: iso(Math.min(...times)),
      last: iso(Math.max(...times)),
    }
  })
}

/** 20.000000 is 20. */
function plain(decimal: string): string {
  return decimal.includes('.') ? decimal.replace(/\.?0+$/, '') : decimal
}
