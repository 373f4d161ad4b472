// `npm run bench -- NAME [args]`: runs bench/NAME.bench.ts against a PostgreSQL of its own with durability on.
import { spawn } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { underNewNode } from './bring/node.mjs'
import { bringPackages } from './bring/packages.mjs'
import { bringPages } from './bring/pages.mjs'
import { startPostgres } from './postgres.mjs'
import { giveUp } from './progress.mjs'
import { throwawayPostgres } from './throwaway.mjs'

const checkout = fileURLToPath(new URL('..', import.meta.url))
/** For a filling and a measuring that are two runs: the databases stay in a folder, and go with it. */
const keptPostgres = () => startPostgres({ dataDir: process.env.SHISU_BENCH_FOLDER ?? '/var/tmp/shisu-bench' })

const [name = '', ...rest] = process.argv.slice(2)
const file = join(checkout, 'bench', `${name}.bench.ts`)

try {
  if (!/^[a-z-]+$/.test(name) || !existsSync(file)) {
    const known = readdirSync(join(checkout, 'bench')).filter((entry) => entry.endsWith('.bench.ts'))
    throw new Error(`用法：npm run bench -- 名称，可选：${known.map((entry) => entry.slice(0, -9)).join('、')}`)
  }
  await underNewNode()
  await bringPackages()
  bringPages()
  const server = process.env.SHISU_BENCH_KEEP ? await keptPostgres() : await throwawayPostgres('bench')
  const env = { ...process.env, SHISU_BENCH_DATABASE_URL: server.url }
  const child = spawn(process.execPath, [file, ...rest], { cwd: checkout, env, stdio: 'inherit' })
  const code = await new Promise((done) => child.once('exit', done))
  await server.stop()
  process.exit(code ?? 1)
} catch (error) {
  giveUp(error)
}
