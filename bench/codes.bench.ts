import { randomUUID } from 'node:crypto'
import postgres, { type Sql } from 'postgres'
import { type CodeOrder, type Codes, codes, openKeys } from '../src/trace/codes/index.ts'
import { BATCH, type Permutation } from '../src/trace/codes/permutation.ts'
import { benchDatabase, figure, load, machine, percentile, startApplication } from './frame.ts'
import { spent } from './processor.ts'

/** The size of the largest order that is asked of the platform, far beyond what one call may issue. */
const BILLION = 1_000_000_000
const SECONDS = 5
// Which of codes, http: looks over HTTP alone are `npm run bench -- codes http`.
const PARTS = (process.argv[2] ?? 'codes,http').split(',')
const CONNECTIONS = 64
const GTIN = '06901234567892'

/** An order as the database would hand it back. */
const orderOf = (ownerId: string, quantity: number): CodeOrder => ({
  id: randomUUID(),
  ownerId,
  gtin: GTIN,
  lot: 'B20261101',
  firstIndex: 0,
  quantity,
  keyVersion: 1,
  issuedAt: new Date(),
  level: 'unit',
  needsActivation: false,
})

/** Codes a second of one core's time, as consecutive texts of 14 characters. */
function computed({ batch }: Permutation): number {
  let made = 0
  const began = process.cpuUsage()
  const until = performance.now() + SECONDS * 1000
  for (; performance.now() < until; made += BATCH) batch(made, BATCH)
  const { user, system } = process.cpuUsage(began)
  return made / ((user + system) / 1e6)
}

/** The same as single texts, as the printer's file takes them. */
function printed(book: Codes, order: CodeOrder): number {
  let made = 0
  const began = process.cpuUsage()
  const until = performance.now() + SECONDS * 1000
  for (const batch of book.serialsOf(order)) {
    made += batch.length
    if (performance.now() > until) break
  }
  const { user, system } = process.cpuUsage(began)
  return made / ((user + system) / 1e6)
}

/** Serials looked up one by one, a second of one core's time. */
function resolved(book: Codes, serials: readonly string[]): number {
  let found = 0
  const began = process.cpuUsage()
  const until = performance.now() + SECONDS * 1000
  do for (const serial of serials) found += book.indexesOf(GTIN, serial).length
  while (performance.now() < until)
  const { user, system } = process.cpuUsage(began)
  return found / ((user + system) / 1e6)
}

/** What an order of a billion codes takes in the database: its row, its product's row and their index entries. */
async function storedBytes(sql: Sql, ownerId: string): Promise<number> {
  const size = async () => {
    const [row] = await sql<{ bytes: string }[]>`
      select pg_total_relation_size('code_order') + pg_total_relation_size('code_gtin') as bytes`
    return Number(row?.bytes)
  }
  const before = await size()
  await sql`insert into code_gtin (gtin, owner_id, next_index) values (${GTIN}, ${ownerId}, ${BILLION})`
  for (let part = 0; part < 10; part++)
    await sql`
      insert into code_order (owner_id, id, gtin, lot, lot_key, first_index, quantity, issued_at, issued_by)
      values (${ownerId}, ${randomUUID()}, ${GTIN}, 'B20261101', ${`https://id.gs1.org/01/${GTIN}/10/B20261101`},
        ${(part * BILLION) / 10}, ${BILLION / 10}, now(), ${ownerId})`
  return (await size()) - before
}

const database = await benchDatabase()
const { sql } = database
await machine(sql)
const ownerId = randomUUID()
await sql`insert into owner (id, title, region, gln) values (${ownerId}, '示例螺蛳粉厂', '450205', '6901234567892')`
// One address stands for a city of shoppers: their quota is not what is measured.
await sql`
  insert into policy (name, version, value, at, actor, reason)
  values ('quota', 1, ${sql.json({ publicPerMinute: 10_000_000 })}, now(), '{}', 'bench')`
const keys = await openKeys(sql)
const book = codes(keys)
const order = orderOf(ownerId, BILLION)
const isMade = PARTS.includes('codes')
if (isMade) {
  figure('codes.rate', computed(keys.permutationOf(1, GTIN)), 'codes/s of one core, 10 rounds')
  figure('codes.texts.rate', printed(book, order), 'codes/s of one core, each a text')
}
const known = [...book.serialsOf(order, 123_456_789, 20_000)].flat()
if (isMade) figure('codes.resolve.rate', resolved(book, known), 'serials/s of one core, one by one')
const bytes = await storedBytes(sql, ownerId)
if (isMade) figure('codes.bytes', bytes, 'bytes for 1,000,000,000 codes')

const application = await startApplication({ databaseUrl: database.url })
try {
  const request = (index: number) => ({
    path: `/01/${GTIN}/21/${known[index % known.length]}`,
    headers: { accept: 'application/json' },
  })
  const ask = () => load({ url: application.url, seconds: SECONDS, connections: CONNECTIONS, request })
  await ask()
  const own = process.cpuUsage()
  const { done: answered, web, background, server } = await spent(sql, application.pid, ask)
  const { user, system } = process.cpuUsage(own)
  if (Object.keys(answered.statuses).join() !== '200') throw new Error(JSON.stringify(answered.statuses))
  figure('codes.http.rate', answered.latenciesMs.length / answered.seconds, 'scans/s')
  figure('codes.http.p95ms', percentile(answered.latenciesMs, 0.95), 'ms')
  const parts = Object.entries({ web, background, server, client: (user + system) / 1e6 })
  for (const [part, seconds] of parts)
    figure(`codes.http.cpuUs.${part}`, (seconds / answered.latenciesMs.length) * 1e6, 'us of processor a scan')
} finally {
  await application.close()
}
const reader = postgres(database.url, { max: 1, onnotice: () => {} })
const [counted] = await reader<{ scans: number }[]>`select coalesce(sum(scans), 0)::int as scans from code_scan`
console.log(`${counted?.scans} scans were counted`)
await reader.end()
await database.close()
