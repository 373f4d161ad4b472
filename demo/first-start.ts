import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Sql } from 'postgres'
import type { Keyring } from '../src/platform/protect/keyring.ts'
import { type Demo, loadDemo } from './load.ts'
import type { StoryClock } from './story.ts'

const loadingMark = (dataDir: string) => join(dataDir, 'demo-loading')
const resultPath = (dataDir: string) => join(dataDir, 'demo.json')

/** Clears what an interrupted first load left, before migration. Nobody has been served yet while the mark stands. */
export async function clearInterruptedDemo(admin: Sql, dataDir: string): Promise<void> {
  if (!existsSync(loadingMark(dataDir))) return
  await admin.unsafe('drop schema public cascade; create schema public')
  rmSync(loadingMark(dataDir))
}

/**
 * Loads the demonstration city into an installation that has no account yet, and keeps its accounts in `demo.json`
 * (mode 600) in the data folder. `serve` opens the platform on a private port for as long as the loading lasts.
 */
export async function loadFirst(
  admin: Sql,
  dataDir: string,
  keyring: Keyring,
  now: Date,
  serve: (clock: () => Date) => Promise<{ url: string; stop(): Promise<void> }>,
): Promise<void> {
  const [account] = await admin`select from account limit 1`
  if (account) return
  writeFileSync(loadingMark(dataDir), '')
  // The past is recorded as it happened: the private platform's clock goes along with the story.
  const clock: StoryClock = { now }
  const server = await serve(() => clock.now)
  try {
    const demo = await loadDemo(admin, keyring, server.url, now, clock)
    writeFileSync(resultPath(dataDir), JSON.stringify(demo, null, 2), { mode: 0o600 })
  } finally {
    await server.stop()
  }
  rmSync(loadingMark(dataDir))
}

/** The demonstration's accounts, with the address at which the platform now listens. */
export function knownDemo(dataDir: string, url: string): Demo | undefined {
  if (!existsSync(resultPath(dataDir))) return undefined
  const demo: Demo = { ...JSON.parse(readFileSync(resultPath(dataDir), 'utf8')), url }
  writeFileSync(resultPath(dataDir), JSON.stringify(demo, null, 2), { mode: 0o600 })
  return demo
}
