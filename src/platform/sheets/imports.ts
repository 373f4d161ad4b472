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

/** Clears the rows that have become records, as soon as they have. */
export const clearWritten = (sql: ISql, of: Pick<Import, 'ownerId' | 'id'>) =>
  sql`delete from import_row where owner_id = ${of.ownerId} and import_id = ${of.id} and state in ('written', 'known')`

/** How many records of the file are in which state. */
export async function countRows(sql: ISql, of: Pick<Import, 'ownerId' | 'id'>): Promise<Counts> {
  const found = await sql<{ state: RowState; n: number }[]>`
    select state, count(*)::int as n from import_row where owner_id = ${of.ownerId} and import_id = ${of.id} group by state`
  const counts = { ...noRows }
  for (const { state, n } of found) counts[state] = n
  return counts
}

type StoredRow = Omit<ImportRow, 'cells' | 'problems'> & { cells: string; problems: string | null }

/** Records of the file after a row number, in order. */
export async function readRows(
  sql: ISql,
  of: Pick<Import, 'ownerId' | 'id'>,
  query: { states?: readonly RowState[]; after: number; limit: number },
): Promise<ImportRow[]> {
  const rows = await sql<StoredRow[]>`
    select number, record_id as "recordId", state, cells, problems, input from import_row
    where owner_id = ${of.ownerId} and import_id = ${of.id} and number > ${query.after}
      ${query.states ? sql`and state = any(${query.states as string[]}::text[])` : sql``}
    order by number limit ${query.limit}`
  return rows.map((row) => ({ ...row, cells: JSON.parse(row.cells), problems: JSON.parse(row.problems ?? '[]') }))
}

/** Stages records of the file. */
export async function addRows(
  sql: ISql,
  of: Pick<Import, 'ownerId' | 'id'>,
  rows: readonly ImportRow[],
): Promise<void> {
  await sql`
    insert into import_row (owner_id, import_id, number, record_id, state, cells, input, problems)
    select ${of.ownerId}, ${of.id}, * from unnest(${rows.map((row) => row.number)}::int[],
      ${rows.map((row) => row.recordId)}::uuid[], ${rows.map((row) => row.state)}::text[],
      ${rows.map((row) => JSON.stringify(row.cells))}::text[], ${rows.map((row) => row.input ?? null)}::text[],
      ${rows.map((row) => (row.problems.length > 0 ? JSON.stringify(row.problems) : null))}::text[])`
}

/** Says what became of staged records. */
export async function settleRows(
  sql: ISql,
  of: Pick<Import, 'ownerId' | 'id'>,
  rows: readonly Pick<ImportRow, 'number' | 'state' | 'problems'>[],
): Promise<void> {
  await sql`
    update import_row r set state = s.state, problems = s.problems
    from unnest(${rows.map((row) => row.number)}::int[], ${rows.map((row) => row.state)}::text[],
      ${rows.map((row) => (row.problems.length > 0 ? JSON.stringify(row.problems) : null))}::text[])
      as s (number, state, problems)
    where r.owner_id = ${of.ownerId} and r.import_id = ${of.id} and r.number = s.number`
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
