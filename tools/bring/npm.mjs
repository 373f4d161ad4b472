import { spawn } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { basename, delimiter, dirname, join } from 'node:path'
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
  const args = [
    'install',
    '--no-save',
    '--include=dev',
    '--include=optional',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ]
  const started = Date.now()
  const ticker = setInterval(() => say(`仍在安装（${Math.round((Date.now() - started) / 1000)} 秒）`), tellEveryMs)
  const child = spawn(process.execPath, [npmCli(), ...args], {
    cwd: folder,
    env: ownEnv(),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
  const code = await new Promise((done) => child.once('error', done).once('close', done))
  clearInterval(ticker)
  if (code !== 0) throw new Error(`安装依赖失败：\n${output.trim().slice(-4000)}`)
}

/** npm tells its scripts about the package that runs them; another npm below must not take that for its own. */
function ownEnv() {
  const about = /^npm_(package_|lifecycle_|command$|config_local_prefix$)/
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !about.test(name)))
}
