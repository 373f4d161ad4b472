// `npm start`: from a bare clone to a running platform. Runs on Node 20 with nothing installed.
import { spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { whenAbandoned } from './ancestors.mjs'
import { underNewNode } from './bring/node.mjs'
import { bringPackages } from './bring/packages.mjs'
import { bringPages } from './bring/pages.mjs'
import { waitForHolder } from './hold.mjs'
import { startPostgres } from './postgres.mjs'
import { processFlags } from './process-flags.mjs'
import { giveUp, say } from './progress.mjs'

const checkout = fileURLToPath(new URL('..', import.meta.url))
const stopMsMax = 20_000

const port = process.env.PORT ?? '8080'
const dataDir = resolve(checkout, process.env.SHISU_DATA ?? (process.getuid() === 0 ? '/var/lib/shisu' : '.data'))
const external = process.env.DATABASE_URL

try {
  if (!external) await waitForHolder(dataDir)
  await underNewNode()
  await bringPackages()
  bringPages()
  await run()
} catch (error) {
  giveUp(error)
}

/** Runs database and application until a signal or the end of one of them; both are always ended, application first. */
async function run() {
  let asked
  const stopAsked = new Promise((done) => {
    asked = done
  })
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => asked('正在停止'))
  whenAbandoned(() => asked('启动它的进程已结束，正在停止'))

  const database = external ? null : await startPostgres({ dataDir, onProgress: say })
  if (database) say('数据库已启动')
  await portFree()
  const application = startApplication(database?.url ?? external)
  const failed = await Promise.race([
    stopAsked.then((why) => void say(why)),
    application.exited.then((how) => `${application.ready() ? '应用意外停止' : '应用没有启动'}（${how}）`),
    ...(database ? [database.exited.then((how) => `数据库意外停止（${how}）`)] : []),
  ])
  if (failed) say(`${failed}，正在停止其余部分`)
  database?.leaving()
  await application.stop()
  await database?.stop()
  say('已全部停止')
  process.exit(failed ? 1 : 0)
}

function startApplication(databaseUrl) {
  const env = { ...process.env, DATABASE_URL: databaseUrl, PORT: port, SHISU_DATA: dataDir }
  // Detached: Ctrl-C in the terminal comes to us alone, so that the order of stopping is ours. The IPC channel ends the
  // application when we are killed.
  // The demonstration city belongs to the embedded database; nobody's own database is filled with it.
  const flags = [...process.argv.slice(2), ...(external ? ['--empty'] : [])]
  const role = flags.find((flag) => flag.startsWith('--role='))?.slice(7) ?? 'all'
  const child = spawn(process.execPath, [...processFlags(role), join(checkout, 'src/main.ts'), ...flags], {
    cwd: checkout,
    env,
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  let ready = false
  child.on('message', (message) => {
    if (!message?.ready) return
    ready = true
    say('启动完成，按 Ctrl-C 停止')
  })
  const exited = new Promise((done) => {
    child.once('error', (error) => done(error.message))
    child.once('exit', (code, signal) => done(signal ?? `退出码 ${code}`))
  })
  return { exited, ready: () => ready, stop: () => stopChild(child, exited) }
}

async function stopChild(child, exited) {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  const waiting = new AbortController()
  const late = sleep(stopMsMax, true, { signal: waiting.signal }).catch(() => false)
  if (await Promise.race([exited.then(() => false), late])) {
    say('应用没有按时停止，强制结束')
    child.kill('SIGKILL')
    await exited
  }
  waiting.abort()
}

/** An application whose supervisor was killed lets go of the port a moment later; a stranger's port is main's to report. */
async function portFree() {
  for (const until = Date.now() + 5000; Date.now() < until; await sleep(100)) {
    if (await canListen()) return
  }
}

function canListen() {
  return new Promise((done) => {
    const probe = createServer()
    probe.once('error', () => done(false))
    probe.listen(Number(port), () => probe.close(() => done(true)))
  })
}
