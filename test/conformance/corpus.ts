import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'

const root = resolve(import.meta.dirname, '../..', process.env.SHISU_CORPUS ?? '../shared/corpus')

/**
 * A test over public data that is not part of the project. Where the data is absent, it tells how many cases did not
 * run; on CI that is a failure.
 */
export function corpusTest(title: string, cases: number, body: () => void): void {
  test(title, (t) => {
    if (existsSync(root)) return body()
    const note = `语料库不在（SHISU_CORPUS），${cases} 个案例没有运行`
    t.diagnostic(note)
    if (process.env.CI) assert.fail(note)
    t.skip(note)
  })
}

/** The files of a glob pattern inside the corpus, sorted, each with its path relative to the corpus. */
export function corpusFiles(pattern: string): { name: string; text: string }[] {
  return globSync(pattern, { cwd: root })
    .sort()
    .map((name) => ({ name, text: readFileSync(join(root, name), 'utf8') }))
}
