// The embedded PostgreSQL: real server binaries from npm, supervised by this process. Plain JavaScript without
// dependencies, because it runs before anything is installed or built.
import { spawn } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync, renameSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { holdFolder } from './hold.mjs'
import { database, initialise, readPassword, serverEnv, superuser } from './postgres-cluster.mjs'
import { openPassage, serverBinaries, serverUser } from './postgres-home.mjs'
import { endLeftovers, postmasterOf } from './postgres-leftovers.mjs'
import { defaultSettings } from './postgres-settings.mjs'

const logLimitByte = 16 * 1024 * 1024
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
      url: `postgres://${superuser}:${password}@127.0.0.1:${server.port}/${database}`,
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

async function launch({ folder, home, user, cluster, settings, onProgress }) {
  const log = join(folder, 'postgres.log')
  if (existsSync(log) && statSync(log).size > logLimitByte) renameSync(log, `${log}.1`)
  for (let attempt = 1; ; attempt++) {
    const port = await freePort()
    const from = existsSync(log) ? statSync(log).size : 0
    const fd = openSync(log, 'a', 0o600)
    const all = { ...defaultSettings(), ...settings, port }
    const args = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    // Detached: Ctrl-C in the terminal is ours to handle, the application must go first.
    const child = spawn(join(home, 'bin/postgres'), ['-D', cluster, ...args], {
      ...user,
      cwd: '/',
      env: serverEnv,
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
