import { randomUUID } from 'node:crypto'
import { Agent, request as httpRequest } from 'node:http'
import { createConnection } from 'node:net'
import { loadavg } from 'node:os'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import postgres, { type Sql } from 'postgres'
import { createAccount, createToken } from '../src/platform/access/accounts.ts'
import { checkDigit } from '../src/standards/gs1/index.ts'
import { writeIlmd } from '../src/trace/ilmd.ts'
import { fillCity } from './fill-city.ts'
import { benchDatabase, figure, machine, percentile, startApplication } from './frame.ts'
import { spent } from './processor.ts'

// A packing line's document: 100 times bags commissioned, 100 cases packed, 10 pallets built, 90 moves.
// So many that a quick machine is busy for ten seconds with them.
const DOCUMENTS = Number(process.argv[2] ?? 600)
// So many events are there when the same is measured again; 0: not measured again. The goal speaks of 10,000,000.
const STORED_BEFORE = Number(process.argv[3] ?? 1_000_000)
// With SHISU_BENCH_KEEP=NAME a growth is runs of their own: `fill` stores so many events, `at` measures beside them.
const PART = process.argv[4]
const WARM = 20
const SENDERS = 4
const GLNS = 8
const EVENTS_A_DOCUMENT = 300

type Started = { url: string; pid: number | undefined }

const key = (digits: string) => digits + checkDigit(digits)
const gln = (n: number) => key(`6901${String(n).padStart(8, '0')}`)
const place = (n: number) => ({ id: `https://id.gs1.org/414/${gln(n % GLNS)}` })
const party = (n: number) => `https://id.gs1.org/417/${gln(n % GLNS)}`
const bagGtin = key('0690100000030')
const caseGtin = key('1690100000030')
const start = Date.parse('2026-07-01T00:00:00Z')

function documentOf(number: number): { body: Buffer; events: number } {
  let tick = 0
  const lot = `L${number}`
  const event = (type: string, bizStep: string, where: number, fields: object) => ({
    eventID: `urn:uuid:${randomUUID()}`,
    type,
    eventTime: new Date(start + (number % 5000) * 3_600_000 + tick++ * 10_000).toISOString(),
    eventTimeZoneOffset: '+08:00',
    bizStep,
    disposition: bizStep === 'shipping' ? 'in_transit' : 'in_progress',
    readPoint: place(where),
    bizLocation: place(where),
    ...fields,
  })
  const bag = (n: number) => `https://id.gs1.org/01/${bagGtin}/21/B${number}X${n}`
  const box = (n: number) => `https://id.gs1.org/01/${caseGtin}/21/C${number}X${n}`
  const pallet = (n: number) => `https://id.gs1.org/00/${key(`06901000${String(number * 10 + n).padStart(9, '0')}`)}`
  const four = (n: number) => [0, 1, 2, 3].map((i) => bag(n * 4 + i))
  const list: object[] = []
  for (let n = 0; n < 100; n++) {
    const ilmd = writeIlmd({ productName: '柳州螺蛳粉（原味）', lotNumber: lot, productionDate: '2026-07-01' })
    list.push(event('ObjectEvent', 'commissioning', 0, { action: 'ADD', epcList: four(n), ilmd }))
    list.push(event('AggregationEvent', 'packing', 0, { action: 'ADD', parentID: box(n), childEPCs: four(n) }))
  }
  for (let n = 0; n < 10; n++) {
    const childEPCs = Array.from({ length: 10 }, (_, i) => box(n * 10 + i))
    list.push(event('AggregationEvent', 'packing', 0, { action: 'ADD', parentID: pallet(n), childEPCs }))
  }
  for (let n = 0; n < 90; n++) {
    const fields = {
      action: 'OBSERVE',
      epcList: [n < 30 ? pallet(n % 10) : box(n)],
      sourceList: [{ type: 'possessing_party', source: party(n) }],
      destinationList: [{ type: 'possessing_party', destination: party(n + 1) }],
      bizTransactionList: [{ type: 'desadv', bizTransaction: `urn:epcglobal:cbv:bt:${gln(n % GLNS)}:D${number}` }],
    }
    list.push(event('ObjectEvent', n % 2 === 0 ? 'shipping' : 'receiving', n % 2 === 0 ? n : n + 1, fields))
  }
  const text = JSON.stringify({
    '@context': [
      'https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld',
      { cbvmda: 'urn:epcglobal:cbv:mda:', shisu: 'https://ns.shisu.example/epcis/' },
    ],
    type: 'EPCISDocument',
    schemaVersion: '2.0',
    creationDate: '2026-07-30T00:00:00.000Z',
    epcisBody: { eventList: list },
  })
  return { body: Buffer.from(text), events: list.length }
}

async function openAccount(sql: Sql): Promise<string> {
  for (let n = 0; n < GLNS; n++) {
    await sql`insert into owner (id, title, region, gln)
      values (gen_random_uuid(), ${`示例企业 ${n}`}, ${`45020${2 + (n % 5)}`}, ${gln(n)}) on conflict do nothing`
  }
  const now = new Date()
  const [owner] = await sql<{ id: string }[]>`select id from owner where gln = ${gln(0)}`
  const password = randomUUID()
  const account = {
    ownerId: owner?.id ?? '',
    login: `bench-${process.pid}`,
    name: 'bench',
    role: 'enterprise',
    password,
  } as const
  const id = await createAccount(sql, account, now)
  const expiresAt = new Date(now.getTime() + 86_400_000)
  return createToken(sql, id, { name: 'bench', scopes: ['epcis'], expiresAt }, now)
}

const agent = new Agent({ keepAlive: true })

/** Bytes made beforehand, on a bare client: `fetch` takes 14 µs of processor an event, which the server would miss. */
function send(url: string, token: string, body: Buffer): Promise<number> {
  const began = performance.now()
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    'content-length': body.length,
  }
  return new Promise((done, failed) => {
    const asked = httpRequest(`${url}/epcis/capture`, { method: 'POST', agent, headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => {
        if (response.statusCode === 202) done(performance.now() - began)
        else failed(new Error(`${response.statusCode} ${Buffer.concat(chunks)}`))
      })
    })
    asked.on('error', failed)
    asked.end(body)
  })
}

async function sendAll(url: string, token: string, bodies: readonly Buffer[]): Promise<number[]> {
  const latencies: number[] = []
  let next = 0
  const sender = async () => {
    for (let i = next++; i < bodies.length; i = next++) latencies.push(await send(url, token, bodies[i] as Buffer))
  }
  await Promise.all(Array.from({ length: SENDERS }, sender))
  return latencies
}

/** The same event rows copied into a table without indexes: what the database takes in at most. */
async function copyRate(databaseUrl: string): Promise<number> {
  const address = new URL(databaseUrl)
  const socket = async () => {
    const made = createConnection({ host: address.hostname, port: Number(address.port) })
    await new Promise((done, failed) => made.once('connect', done).once('error', failed))
    // Off by default in the driver for COPY, which would halve the baseline.
    return made.setNoDelay(true)
  }
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => {}, socket } as postgres.Options<Record<string, never>>)
  const chunks: Buffer[] = []
  for await (const chunk of await sql`copy event to stdout`.readable()) chunks.push(chunk as Buffer)
  await sql`create table bare (like event)`
  const [row] = await sql<{ count: number }[]>`select count(*)::int as count from event`
  const rates: number[] = []
  for (let round = 0; round < 3; round++) {
    await sql`truncate bare`
    const began = performance.now()
    await pipeline(Readable.from(inBlocks(Buffer.concat(chunks))), await sql`copy bare from stdin`.writable())
    rates.push(((row?.count ?? 0) / (performance.now() - began)) * 1000)
  }
  await sql.end()
  return Math.max(...rates)
}

function* inBlocks(rows: Buffer): Generator<Buffer> {
  for (let at = 0; at < rows.length; at += 65_536) yield rows.subarray(at, at + 65_536)
}

async function fill(sql: Sql): Promise<void> {
  const reserved = await sql.reserve()
  await fillCity(reserved as unknown as Sql, STORED_BEFORE, (text) => console.log(`  ${text}`))
  reserved.release()
  await sql`vacuum analyze`
}

/** Says what processor each part took for so many events: that holds on a machine that others use, too. */
async function told<T>(pid: number | undefined, events: number, work: () => Promise<T>): Promise<T> {
  const { done, ...seconds } = await spent(database.sql, pid, work)
  for (const [name, used] of Object.entries(seconds))
    figure(`capture.cpuUs.${name}`, (used / events) * 1e6, 'µs an event')
  return done
}

/** The same work beside what is stored already; `first`: the number of its first document, which nobody sent before. */
async function rateOf(url: string, token: string, first: number): Promise<number> {
  const documents = Array.from({ length: DOCUMENTS }, (_, i) => documentOf(first + i))
  const events = documents.reduce((sum, document) => sum + document.events, 0)
  const began = performance.now()
  await sendAll(
    url,
    token,
    documents.map(({ body }) => body),
  )
  return (events / (performance.now() - began)) * 1000
}

/** One piece of a growth: so many events are stored in one run, the rate beside them is taken in others. */
async function piece({ url, pid }: Started, token: string, sql: Sql): Promise<void> {
  const [count] = await sql<{ events: number }[]>`select count(*)::int as events from event`
  // A hundred numbers a second: runs that follow each other send nothing twice.
  const first = Math.floor(Date.now() / 10) % 90_000_000
  await sendAll(
    url,
    token,
    Array.from({ length: WARM }, (_, i) => documentOf(first + i).body),
  )
  const rate = await told(pid, DOCUMENTS * EVENTS_A_DOCUMENT, () => rateOf(url, token, first + WARM))
  figure('capture.rate.at', rate, `events/s beside ${count?.events} stored`)
}

const database = await benchDatabase()
await machine(database.sql)
if (PART === 'fill') {
  await fill(database.sql)
  await database.close()
} else {
  const application = await startApplication({ databaseUrl: database.url })
  try {
    const token = await openAccount(database.sql)
    if (PART === 'at') await piece(application, token, database.sql)
    else await whole(application, token)
  } finally {
    await application.close()
    await database.close()
  }
}

async function whole({ url, pid }: Started, token: string): Promise<void> {
  const warm = Array.from({ length: WARM }, (_, i) => documentOf(i).body)
  await sendAll(url, token, warm)
  await database.sql`vacuum analyze`
  const documents = Array.from({ length: DOCUMENTS }, (_, i) => documentOf(WARM + i))
  const events = documents.reduce((sum, document) => sum + document.events, 0)
  let latencies: number[] = []
  const began = performance.now()
  await told(pid, events, async () => {
    latencies = await sendAll(
      url,
      token,
      documents.map((document) => document.body),
    )
  })
  const rate = (events / (performance.now() - began)) * 1000
  const [count] = await database.sql<{ events: number; keys: number; links: number; edges: number }[]>`
    select (select count(*) from event)::int as events, (select count(*) from trace_key)::int as keys,
      (select count(*) from event_key)::int as links, (select count(*) from edge)::int as edges`
  console.log(
    `stored ${JSON.stringify(count)}; ${DOCUMENTS} documents of ${documents[0]?.events} events, ${SENDERS} senders`,
  )
  const bare = await copyRate(database.url)
  figure('capture.rate', rate, 'events/s')
  figure('capture.document.p50ms', percentile(latencies, 0.5), 'ms')
  figure('capture.document.p95ms', percentile(latencies, 0.95), 'ms')
  figure('capture.copy', bare, 'events/s')
  figure('capture.ratio', rate / bare, '')
  if (STORED_BEFORE > 0) await grow(rate, url, token)
  console.log(`load ${loadavg()[0]?.toFixed(1)} after`)
}

async function grow(rate: number, url: string, token: string): Promise<void> {
  await fill(database.sql)
  figure('capture.growth', rate / (await rateOf(url, token, WARM + DOCUMENTS)), '')
}
