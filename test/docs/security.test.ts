import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

const page = readFileSync('SECURITY.md', 'utf8')
const rows = page
  .split('\n')
  .filter((line) => /^\| 8\.1\./.test(line))
  .map((line) => line.split('|').map((cell) => cell.trim()))

const named = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, path = '']) => path)

/** Short names stand under src/platform. */
const found = (path: string) => [path, `src/platform/${path}`].find((each) => existsSync(each))

test('[E5.4.e] every clause of GB/T 22239 level 3 in the table leads to code and to a test that are there', () => {
  assert.ok(rows.length >= 21, `${rows.length} clauses`)
  for (const [, clause = '', , code = '', tests = ''] of rows) {
    assert.ok(named(code).length > 0, `${clause} names its code`)
    for (const path of named(code)) assert.ok(found(path), `${clause}: ${path}`)
    assert.ok(named(tests).length > 0, `${clause} names its test`)
    for (const path of named(tests)) {
      assert.match(path, /^test\/.+\.test\.ts$/, `${clause}: ${path}`)
      assert.match(readFileSync(path, 'utf8'), /\btest\(/, `${clause}: ${path} tests something`)
    }
  }
})

test('[E5.4.e] every other file that the page names is there', () => {
  const prose = page.split('\n').filter((line) => !line.startsWith('| 8.1.'))
  for (const path of named(prose.join('\n')).filter((each) => /^[\w./-]+\.(ts|mjs|sql)$/.test(each)))
    assert.ok(found(path), path)
})
