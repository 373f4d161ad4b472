// `npm run bench -- verify [rows] [fill|check]`: `verify-ledger` over as many records with their history and leaves as named:
// whole, then with rows altered, missing and added, which it must name. Fails where it does not.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import postgres, { type Sql } from 'postgres'
import { kinds } from '../src/catalogue.ts'
import { imageOf } from '../src/language/image.ts'
import { openSigner, seal, signCheckpoint } from '../src/ledger/index.ts'
import { ledgerSources } from '../src/ledger-sources.ts'
import { announceKeys } from '../src/platform/ledger/ledger.ts'
import { fillChecks } from './filled.ts'
import { benchDatabase, figure, machine } from './frame.ts'
import { processorOf } from './processor.ts'

const rows = Number(process.argv[2] ?? 1_000_000)
const part = process.argv[3] ?? 'all'
const checks = kinds.find(({ name }) => name === 'morning-check')
if (!checks) throw new Error('no kind')
const signer = openSigner(`/tmp/shisu-bench-verify-${process.getuid?.()}.pem`, 'bench.example/ledger', 'ed25519')
const database = await benchDatabase()
const { sql } = database
try {
  await machine(sql)
  if (part !== 'check') await fill(sql)
  if (part !== 'fill') await check(sql)
} finally {
  await database.close()
}

/** Records, then what the trigger would have written of each, then leaves and a signed head. */
async function fill(sql: Sql): Promise<void> {
  await fillChecks(sql, rows, 200)
  if (!checks) return
  await sql.unsafe(`
    insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
    select r.owner_id, '${checks.name}', r.id, r.version, ${checks.schemaVersion}, '{"name":"示例"}', r.region, ${imageOf(checks, 'r')}
    from morning_check r`)
  await sql`vacuum analyze change`
  const own = postgres(database.url, { max: 2, connection: { TimeZone: 'UTC' } })
  await announceKeys(own, { signer })
  await seal(own, ledgerSources())
  await signCheckpoint(own, signer, new Date())
  await own.end()
  await sql`vacuum analyze ledger_leaf`
}

async function check(sql: Sql): Promise<void> {
  const whole = await run()
  if (whole.code !== 0) throw new Error(`a whole database was called broken:\n${whole.said}`)
  figure('verify.s', whole.seconds, 's')
  figure('verify.rate', rows / whole.seconds, 'records/s, each by its row, its change and its leaf')
  figure('verify.rssMb', whole.rssMb, 'MB at most')
  figure('verify.cpuUs', (whole.cpuSeconds * 1e6) / rows, 'µs of Node a record, beside the database')
  const names = await tamper(sql)
  const found = await run()
  const missed = names.filter((name) => !found.said.includes(name))
  if (found.code === 0 || missed.length > 0) throw new Error(`not named: ${missed.join(', ')}\n${found.said}`)
  figure('verify.named', names.length, 'altered, missing and added rows, all of them')
  figure('verify.broken.s', found.seconds, 's')
}

/** Rows changed behind the triggers' back: how each is to be named. */
async function tamper(sql: Sql): Promise<string[]> {
  const places = await sql<{ seq: string; id: string }[]>`
    select seq::text, id from change where kind = 'morning-check' and stream = 0 order by seq limit 4`
  const [a, b, c, d] = places
  if (!a || !b || !c || !d) throw new Error('no rows')
  await sql.unsafe('set session_replication_role = replica')
  await sql`update change set image = image || '{"hands":"forged"}' where stream = 0 and seq = ${a.seq}`
  await sql`delete from change where stream = 0 and seq = ${b.seq}`
  await sql`update morning_check set checker = 'forged' where id = ${c.id}`
  await sql`delete from morning_check where id = ${d.id}`
  const [added] = await sql<{ seq: string }[]>`
    insert into change (owner_id, xid, kind, id, version, schema_version, actor, region, image)
    select owner_id, '3', 'bench', gen_random_uuid(), 1, 1, '{}', region, '{}' from change limit 1 returning seq::text`
  await sql.unsafe('set session_replication_role = origin')
  return [
    `被改  change ${a.seq} `,
    `缺失  change ${b.seq} `,
    `被改  morning-check ${c.id} `,
    `缺失  morning-check ${d.id} `,
    `多出  change ${added?.seq} `,
  ]
}

type Run = { code: number; said: string; seconds: number; rssMb: number; cpuSeconds: number }

/** The command itself, and what it takes (Linux). */
async function run(): Promise<Run> {
  const started = performance.now()
  const child = spawn(process.execPath, [fileURLToPath(new URL('../tools/verify-ledger/run.ts', import.meta.url))], {
    env: { ...process.env, DATABASE_URL: database.url, SHISU_DATA: '/nonexistent' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.on('data', (text: Buffer) => {
    said += text
    process.stdout.write(text.toString().replace(/^/gm, '  '))
  })
  let rssMb = 0
  let cpuSeconds = 0
  const look = setInterval(() => {
    try {
      rssMb = Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
      cpuSeconds = processorOf(child.pid)
    } catch {
      // It has just ended.
    }
  }, 200)
  const code = await new Promise<number>((done) => child.once('exit', (each) => done(each ?? 1)))
  clearInterval(look)
  return { code, said, seconds: (performance.now() - started) / 1000, rssMb, cpuSeconds }
}
