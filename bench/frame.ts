import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { cpus, loadavg, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import postgres, { type Sql } from 'postgres'
import { migrate } from '../src/platform/store/migrate.ts'

export { type Answered, load, type Request } from './load.ts'

const checkout = fileURLToPath(new URL('..', import.meta.url))

/** Prints one measured figure in the fixed form `figure NAME VALUE UNIT`; at most four significant digits after the point. */
export function figure(name: string, value: number, unit: string): void {
  if (!Number.isFinite(value)) throw new Error(`figure ${name} is not a number: ${value}`)
  console.log(`figure ${name} ${Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(4))} ${unit}`)
}

/** The value below which a share (0..1) of the measurements lies (nearest rank); NaN for none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}

/** Prints `figure NAME.p50ms`, `.p95ms` and `.p99ms` of a list of latencies in milliseconds. */
export function latencyFigures(name: string, latenciesMs: readonly number[]): void {
  for (const share of [50, 95, 99]) figure(`${name}.p${share}ms`, percentile(latenciesMs, share / 100), 'ms')
}

/** Prints on what the figures were measured: without it they say nothing. */
export async function machine(sql: Sql): Promise<void> {
  const [row] = await sql<{ server: string; buffers: string; fsync: string; commit: string }[]>`
    select current_setting('server_version') as server, current_setting('shared_buffers') as buffers,
      current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit`
  const cores = cpus()
  const memoryGb = Math.round(totalmem() / 1024 ** 3)
  const busy = loadavg()[0]?.toFixed(1)
  console.log(
    `machine ${cores.length} x ${cores[0]?.model.trim()}, ${memoryGb} GB, load ${busy} before, Node ${process.versions.node}`,
  )
  console.log(
    `database PostgreSQL ${row?.server}, shared_buffers ${row?.buffers}, fsync ${row?.fsync}, synchronous_commit ${row?.commit}`,
  )
}

/**
 * A new migrated database on the server that `npm run bench` started, with durability on. One that SHISU_BENCH_KEEP names
 * stays, so that a long filling and the measuring on a quiet machine can be two runs.
 */
export async function benchDatabase(): Promise<{ url: string; sql: Sql; close(): Promise<void> }> {
  const server = process.env.SHISU_BENCH_DATABASE_URL
  if (!server) throw new Error('请用 npm run bench -- 名称 运行')
  const admin = postgres(server, { max: 1, onnotice: () => {} })
  const kept = process.env.SHISU_BENCH_KEEP
  const name = kept ?? `bench_${process.pid}_${Date.now()}`
  const known = await admin`select from pg_database where datname = ${name}`
  if (known.length === 0) await admin.unsafe(`create database ${name} template template0`)
  const url = new URL(server)
  url.pathname = `/${name}`
  const sql = postgres(url.href, { onnotice: () => {} })
  if (known.length === 0) await migrate(sql)
  return {
    url: url.href,
    sql,
    close: async () => {
      await sql.end({ timeout: 5 })
      if (!kept) await admin.unsafe(`drop database if exists ${name} with (force)`)
      await admin.end()
    },
  }
}

/** The real application as a process of its own (client and server must not share one event loop). */
export async function startApplication({
  databaseUrl,
  demo = false,
}: {
  databaseUrl: string
  demo?: boolean
}): Promise<{ url: string; pid: number | undefined; close(): Promise<void> }> {
  const port = await freePort()
  const dataDir = mkdtempSync(join(tmpdir(), 'shisu-bench-application-'))
  const child = spawn(process.execPath, [join(checkout, 'src/main.ts'), ...(demo ? [] : ['--empty'])], {
    cwd: checkout,
    env: { ...process.env, DATABASE_URL: databaseUrl, PORT: String(port), SHISU_DATA: dataDir },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const exited = new Promise<string>((done) => child.once('exit', (code, signal) => done(`${signal ?? code}`)))
  // With its background work, whose start would count against what is measured.
  const ready = new Promise<'ready'>((done) =>
    child.on('message', (message: { worked?: true }) => message.worked && done('ready')),
  )
  const first = await Promise.race([ready, exited])
  if (first !== 'ready') throw new Error(`应用没有启动（${first}）`)
  return {
    url: `http://127.0.0.1:${port}`,
    pid: child.pid,
    close: async () => {
      child.kill('SIGTERM')
      await exited
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

function freePort(): Promise<number> {
  return new Promise((done, failed) => {
    const server = createServer().once('error', failed)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => (typeof address === 'object' && address ? done(address.port) : failed(new Error('no port'))))
    })
  })
}
