import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { startedAt } from '../hold.mjs'
import { say } from '../progress.mjs'

const checkout = fileURLToPath(new URL('../..', import.meta.url))
// What the pages never take code from (tidy.test.ts holds them to it): a change there needs no new build.
const serverOnly = /^src\/(platform|trace|ledger|telemetry|public|consortium|main\.ts$|areas\/[^/]+\/operations)/

/** Builds the web application into dist/web when its sources differ from those of the last build. */
export function bringPages() {
  const built = join(checkout, 'dist/web')
  const stamp = join(checkout, 'dist/web.sources')
  const sources = sourcesHash()
  if (existsSync(built) && existsSync(stamp) && readFileSync(stamp, 'utf8') === sources) return
  say('构建页面')
  // Built aside and moved whole: a running server never serves half a build.
  const aside = join(checkout, `dist/web.new.${process.pid}`)
  const vite = join(checkout, 'node_modules/vite/bin/vite.js')
  const args = ['build', '--config', 'src/web/vite.config.ts', '--outDir', aside, '--emptyOutDir', '--logLevel', 'warn']
  const done = spawnSync(process.execPath, [vite, ...args], { cwd: checkout, encoding: 'utf8' })
  const output = stripVTControlCharacters(done.stdout + done.stderr).trim()
  if (done.status !== 0) throw new Error(`构建页面失败：\n${output.slice(-4000)}`)
  for (const left of deadAsides()) rmSync(left, { recursive: true, force: true })
  rmSync(built, { recursive: true, force: true })
  renameSync(aside, built)
  writeFileSync(stamp, sources)
  say('页面已构建')
}

/** Half builds of starters that no longer live. */
function deadAsides() {
  return readdirSync(join(checkout, 'dist'))
    .filter((name) => name.startsWith('web.new.') && startedAt(name.slice(8)) === null)
    .map((name) => join(checkout, 'dist', name))
}

function sourcesHash() {
  const hash = createHash('sha256').update(readFileSync(join(checkout, 'package-lock.json')))
  for (const file of filesUnder(join(checkout, 'src')).sort()) {
    const name = relative(checkout, file)
    if (!serverOnly.test(name)) hash.update(`\n${name}\n`).update(readFileSync(file))
  }
  return hash.digest('hex')
}

function filesUnder(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    return entry.isDirectory() ? filesUnder(path) : [path]
  })
}
