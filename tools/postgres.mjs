// The embedded PostgreSQL: real server binaries from npm, supervised by this process. Plain JavaScript without
// dependencies, because it runs before anything is installed or built.
import { spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chownSync,
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { totalmem } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { holdFolder } from './hold.mjs'
import { closedFolder, openPassage, serverBinaries, serverUser } from './postgres-home.mjs'

const USER = 'shisu'
const DATABASE = 'shisu'
const logLimitByte = 16 * 1024 * 1024
// No HOME, no PG* of the caller: the server's behaviour depends on nothing but its folder and settings.
const ENV = { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' }

/**
 * Starts the embedded PostgreSQL in `dataDir` (made and initialised when missing) and answers
 * `{ url, pid, exited, leaving, stop }`: a superuser's URL on 127.0.0.1, a promise of its end, a sign to later starters
 * that the end is near, and a clean fast shutdown.
 * A server left behind by a killed supervisor is shut down first; a living supervisor is a refusal in Chinese.
 */
export async function startPostgres({ dataDir, onProgress = () => {}, settings = {} }) {
  const folder = resolve(dataDir)
  const hold = holdFolder(folder)
  try {
    const cluster = join(folder, 'postgres')
    const user = serverUser(cluster)
    openPassage(folder, user)
    const home = serverBinaries(folder, user, onProgress)
    const password = readPassword(folder)
    if (!existsSync(cluster)) initialise({ home, user, password, cluster, onProgress })
    await endLeftovers(cluster, onProgress)
    const server = await launch({ folder, home, user, cluster, settings, onProgress })
    const exited = server.exited.finally(() => hold.release())
    return {
      url: `postgres://${USER}:${password}@127.0.0.1:${server.port}/${DATABASE}`,
      pid: server.child.pid,
      exited,
      leaving: hold.leaving,
      stop: () => stop(server.child, exited),
    }
  } catch (error) {
    hold.release()
    throw error
  }
}

function readPassword(folder) {
  const file = join(folder, 'postgres.password')
  if (!existsSync(file)) writeFileSync(file, randomBytes(24).toString('base64url'), { mode: 0o600, flush: true })
  return readFileSync(file, 'utf8').trim()
}

/** Builds the cluster aside and moves it into place whole, so that a kill half-way leaves nothing half-made. */
function initialise({ home, user, password, cluster, onProgress }) {
  onProgress('初始化数据库')
  // A killed starter's initdb may still be at work: never in the same folder as ours.
  for (const left of leftHalves(cluster)) rmSync(left, { recursive: true, force: true, maxRetries: 10 })
  const half = `${cluster}.new.${process.pid}`
  const passwordFile = `${half}.password`
  closedFolder(half, user)
  writeFileSync(passwordFile, password, { mode: 0o600 })
  if (user) chownSync(passwordFile, user.uid, user.gid)
  try {
    run(home, user, 'initdb', [
      '-D',
      half,
      '-U',
      USER,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '-E',
      'UTF8',
      '--locale=C',
      '--data-checksums',
      '--no-instructions',
    ])
    run(
      home,
      user,
      'postgres',
      ['--single', '-D', half, '-c', 'exit_on_error=on', 'postgres'],
      `create database ${DATABASE};\n`,
    )
  } finally {
    rmSync(passwordFile, { force: true })
  }
  renameSync(half, cluster)
}

function leftHalves(cluster) {
  const folder = dirname(cluster)
  return readdirSync(folder)
    .map((name) => join(folder, name))
    .filter((path) => path.startsWith(`${cluster}.new.`))
}

function run(home, user, program, args, input = '') {
  const done = spawnSync(join(home, 'bin', program), args, { ...user, cwd: '/', env: ENV, input, encoding: 'utf8' })
  if (done.status !== 0) throw new Error(`数据库程序 ${program} 失败：${done.error?.message ?? done.stderr.trim()}`)
}

/** Ends what a killed supervisor or postmaster left in this cluster: asked first, pressed later, never with lost data. */
async function endLeftovers(cluster, onProgress) {
  let left = processesIn(cluster)
  if (left.length === 0) return
  onProgress('收尾上次未正常停止的数据库')
  const postmaster = left.find((pid) => pid === postmasterOf(cluster).pid)
  if (postmaster) signal([postmaster], 'SIGINT')
  // Backends without a postmaster notice its death and leave by themselves.
  for (const [waitMs, pressure] of [
    [postmaster ? 60_000 : 10_000, 'SIGQUIT'],
    [10_000, 'SIGKILL'],
    [10_000, null],
  ]) {
    const until = Date.now() + waitMs
    while (Date.now() < until) {
      left = processesIn(cluster)
      if (left.length === 0) return
      await sleep(50)
    }
    if (pressure) signal(left, pressure)
  }
  throw new Error(`上次的数据库进程（${left.join('、')}）没有退出，请结束后再启动`)
}

function signal(pids, name) {
  for (const pid of pids) {
    try {
      process.kill(pid, name)
    } catch (error) {
      if (error.code !== 'ESRCH') throw error
    }
  }
}

/** Every PostgreSQL process works in its cluster's folder: the one sign that survives a lost pid file. */
function processesIn(cluster) {
  const folder = realpathSync(cluster)
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readlinkSync(`/proc/${pid}/cwd`) === folder
      } catch {
        return false
      }
    })
    .map(Number)
}

function postmasterOf(cluster) {
  try {
    const lines = readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n')
    return { pid: Number(lines[0]), ready: lines[7]?.trim() === 'ready' }
  } catch {
    return { pid: 0, ready: false }
  }
}

async function launch({ folder, home, user, cluster, settings, onProgress }) {
  const log = join(folder, 'postgres.log')
  if (existsSync(log) && statSync(log).size > logLimitByte) renameSync(log, `${log}.1`)
  for (let attempt = 1; ; attempt++) {
    const port = await freePort()
    const from = existsSync(log) ? statSync(log).size : 0
    const fd = openSync(log, 'a', 0o600)
    const all = { ...defaults(), ...settings, port }
    const args = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    // Detached: Ctrl-C in the terminal is ours to handle, the application must go first.
    const child = spawn(join(home, 'bin/postgres'), ['-D', cluster, ...args], {
      ...user,
      cwd: '/',
      env: ENV,
      detached: true,
      stdio: ['ignore', fd, fd],
    })
    closeSync(fd)
    const exited = new Promise((done) => {
      child.once('error', (error) => done(error.message))
      child.once('exit', (code, name) => done(name ?? `退出码 ${code}`))
    })
    if (await becomesReady(child, exited, cluster, onProgress)) return { child, exited, port }
    // Another process may have taken the port, or the kernel still holds a dead server's memory.
    if (attempt === 5) {
      const tail = readFileSync(log, 'utf8').slice(from).trim().split('\n').slice(-5).join('\n')
      throw new Error(`数据库没有启动：\n${tail}`)
    }
    await sleep(500 * attempt)
  }
}

async function becomesReady(child, exited, cluster, onProgress) {
  let ended = false
  exited.then(() => {
    ended = true
  })
  const started = Date.now()
  let told = started
  while (!ended) {
    const seen = postmasterOf(cluster)
    if (seen.ready && seen.pid === child.pid) return true
    if (Date.now() - told > 5000) {
      told = Date.now()
      onProgress(`数据库正在恢复（${Math.round((told - started) / 1000)} 秒）`)
    }
    await sleep(10)
  }
  return false
}

async function stop(child, exited) {
  for (const [name, waitMs] of [
    ['SIGINT', 60_000],
    ['SIGQUIT', 15_000],
    ['SIGKILL', 15_000],
  ]) {
    if (child.exitCode === null && child.signalCode === null) child.kill(name)
    const waiting = new AbortController()
    const over = sleep(waitMs, 'late', { signal: waiting.signal }).catch(() => 'late')
    const how = await Promise.race([exited.then(() => 'gone'), over])
    waiting.abort()
    if (how === 'gone') return
  }
}

function freePort() {
  return new Promise((done, failed) => {
    const server = createServer().once('error', failed)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => done(port))
    })
  })
}

/** Settings measured for this work: memory modest by default, durability never traded. */
function defaults() {
  const limit = process.constrainedMemory?.() ?? 0
  const memoryMb = Math.floor(Math.min(totalmem(), limit > 0 ? limit : Number.POSITIVE_INFINITY) / 1024 ** 2)
  return {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: 100,
    shared_buffers: `${Math.max(128, Math.min(2048, Math.floor(memoryMb / 8)))}MB`,
    effective_cache_size: `${Math.max(256, Math.floor(memoryMb / 2))}MB`,
    work_mem: '16MB',
    maintenance_work_mem: '128MB',
    max_wal_size: '2GB',
    checkpoint_timeout: '15min',
    random_page_cost: 1.1,
    jit: 'off',
    fsync: 'on',
    synchronous_commit: 'on',
    timezone: 'UTC',
    log_timezone: 'UTC',
  }
}

/** For servers of tests only: nothing in them needs to outlive a power cut. */
export const testSettings = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  autovacuum: 'off',
  shared_buffers: '256MB',
  max_connections: 300,
}
