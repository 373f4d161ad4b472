import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { basename, delimiter, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startedAt } from '../hold.mjs'
import { say } from '../progress.mjs'

const tellEveryMs = 10_000

/** npm's own program: the one that started us, the one beside Node, or the one on PATH. Brought Nodes carry none. */
function npmCli() {
  const beside = join(dirname(realpathSync(process.execPath)), '../lib/node_modules/npm/bin/npm-cli.js')
  const onPath = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'npm'))
  for (const candidate of [process.env.npm_execpath, beside, ...onPath]) {
    if (!candidate || !existsSync(candidate)) continue
    const real = realpathSync(candidate)
    if (basename(real) === 'npm-cli.js') return real
  }
  throw new Error('没有找到 npm，请先安装（例如 apt-get install npm）')
}

/**
 * Installs a folder's packages exactly as its committed lockfile says; never writes that lockfile. `npm ci` would be the
 * natural choice, but it fails where a registry lacks an optional binary of some other platform.
 */
export async function npmInstall(folder) {
  await otherInstallEnds(folder)
  const modules = join(folder, 'node_modules')
  // npm takes a half-unpacked package for a whole one, so an install that was cut off is begun anew.
  if (existsSync(markOf(folder))) rmSync(modules, { recursive: true, force: true })
  mkdirSync(modules, { recursive: true })
  const args = ['--no-save', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error']
  const child = spawn(process.execPath, [npmCli(), 'install', ...args], {
    cwd: folder,
    env: ownEnv(),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  writeFileSync(markOf(folder), JSON.stringify({ pid: child.pid, started: startedAt(child.pid) }))
  const started = Date.now()
  const ticker = setInterval(() => say(`仍在安装（${Math.round((Date.now() - started) / 1000)} 秒）`), tellEveryMs)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk
    })
  }
  const code = await new Promise((done) => child.once('error', done).once('close', done))
  clearInterval(ticker)
  if (code !== 0) throw new Error(`安装依赖失败：\n${output.trim().slice(-4000)}`)
  rmSync(markOf(folder))
}

/** Waits for an npm that is still at work in this folder: a killed starter leaves it running, another starter may run it. */
export async function otherInstallEnds(folder) {
  let told = false
  for (;;) {
    const { pid, started } = readMark(folder)
    if (!pid || startedAt(pid) !== started) return
    if (!told) say('等待另一个安装结束')
    told = true
    await sleep(300)
  }
}

function markOf(folder) {
  return join(folder, 'node_modules/.shisu-installing')
}

function readMark(folder) {
  try {
    return JSON.parse(readFileSync(markOf(folder), 'utf8'))
  } catch {
    return {}
  }
}

/** npm tells its scripts about the package that runs them; another npm below must not take that for its own. */
function ownEnv() {
  const about = /^npm_(package_|lifecycle_|command$|config_local_prefix$)/
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !about.test(name)))
}
