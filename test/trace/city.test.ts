import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Sql } from 'postgres'
import { EVENTS_A_BLOCK, insertOwners } from '../../bench/city-of-chains.ts'
import { captureBlock, fillCity } from '../../bench/fill-city.ts'
import { type FreshDatabase, freshDatabase } from '../database.ts'

let filled: FreshDatabase
let captured: FreshDatabase

before(async () => {
  ;[filled, captured] = [await freshDatabase(), await freshDatabase()]
})

after(async () => {
  await Promise.all([filled?.close(), captured?.close()])
})

const tables = ['trace_key', 'event', 'event_key', 'edge', 'edge_end', 'trace_name', 'event_alias', 'event_voided']
const others = ['event_unclaimed', 'event_word', 'event_context', 'hold_watch']

/** All rows of a table that stand for the second block, and how many. */
async function rowsOf(sql: Sql, table: string, condition: string): Promise<unknown> {
  const [row] = await sql.unsafe(
    `select count(*)::int as count, md5(string_agg(t::text, e'\\n' order by t::text)) as digest from ${table} t where ${condition}`,
  )
  return row
}

test('a city filled by copying holds, row by row, what capturing it leaves', async () => {
  const reserved = await filled.sql.reserve()
  await fillCity(reserved as unknown as Sql, 2 * EVENTS_A_BLOCK, () => {})
  // Done is done.
  await fillCity(reserved as unknown as Sql, 2 * EVENTS_A_BLOCK, () => {})
  reserved.release()
  const [first] = await filled.sql<{ last: string }[]>`select max(id) / 2 as last from trace_key`
  const [ids] = await filled.sql<{ span: number; last: number }[]>`
    select (last_value / 2)::int as span, last_value::int as last from trace_id_seq`
  const span = ids?.span ?? 0
  assert.ok(first && ids && ids.last === 2 * span)
  // The second block alone, captured where the first would have ended.
  await insertOwners(captured.sql)
  await captured.sql`select setval('trace_id_seq', ${span})`
  await captureBlock(captured.sql, 1)
  const own: Record<string, string> = { trace_key: `id > ${span}`, event: `id > ${span}` }
  for (const table of [...tables, ...others]) {
    const condition = own[table] ?? (['event_key', 'edge'].includes(table) ? `event > ${span}` : 'true')
    assert.deepEqual(await rowsOf(filled.sql, table, condition), await rowsOf(captured.sql, table, 'true'), table)
  }
  const [indexes, wanted] = await Promise.all(
    [filled, captured].map(
      ({ sql }) => sql`
      select indexname, indexdef from pg_indexes where schemaname = 'public' order by indexname`,
    ),
  )
  assert.deepEqual(indexes, wanted)
})
