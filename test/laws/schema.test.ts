import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { Sql } from 'postgres'
import { kinds, ownerKinds } from '../../src/catalogue.ts'
import { tableOf } from '../../src/language/columns.ts'
import { snake } from '../../src/language/names.ts'
import { tableSql } from '../../src/language/table.ts'
import { emptyDatabase, freshDatabase } from '../database.ts'

/** Everything the database says of the kinds' tables: columns, constraints, indexes, triggers, grants, functions. */
async function shape(sql: Sql): Promise<unknown> {
  const tables = kinds.map(tableOf)
  return {
    columns: await sql`select table_name, column_name, data_type, is_nullable, column_default, generation_expression,
        numeric_precision, numeric_scale
      from information_schema.columns where table_name = any(${tables}) order by 1, 2`,
    constraints: await sql`select conrelid::regclass::text as on_table, conname, pg_get_constraintdef(oid) as definition
      from pg_constraint where conrelid::regclass::text = any(${tables}) order by 1, 2`,
    indexes: await sql`select indexname, indexdef from pg_indexes where tablename = any(${tables}) order by 1`,
    functions:
      await sql`select proname, prosrc from pg_proc where proname = any(${tables.flatMap((t) => [`${t}_changed`, `${t}_added`])}) order by 1`,
    triggers: await sql`select tgname, pg_get_triggerdef(oid) as definition from pg_trigger
      where tgrelid::regclass::text = any(${tables}) and not tgisinternal order by 1`,
    grants: await sql`select table_name, grantee, privilege_type from information_schema.role_table_grants
      where table_name = any(${tables}) and grantee like 'shisu_%' order by 1, 2, 3`,
  }
}

test('a database built by the committed migrations is the one that the declarations derive', async () => {
  const migrated = await freshDatabase()
  const derived = await emptyDatabase()
  try {
    for (const name of ['0001-platform.sql']) await derived.sql.unsafe(readFileSync(`migrations/${name}`, 'utf8'))
    for (const kind of kinds) await derived.sql.unsafe(tableSql(kind, ownerKinds))
    assert.deepEqual(await shape(derived.sql), await shape(migrated.sql))
  } finally {
    await migrated.close()
    await derived.close()
  }
})

test('no identifier of the database is cut off at 63 bytes', async () => {
  const { sql, close } = await freshDatabase()
  try {
    for (const kind of kinds) {
      const named = [
        ...tableSql(kind, ownerKinds).matchAll(/(?:constraint|index|function|trigger|table) ([a-z0-9_]+)/g),
      ]
      for (const [, name] of named) assert.ok((name?.length ?? 0) < 63, name)
    }
    const long =
      await sql`select relname from pg_class where length(relname) >= 63 and relnamespace = 'public'::regnamespace`
    assert.deepEqual([...long], [])
  } finally {
    await close()
  }
})

/** What a table of a large city has: the planner is told so, of copies of one valid row. */
const rowsTold = 1_000_000

/** Copies of the one valid row, and statistics that say there were `rowsTold` of them. */
async function fill(sql: Sql, table: string, rows: number): Promise<void> {
  const columns = await sql<{ name: string }[]>`
    select column_name as name from information_schema.columns
    where table_name = ${table} and is_generated = 'NEVER' order by ordinal_position`
  const names = columns.map((column) => column.name)
  await sql.unsafe(`alter table ${table} disable trigger all`)
  const values = names.map((name) =>
    name === 'id' || (name === 'owner_id' && ownerKinds.has(table)) ? 'u.id' : `t.${name}`,
  )
  await sql.unsafe(
    `insert into ${table} (${names.join(', ')}) select ${values.join(', ')}
     from (select * from ${table} limit 1) t, (select gen_random_uuid() as id from generate_series(1, ${rows})) u`,
  )
  await sql.unsafe(`analyze ${table}`)
  // The planner multiplies the table's real pages by rows per page as noted here.
  await sql`update pg_class set reltuples = ${rowsTold} where oid = ${table}::regclass`
}

async function isServed(sql: Sql, kind: string, query: string): Promise<void> {
  const plan = await sql.unsafe(`explain ${query}`)
  const text = plan.map((row) => Object.values(row)[0]).join('\n')
  assert.match(text, /Index/, `${kind} ${query}\n${text}`)
  assert.doesNotMatch(text, /Seq Scan/, `${kind} ${query}\n${text}`)
}

test("each kind's list within each reach, and what refers to a record, are served by an index and never scan the table", async () => {
  const { openLawTown } = await import('./town.ts')
  const { town, made } = await openLawTown()
  try {
    for (const kind of kinds) {
      await made(kind)
      const table = tableOf(kind)
      await fill(town.server.sql, table, 300)
      const sort = snake((kind.list.sort ?? '-id').replace(/^-/, ''))
      const order = sort === 'id' ? 't.id desc' : `t.${sort} desc, t.id desc`
      const stranger = `'${crypto.randomUUID()}'`
      const reaches = ["t.city = '450299'", "t.county = '450299'", `t.owner_id = ${stranger}`]
      const { sql } = town.server
      for (const where of kind.about ? [...reaches, `t.about_id = ${stranger}`] : reaches)
        await isServed(sql, kind.name, `select * from ${table} t where ${where} order by ${order} limit 51`)
      for (const [name, field] of Object.entries(kind.fields))
        if (field.type === 'reference') {
          const where = `t.${snake(name)} = ${stranger}`
          await isServed(sql, kind.name, `select * from ${table} t where ${where} order by t.id desc limit 1001`)
        }
    }
  } finally {
    await town.server.close()
  }
})
