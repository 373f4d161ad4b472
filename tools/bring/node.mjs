import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { say } from '../progress.mjs'
import { npmInstall } from './npm.mjs'

const majorMin = 24
const folder = fileURLToPath(new URL('../node', import.meta.url))
// Every process of a run reads the same hundreds of modules: compiled once, they are kept (a third of a test file's CPU).
const compiled = fileURLToPath(new URL('../../node_modules/.cache/compiled', import.meta.url))
const brought = join(folder, `node_modules/node-linux-${process.arch}/bin/node`)

/** Returns under Node >= 24; under an older one finds or brings it, runs the same command again there and ends with it. */
export async function underNewNode() {
  const isNew = Number(process.versions.node.split('.')[0]) >= majorMin
  const node = isNew ? process.execPath : (found() ?? (await bring()))
  // Tools that are scripts find their Node on PATH.
  process.env.PATH = `${dirname(node)}${delimiter}${process.env.PATH ?? ''}`
  process.env.NODE_COMPILE_CACHE ??= compiled
  if (isNew) return
  const child = spawn(node, process.argv.slice(1), { stdio: 'inherit' })
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => child.kill(name))
  const [code, signal] = await new Promise((done) => child.once('exit', (...how) => done(how)))
  process.exit(code ?? 128 + constants.signals[signal])
}

function found() {
  const onPath = (process.env.PATH ?? '').split(delimiter).map((part) => join(part, 'node'))
  return [brought, ...onPath].find((node) => existsSync(node) && majorOf(node) >= majorMin)
}

function majorOf(node) {
  const asked = spawnSync(node, ['--version'], { encoding: 'utf8' })
  return asked.status === 0 ? Number(/^v(\d+)/.exec(asked.stdout)?.[1]) : 0
}

async function bring() {
  say(`当前 Node ${process.versions.node} 低于 ${majorMin}，正在取得新版`)
  await npmInstall(folder)
  if (existsSync(brought) && majorOf(brought) >= majorMin) return brought
  throw new Error(`没有取得适用于 ${process.platform}-${process.arch} 的 Node ${majorMin}，请自行安装后再试`)
}
