import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { say } from '../progress.mjs'
import { npmInstall, otherInstallEnds } from './npm.mjs'

const checkout = fileURLToPath(new URL('../..', import.meta.url))
const stamp = join(checkout, 'node_modules/.shisu-installed')

/** Installs the packages unless node_modules is already what the lockfile says, for this processor. */
export async function bringPackages() {
  const wanted = createHash('sha256')
    .update(process.arch)
    .update(readFileSync(join(checkout, 'package.json')))
    .update(readFileSync(join(checkout, 'package-lock.json')))
    .digest('hex')
  if (installed() === wanted) return
  await otherInstallEnds(checkout)
  if (installed() === wanted) return
  say('安装依赖')
  await npmInstall(checkout)
  writeFileSync(stamp, wanted)
  say('依赖已安装')
}

function installed() {
  try {
    return readFileSync(stamp, 'utf8')
  } catch {
    return null
  }
}
