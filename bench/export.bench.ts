import { createHash } from 'node:crypto'
import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Sql } from 'postgres'
import { morningCheck } from '../src/areas/kitchen/records/morning-check.ts'
import { createAccount, createAuthority, createToken } from '../src/platform/access/accounts.ts'
import { benchDatabase, figure, machine, startApplication } from './frame.ts'

const ROWS = Number(process.argv[2] ?? 1_000_000)
/** A fifth: whether memory grows with the rows is seen against it, and Excel, which takes longer, is measured with it. */
const EXCEL_ROWS = Math.ceil(ROWS / 5)

let monitor: Promise<string>

async function monitorOf(sql: Sql, now: Date): Promise<string> {
  const ownerId = await createAuthority(sql, '示例市局', '450200')
  const id = await createAccount(
    sql,
    { ownerId, login: 'monitor', name: '示例', role: 'city', password: 'Bench-1234' },
    now,
  )
  const expiresAt = new Date(now.getTime() + 7200_000)
  return createToken(sql, id, { name: 'monitor', scopes: ['metrics'], expiresAt }, now)
}

/** One canteen's morning checks, written as the door writes them but without history: only reading is measured. */
async function fill(sql: Sql): Promise<string> {
  const now = new Date()
  const ownerId = await createAuthority(sql, '示例食堂', '450204')
  const account = { ownerId, login: 'bench', name: '示例', role: 'enterprise', password: 'Bench-1234' } as const
  const id = await createAccount(sql, account, now)
  await sql`alter table morning_check disable trigger all`
  await sql`
    insert into morning_check (owner_id, id, region, day, person, checked_at, temperature, temperature_unit, symptom, hands,
      result, measure, checker, created_at, updated_at)
    select ${ownerId}, s.id, '450204', date '2024-01-01' + (n % 1000),
      '示例师傅 ' || n % 500, timestamptz '2024-01-01 23:20Z' + (n % 1000) * interval '1 day', 36.5, 'CEL', 'none', 'clean',
      'fit', case when n % 50 = 0 then '=示例 “处置”，含公式、引号' end, '示例食品安全员', now(), now()
    from (select ('00000000-0000-7000-8000-' || lpad(to_hex(g), 12, '0'))::uuid as id, g as n
      from generate_series(1, ${ROWS}) g) s`
  await sql`alter table morning_check enable trigger all`
  await sql`vacuum analyze morning_check`
  monitor = monitorOf(sql, now)
  return createToken(sql, id, { name: 'bench', scopes: [], expiresAt: new Date(now.getTime() + 7200_000) }, now)
}

/** What the application holds in memory, as its monitor is told. */
async function residentMb(url: string): Promise<number> {
  const headers = { authorization: `Bearer ${await monitor}` }
  const text = await (await fetch(`${url}/metrics`, { headers })).text()
  return Number(/shisu_process_resident_bytes (\d+)/.exec(text)?.[1]) / 1024 ** 2
}

type Read = { bytes: number; seconds: number; rssMb: number; lines: number; sha256: string }

/** Reads an export to its end as a browser would, and looks at the application's memory meanwhile. */
async function read(url: string, token: string, query: string): Promise<Read> {
  const response = await fetch(`${url}/api/v1/records/${morningCheck.name}/export?${query}`, {
    headers: { authorization: `Bearer ${token}` },
  })
  if (response.status !== 200 || !response.body) throw new Error(`${response.status} ${await response.text()}`)
  const hash = createHash('sha256')
  const began = performance.now()
  let [bytes, lines, rssMb] = [0, 0, 0]
  const watch = setInterval(
    () =>
      residentMb(url).then(
        (mb) => (rssMb = Math.max(rssMb, mb)),
        () => {},
      ),
    250,
  )
  const sink = new Writable({
    write(chunk: Buffer, _, done) {
      bytes += chunk.length
      for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines++
      hash.update(chunk)
      done()
    },
  })
  await pipeline(response.body, sink)
  clearInterval(watch)
  return { bytes, lines, rssMb, seconds: (performance.now() - began) / 1000, sha256: hash.digest('hex') }
}

/** The same rows and columns as the database itself writes them. */
async function copy(sql: Sql): Promise<{ bytes: number; seconds: number }> {
  const began = performance.now()
  let bytes = 0
  const source = await sql`copy (
    select id, day, person, checked_at, temperature, symptom, hands, result, measure, checker, photo, state, created_at
    from morning_check order by day desc, id desc) to stdout (format csv)`.readable()
  for await (const chunk of source) bytes += (chunk as Buffer).length
  return { bytes, seconds: (performance.now() - began) / 1000 }
}

const database = await benchDatabase()
await machine(database.sql)
const application = await startApplication({ databaseUrl: database.url })
try {
  const token = await fill(database.sql)
  const until = new Date(Date.UTC(2024, 0, 1 + Math.floor((EXCEL_ROWS / ROWS) * 1000) - 1)).toISOString().slice(0, 10)
  const first = await read(application.url, token, 'format=csv&day.from=2024-01-01&day.to=2024-01-20')
  const fifth = await read(application.url, token, `format=csv&day.to=${until}`)
  const csv = await read(application.url, token, 'format=csv')
  if (csv.lines !== ROWS + 1) throw new Error(`${csv.lines} lines`)
  const xlsx = await read(application.url, token, `format=xlsx&day.to=${until}`)
  const bare = await copy(database.sql)
  console.log(
    `${ROWS} rows, ${Math.round(csv.bytes / 1024 ** 2)} MB; resident at most ${Math.round(first.rssMb)} MB with ${first.lines} rows, ${Math.round(fifth.rssMb)} with ${fifth.lines}; Excel of ${EXCEL_ROWS} rows ${Math.round(xlsx.bytes / 1024 ** 2)} MB`,
  )
  figure('export.mbs', csv.bytes / 1024 ** 2 / csv.seconds, 'MB/s')
  figure('export.rows', ROWS / csv.seconds, 'rows/s')
  figure('export.rssMb', csv.rssMb, 'MB')
  figure('export.rssGrowthMb', csv.rssMb - fifth.rssMb, 'MB more than a fifth of the rows takes')
  figure('export.xlsx.rows', EXCEL_ROWS / xlsx.seconds, 'rows/s')
  figure('export.xlsx.rssMb', xlsx.rssMb, 'MB')
  figure('export.copy', bare.bytes / 1024 ** 2 / bare.seconds, 'MB/s')
  figure('export.ratio', bare.seconds / csv.seconds, 'of COPY')
} finally {
  await application.close()
  await database.close()
}
