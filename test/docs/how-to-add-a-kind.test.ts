import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import type { Kind } from '../../src/language/index.ts'
import { publicActor } from '../../src/platform/access/actor.ts'
import { openStore } from '../../src/platform/store/store.ts'
import { draft } from '../../tools/migrate/draft.ts'
import { freshDatabase } from '../database.ts'
import { testKeyring } from '../keys.ts'

test('the manual of adding a kind is true: its declaration alone makes a record that is written, read and refused', async () => {
  const page = readFileSync('docs/how-to-add-a-kind.md', 'utf8')
  const [, code] = /```ts file=\S+\n([\s\S]*?)```/.exec(page) ?? []
  assert.ok(code)
  const lines = code
    .trim()
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('/**')).length
  assert.equal(lines, Number(/the whole of it, (\d+) lines/.exec(page)?.[1]), 'the page counts its lines rightly')
  // Beside the real records, so that its import means what it means there.
  const folder = 'src/areas/kitchen/trial-records'
  mkdirSync(folder, { recursive: true })
  const file = `${folder}/trial-${process.pid}.ts`
  writeFileSync(file, code)
  const database = await freshDatabase()
  try {
    const loaded = (await import(`../../${file}`)) as Record<string, Kind>
    const [declared] = Object.values(loaded)
    assert.ok(declared)
    await database.sql.unsafe(await draft(database.sql, [declared]))
    const ownerId = '01920000-0000-7000-8000-000000000007'
    await database.sql`insert into owner (id, title, region) values (${ownerId}, '示例食堂', '450202')`
    const actor = { ...publicActor, role: 'enterprise' as const, userId: 'x', ownerId, region: '450202' }
    const store = openStore(database.sql, new Map([[declared.name, declared]]), actor, new Date(), await testKeyring())
    const input = { day: '2026-11-20', amount: { value: '35', unit: 'LTR' }, collector: '示例回收公司', use: 'refined' }
    const { row } = await store.create(declared, input)
    assert.equal((await store.list(declared, { filters: { use: 'refined' }, limit: 10 })).items[0]?.id, row.id)
    await assert.rejects(store.create(declared, { ...input, amount: { value: '2001', unit: 'KGM' } }), /invalid/)
  } finally {
    rmSync(folder, { recursive: true, force: true })
    await database.close()
  }
})
