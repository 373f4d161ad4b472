import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const checkout = fileURLToPath(new URL('..', import.meta.url))

/**
 * A superuser's URL of the test server. `npm test` provides it; a test file run alone shares one server per user and
 * checkout, kept by `tools/keep-postgres.mjs`, which stops it ten minutes after the last use.
 */
export async function testServerUrl(): Promise<string> {
  const given = process.env.SHISU_TEST_DATABASE_URL
  if (given) return given
  const mark = createHash('sha256').update(checkout).digest('hex').slice(0, 8)
  const folder = join(tmpdir(), `shisu-test-${process.getuid?.()}-${mark}`)
  mkdirSync(folder, { recursive: true })
  const known = readUrl(folder)
  if (known) return known
  spawn(process.execPath, [join(checkout, 'tools/keep-postgres.mjs'), folder, 'test'], {
    detached: true,
    stdio: 'ignore',
  }).unref()
  for (const until = Date.now() + 60_000; Date.now() < until; await sleep(50)) {
    const url = readUrl(folder)
    if (url) return url
  }
  throw new Error(`测试数据库没有启动，见 ${folder} 中的 postgres.log`)
}

/** The running server's URL, or null; reading it counts as use. */
function readUrl(folder: string): string | null {
  const file = join(folder, 'server.json')
  try {
    const { url, keeper } = JSON.parse(readFileSync(file, 'utf8')) as { url: string; keeper: number }
    process.kill(keeper, 0)
    utimesSync(file, new Date(), new Date())
    return url
  } catch {
    return null
  }
}
