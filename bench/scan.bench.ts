import { randomUUID } from 'node:crypto'
import type { Sql } from 'postgres'
import { parseDocument } from '../src/standards/epcis/index.ts'
import { checkDigit } from '../src/standards/gs1/index.ts'
import { type CodeOrder, codes, issueCodes, openKeys } from '../src/trace/codes/index.ts'
import { SHISU, writeIlmd } from '../src/trace/ilmd.ts'
import { append } from '../src/trace/index.ts'
import { type Answered, benchDatabase, figure, load, machine, percentile, startApplication } from './frame.ts'

// A city's worth of products on the shelves at once; each look is at a random bag of a random one of these lots.
const LOTS = 2000
const PRODUCTS = 50
const CODES_PER_LOT = 10_000
const RATE = 500
const SECONDS = 20
const WARM_SECONDS = 4
const day = 86_400_000
const start = Date.parse('2026-10-01T00:00:00Z')

const key = (digits: string) => digits + checkDigit(digits)
const gtin = (n: number) => key(`0690${String(n).padStart(9, '0')}`)
const place = (n: number) => `https://id.gs1.org/414/${key(`6901${String(n).padStart(8, '0')}`)}`
const lotName = (n: number) => `L${n}`
const lotUri = (n: number) => `https://id.gs1.org/01/${gtin(n % PRODUCTS)}/10/${lotName(n)}`

/** One lot's way: three materials received, made, inspected, packed on a pallet, shipped, stored, on the shelf. */
function eventsOf(n: number): object[] {
  const at = (days: number) => ({
    eventTime: new Date(start + n * 1000 + days * day).toISOString(),
    eventTimeZoneOffset: '+08:00',
    bizLocation: { id: place(n % 7) },
  })
  const materials = [0, 1, 2].map((m) => `https://id.gs1.org/01/${gtin(900 + m)}/10/M${n}`)
  const pallet = `https://id.gs1.org/00/${key(`1690${String(n).padStart(13, '0')}`)}`
  const seen = (days: number, bizStep: string, rest: object) => ({
    type: 'ObjectEvent',
    action: 'OBSERVE',
    bizStep,
    ...at(days),
    ...rest,
  })
  const ofLot = { quantityList: [{ epcClass: lotUri(n), quantity: CODES_PER_LOT }] }
  return [
    ...materials.map((epcClass, m) => ({
      ...seen(0, 'receiving', { quantityList: [{ epcClass, quantity: 500 }] }),
      action: 'ADD',
      ilmd: writeIlmd({ productName: ['干米粉', '螺蛳', '酸笋'][m], originPlace: '广西柳州' }),
    })),
    {
      type: 'TransformationEvent',
      transformationID: `urn:uuid:${randomUUID()}`,
      bizStep: 'commissioning',
      ...at(5),
      inputQuantityList: materials.map((epcClass) => ({ epcClass, quantity: 500 })),
      outputQuantityList: ofLot.quantityList,
      ilmd: writeIlmd({
        productName: '柳州螺蛳粉（原味）',
        lotNumber: lotName(n),
        productionDate: '2026-10-06',
        expiryDate: '2099-04-04',
        shelfLifeDays: '180',
        netContent: '300 g',
        productCategory: '07 方便食品',
        originPlace: '广西柳州',
        salesArea: '全国',
        retailPriceFen: '1280',
        inspectionReport: `出厂检验 ${n}`,
        inspectionStandard: 'DBS45/034',
      }),
    },
    seen(6, 'inspecting', { disposition: 'conformant', ...ofLot }),
    {
      type: 'AggregationEvent',
      action: 'ADD',
      bizStep: 'packing',
      ...at(7),
      parentID: pallet,
      childQuantityList: [{ epcClass: lotUri(n), quantity: 480 }],
    },
    ...['shipping', 'storing', 'stocking'].map((step, i) => seen(8 + i, step, { epcList: [pallet] })),
  ]
}

async function fill(sql: Sql): Promise<CodeOrder[]> {
  const ownerId = randomUUID()
  await sql`insert into owner (id, title, region, gln) values (${ownerId}, '示例螺蛳粉厂', '450205', ${place(0).slice(-13)})`
  const orders: CodeOrder[] = []
  const context = ['https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld', { [SHISU.prefix]: SHISU.iri }]
  for (let from = 0; from < LOTS; from += 50) {
    const eventList = Array.from({ length: 50 }, (_, i) => eventsOf(from + i)).flat()
    const parsed = parseDocument({
      '@context': context,
      type: 'EPCISDocument',
      schemaVersion: '2.0',
      creationDate: '2026-11-20T00:00:00Z',
      epcisBody: { eventList },
    })
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems[0]))
    const recordTime = new Date()
    await append(sql, { ownerId, region: '450205' }, parsed.document.events, { context, recordTime })
    for (let n = from; n < from + 50; n++) {
      const lot = lotName(n)
      const order = { id: randomUUID(), ownerId, actorId: ownerId, gtin: gtin(n % PRODUCTS), lot, at: recordTime }
      orders.push(await issueCodes(sql, { ...order, quantity: CODES_PER_LOT }))
    }
  }
  await sql`vacuum analyze`
  return orders
}

function report(name: string, answered: Answered): void {
  const wrong = Object.entries(answered.statuses).filter(([status]) => status !== '200')
  if (wrong.length > 0 || answered.unsent > 0)
    throw new Error(`${name}: ${JSON.stringify(answered.statuses)}, unsent ${answered.unsent}`)
  for (const share of [50, 95, 99]) figure(`${name}.p${share}ms`, percentile(answered.latenciesMs, share / 100), 'ms')
}

const database = await benchDatabase()
const { sql } = database
await machine(sql)
const book = codes(await openKeys(sql))
const orders = await fill(sql)
const application = await startApplication({ databaseUrl: database.url })
const headers = { accept: 'text/html' }
const somePaths = (count: number) =>
  Array.from({ length: count }, () => {
    const order = orders[Math.floor(Math.random() * orders.length)] as CodeOrder
    const [serial] = [...book.serialsOf(order, Math.floor(Math.random() * CODES_PER_LOT), 1)].flat()
    return `/01/${order.gtin}/21/${serial}`
  })
const run = (request: (index: number) => { path: string; headers: Record<string, string> }, seconds: number) =>
  load({ url: application.url, rate: RATE, seconds, connections: 64, request })

// Each connection plans its statements once; a figure of the first second would tell of that alone.
const early = somePaths(RATE * WARM_SECONDS)
const paths = somePaths(RATE * SECONDS)
await run((index) => ({ path: early[index] as string, headers }), WARM_SECONDS)
report('scan.static', await run(() => ({ path: '/scan', headers }), SECONDS / 2))
const scanned = await run((index) => ({ path: paths[index] as string, headers }), SECONDS)
report('scan', scanned)
figure('scan.kb', scanned.bytes / scanned.latenciesMs.length / 1024, 'KB')
figure('scan.rate', scanned.latenciesMs.length / scanned.seconds, 'pages/s')
await application.close()
const [counted] = await sql<{ scans: number }[]>`select coalesce(sum(scans), 0)::int as scans from code_scan`
if (counted?.scans !== paths.length + early.length)
  throw new Error(`${counted?.scans} of ${paths.length + early.length} looks counted`)
await database.close()
