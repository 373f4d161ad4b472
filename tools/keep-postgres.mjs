// Keeps one throw-away PostgreSQL as a process of its own, so that it never outlives its users, even killed ones.
// With a parent (`npm test`, `npm run bench`) it ends with the parent; without one (test files run alone, which share it)
// it ends ten minutes after the last use. Either way its data are removed.
import { rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { holderOf } from './hold.mjs'
import { startPostgres } from './postgres.mjs'
import { testSettings } from './postgres-settings.mjs'

const idleMsMax = 10 * 60_000
const [folder, use] = process.argv.slice(2)
const file = join(folder, 'server.json')

// Two test files may start together: the one whose keeper loses uses the other's server.
if (holderOf(folder) !== null) process.exit(0)
const starting = startPostgres({ dataDir: folder, settings: use === 'test' ? testSettings : {} })
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => end())
process.on('disconnect', () => end())
const server = await starting
server.exited.then(() => end())

if (process.connected) process.send({ url: server.url })
else shareUntilIdle()

function shareUntilIdle() {
  writeFileSync(file, JSON.stringify({ url: server.url, keeper: process.pid }), { mode: 0o600 })
  setInterval(() => {
    if (Date.now() - statSync(file).mtimeMs > idleMsMax) end()
  }, 15_000)
}

async function end() {
  rmSync(file, { force: true })
  await (await starting).stop()
  rmSync(folder, { recursive: true, force: true })
  process.exit(0)
}
