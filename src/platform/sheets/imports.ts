import type { ISql, Sql } from 'postgres'
import { notFound } from '../../failure.ts'
import { isId } from '../../language/index.ts'
import type { Actor } from '../access/actor.ts'

export type ImportState = 'reading' | 'ready' | 'committing' | 'done' | 'failed'

/** What becomes of a record of the file. */
export type RowState = 'good' | 'bad' | 'known' | 'written' | 'refused'

export type Counts = Record<RowState, number>

export const noRows: Counts = { good: 0, bad: 0, known: 0, written: 0, refused: 0 }

/** A file that is being taken in. */
export type Import = {
  id: string
  ownerId: string
  kind: string
  accountId: string
  actor: Actor
  name: string
  size: number
  state: ImportState
  failure: string | null
  notes: string[]
  heads: string[]
  rows: number | null
  readRows: number
  counts: Counts
  createdAt: Date
  updatedAt: Date
}

/** What is wrong with a cell of the file: its address as people say it (`C12`; `12` where the file has no such column). */
export type RowProblem = { cell: string; code: string; text: string }

/** One record of the file with the rows that it takes there. */
export type ImportRow = {
  number: number
  recordId: string | null
  state: RowState
  cells: (readonly [number, readonly string[]])[]
  problems: RowProblem[]
  /** The record to be written, as JSON text, where it is good. */
  input?: string | null
}

/** Every column of an import, as `Import` names them. */
export const columns = (sql: ISql) => sql`
  id, owner_id as "ownerId", kind, account_id as "accountId", actor, name, size, state, failure, notes, heads, rows,
  read_rows as "readRows", ${sql.json(noRows)}::jsonb || counts as counts, created_at as "createdAt", updated_at as "updatedAt"`

/** Keeps a file and opens its import. */
export async function openImport(
  sql: Sql,
  actor: Actor,
  given: { id: string; kind: string; name: string; sha256: string; bytes: Buffer; now: Date },
): Promise<Import> {
  return sql.begin(async (tx) => {
    await tx`insert into import_file (owner_id, import_id, body) values (${actor.ownerId}, ${given.id}, ${given.bytes})`
    const [row] = await tx<Import[]>`
      insert into import (owner_id, id, kind, account_id, actor, name, sha256, size, state, created_at, updated_at)
      values (${actor.ownerId}, ${given.id}, ${given.kind}, ${actor.userId}, ${tx.json(actor as never)}, ${given.name},
        ${given.sha256}, ${given.bytes.length}, 'reading', ${given.now}, ${given.now})
      returning ${columns(tx)}`
    return row as Import
  }) as Promise<Import>
}

/** An import of the actor's own; to anybody else it does not exist. */
export async function readImport(sql: ISql, actor: Actor, id: string): Promise<Import> {
  const [row] = isId(id)
    ? await sql<Import[]>`
        select ${columns(sql)} from import
        where owner_id = ${actor.ownerId} and id = ${id} and account_id = ${actor.userId}`
    : []
  if (!row) throw notFound('这次导入')
  return row
}

/** The actor's latest imports, newest first. */
export async function listImports(
  sql: ISql,
  actor: Actor,
  limit: number,
  before?: string,
  kind?: string,
): Promise<Import[]> {
  return sql<Import[]>`
    select ${columns(sql)} from import
    where account_id = ${actor.userId} and owner_id = ${actor.ownerId} ${before && isId(before) ? sql`and id < ${before}` : sql``} ${kind ? sql`and kind = ${kind}` : sql``}
    order by id desc limit ${limit}`
}

/** How long the rows of a file are kept after they were last worked on; where they speak of persons, to be mended only. */
const keptDays = 30
const keptDaysOfPersons = 1

/**
 * Clears what was staged (D6.4.6.c): rows of files lie in the clear, and the records they became stand elsewhere.
 * `personal` names the kinds that speak of persons.
 */
export async function clearOld(sql: ISql, personal: readonly string[], now: Date): Promise<void> {
  const before = (days: number) => new Date(now.getTime() - days * 86_400_000)
  await sql`
    delete from import_row r using import i
    where i.owner_id = r.owner_id and i.id = r.import_id and i.state in ('ready', 'done', 'failed') and (
      i.updated_at < ${before(keptDays)}
      or i.kind = any(${personal as string[]}) and i.updated_at < ${before(keptDaysOfPersons)})`
}

type Of = Pick<Import, 'ownerId' | 'id'>

/**
 * What became of a row. A good one below whose number the import says that all is written is written: twenty notes in
 * the import instead of ten thousand rows written anew.
 */
const stateNow = (sql: ISql, of: Of) => sql`
  case when r.state = 'good' and r.number <@ (
    select i.written from import i where i.owner_id = ${of.ownerId} and i.id = ${of.id}) then 'written' else r.state end`

/** Clears the rows that have become records, as soon as they have. */
export const clearWritten = (sql: ISql, of: Of) =>
  sql`
    delete from import_row r where r.owner_id = ${of.ownerId} and r.import_id = ${of.id}
      and ${stateNow(sql, of)} in ('written', 'known')`

/** Forgets what was staged of an import, to read its file anew. */
export async function clearStaged(sql: ISql, of: Of): Promise<void> {
  await sql`delete from import_row where owner_id = ${of.ownerId} and import_id = ${of.id}`
  await sql`update import set written = '{}' where owner_id = ${of.ownerId} and id = ${of.id}`
}

/** How many records of the file are in which state. */
export async function countRows(sql: ISql, of: Of): Promise<Counts> {
  const found = await sql<{ state: RowState; n: number }[]>`
    select ${stateNow(sql, of)} as state, count(*)::int as n from import_row r
    where r.owner_id = ${of.ownerId} and r.import_id = ${of.id} group by 1`
  const counts = { ...noRows }
  for (const { state, n } of found) counts[state] = n
  return counts
}

type StoredRow = Omit<ImportRow, 'cells' | 'problems'> & { cells: string; problems: string | null }

const asRow = (row: StoredRow): ImportRow => ({
  ...row,
  cells: JSON.parse(row.cells),
  problems: JSON.parse(row.problems ?? '[]'),
})

/** Records of the file after a row number, in order. */
export async function readRows(
  sql: ISql,
  of: Of,
  query: { states?: readonly RowState[]; after: number; limit: number },
): Promise<ImportRow[]> {
  const { states } = query
  // As they are stored; the partial index of wrong rows is found by it.
  const stored = states?.includes('written') ? [...states, 'good'] : states
  const rows = await sql<StoredRow[]>`
    select r.number, r.record_id as "recordId", ${stateNow(sql, of)} as state, r.cells, r.problems from import_row r
    where r.owner_id = ${of.ownerId} and r.import_id = ${of.id} and r.number > ${query.after}
      ${
        states
          ? sql`and r.state = any(${stored as string[]}::text[])
              and ${stateNow(sql, of)} = any(${states as string[]}::text[])`
          : sql``
      }
    order by r.number limit ${query.limit}`
  return rows.map(asRow)
}

/** The records of the file whose first rows have these numbers. */
export async function rowsNumbered(sql: ISql, of: Of, numbers: readonly number[]): Promise<ImportRow[]> {
  const rows = await sql<StoredRow[]>`
    select number, record_id as "recordId", state, cells, problems from import_row
    where owner_id = ${of.ownerId} and import_id = ${of.id} and number = any(${numbers as number[]}::int[])`
  return rows.map(asRow)
}

/** A record to be written: as JSON text, under the id that it got when it was staged. */
export type Good = { number: number; recordId: string; input: string }

/** Good records of the file after a row number, in order, that are not written yet. */
export async function readGood(sql: ISql, of: Of, after: number, limit: number): Promise<Good[]> {
  return sql<Good[]>`
    select r.number, r.record_id as "recordId", r.input from import_row r
    where r.owner_id = ${of.ownerId} and r.import_id = ${of.id} and r.number > ${after} and r.state = 'good'
      and ${stateNow(sql, of)} = 'good'
    order by r.number limit ${limit}`
}

/** What JSON text never holds: texts joined by it travel as one, which costs a third of an array of them. */
const separator = '\x01'

/** Stages records of the file. */
export async function addRows(sql: ISql, of: Of, rows: readonly ImportRow[]): Promise<void> {
  const texts = (of: (row: ImportRow) => string | null | undefined) =>
    sql`string_to_array(${rows.map((row) => of(row) ?? '').join(separator)}, ${separator}, '')`
  await sql`
    insert into import_row (owner_id, import_id, number, record_id, state, cells, input, problems)
    select ${of.ownerId}, ${of.id}, * from unnest(${texts((row) => String(row.number))}::int[],
      ${texts((row) => row.recordId)}::uuid[], ${texts((row) => row.state)},
      ${texts((row) => JSON.stringify(row.cells))}, ${texts((row) => row.input)},
      ${texts((row) => (row.problems.length > 0 ? JSON.stringify(row.problems) : null))})`
}

/** Says what became of single records. */
export async function settleRows(
  sql: ISql,
  of: Of,
  rows: readonly Pick<ImportRow, 'number' | 'state' | 'problems'>[],
): Promise<void> {
  if (rows.length === 0) return
  await sql`
    update import_row r set state = s.state, problems = s.problems
    from unnest(${rows.map((row) => row.number)}::int[], ${rows.map((row) => row.state)}::text[],
      ${rows.map((row) => (row.problems.length > 0 ? JSON.stringify(row.problems) : null))}::text[])
      as s (number, state, problems)
    where r.owner_id = ${of.ownerId} and r.import_id = ${of.id} and r.number = s.number`
}

/** Says that of these rows all are written that are not said to be anything else. */
export async function settleWritten(sql: ISql, of: Of, first: number, last: number): Promise<void> {
  await sql`
    update import set written = written + int4multirange(int4range(${first}, ${last}, '[]'))
    where owner_id = ${of.ownerId} and id = ${of.id}`
}

/** Which record each content is: the one it became before, else the given new id. Both lists in the same order. */
export async function recordsOf(
  sql: ISql,
  ownerId: string,
  kind: string,
  contents: readonly string[],
  ids: readonly string[],
): Promise<{ id: string; isNew: boolean }[]> {
  const added = await sql<{ content: string }[]>`
    insert into imported (owner_id, kind, content, record_id)
    select ${ownerId}, ${kind}, * from unnest(${contents as string[]}::uuid[], ${ids as string[]}::uuid[])
    on conflict do nothing returning content`
  const fresh = new Set(added.map((row) => row.content))
  const old = contents.filter((content) => !fresh.has(content))
  const known = new Map<string, string>()
  if (old.length > 0)
    for (const { content, id } of await sql<{ content: string; id: string }[]>`
      select content, record_id as id from imported
      where owner_id = ${ownerId} and kind = ${kind} and content = any(${old}::uuid[])`)
      known.set(content, id)
  return contents.map((content, at) => ({ id: known.get(content) ?? (ids[at] as string), isNew: fresh.has(content) }))
}
