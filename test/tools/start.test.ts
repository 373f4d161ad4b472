import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import postgres from 'postgres'
import { freePort } from '../free-port.ts'

const checkout = fileURLToPath(new URL('../..', import.meta.url))
const dataDir = mkdtempSync(join(tmpdir(), 'shisu-start-'))
const port = await freePort()
const readyMsMax = 180_000

type Started = { child: ChildProcess; exited: Promise<number | string>; output(): string; readyMs: number }

after(async () => {
  for (const pid of databaseProcesses()) process.kill(pid, 'SIGKILL')
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
})

test('a start is ready, a second one says so in Chinese and harms nothing, a signal stops all', async () => {
  const first = await start()
  const second = command()
  assert.equal(await second.exited, 1)
  assert.match(second.output(), /食溯已在运行/)
  assert.equal((await fetch(`http://127.0.0.1:${port}/healthz`)).status, 200)
  await stopped(first)
})

test('a second start makes nothing again: no package, no page, no database', async (t) => {
  const made = () => statSync(join(dataDir, 'postgres/PG_VERSION')).mtimeMs
  const before = made()
  const started = await start()
  assert.doesNotMatch(started.output(), /安装|构建/)
  assert.equal(made(), before)
  t.diagnostic(`ready after ${(started.readyMs / 1000).toFixed(1)} s`)
  await stopped(started)
})

test('what is kept under SHISU_DATA is closed to other users', () => {
  for (const name of ['postgres', 'postgres.password', 'postgres.log']) {
    const { mode } = statSync(join(dataDir, name))
    assert.equal(mode & 0o077, 0, name)
  }
})

for (const [who, victims] of [
  ['the supervisor', ['supervisor']],
  ['the database', ['postmaster']],
  ['the application', ['application']],
  ['supervisor and application', ['supervisor', 'application']],
  ['all three', ['supervisor', 'application', 'postmaster']],
] as const) {
  test(`kill -9 of ${who} loses nothing acknowledged, and a new start needs no hand`, async () => {
    const started = await start()
    const kept = await writeUntilKilled(() => {
      const pids = { supervisor: started.child.pid, postmaster: postmaster().pid, application: applicationPid(started) }
      for (const victim of victims) process.kill(pids[victim] as number, 'SIGKILL')
    })
    // Whether or not what is left has ended by now, the next start copes.
    const again = await start()
    const sql = database()
    const rows = await sql<{ n: number }[]>`select n from kill_test`
    await sql.end()
    const found = new Set(rows.map(({ n }) => n))
    assert.ok(kept.length > 0)
    assert.deepEqual(
      kept.filter((n) => !found.has(n)),
      [],
    )
    await stopped(again)
  })
}

function command() {
  const env = { ...process.env, SHISU_DATA: dataDir, PORT: String(port) }
  // Neither an outer npm nor an operator's database belongs to this start.
  for (const name of ['DATABASE_URL', 'npm_lifecycle_event', 'SHISU_STARTED']) delete env[name as keyof typeof env]
  const child = spawn(process.execPath, ['tools/start.mjs', '--empty'], {
    cwd: checkout,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += chunk))
  const exited = new Promise<number | string>((done) =>
    child.once('exit', (code, signal) => done(code ?? signal ?? '')),
  )
  return { child, exited, output: () => text }
}

async function start(): Promise<Started> {
  const from = Date.now()
  const running = command()
  const ready = new Promise<'ready'>((done) => {
    running.child.stdout.on('data', () => running.output().includes('启动完成') && done('ready'))
  })
  const late = new Promise<'late'>((done) => setTimeout(done, readyMsMax, 'late').unref())
  assert.equal(await Promise.race([ready, running.exited, late]), 'ready', running.output())
  return { ...running, readyMs: Date.now() - from }
}

async function stopped({ child, exited, output }: Started): Promise<void> {
  child.kill('SIGTERM')
  assert.equal(await exited, 0, output())
  assert.deepEqual(databaseProcesses(), [])
  assert.equal(existsSync(join(dataDir, 'postgres/postmaster.pid')), false)
  assert.equal(existsSync(join(dataDir, 'running.json')), false)
}

/** Commits rows one after the other, kills in the midst, and answers the rows whose commit was acknowledged. */
async function writeUntilKilled(kill: () => void): Promise<number[]> {
  const sql = database()
  const kept: number[] = []
  await sql`set client_min_messages = warning`
  await sql`create table if not exists kill_test (n int primary key)`
  const [row] = await sql<{ next: number }[]>`select coalesce(max(n), 0) + 1 as next from kill_test`
  const first = row?.next ?? 1
  for (let n = first; n < first + 400; n++) {
    if (n === first + 100) kill()
    // The connection may break with the kill: what came before was acknowledged.
    const broken = await sql`insert into kill_test values (${n})`.then(
      () => false,
      () => true,
    )
    if (broken) break
    kept.push(n)
  }
  await sql.end({ timeout: 0 })
  return kept
}

function database() {
  const password = readFileSync(join(dataDir, 'postgres.password'), 'utf8')
  return postgres(`postgres://shisu:${password}@127.0.0.1:${postmaster().port}/shisu`, { max: 1, connect_timeout: 5 })
}

function postmaster() {
  const lines = readFileSync(join(dataDir, 'postgres/postmaster.pid'), 'utf8').split('\n')
  return { pid: Number(lines[0]), port: Number(lines[3]) }
}

function applicationPid({ child }: Started): number {
  const found = processes().find((pid) => {
    const status = readOr(`/proc/${pid}/status`)
    return (
      new RegExp(`^PPid:\\s*${child.pid}$`, 'm').test(status) && readOr(`/proc/${pid}/cmdline`).includes('src/main.ts')
    )
  })
  assert.ok(found, 'no application process')
  return found
}

function databaseProcesses(): number[] {
  return processes().filter((pid) => {
    try {
      return readlinkSync(`/proc/${pid}/cwd`).startsWith(`${dataDir}/`)
    } catch {
      return false
    }
  })
}

function processes(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
}

function readOr(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
