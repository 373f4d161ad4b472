import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { underNewNode } from './bring/node.mjs'
import { bringPackages } from './bring/packages.mjs'
import { holderOf } from './hold.mjs'
import { startPostgres } from './postgres.mjs'
import { database, readPassword, superuser } from './postgres-cluster.mjs'
import { giveUp, say } from './progress.mjs'
import { runScript } from './run-script.mjs'

const checkout = fileURLToPath(new URL('..', import.meta.url))
const dataDir = resolve(checkout, process.env.SHISU_DATA ?? (process.getuid() === 0 ? '/var/lib/shisu' : '.data'))

/** Runs one of our TypeScript files on the platform's database, while the platform runs or while it does not, and ends. */
export async function runOnDatabase(file, args) {
  try {
    await underNewNode()
    await bringPackages()
    const known = process.env.DATABASE_URL ?? runningUrl()
    const own = known ? undefined : await startPostgres({ dataDir, onProgress: say })
    const code = await runScript(file, args, { DATABASE_URL: known ?? own.url, SHISU_DATA: dataDir })
    await own?.stop()
    process.exit(code)
  } catch (error) {
    giveUp(error)
  }
}

/** The URL of the embedded server that a running platform keeps, if there is one. */
function runningUrl() {
  if (!holderOf(dataDir)) return undefined
  const port = readFileSync(join(dataDir, 'postgres/postmaster.pid'), 'utf8').split('\n')[3]
  return `postgres://${superuser}:${readPassword(dataDir)}@127.0.0.1:${port}/${database}`
}
