import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { kinds } from '../../src/catalogue.ts'
import { readClauses, requirementsPage, rooms, testsOfClauses } from '../../tools/requirements.ts'

const clauses = readClauses().flatMap((standard) => standard.clauses)
const at = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))

/** Fails with every clause at once, one a line. */
function none(wrong: string[]): void {
  assert.equal(wrong.length, 0, `\n  ${wrong.join('\n  ')}\n`)
}

test('the page of requirements is what the script makes (mend: node tools/requirements.ts)', () => {
  assert.equal(readFileSync(at('docs/requirements.md'), 'utf8'), requirementsPage())
})

test('a clause stands once, and says where it is met by paths that exist or by a room of the house', () => {
  const seen = new Set<string>()
  none(
    clauses.flatMap(({ id, where }) => {
      const again = seen.has(id) ? [`${id} stands twice`] : []
      seen.add(id)
      const lost = where.paths.filter((path) => !existsSync(at(path))).map((path) => `${id}: no ${path}`)
      const homeless =
        where.state === 'later' && !Object.hasOwn(rooms, where.room ?? '') ? [`${id}: ${where.room}`] : []
      return [...again, ...lost, ...homeless]
    }),
  )
})

test('a clause that is called met is named by a test', () => {
  const tests = testsOfClauses()
  none(clauses.filter(({ id, where }) => where.state === 'whole' && !tests.has(id)).map(({ id }) => id))
})

test('a clause that a declaration or a test names is in the list, and is not called later', () => {
  const begun = new Set(clauses.filter(({ where }) => where.state !== 'later').map(({ id }) => id))
  const named = [...kinds.flatMap((kind) => kind.clauses), ...testsOfClauses().keys()]
  none(named.filter((id) => !begun.has(id)))
})
