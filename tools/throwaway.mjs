import { spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const keeper = fileURLToPath(new URL('./keep-postgres.mjs', import.meta.url))

/** A PostgreSQL of our own that ends, data and all, with `stop()` or with this process: `{ url, stop }`. */
export async function throwawayPostgres(use) {
  const folder = mkdtempSync(join(tmpdir(), `shisu-${use}-`))
  const child = spawn(process.execPath, [keeper, folder, use], {
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const exited = new Promise((done) => child.once('exit', done))
  const message = await Promise.race([new Promise((done) => child.once('message', done)), exited])
  if (!message?.url) throw new Error('临时数据库没有启动')
  return {
    url: message.url,
    stop: async () => {
      if (child.connected) child.disconnect()
      await exited
    },
  }
}
