import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { say } from './progress.mjs'

const checkout = fileURLToPath(new URL('..', import.meta.url))

/** The test files, as paths from the checkout, whose path holds one of the patterns (all when none is given). */
export function testFiles(patterns = []) {
  return readdirSync(join(checkout, 'test'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.test.ts'))
    .map((entry) => relative(checkout, join(entry.parentPath, entry.name)))
    .filter((file) => patterns.length === 0 || patterns.some((pattern) => file.includes(pattern)))
    .sort()
}

/**
 * Runs test files with node:test and prints its closing counts; true when all passed. Flags go to node as they are.
 * A file waits for nodes and messages a good part of its time, so one more runs than there are cores. What drives a browser
 * comes after the rest, a file for each core; what starts the whole platform has the machine for itself.
 *
 * `again` files at most may be run a second time, alone, when they failed (docs/decisions/0258): one that passes then is
 * named at the end as unsteady, with its first failure above, and is a fault to be mended, not a reason to lose the run.
 */
export async function runTests(files, { flags = [], env = {}, again = 0 } = {}) {
  const drives = (file) => file.startsWith('test/journeys/')
  const starts = (file) => file.startsWith('test/tools/')
  const cores = availableParallelism()
  const parts = [
    { files: files.filter((file) => !drives(file) && !starts(file)), concurrency: Math.min(4, cores + 1) },
    { files: files.filter(drives), concurrency: Math.min(2, cores) },
    { files: files.filter(starts), concurrency: 1 },
  ].filter((part) => part.files.length > 0)
  const failed = []
  let broken = false
  for (const part of parts) {
    const outcome = await runPart(part, { flags, env })
    failed.push(...outcome.failed)
    broken ||= !outcome.passed && outcome.failed.length === 0
  }
  if (broken || failed.length === 0) return !broken
  if (failed.length > again) return false
  say(`再单独运行一次：${failed.join('、')}`)
  const { passed } = await runPart({ files: failed, concurrency: 1 }, { flags, env })
  if (passed) say(`不稳的测试文件，第二次才通过，要查清：${failed.join('、')}`)
  return passed
}

async function runPart({ files, concurrency }, { flags, env }) {
  const folder = mkdtempSync(join(tmpdir(), 'shisu-failed-'))
  const list = join(folder, 'files')
  // Forced exit: a failed test that leaves a timer or connection behind must not hold up the whole run.
  const args = [
    '--test',
    '--test-reporter=spec',
    '--test-reporter-destination=stdout',
    `--test-reporter=${join(checkout, 'tools/failed-files.mjs')}`,
    `--test-reporter-destination=${list}`,
    '--test-timeout=300000',
    '--test-force-exit',
    `--test-concurrency=${concurrency}`,
  ]
  const child = spawn(process.execPath, [...args, ...flags, ...files], {
    cwd: checkout,
    env: { ...process.env, ...env },
    stdio: 'inherit',
  })
  const code = await new Promise((done) => child.once('exit', done))
  const failed = new Set(readFileSync(list, 'utf8').split('\n').filter(Boolean))
  rmSync(folder, { recursive: true })
  return { passed: code === 0, failed: [...failed].map((file) => relative(checkout, file)) }
}
