// Keeps one throw-away PostgreSQL for test files that are run alone; ends itself ten minutes after the last use.
import { rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { holderOf } from './hold.mjs'
import { startPostgres, testSettings } from './postgres.mjs'

const idleMsMax = 10 * 60_000
const [folder] = process.argv.slice(2)
const file = join(folder, 'server.json')

// Two test files may start together: the one whose keeper loses uses the other's server.
if (holderOf(folder) !== null) process.exit(0)
const server = await startPostgres({ dataDir: folder, settings: testSettings })
writeFileSync(file, JSON.stringify({ url: server.url, keeper: process.pid }), { mode: 0o600 })

async function end() {
  rmSync(file, { force: true })
  await server.stop()
  rmSync(join(folder, 'postgres'), { recursive: true, force: true })
  process.exit(0)
}

for (const name of ['SIGINT', 'SIGTERM']) process.on(name, end)
server.exited.then(() => {
  rmSync(file, { force: true })
  process.exit(1)
})
setInterval(() => {
  if (Date.now() - statSync(file).mtimeMs > idleMsMax) end()
}, 15_000)
