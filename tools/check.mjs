// `npm run check`: quick enough for every commit: types, Biome, known weaknesses, tidy, laws (licences too), migrations.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { advisories } from './advisories.mjs'
import { underNewNode } from './bring/node.mjs'
import { bringPackages } from './bring/packages.mjs'
import { giveUp, say } from './progress.mjs'
import { runTests, testFiles } from './run-tests.mjs'

const checkout = fileURLToPath(new URL('..', import.meta.url))
const quick = ['test/tidy.test.ts', 'test/laws/', 'test/platform/migrate.test.ts']

try {
  await underNewNode()
  await bringPackages()
  const steps = [
    ['服务端类型', 'tsc', '--noEmit', '-p', 'tsconfig.json'],
    ['页面类型', 'tsc', '--noEmit', '-p', 'src/web/tsconfig.json'],
    ['格式与写法', 'biome', 'check', '--error-on-warnings'],
  ]
  const passed = [...(await Promise.all([...steps.map(tool), weaknesses()])), await runTests(testFiles(quick))].every(
    Boolean,
  )
  say(passed ? '检查全部通过' : '检查未通过')
  process.exit(passed ? 0 : 1)
} catch (error) {
  giveUp(error)
}

/** What is publicly known against the packages; without a network it says so. */
async function weaknesses() {
  const { fails, text } = await advisories(checkout)
  say(`已知漏洞：${text}`)
  return !fails
}

/** Runs one of the installed tools; its output is shown only when it objects. */
async function tool([title, name, ...args]) {
  const child = spawn(join(checkout, 'node_modules/.bin', name), args, { cwd: checkout })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
  const code = await new Promise((done) => child.once('close', done))
  say(`${title}：${code === 0 ? '通过' : `未通过\n${output}`}`)
  return code === 0
}
