import type { Sql } from 'postgres'
import { columnsOf } from '../../src/language/columns.ts'
import type { Kind } from '../../src/language/index.ts'
import { snake } from '../../src/language/names.ts'
import { type Part, type Table, tableFor, tableSql } from '../../src/language/table.ts'

type Existing = {
  columns: Set<string>
  required: Set<string>
  constraints: Map<string, string>
  indexes: Set<string>
  functions: Map<string, string>
  triggers: Map<string, string>
}

async function existing(sql: Sql, table: Table): Promise<Existing | undefined> {
  const columns = await sql<{ name: string; required: boolean }[]>`
    select column_name as name, is_nullable = 'NO' as required from information_schema.columns where table_schema = 'public' and table_name = ${table.name}`
  if (columns.length === 0) return undefined
  const constraints = await sql<{ name: string; definition: string }[]>`
    select conname as name, pg_get_constraintdef(oid) as definition from pg_constraint
    where conrelid = ${table.name}::regclass and contype <> 'n'`
  const indexes = await sql<
    { name: string }[]
  >`select indexname as name from pg_indexes where tablename = ${table.name}`
  const functions = await sql<{ name: string; text: string }[]>`
    select proname as name, prosrc as text from pg_proc where proname = any(${table.functions.map(({ name }) => name)})`
  const triggers = await sql<{ name: string; definition: string }[]>`
    select tgname as name, pg_get_triggerdef(oid) as definition from pg_trigger
    where tgrelid = ${table.name}::regclass and not tgisinternal`
  return {
    columns: new Set(columns.map((column) => column.name)),
    required: new Set(columns.filter((column) => column.required).map((column) => column.name)),
    constraints: new Map(constraints.map((constraint) => [constraint.name, constraint.definition])),
    indexes: new Set(indexes.map((index) => index.name)),
    functions: new Map(functions.map(({ name, text }) => [name, text])),
    triggers: new Map(triggers.map(({ name, definition }) => [name, definition])),
  }
}

/** What the database makes of a constraint's text: the only form in which two of them can be compared. */
async function normalised(sql: Sql, table: Table, constraints: readonly Part[]): Promise<Map<string, string>> {
  const definitions = await sql.begin(async (tx) => {
    const columns = table.columns.map((column) => `${column.name} ${column.sql}`)
    const named = constraints.map((constraint) => `constraint ${constraint.name} ${constraint.sql}`)
    await tx.unsafe(`create temp table drafted (${[...columns, ...named].join(', ')}) on commit drop`)
    return tx<{ name: string; definition: string }[]>`
      select conname as name, pg_get_constraintdef(oid) as definition from pg_constraint
      where conrelid = 'pg_temp.drafted'::regclass`
  })
  return new Map(definitions.map((row) => [row.name, row.definition]))
}

function renames(kind: Kind, table: Table, known: Existing): { lines: string[]; renamed: Set<string> } {
  const renamed = new Set<string>()
  const lines = Object.entries(kind.fields).flatMap(([name, field]) => {
    if (!field.was) return []
    return columnsOf(field.was, field).flatMap((old, index) => {
      const now = columnsOf(name, field)[index]?.name
      if (!now || known.columns.has(now) || !known.columns.has(old.name)) return []
      renamed.add(now)
      return [`alter table ${table.name} rename column ${old.name} to ${now};`]
    })
  })
  return { lines, renamed }
}

/** Constraints on the table before a rename still carry their old names: they are made anew under the new ones. */
async function constraintLines(sql: Sql, kind: Kind, table: Table, known: Existing): Promise<string[]> {
  const checks = table.constraints.filter((constraint) => constraint.sql.startsWith('check'))
  const wanted = await normalised(sql, table, checks)
  const changed = checks.filter((check) => known.constraints.get(check.name) !== wanted.get(check.name))
  const old = Object.values(kind.fields).flatMap((field) =>
    field.was
      ? [...known.constraints.keys()].filter((name) => name.startsWith(`${table.name}_${snake(field.was ?? '')}_`))
      : [],
  )
  // A check that moved to the door because it speaks of sealed fields.
  const moved = [...known.constraints.keys()].filter(
    (name) =>
      name.startsWith(`${table.name}__`) &&
      !wanted.has(name) &&
      kind.checks?.some((each) => name === `${table.name}__${each.name}`),
  )
  const gone = [...moved, ...changed.map((check) => check.name).filter((name) => known.constraints.has(name)), ...old]
  const references = table.constraints.filter(
    (constraint) => constraint.sql.startsWith('foreign') && !known.constraints.has(constraint.name),
  )
  return [
    ...gone.map((name) => `alter table ${table.name} drop constraint ${name};`),
    // Not valid first: the table is not locked while old rows are looked at.
    ...[...changed, ...references].flatMap((each) => [
      `alter table ${table.name} add constraint ${each.name} ${each.sql} not valid;`,
      `alter table ${table.name} validate constraint ${each.name};`,
    ]),
  ]
}

/** A trigger as the database says it, in the words of the declaration. */
const plainTrigger = (sql: string | undefined): string | undefined =>
  sql
    ?.toLowerCase()
    .replace('or replace ', '')
    .replace(/ on public\./, ' on ')
    .replace(/;$/, '')

const body = (functionSql: string): string => /\$\$([\s\S]*)\$\$/.exec(functionSql)?.[1] ?? ''

async function draftKind(sql: Sql, kind: Kind, owners: ReadonlySet<string>): Promise<string[]> {
  const table = tableFor(kind, owners)
  const known = await existing(sql, table)
  if (!known) return [tableSql(kind, owners)]
  const { lines, renamed } = renames(kind, table, known)
  const added = table.columns.filter((column) => !known.columns.has(column.name) && !renamed.has(column.name))
  for (const column of added)
    if (column.sql.endsWith('not null'))
      throw new Error(`${kind.name}: 新增的必填字段 ${column.name} 要写明 since，旧记录里没有它`)
  const freed = table.columns.filter(
    (column) =>
      known.required.has(column.name) && !/not null|generated/.test(column.sql) && !/ primary key/.test(column.sql),
  )
  const indexes = table.indexes.filter((index) => !known.indexes.has(index.name))
  return [
    ...lines,
    ...added.map((column) => `alter table ${table.name} add column ${column.name} ${column.sql};`),
    ...freed.map((column) => `alter table ${table.name} alter column ${column.name} drop not null;`),
    ...(await constraintLines(sql, kind, table, known)),
    ...indexes.map((index) => index.sql),
    ...table.functions.filter(({ name, sql }) => known.functions.get(name) !== body(sql)).map(({ sql }) => sql),
    ...table.triggers
      .filter(({ name, sql }) => plainTrigger(known.triggers.get(name)) !== plainTrigger(sql))
      .map(({ sql }) => sql),
  ]
}

/**
 * Drafts the additive migration from what the committed migrations make (the database behind `sql`) to what the
 * declarations derive. Nothing is dropped but constraints that are replaced: columns that no declaration names stay, so
 * that the previous release's code runs on the new schema. Empty where nothing differs.
 */
export async function draft(sql: Sql, kinds: readonly Kind[]): Promise<string> {
  const owners = new Set(kinds.filter((kind) => kind.isOwner).map((kind) => kind.name))
  const parts: string[] = []
  for (const kind of kinds) {
    const lines = await draftKind(sql, kind, owners)
    if (lines.length > 0) parts.push(lines.join('\n'))
  }
  return parts.length > 0 ? `${parts.join('\n\n')}\n` : ''
}
