import { Amounts, fromMillionths, toMillionths } from './amount.ts'
import { type Walk, type WalkEdge, walk } from './closure.ts'
import type { RegionFlow } from './codes/wire.ts'
import { EdgeReader } from './edges.ts'
import { readParties } from './facts.ts'
import { holderOf, partyIn } from './places.ts'
import { type Scope, type Tx, visible } from './scope.ts'

const SHIPPED = 20_000
const CONTENTS = 100_000
const SHOWN = 300

/**
 * 产品流向 (C6.6.3): what was shipped from `since` on and before `before`, by product and the counties it went between, also
 * inside cases and pallets. Each leg of a way counts. The most shipped first; `truncated`: a limit left some out.
 */
export async function regionFlows(
  tx: Tx,
  scope: Scope,
  { since, before }: { since: Date; before: Date },
): Promise<{ flows: RegionFlow[]; truncated: boolean }> {
  const rows = await tx<Shipped[]>`
    select e.id::float as event, (extract(epoch from e.event_time) * 1000000)::float as at, e.biz_location as place,
      e.read_point as "readPoint", e.sources, e.destinations, t.id::float as key, t.gtin, t.level, k.quantity, k.uom
    from event e join event_key k on k.event = e.id and k.role = 'epc' join trace_key t on t.id = k.key
    where e.biz_step = 'shipping' and e.event_time >= ${since} and e.event_time < ${before} and ${visible(tx, scope)}
      and not e.declared and not exists (select from event_voided v where v.event = e.id)
    order by e.event_time desc, e.id, t.id limit ${SHIPPED + 1}`
  const shipped = rows.slice(0, SHIPPED)
  const stays = shipped.flatMap(({ key, at, quantity }) =>
    quantity === null ? [{ id: key, from: at, until: at }] : [],
  )
  const reader = new EdgeReader(tx, scope, null)
  const inside = await walk(tx, reader, { start: [], stays, direction: 'contents', limit: CONTENTS })
  const cargo = await Cargo.of(tx, inside)
  const sums = new Map<
    string,
    { flow: Omit<RegionFlow, 'quantity' | 'shipments'>; amount: bigint; events: Set<number> }
  >()
  const regions = await regionsOf(tx, shipped)
  for (const one of shipped) {
    const [from, to] = endsOf(one).map((end) => (end === undefined ? null : (regions.get(end) ?? null)))
    for (const { gtin, unit, amount } of cargo.goodsOf(one)) {
      const name = [gtin, unit, from, to].join('\n')
      const flow = { gtin, name: null, from: from ?? null, to: to ?? null, ...(unit && { uom: unit }) }
      const sum = sums.get(name) ?? { flow, amount: 0n, events: new Set() }
      sum.amount += amount
      sum.events.add(one.event)
      sums.set(name, sum)
    }
  }
  const all = [...sums.values()].sort((a, b) => b.events.size - a.events.size || (a.amount < b.amount ? 1 : -1))
  const taken = all.slice(0, SHOWN)
  const names = await namesOf(tx, [...new Set([...shipped.map(({ key }) => key), ...cargo.lots])])
  return {
    flows: taken.map(({ flow, amount, events }) => ({
      ...flow,
      name: names.get(flow.gtin) ?? null,
      quantity: fromMillionths(amount),
      shipments: events.size,
    })),
    truncated: rows.length > SHIPPED || inside.truncated || all.length > SHOWN,
  }
}

type Shipped = {
  event: number
  at: number
  place: string | null
  readPoint: string | null
  sources: string[] | null
  destinations: string[] | null
  key: number
  gtin: string | null
  level: string
  quantity: string | null
  uom: string | null
}

/** Who sent and who is to have it: the party where one is named, else the place. */
function endsOf({ place, readPoint, sources, destinations }: Shipped): [string | undefined, string | undefined] {
  const here = place ?? readPoint
  return [partyIn(sources) ?? (here === null ? undefined : holderOf(here)), partyIn(destinations)]
}

async function regionsOf(tx: Tx, shipped: readonly Shipped[]): Promise<ReadonlyMap<string, string>> {
  const parties = await readParties(tx, new Set(shipped.flatMap((one) => endsOf(one).flatMap((end) => end ?? []))))
  return new Map([...parties].map(([gln, { region }]) => [gln, region]))
}

/** What their makers called them: the newest name that any of the goods has. */
async function namesOf(tx: Tx, keys: readonly number[]): Promise<ReadonlyMap<string, string>> {
  const rows = await tx<{ gtin: string; name: string }[]>`
    select distinct on (t.gtin) t.gtin, n.name from trace_name n join trace_key t on t.id = n.key
    where n.key = any(${`{${keys.join(',')}}`}::bigint[]) and t.gtin is not null order by t.gtin, n.event desc`
  return new Map(rows.map(({ gtin, name }) => [gtin, name]))
}

type Goods = { gtin: string; unit: string; amount: bigint }

/** What is in containers, at the moment they moved. */
class Cargo {
  readonly #inside: ReadonlyMap<number, readonly WalkEdge[]>
  readonly #gtins: ReadonlyMap<number, string>
  /** What was named inside by quantity. */
  readonly lots: ReadonlySet<number>
  readonly #quantities: ReadonlyMap<string, { quantity: string; uom: string | null }>

  static async of(tx: Tx, { nodes, edges }: Walk): Promise<Cargo> {
    const shown = edges.filter(({ hidden }) => !hidden)
    const events = `{${[...new Set(shown.map(({ event }) => event))].join(',')}}`
    const keys = `{${[...nodes.keys()].join(',')}}`
    const [named, told] = await Promise.all([
      tx<{ id: number; gtin: string }[]>`
        select id::float as id, gtin from trace_key where id = any(${keys}::bigint[]) and gtin is not null`,
      tx<{ event: number; key: number; quantity: string; uom: string | null }[]>`
        select event::float as event, key::float as key, quantity, uom from event_key
        where event = any(${events}::bigint[]) and role = 'child' and quantity is not null`,
    ])
    return new Cargo(
      Map.groupBy(shown, ({ dst }) => dst),
      new Map(named.map(({ id, gtin }) => [id, gtin])),
      new Map(told.map(({ event, key, ...amount }) => [`${event} ${key}`, amount])),
    )
  }

  constructor(
    inside: ReadonlyMap<number, readonly WalkEdge[]>,
    gtins: ReadonlyMap<number, string>,
    quantities: ReadonlyMap<string, { quantity: string; uom: string | null }>,
  ) {
    this.#inside = inside
    this.#gtins = gtins
    this.#quantities = quantities
    this.lots = new Set([...quantities.keys()].map((name) => Number(name.split(' ')[1])))
  }

  goodsOf({ key, at, gtin, quantity, uom }: Shipped): Goods[] {
    if (quantity !== null) return gtin ? [{ gtin, unit: unitOf(uom), amount: toMillionths(quantity) }] : []
    const sums = new Amounts()
    this.#add(sums, key, at, new Set())
    return [...sums.entries()].map(([name, amount]) => {
      const [good = '', unit = ''] = name.split('\n')
      return { gtin: good, unit, amount }
    })
  }

  #add(sums: Amounts, thing: number, at: number, above: ReadonlySet<number>): void {
    // Events may say that two things are in each other; that is not followed.
    if (above.has(thing)) return
    const within = new Set(above).add(thing)
    const children = (this.#inside.get(thing) ?? []).filter((edge) => edge.at <= at && at < (edge.until ?? Infinity))
    const gtin = this.#gtins.get(thing)
    if (children.length === 0 && gtin) sums.add(`${gtin}\n`, toMillionths('1'))
    for (const { src, event } of children) {
      const told = this.#quantities.get(`${event} ${src}`)
      const good = this.#gtins.get(src)
      if (!told) this.#add(sums, src, at, within)
      else if (good) sums.add(`${good}\n${unitOf(told.uom)}`, toMillionths(told.quantity))
    }
  }
}

/** Pieces are written without a unit. */
const unitOf = (uom: string | null) => (uom === null || uom === 'EA' ? '' : uom)
