import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { say } from '../progress.mjs'
import { npmInstall } from './npm.mjs'

const checkout = fileURLToPath(new URL('../..', import.meta.url))
const modules = join(checkout, 'node_modules')

/** Installs the packages unless node_modules is already what the lockfile says, for this processor. */
export async function bringPackages() {
  const stamp = join(modules, '.shisu-installed')
  const half = join(modules, '.shisu-installing')
  const wanted = createHash('sha256')
    .update(process.arch)
    .update(readFileSync(join(checkout, 'package.json')))
    .update(readFileSync(join(checkout, 'package-lock.json')))
    .digest('hex')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  say('安装依赖')
  // npm takes a half-unpacked package for a whole one, so an install that was killed is begun anew.
  if (existsSync(half)) rmSync(modules, { recursive: true, force: true })
  mkdirSync(modules, { recursive: true })
  writeFileSync(half, '')
  await npmInstall(checkout)
  writeFileSync(stamp, wanted)
  rmSync(half, { force: true })
  say('依赖已安装')
}
