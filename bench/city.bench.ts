import assert from 'node:assert/strict'
import type { Sql } from 'postgres'
import { EVENTS_A_BLOCK, insertOwners } from './city-of-chains.ts'
import { captureBlock, fillCity } from './fill-city.ts'
import { benchDatabase, figure, machine } from './frame.ts'

// That a city filled by copying holds, row by row, what capturing it leaves: its second block against one that was captured.
const tables = ['trace_key', 'event', 'event_key', 'edge', 'edge_end', 'trace_name', 'event_alias', 'event_voided']
const others = ['event_unclaimed', 'event_word', 'event_context', 'hold_watch', 'pg_indexes', 'pg_constraint']

/** How many rows a table has that stand for the second block, and a digest of them. */
async function rowsOf(sql: Sql, table: string, after: number): Promise<unknown> {
  const own: Record<string, [condition: string, text?: string]> = {
    trace_key: [`id > ${after}`],
    event: [`id > ${after}`],
    event_key: [`event > ${after}`],
    edge: [`event > ${after}`],
    pg_indexes: [`schemaname = 'public'`, 't.indexname || t.indexdef'],
    pg_constraint: [`connamespace = 'public'::regnamespace`, 't.conname || pg_get_constraintdef(t.oid)'],
  }
  const [condition, text = 't::text'] = own[table] ?? ['true']
  const [row] =
    await sql.unsafe(`select count(*)::int as count, md5(string_agg(${text}, e'\\n' order by ${text})) as digest
    from ${table} t where ${condition}`)
  return row
}

const filled = await benchDatabase()
const captured = await benchDatabase()
try {
  await machine(filled.sql)
  const reserved = await filled.sql.reserve()
  await fillCity(reserved as unknown as Sql, 2 * EVENTS_A_BLOCK, () => {})
  // Done is done.
  await fillCity(reserved as unknown as Sql, 2 * EVENTS_A_BLOCK, () => {})
  reserved.release()
  const [ids] = await filled.sql<{ span: number }[]>`select (last_value / 2)::int as span from trace_id_seq`
  const span = ids?.span ?? 0
  await insertOwners(captured.sql)
  // The second block alone, where capturing the first would have ended.
  await captured.sql`select setval('trace_id_seq', ${span})`
  await captureBlock(captured.sql, 1)
  for (const table of [...tables, ...others])
    assert.deepEqual(await rowsOf(filled.sql, table, span), await rowsOf(captured.sql, table, 0), table)
  figure('city.tables', tables.length + others.length, 'tables of a copied block equal those of a captured one')
} finally {
  await filled.close()
  await captured.close()
}
