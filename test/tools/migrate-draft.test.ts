import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Sql } from 'postgres'
import { type Kind, kind, quantity, text } from '../../src/language/index.ts'
import { publicActor } from '../../src/platform/access/actor.ts'
import type { Keyring } from '../../src/platform/protect/keyring.ts'
import { openStore } from '../../src/platform/store/store.ts'
import { draft } from '../../tools/migrate/draft.ts'
import { type FreshDatabase, freshDatabase } from '../database.ts'
import { testKeyring } from '../keys.ts'

const base = {
  name: 'trial',
  title: '试验',
  help: '试验用',
  clauses: [],
  titleFields: ['name'],
  list: { columns: ['name'] },
  grants: { enterprise: ['read', 'create', 'change'] },
} as const

const first = kind({
  ...base,
  schemaVersion: 1,
  fields: {
    name: text({ title: '名称', required: true, max: 20 }),
    weight: quantity({ title: '重量', required: true, units: ['KGM'] }),
  },
})

const second = kind({
  ...base,
  schemaVersion: 2,
  list: { columns: ['name'], sort: 'name' },
  fields: {
    name: text({ title: '名称', required: true, max: 40 }),
    mass: quantity({ title: '重量', required: true, units: ['KGM', 'GRM'], was: 'weight' }),
    place: text({ title: '地点', required: true, since: 2 }),
  },
})

/** What the release between them would be: everything is added, nothing is renamed yet. */
const between = kind({
  ...base,
  schemaVersion: 2,
  fields: {
    ...first.fields,
    name: text({ title: '名称', required: true, max: 40 }),
    place: text({ title: '地点', required: true, since: 2 }),
  },
})

let database: FreshDatabase
let sql: Sql
let keyring: Keyring
const owner = '01920000-0000-7000-8000-000000000009'

before(async () => {
  database = await freshDatabase()
  sql = database.sql
  keyring = await testKeyring()
  await sql`insert into owner (id, title, region) values (${owner}, '示例', '450204')`
})
after(() => database.close())

const storeOf = (trial: Kind) =>
  openStore(
    sql,
    new Map([[trial.name, trial]]),
    { ...publicActor, role: 'enterprise', userId: 'x', ownerId: owner, region: '450204' },
    new Date(),
    keyring,
  )

test('a new kind is drafted whole, and once applied there is nothing left to draft', async () => {
  const text = await draft(sql, [first])
  assert.match(text, /create table trial/)
  await sql.unsafe(text)
  assert.equal(await draft(sql, [first]), '')
})

test("the previous release's code writes and reads on the schema of the next one", async () => {
  const text = await draft(sql, [between])
  assert.doesNotMatch(text, /drop column|drop table|set not null/)
  await sql.unsafe(text)
  assert.equal(await draft(sql, [between]), '')
  const old = await storeOf(first).create(first, { name: '旧代码', weight: '2.5' })
  assert.deepEqual((await storeOf(first).read(first, old.row.id)).weight, { value: '2.5', unit: 'KGM' })
  await storeOf(first).change(first, old.row.id, { version: 1, name: '旧代码改' })
})

test('a rename keeps the data, and a longer text and a second unit are allowed afterwards', async () => {
  const text = await draft(sql, [second])
  assert.match(text, /rename column weight to mass/)
  await sql.unsafe(text)
  assert.equal(await draft(sql, [second]), '')
  const [row] = (await storeOf(second).list(second, { filters: {}, limit: 5 })).items
  assert.deepEqual(row?.mass, { value: '2.5', unit: 'KGM' })
  const input = { name: '三十个字的名称'.repeat(5), mass: { value: '5', unit: 'GRM' }, place: '柳州' }
  await storeOf(second).create(second, input)
  await assert.rejects(storeOf(second).create(second, { ...input, place: undefined }), /invalid/)
})

test('history is read under the declaration it was written with', async () => {
  const images = await sql<{ schemaVersion: number; image: Record<string, unknown> }[]>`
    select schema_version as "schemaVersion", image from change where kind = 'trial' order by seq`
  assert.deepEqual(
    images.map((each) => [each.schemaVersion, 'weight' in each.image, 'mass' in each.image]),
    [
      [2, true, false],
      [2, true, false],
      [2, false, true],
    ],
  )
})

test('a new required field without the version it came with is refused', async () => {
  const careless = kind({
    ...base,
    schemaVersion: 3,
    fields: { ...second.fields, more: text({ title: '更多', required: true }) },
  })
  await assert.rejects(draft(sql, [careless]), /since/)
})
