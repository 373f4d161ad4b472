import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { kinds, orders } from '../../src/catalogue.ts'
import { isReadable } from '../../src/language/cells.ts'
import { isAsked } from '../../src/language/field.ts'
import type { Fields, Kind } from '../../src/language/index.ts'
import { snake } from '../../src/language/names.ts'
import { csvRows } from '../../src/platform/sheets/csv-read.ts'
import { readFile } from '../../src/platform/sheets/read-file.ts'
import { type LawTown, openLawTown } from '../laws/town.ts'
import type { Person, Town } from '../people.ts'
import { bytesOf, imported, staged } from './files.ts'

let laws: LawTown
let town: Town

before(async () => {
  laws = await openLawTown()
  town = laws.town
})
after(() => town.server.close())

async function fill(kind: Kind, count: number): Promise<void> {
  for (let n = 0; n < count; n++) await laws.made(kind)
}

async function listed(kind: Kind, person: Person, query: string): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = []
  let after = ''
  do {
    const path = `/api/v1/records/${kind.name}?limit=2&after=${after}${query}`
    const { status, body } = await person.call<{ items: Record<string, unknown>[]; next: string | null }>('GET', path)
    assert.equal(status, 200, JSON.stringify(body))
    rows.push(...body.items)
    after = body.next ?? ''
  } while (after)
  return rows
}

const count = async (kind: Kind) =>
  (
    await town.server.sql.unsafe<{ n: number; versions: number }[]>(
      `select count(*)::int as n, sum(version)::int as versions from ${snake(kind.name)}`,
    )
  )[0]

const download = async (kind: Kind, person: Person, format: string, query = '') =>
  bytesOf(town, person, `/api/v1/records/${kind.name}/export?format=${format}${query}`)

// Orders are signed one by one: a file of them is refused whole (test/access/signatures.test.ts).
for (const kind of kinds.filter(({ name }) => !orders.includes(name))) {
  const writer = () => laws.writer(kind)

  test(`[C5.4.3.c] ${kind.name}: an export is the list, row by row, in its order and under its filters`, async () => {
    await fill(kind, 5)
    for (const query of ['', '&sort=id', '&state=void', '&region=450204']) {
      const list = await listed(kind, writer(), query)
      const lines = (await download(kind, writer(), 'ndjson', query)).toString().split('\n').filter(Boolean)
      assert.deepEqual(
        lines.map((line) => JSON.parse(line)),
        list,
        query,
      )
      const csv = [...csvRows((await download(kind, writer(), 'csv', query)).toString())].slice(1)
      assert.deepEqual(
        [...new Set(csv.map((row) => row.cells[0]))],
        list.map((row) => row.id),
      )
      const book = await readFile(await download(kind, writer(), 'xlsx', query), kind.title)
      const ids: (string | undefined)[] = []
      for await (const rows of book.rows) ids.push(...rows.map((row) => row.cells[0]))
      assert.deepEqual(
        [...new Set(ids.slice(1))],
        list.map((row) => row.id),
      )
    }
  })

  test(`${kind.name}: the import of an export changes nothing, as CSV and as Excel`, async () => {
    const before = await count(kind)
    assert.ok((before?.n ?? 0) >= 5)
    for (const format of ['csv', 'xlsx']) {
      const taken = await imported(town, writer(), kind.name, await download(kind, writer(), format))
      const { good, bad, refused, written } = taken.counts
      assert.deepEqual(
        { good, bad, refused, written },
        { good: 0, bad: 0, refused: 0, written: 0 },
        JSON.stringify(taken.items[0]),
      )
      assert.ok(taken.counts.known > 0)
      assert.deepEqual(await count(kind), before)
    }
  })

  test(`${kind.name}: an export without its 单号 is as many new records with the same fields, and the same file again none`, async () => {
    const exported = [...csvRows((await download(kind, writer(), 'csv')).toString())].map((row) => row.cells)
    const [heads = [], ...rows] = exported
    // A required picture goes through no sheet; a lines field stands in columns of its own.
    const goes = (field: Kind['fields'][string]) => isReadable(field) || field.type === 'lines' || field.derived
    const skip = Object.values(kind.fields).some((field) => field.unique || (field.required && !goes(field)))
    if (skip) return
    const keys = new Map([...new Set(rows.map((row) => row[0]))].map((id, at) => [id, `单${at}`]))
    const text = [heads, ...rows.map((row) => [keys.get(row[0]), ...row.slice(1)])]
      .map((row) => row.map((cell) => `"${String(cell).replaceAll('"', '""')}"`).join(','))
      .join('\n')
    const before = await listed(kind, writer(), '')
    const first = await imported(town, writer(), kind.name, Buffer.from(text))
    assert.equal(first.counts.bad + first.counts.refused, 0, JSON.stringify(first.items[0]))
    assert.equal(first.counts.written, keys.size)
    const after = await count(kind)
    const again = await imported(town, writer(), kind.name, Buffer.from(text))
    assert.equal(again.counts.known, keys.size)
    assert.deepEqual(await count(kind), after)
    const made = (await listed(kind, writer(), '')).filter((row) => !before.some(({ id }) => id === row.id))
    const plain = (fields: Fields, row: Record<string, unknown>): unknown =>
      Object.entries(fields).flatMap(([name, field]) => {
        if (field.type === 'lines')
          return [((row[name] ?? []) as Record<string, unknown>[]).map((line) => plain(field.fields, line))]
        return isReadable(field) ? [row[name] ?? null] : []
      })
    const told = (row: Record<string, unknown>) => JSON.stringify(plain(kind.fields, row))
    assert.deepEqual(made.map(told).sort(), before.map(told).sort())
    // Twins of one name would leave other kinds' files in doubt which of them is meant.
    for (const { id, version } of made)
      await writer().call('POST', `/api/v1/records/${kind.name}/${id}/void`, { version, reason: '示例重复' })
  })

  test(`${kind.name}: its template names every required column and none that a device fills, and the example row alone is no record`, async () => {
    const file = await bytesOf(town, writer(), `/api/v1/records/${kind.name}/template.xlsx`)
    const heads: string[] = []
    for await (const rows of (await readFile(file, kind.title)).rows) heads.push(...(rows[0]?.cells ?? []))
    const all = Object.values(kind.fields)
    for (const { title } of all.filter((field) => field.byDevice))
      assert.ok(!heads.some((head) => head === title), title)
    const asked = all.filter((field) => field.required && isReadable(field) && isAsked(field))
    for (const { title } of asked)
      assert.ok(
        heads.some((head) => head.startsWith(title) && head.endsWith('*')),
        title,
      )
    const taken = await staged(town, writer(), kind.name, file)
    assert.equal(taken.state, 'failed')
    assert.match(taken.failure ?? '', /没有可读的行/)
  })
}
