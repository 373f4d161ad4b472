import { toMillionths } from './amount.ts'
import { type Holder, holder, iso, type Quantity, quantityOf } from './answer.ts'
import type { KeyRow } from './facts.ts'
import type { TraceRequest } from './gather.ts'
import { hiddenIn } from './graph.ts'
import { PIECES } from './holdings.ts'
import { type Ilmd, readIlmd } from './ilmd.ts'
import { type Flow, flowOf, type Telling, type Told, tell } from './journey.ts'
import { type Fact, type Link, siteOf } from './places.ts'
import type { Scope, Tx } from './scope.ts'

/** Where a lot got its number: by whom, when, in which act. `madeOn` and `expiresOn` are days as its maker gave them. */
export type Origin = {
  key: string
  at: string
  eventId: string
  step?: string
  assigner?: Holder
  madeOn?: string
  expiresOn?: string
}

/** An amount of one lot. An empty quantity: nobody said how much. */
export type Part = Quantity & { key: string; lot?: string }

/** An act that made goods out of others, its events together. */
export type Making = { at: string; place?: Holder; used: Part[]; made: Part[]; events: string[] }

export type Lineage = {
  asOf: string
  flows: Flow[]
  makings: Making[]
  /** By the lot's key. */
  origins: ReadonlyMap<string, Origin>
  /** By eventID: the papers that its event names, as `type number`. */
  papers: ReadonlyMap<string, readonly string[]>
  hidden: number
  truncated: boolean
}

/**
 * Who handed what to whom, what was made out of what, and where each lot got its number, with the papers: what a sheet of
 * key data elements is written from. Throws 404 where nothing that may be seen speaks of the id.
 */
export async function lineage(tx: Tx, scope: Scope, request: TraceRequest): Promise<Lineage> {
  const told = await tell(tx, scope, request)
  const { gathered, movements, parties } = told
  const flows = movements.map((movement) => ({
    ...flowOf(movement, gathered, parties),
    goods: partsOf(
      movement.goods.map(({ good, unit, amount }) => ({ key: good, unit, amount })),
      told,
    ),
  }))
  const makings = makingsOf(told)
  const births = birthsOf(told)
  const asked = new Set([...flows, ...makings].flatMap(({ events }) => events))
  for (const { eventId } of births.values()) asked.add(eventId)
  const ids = told.told.flatMap(({ fact }) => (asked.has(fact.eventId) ? [fact.id] : []))
  const { ilmd, papers } = await saidBy(tx, ids)
  const origins = [...births].map(([key, fact]): [string, Origin] => {
    const site = siteOf(fact)
    const { productionDate, expiryDate } = ilmd.get(fact.eventId) ?? {}
    return [
      key,
      {
        key,
        at: iso(fact.at),
        eventId: fact.eventId,
        ...(fact.bizStep && { step: fact.bizStep }),
        ...(site && { assigner: holder(site.holder, parties) }),
        ...(productionDate && { madeOn: productionDate }),
        ...(expiryDate && { expiresOn: expiryDate }),
      },
    ]
  })
  return {
    asOf: (request.asOf ?? request.now).toISOString(),
    flows,
    makings,
    origins: new Map(origins),
    papers,
    hidden: hiddenIn(gathered.walks, gathered.nodes),
    truncated: gathered.truncated,
  }
}

/** A single thing counts for its lot. */
function lotOf(key: number, { gathered }: Told): KeyRow | undefined {
  const { keys } = gathered.facts
  return keys.get(gathered.lots.get(key) ?? key) ?? keys.get(key)
}

/** The first event that made each lot or put its number on goods. */
function birthsOf(told: Told): Map<string, Fact> {
  const births = new Map<string, Fact>()
  for (const { fact, links } of told.told) {
    for (const { key, role } of links) {
      const isBirth = role === 'output' || (role === 'epc' && fact.action === 'ADD')
      const row = isBirth ? lotOf(key, told) : undefined
      if (row && !births.has(row.key)) births.set(row.key, fact)
    }
  }
  return births
}

/** By act: the steps of a walk lead into an act and out of it, however many events told of it. */
function makingsOf(told: Told): Making[] {
  const { steps, facts } = told.gathered
  const acts = new Map<number, Set<number>>()
  for (const { kind, src, dst, event } of steps) {
    if (kind !== 'i' && kind !== 'o') continue
    const act = kind === 'i' ? dst : src
    acts.set(act, (acts.get(act) ?? new Set()).add(event))
  }
  const byEvent = new Map(told.told.map((one) => [one.fact.id, one]))
  return [...acts.values()]
    .flatMap((events) => {
      const tellings = [...events].flatMap((event) => byEvent.get(event) ?? [])
      return tellings.length > 0 ? [makingOf(tellings, told)] : []
    })
    .sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))

  function makingOf(tellings: readonly Telling[], { parties }: Told): Making {
    const [first] = tellings as [Telling]
    const site = siteOf(first.fact)
    const links = tellings.flatMap((one) => one.links)
    return {
      at: iso(Math.max(...tellings.map(({ fact }) => fact.at))),
      ...(site && { place: holder(site.holder, parties) }),
      used: partsOf(amountsIn(links, 'input', told), told),
      made: partsOf(amountsIn(links, 'output', told), told),
      events: tellings.flatMap(({ fact }) => facts.facts.get(fact.id)?.eventId ?? []),
    }
  }
}

type Load = { key: number; unit: string; amount: bigint }

/** What an event names in a role. A thing that is named beside a quantity of its lot is none of that quantity. */
function amountsIn(links: readonly Link[], role: string, told: Told): Load[] {
  const { keys } = told.gathered.facts
  return links
    .filter((link) => link.role === role)
    .map(({ key, quantity, uom }) => {
      const alone = keys.get(key)?.level === 'serial' ? '1' : '0'
      return { key, unit: uom ?? PIECES, amount: toMillionths(quantity ?? alone) }
    })
}

/** Summed by lot and unit: a single thing counts for its lot. */
function partsOf(loads: readonly Load[], told: Told): Part[] {
  const parts = new Map<string, { row: KeyRow; unit: string; amount: bigint }>()
  for (const { key, unit, amount } of loads) {
    const row = lotOf(key, told)
    if (!row) continue
    const name = `${row.key} ${unit}`
    const part = parts.get(name) ?? { row, unit, amount: 0n }
    part.amount += amount
    parts.set(name, part)
  }
  return [...parts.values()].map(({ row, unit, amount }) => ({
    key: row.key,
    ...(row.lot && { lot: row.lot }),
    ...quantityOf(row, amount, unit),
    // Nobody said how much: that is not the same as nothing.
    ...(amount === 0n && { quantity: '' }),
  }))
}

type Said = { ilmd: ReadonlyMap<string, Ilmd>; papers: ReadonlyMap<string, readonly string[]> }

async function saidBy(tx: Tx, ids: readonly number[]): Promise<Said> {
  const rows = await tx<{ eventId: string; ilmd: unknown; papers: string[] | null }[]>`
    select event_id as "eventId", biz_transactions as papers,
      case when strpos(document, '"ilmd"') > 0 then document::jsonb -> 'ilmd' end as ilmd
    from event where id = any(${`{${ids.join(',')}}`}::bigint[])`
  return {
    ilmd: new Map(rows.map(({ eventId, ilmd }) => [eventId, readIlmd(ilmd)])),
    papers: new Map(rows.map(({ eventId, papers }) => [eventId, papers ?? []])),
  }
}
