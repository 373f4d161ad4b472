import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { loadavg } from 'node:os'
import { gunzipSync } from 'node:zlib'
import type { Sql } from 'postgres'
import { createAccount, createAuthority, createToken } from '../src/platform/access/accounts.ts'
import { parseDocument } from '../src/standards/epcis/index.ts'
import { checkDigit } from '../src/standards/gs1/index.ts'
import { append } from '../src/trace/index.ts'
import { BIG_EVERY, FRONTIER_BAGS, frontierLot, gln, packedLot, rawLot } from './city-of-chains.ts'
import { chainsOf, fillCity } from './fill-city.ts'
import { benchDatabase, figure, machine, percentile, startApplication } from './frame.ts'
import { spent } from './processor.ts'

// How many events are stored; 10,000,000 is the goal's size, smaller ones show how the figures grow.
const EVENTS = Number(process.argv[2] ?? 10_000_000)
// Which of fill, warm, frontier, cold: with SHISU_BENCH_KEEP=NAME each can be a run of its own.
const PARTS = (process.argv[3] ?? 'fill,warm,frontier,cold').split(',')
const ASKED = 300
const ASKED_COLD = 40
const FRONTIERS = 12
const day = (n: number) => new Date(Date.parse('2027-01-01T00:00:00Z') + n * 3_600_000).toISOString()
const key = (digits: string) => digits + checkDigit(digits)

/** One lot of 10,000 bags in 1,000 cases on 20 pallets, sent to 50 holders: captured as events, as a factory would. */
async function captureFrontier(sql: Sql): Promise<void> {
  const bag = (n: number) => `https://id.gs1.org/01/06901000000301/21/F${n}`
  const box = (n: number) => `https://id.gs1.org/00/${key(`1690199${String(n).padStart(10, '0')}`)}`
  const pallet = (n: number) => `https://id.gs1.org/00/${key(`2690199${String(n).padStart(10, '0')}`)}`
  const place = (n: number) => ({ id: `https://id.gs1.org/414/${gln(n)}` })
  const base = (hour: number, fields: object) => ({ eventTime: day(hour), eventTimeZoneOffset: '+08:00', ...fields })
  const list: object[] = []
  for (let n = 0; n < 100; n++) {
    const epcList = Array.from({ length: 100 }, (_, i) => bag(n * 100 + i))
    const ilmd = { 'cbvmda:lotNumber': 'TENTHOUSAND' }
    list.push(
      base(1, { type: 'ObjectEvent', action: 'ADD', bizStep: 'commissioning', bizLocation: place(0), epcList, ilmd }),
    )
  }
  const pack = (hour: number, parentID: string, childEPCs: string[]) =>
    base(hour, {
      type: 'AggregationEvent',
      action: 'ADD',
      bizStep: 'packing',
      bizLocation: place(0),
      parentID,
      childEPCs,
    })
  const children = FRONTIER_BAGS / 1000
  for (let n = 0; n < 1000; n++)
    list.push(
      pack(
        2,
        box(n),
        Array.from({ length: children }, (_, i) => bag(n * children + i)),
      ),
    )
  for (let n = 0; n < 20; n++)
    list.push(
      pack(
        3,
        pallet(n),
        Array.from({ length: 50 }, (_, i) => box(n * 50 + i)),
      ),
    )
  const move = (hour: number, bizStep: string, where: number, id: string) =>
    base(hour, { type: 'ObjectEvent', action: 'OBSERVE', bizStep, bizLocation: place(where), epcList: [id] })
  for (let n = 0; n < 20; n++)
    list.push(move(4, 'shipping', 0, pallet(n)), move(5, 'receiving', 1 + (n % 5), pallet(n)))
  for (let n = 0; n < 900; n++) list.push(move(6, 'shipping', 1, box(n)), move(7, 'receiving', 6 + (n % 44), box(n)))
  const context = [
    'https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld',
    { cbvmda: 'urn:epcglobal:cbv:mda:' },
  ]
  const parsed = parseDocument({
    '@context': context,
    type: 'EPCISDocument',
    schemaVersion: '2.0',
    creationDate: day(0),
    epcisBody: { eventList: list },
  })
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems.slice(0, 3)))
  const [owner] = await sql<{ id: string }[]>`select id from owner where gln = ${gln(0)}`
  const capturer = { ownerId: owner?.id ?? '', region: '450202' }
  await append(sql, capturer, parsed.document.events, { context, recordTime: new Date() })
}

async function cityToken(sql: Sql): Promise<string> {
  const ownerId = await createAuthority(sql, `示例市局 ${process.pid}`, '450200')
  const now = new Date()
  const account = {
    ownerId,
    login: `bench-${process.pid}`,
    name: 'bench',
    role: 'city',
    password: randomUUID(),
  } as const
  const id = await createAccount(sql, account, now)
  return createToken(sql, id, { name: 'bench', scopes: [], expiresAt: new Date(now.getTime() + 86_400_000) }, now)
}

type Asked = { latenciesMs: number[]; nodes: number; bytes: number }

async function ask(
  url: string,
  token: string,
  ids: readonly string[],
  more = '&direction=both',
  path = 'trace',
): Promise<Asked> {
  const latenciesMs: number[] = []
  let text = ''
  for (const id of ids) {
    const began = performance.now()
    text = await get(`${url}/api/v1/${path}?id=${encodeURIComponent(id)}${more}`, token)
    latenciesMs.push(performance.now() - began)
  }
  // The last alone: what reading each would leave behind would be cleared away within the time of the next.
  const { nodes, items } = JSON.parse(text) as { nodes?: unknown[]; items?: unknown[] }
  return { latenciesMs, nodes: (nodes ?? items ?? []).length, bytes: text.length }
}

const agent = new Agent({ keepAlive: true })

/** The whole payload as text. Compressed as it comes, opened in one piece: `fetch` takes longer for that than the server for all. */
function get(url: string, token: string): Promise<string> {
  const headers = { authorization: `Bearer ${token}`, 'accept-encoding': 'gzip' }
  return new Promise((done, failed) => {
    request(url, { agent, headers }, (response) => {
      const parts: Buffer[] = []
      response.on('error', failed).on('data', (part: Buffer) => parts.push(part))
      response.on('end', () => {
        const body = Buffer.concat(parts)
        const text = (response.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString()
        if (response.statusCode === 200) done(text)
        else failed(new Error(`${response.statusCode} ${text.slice(0, 300)}`))
      })
    })
      .on('error', failed)
      .end()
  })
}

/** Puts the tables out of memory: the server's buffers, and the system's cache of its files where that is allowed. */
async function goCold(sql: Sql): Promise<void> {
  await sql`create extension if not exists pg_buffercache`
  await sql`checkpoint`
  await sql`select pg_buffercache_evict_all()`
  const files = await sql<{ path: string }[]>`
    select current_setting('data_directory') || '/' || pg_relation_filepath(c.oid) as path
    from pg_class c where c.relkind in ('r', 'i') and pg_relation_filepath(c.oid) is not null and c.relpages > 1000`
  for (const { path } of files) {
    for (let part = 0; ; part++) {
      const file = part === 0 ? path : `${path}.${part}`
      if (!existsSync(file)) break
      execFileSync('dd', [`if=${file}`, 'iflag=nocache', 'count=0', 'status=none'])
    }
  }
}

/** The same walk as a plain recursive query over the edges alone, without stays, readers, payload. */
async function plainWalk(sql: Sql, ids: readonly string[]): Promise<number[]> {
  const latencies: number[] = []
  for (const id of ids) {
    const began = performance.now()
    await sql`
      with recursive c (id) as (
        select id from trace_key where key = ${id}
        union select e.dst from c join edge e on e.src = c.id
      ) select array_to_string(array_agg(id), ',') from c`
    latencies.push(performance.now() - began)
  }
  return latencies
}

/** Fills the city, or takes the one that SHISU_BENCH_KEEP kept from an earlier run. */
async function fill(sql: Sql): Promise<void> {
  const began = performance.now()
  const reserved = await sql.reserve()
  await fillCity(reserved as unknown as Sql, EVENTS, (text) => console.log(`  ${text}`))
  reserved.release()
  const [frontier] = await sql`select from trace_key where key = ${frontierLot}`
  if (!frontier) {
    await captureFrontier(sql)
    await sql`vacuum (analyze)`
  }
  const [count] = await sql<{ events: string; keys: string; links: string; edges: string; bytes: string }[]>`
    select (select count(*) from event) as events, (select count(*) from trace_key) as keys,
      (select count(*) from event_key) as links, (select count(*) from edge) as edges,
      pg_size_pretty(pg_database_size(current_database())) as bytes`
  console.log(`stored ${JSON.stringify(count)} in ${Math.round((performance.now() - began) / 1000)} s`)
}

const chains = chainsOf(EVENTS)
const big = Math.floor(chains / BIG_EVERY)
const chain = (n: number) => ((n * 7919) % big) * BIG_EVERY

type Started = { url: string; pid: number | undefined }

/** Asks, and says what it took: by the clock, and of the processor, which holds on a machine that others use, too. */
async function told(
  sql: Sql,
  { pid }: Started,
  { name, more = '' }: { name: string; more?: string },
  work: () => Promise<Asked>,
): Promise<Asked> {
  const { done, web, server } = await spent(sql, pid, work)
  figure(`${name}.p50ms`, percentile(done.latenciesMs, 0.5), `ms${more}`)
  figure(`${name}.p95ms`, percentile(done.latenciesMs, 0.95), `ms${more}`)
  figure(`${name}.cpuMs.web`, (web / done.latenciesMs.length) * 1000, `ms of processor an answer${more}`)
  figure(`${name}.cpuMs.server`, (server / done.latenciesMs.length) * 1000, `ms of processor an answer${more}`)
  return done
}

const fresh = ', nothing remembered'

async function measureWarm(sql: Sql, started: Started, token: string): Promise<void> {
  const { url } = started
  const ids = Array.from({ length: ASKED }, (_, n) => (n % 2 === 0 ? packedLot(chain(n)) : rawLot(chain(n), n % 5)))
  await ask(url, token, ids)
  // Another limit is another question: nothing of it is remembered.
  await told(sql, started, { name: 'trace.fresh', more: fresh }, () =>
    ask(url, token, ids, '&direction=both&limit=1999'),
  )
  // Before the answers made last are forgotten for these.
  await ask(url, token, ids)
  const warm = await told(sql, started, { name: 'trace' }, () => ask(url, token, ids))
  console.log(`a closure of ${warm.nodes} things is ${Math.round(warm.bytes / 1024)} KB of JSON`)
  figure('trace.plain.p95ms', percentile(await plainWalk(sql, ids), 0.95), 'ms')
}

async function measureFrontier(sql: Sql, started: Started, token: string): Promise<void> {
  const lots = Array.from({ length: 6 }, () => frontierLot)
  const where = (limit: number, many: readonly string[]) =>
    ask(started.url, token, many, `&limit=${limit}`, 'trace/frontier')
  await where(20_000, lots)
  await told(sql, started, { name: 'trace.frontier.fresh', more: fresh }, async () => {
    const latenciesMs: number[] = []
    let last: Asked | undefined
    for (let n = 1; n <= FRONTIERS; n++) {
      last = await where(20_000 - n, [frontierLot])
      latenciesMs.push(...last.latenciesMs)
    }
    return { ...(last as Asked), latenciesMs }
  })
  const frontier = await told(sql, started, { name: 'trace.frontier' }, () =>
    where(20_000, [...lots, ...lots, ...lots]),
  )
  console.log(`the 10,000-bag lot is with ${frontier.nodes} holders and lots, ${Math.round(frontier.bytes / 1024)} KB`)
}

/** Pages that the server has asked its system for. What it counted comes to light when it has been idle for a second. */
async function pagesRead(sql: Sql): Promise<number> {
  await new Promise((done) => setTimeout(done, 1500))
  const [row] = await sql<{ pages: number }[]>`
    select blks_read::float as pages from pg_stat_database where datname = current_database()`
  return row?.pages ?? 0
}

async function measureCold(sql: Sql, url: string, token: string): Promise<void> {
  const cold: number[] = []
  let pages = 0
  // Cold are the database's pages: the process has answered before, of other chains.
  await ask(
    url,
    token,
    Array.from({ length: ASKED_COLD }, (_, i) => packedLot(chain(3000 + i))),
  )
  for (let n = 0; n < ASKED_COLD / 8; n++) {
    await goCold(sql)
    // The first only wakes the connection and the catalogue.
    await ask(url, token, [packedLot(chain(997 + n))])
    const before = await pagesRead(sql)
    const ids = Array.from({ length: 8 }, (_, i) => packedLot(chain(1000 + n * 8 + i)))
    cold.push(...(await ask(url, token, ids)).latenciesMs)
    pages += (await pagesRead(sql)) - before
  }
  figure('trace.cold.p50ms', percentile(cold, 0.5), 'ms')
  figure('trace.cold.p95ms', percentile(cold, 0.95), 'ms')
  figure('trace.cold.pages', pages / cold.length, 'pages read an answer, with what works in the background')
}

const database = await benchDatabase()
await machine(database.sql)
try {
  await fill(database.sql)
  if (PARTS.join() !== 'fill') {
    const application = await startApplication({ databaseUrl: database.url })
    try {
      const token = await cityToken(database.sql)
      if (PARTS.includes('warm')) await measureWarm(database.sql, application, token)
      if (PARTS.includes('frontier')) await measureFrontier(database.sql, application, token)
      if (PARTS.includes('cold')) await measureCold(database.sql, application.url, token)
    } finally {
      await application.close()
    }
  }
  console.log(`load ${loadavg()[0]?.toFixed(1)} after`)
} finally {
  await database.close()
}
