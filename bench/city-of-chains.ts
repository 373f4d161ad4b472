import type { Sql } from 'postgres'
import { checkDigit } from '../src/standards/gs1/index.ts'

/**
 * A city's chains as EPCIS events: what 101 events of one day's lot tell. Each chain: 5 raw lots -> noodles -> 440 bags of one
 * lot -> 44 cases -> 2 pallets -> warehouse -> 22 cases to shops. In every `BIG_EVERY`th chain each bag has its serial (a closure of
 * 493 things), in the others bags are counted by lot. A block of a hundred chains is like any other but for its number and time.
 */
export const BIG_EVERY = 20
export const FRONTIER_BAGS = 10_000
export const CHAINS_A_BLOCK = 100
export const EVENTS_A_BLOCK = CHAINS_A_BLOCK * 101
/** A chain begins every five minutes. */
export const BLOCK_MINUTES = CHAINS_A_BLOCK * 5
export const OWNERS = 50
const begin = Date.parse('2025-01-01T00:00:00Z')

const key = (digits: string) => digits + checkDigit(digits)
export const gln = (n: number) => key(`6901${String(n % OWNERS).padStart(8, '0')}`)

/** What only this block's identifiers hold, always of one length. */
export const blockLabel = (block: number) => `B${String(block).padStart(5, '0')}`
const label = (chain: number) =>
  `${blockLabel(Math.floor(chain / CHAINS_A_BLOCK))}R${String(chain % CHAINS_A_BLOCK).padStart(2, '0')}`
export const packedLot = (chain: number) => `https://id.gs1.org/01/06901000000301/10/P${label(chain)}`
export const rawLot = (chain: number, n: number) => `https://id.gs1.org/01/0690100000010${n}/10/R${label(chain)}`
const noodleLot = (chain: number) => `https://id.gs1.org/01/06901000000202/10/N${label(chain)}`
const bag = (chain: number, n: number) => `https://id.gs1.org/01/06901000000301/21/Q${label(chain)}X${n}`
const box = (chain: number, n: number) => `https://id.gs1.org/01/16901000000308/21/C${label(chain)}X${n}`
const pallet = (chain: number, n: number) => `https://id.gs1.org/8003/06901000000905P${label(chain)}X${n}`
export const frontierLot = 'https://id.gs1.org/01/06901000000301/10/TENTHOUSAND'

export const ownerId = (n: number) => `00000000-0000-7000-8000-0000000001${String(n % OWNERS).padStart(2, '0')}`
export const region = (n: number) => `45020${2 + ((n % OWNERS) % 5)}`

/** The owners of a city. */
export async function insertOwners(sql: Sql): Promise<void> {
  for (let n = 0; n < OWNERS; n++) {
    await sql`insert into owner (id, title, region, gln)
      values (${ownerId(n)}, ${`示例企业 ${n}`}, ${region(n)}, ${gln(n)}) on conflict do nothing`
  }
}

export const context = ['https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld']

/** What one owner sends at once. */
export type Sent = { owner: number; recordTime: Date; events: object[] }

/**
 * A block as it is sent: suppliers and shops each send what they have of the block at once, the factory and the warehouse
 * chain by chain.
 */
export function sentOf(block: number): Sent[] {
  const chains = Array.from({ length: CHAINS_A_BLOCK }, (_, n) => block * CHAINS_A_BLOCK + n)
  const numbers = (count: number) => Array.from({ length: count }, (_, n) => n)
  const suppliers = numbers(OWNERS).map((site) => {
    const own = chains.flatMap((chain) =>
      numbers(5).flatMap((n) => ((chain + n) % OWNERS === site ? [[chain, n]] : [])),
    )
    return sent(
      site,
      own.map(([chain = 0, n = 0]) => supplied(chain, n)),
    )
  })
  const factories = chains.map((chain) => sent(chain, made(chain)))
  const warehouses = chains.map((chain) => sent(chain + 7, stored(chain)))
  const shops = numbers(OWNERS).map((site) => {
    const own = chains.flatMap((chain) =>
      numbers(22).flatMap((n) => ((chain + 10 + n) % OWNERS === site ? [[chain, n]] : [])),
    )
    return sent(
      site,
      own.map(([chain = 0, n = 0]) => move(chain, 81 + 2 * n, { id: box(chain, n), to: chain + 10 + n })),
    )
  })
  return [...suppliers, ...factories, ...warehouses, ...shops]
}

type Told = { eventTime: string }

function sent(owner: number, events: Told[]): Sent {
  const last = Math.max(...events.map(({ eventTime }) => Date.parse(eventTime)))
  return { owner: owner % OWNERS, recordTime: new Date(last + 60_000), events }
}

/** An event of a chain; `number`: its minute in it. */
function event(chain: number, number: number, type: string, bizStep: string, where: number, fields: object): Told {
  const place = { id: `https://id.gs1.org/414/${gln(where)}` }
  return {
    eventID: `https://id.example.org/events/${label(chain)}E${number}`,
    type,
    eventTime: new Date(begin + (chain * 5 + number) * 60_000).toISOString(),
    eventTimeZoneOffset: '+08:00',
    bizStep,
    disposition: bizStep === 'shipping' ? 'in_transit' : 'in_progress',
    readPoint: place,
    bizLocation: place,
    ...fields,
  } as Told
}

const kilograms = (epcClass: string, quantity: number) => ({ epcClass, quantity, uom: 'KGM' })

function supplied(chain: number, n: number): Told {
  const quantityList = [kilograms(rawLot(chain, n), 100)]
  return event(chain, n, 'ObjectEvent', 'commissioning', chain + n, { action: 'ADD', quantityList })
}

/** Two makings, 44 cases, 2 pallets, and their leaving for the warehouse. */
function made(chain: number): Told[] {
  const isBig = chain % BIG_EVERY === 0
  const numbers = (count: number, first = 0) => Array.from({ length: count }, (_, n) => first + n)
  const pack = (number: number, parentID: string, children: object) =>
    event(chain, number, 'AggregationEvent', 'packing', chain, { action: 'ADD', parentID, ...children })
  return [
    event(chain, 5, 'TransformationEvent', 'commissioning', chain, {
      inputQuantityList: numbers(5).map((n) => kilograms(rawLot(chain, n), 100)),
      outputQuantityList: [kilograms(noodleLot(chain), 480)],
    }),
    event(chain, 6, 'TransformationEvent', 'commissioning', chain, {
      inputQuantityList: [kilograms(noodleLot(chain), 480)],
      // Named bags are not counted in the quantity beside them: without one it says which lot they are of.
      outputQuantityList: [{ epcClass: packedLot(chain), ...(!isBig && { quantity: 440 }) }],
      ...(isBig && { outputEPCList: numbers(440).map((n) => bag(chain, n)) }),
    }),
    ...numbers(44).map((n) =>
      pack(
        10 + n,
        box(chain, n),
        isBig
          ? { childEPCs: numbers(10, 10 * n).map((one) => bag(chain, one)) }
          : { childQuantityList: [{ epcClass: packedLot(chain), quantity: 10 }] },
      ),
    ),
    ...numbers(2).map((n) =>
      pack(60 + n, pallet(chain, n), { childEPCs: numbers(22, 22 * n).map((one) => box(chain, one)) }),
    ),
    ...numbers(2).map((n) => move(chain, 70 + 2 * n, { id: pallet(chain, n), to: chain + 7 })),
  ]
}

/** The warehouse takes both pallets in and sends 22 cases on. */
function stored(chain: number): Told[] {
  const received = [0, 1].map((n) => move(chain, 71 + 2 * n, { id: pallet(chain, n), to: chain + 7 }))
  const shipped = Array.from({ length: 22 }, (_, n) =>
    move(chain, 80 + 2 * n, { id: box(chain, n), to: chain + 10 + n }),
  )
  return [...received, ...shipped]
}

/** An even minute ships, the odd one after it receives. */
function move(chain: number, number: number, { id, to }: { id: string; to: number }): Told {
  const isShipping = number % 2 === 0
  const from = number < 80 ? chain : chain + 7
  const party = (n: number) => `https://id.gs1.org/417/${gln(n)}`
  return event(chain, number, 'ObjectEvent', isShipping ? 'shipping' : 'receiving', isShipping ? from : to, {
    action: 'OBSERVE',
    epcList: [id],
    sourceList: [{ type: 'possessing_party', source: party(from) }],
    destinationList: [{ type: 'possessing_party', destination: party(to) }],
  })
}
