import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

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
 */
export async function runTests(files, options = {}) {
  const drives = (file) => file.startsWith('test/journeys/')
  const starts = (file) => file.startsWith('test/tools/')
  const cores = availableParallelism()
  const parts = [
    { files: files.filter((file) => !drives(file) && !starts(file)), concurrency: Math.min(4, cores + 1) },
    { files: files.filter(drives), concurrency: Math.min(2, cores) },
    { files: files.filter(starts), concurrency: 1 },
  ].filter((part) => part.files.length > 0)
  let passed = true
  for (const part of parts) passed = (await runPart(part, options)) && passed
  return passed
}

async function runPart({ files, concurrency }, { flags = [], env = {} }) {
  // Forced exit: a failed test that leaves a timer or connection behind must not hold up the whole run.
  const args = [
    '--test',
    '--test-reporter=spec',
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
  return code === 0
}
