import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'

const folder = mkdtempSync(join(tmpdir(), 'shisu-run-tests-'))
after(() => rmSync(folder, { recursive: true }))

/** Runs files of one line each by `runTests`, as a process of its own: a run inside a run would do nothing. */
function run(lines: readonly string[], again: number) {
  const files = lines.map((line, index) => {
    const file = join(folder, `${index}.test.mjs`)
    rmSync(`${file}.seen`, { force: true })
    writeFileSync(
      file,
      `import assert from 'node:assert'; import { existsSync, writeFileSync } from 'node:fs'; import { test } from 'node:test'
       const seen = existsSync('${file}.seen'); writeFileSync('${file}.seen', '')
       ${line}`,
    )
    return file
  })
  const script = `import { runTests } from './tools/run-tests.mjs'
    process.exit((await runTests(${JSON.stringify(files)}, { again: ${again} })) ? 0 : 1)`
  const { status, stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    env: { ...process.env, NODE_TEST_CONTEXT: undefined },
  })
  return { passed: status === 0, said: stdout.split('\n').filter((each) => / 秒 {2}/.test(each)) }
}

const steady = "test('steady', () => {})"
const unsteady = "test('unsteady', () => assert.ok(seen))"
const wrong = "test('wrong', () => assert.fail())"
const wrongElsewhere = "const { wrong } = await import('./shared.mjs'); wrong()"
writeFileSync(
  join(folder, 'shared.mjs'),
  "import { test } from 'node:test'; export const wrong = () => test('wrong', () => { throw 1 })",
)

test('a file that failed once and passes alone is named as unsteady, and only where that was asked for', () => {
  const { passed, said } = run([steady, unsteady], 1)
  assert.ok(passed)
  assert.equal(said.length, 2)
  assert.match(said[1] ?? '', /不稳的测试文件.*1\.test\.mjs$/)
  assert.deepEqual(run([steady, unsteady], 0), { passed: false, said: [] })
})

test('what fails twice fails, so do more files than may fail once, and a file that cannot be read', () => {
  assert.ok(!run([steady, wrong], 2).passed)
  assert.ok(!run([steady, wrongElsewhere], 2).passed)
  assert.ok(!run(['process.exit(3)'], 2).passed)
  assert.deepEqual(run([unsteady, unsteady], 1), { passed: false, said: [] })
  assert.ok(!run(['import "./nothing.mjs"'], 1).passed)
  assert.ok(run([steady], 0).passed)
})
