import { hash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { ISql } from 'postgres'
import { isReadable } from '../../language/cells.ts'
import { isId, type Kind, statesOf, uniqueFields } from '../../language/index.ts'
import { snake } from '../../language/names.ts'
import { type CellProblem, readRecord, referencesIn, rowsOf, type Sheet } from '../../language/sheet.ts'
import { checkOn, claimKey } from '../../language/trigger.ts'
import type { Actor } from '../access/actor.ts'
import { uuidv7 } from '../id.ts'
import { maskRow } from '../protect/mask.ts'
import { columnsOf } from '../store/context.ts'
import type { Store } from '../store/store.ts'
import { inTurns } from '../turns.ts'
import type { Draft } from './drafts.ts'
import { type ImportRow, type RowProblem, recordsOf } from './imports.ts'
import type { Layout } from './layout.ts'
import type { referenceBook, titleBook } from './references.ts'
import { addressOf } from './rows.ts'

export type Judge = {
  sql: ISql
  sheet: Sheet
  layout: Layout
  actor: Actor
  store: Store
  now: Date
  regions: ReadonlyMap<string, string>
  references: ReturnType<typeof referenceBook>
  titles: ReturnType<typeof titleBook>
  /** How often each content came in this file, so that two equal rows are two records, the same two each time. */
  seen: Map<string, number>
  /** Values of unique fields met in this file, with the row that has them. */
  unique: Map<string, number>
}

export type Judged = {
  draft: Draft
  value: Record<string, unknown>
  problems: CellProblem[]
  id?: string
  isKnown?: boolean
  input?: string
}

/** The words in which the judge reads and writes cells. */
export function wordsOf({ regions, references, titles }: Pick<Judge, 'regions' | 'references' | 'titles'>) {
  return { regions, title: titles.title, resolve: references.resolve }
}

/** A record from its rows, with what the file itself says is wrong with cells. */
function read(judge: Judge, draft: Draft): Judged {
  const { sheet, layout } = judge
  const { value, problems } = readRecord(sheet, draft.texts, wordsOf(judge))
  const found = new Map(problems.map((problem) => [`${problem.row} ${problem.column}`, problem]))
  for (const [row, { wrong }] of draft.rows.entries())
    for (const [column, index] of layout.inFile.entries()) {
      const text = wrong?.[index]
      if (text && sheet.columns[column]?.readable)
        found.set(`${row} ${column}`, {
          row,
          column,
          code: 'unreadable-cell',
          text: `${sheet.columns[column]?.title}${text}`,
        })
    }
  if (draft.apart !== undefined)
    found.set('apart', {
      row: 0,
      column: 0,
      code: 'apart',
      text: `单号与第 ${draft.apart} 行相同，同一份单据的各行请放在一起`,
    })
  return { draft, value, problems: [...found.values()] }
}

/** The first 128 bits of the content's sha256, written as a uuid; the n-th equal content of a file is another one. */
function contentOf(judge: Judge, text: string): string {
  const before = judge.seen.get(text) ?? 0
  judge.seen.set(text, before + 1)
  const hex = hash('sha256', `${before} ${text}`)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`
}

const isBlank = (value: unknown): boolean =>
  value === undefined || value === null || (Array.isArray(value) && value.length === 0)

/** What a sheet can say of a field's value: lines without their pictures. */
function settable(sheet: Sheet, name: string, value: unknown): unknown {
  const field = sheet.kind.fields[name]
  if (field?.type !== 'lines' || !Array.isArray(value)) return value
  const names = sheet.groups
    .filter((group) => group.lines === name && isReadable(group.field))
    .map((group) => group.name)
  return value.map((line) => Object.fromEntries(Object.entries(line).filter(([each]) => names.includes(each))))
}

/** Compares rows that came from an export with the record they came from. */
function compare(judge: Judge, judged: Judged, current: Record<string, unknown>): void {
  const { sheet, layout } = judge
  const columns = [...sheet.columns.keys()].filter(
    (at) => at > 0 && sheet.columns[at]?.readable && (layout.inFile[at] ?? -1) >= 0,
  )
  const { texts } = judged.draft
  const saysTheSame = (record: Record<string, unknown>) => {
    const shown = rowsOf(sheet, record, wordsOf(judge))
    return (
      shown.length === texts.length &&
      texts.every((row, at) => columns.every((column) => row[column]?.trim() === shown[at]?.[column]?.trim()))
    )
  }
  // An export by whoever is not the owner shows personal data in part.
  judged.isKnown = saysTheSame(current) || saysTheSame(maskRow(sheet.kind, current))
  if (judged.isKnown) judged.problems = []
  if (judged.isKnown || judged.problems.length > 0) return
  const names = new Set(
    columns.flatMap((column) => {
      const group = sheet.groups.find(({ first, parts }) => column >= first && column < first + parts.length)
      return group && isReadable(group.field) ? [group.lines ?? group.name] : []
    }),
  )
  const differs = [...names].find((name) => {
    const [given, own] = [judged.value[name], settable(sheet, name, current[name])]
    return !(isBlank(given) && isBlank(own)) && !isDeepStrictEqual(given, own)
  })
  judged.isKnown = differs === undefined
  if (differs === undefined) return
  const group = sheet.groups.find(({ name, lines }) => (lines ?? name) === differs)
  const text = `${sheet.kind.fields[differs]?.title}与系统里这条${sheet.kind.title}的不同。导入只新增、不修改：要修改请到页面上改；要作为新的一条，请清空单号`
  judged.problems = [{ row: 0, column: group?.first ?? 0, code: 'differs-from-record', text }]
}

async function identify(judge: Judge, all: readonly Judged[]): Promise<void> {
  const named = all.filter(({ draft }) => isId((draft.texts[0]?.[0] ?? '').trim()))
  for (const judged of named) judged.id = judged.draft.texts[0]?.[0]?.trim()
  const good = all.filter((judged) => !judged.id && judged.problems.length === 0)
  for (const judged of [...good, ...named]) judged.input = JSON.stringify(judged.value)
  const contents = good.map(({ input }) => contentOf(judge, input as string))
  const ids = good.map(() => uuidv7()).sort()
  const records = await recordsOf(judge.sql, judge.actor.ownerId, judge.sheet.kind.name, contents, ids)
  const asked: string[] = []
  for (const [at, judged] of good.entries()) {
    judged.id = records[at]?.id
    if (!records[at]?.isNew) asked.push(judged.id as string)
  }
  const current = await judge.store.readMany(judge.sheet.kind, [...asked, ...named.map(({ id }) => id as string)])
  const byId = new Map(current.map((row) => [row.id, row]))
  await judge.titles.learn(judge.sheet.kind, current)
  for (const judged of good) judged.isKnown = byId.has(judged.id as string)
  for (const judged of named) {
    const record = byId.get(judged.id as string)
    if (record) compare(judge, judged, record)
  }
}

const fresh = (all: readonly Judged[]): Judged[] =>
  all.filter(({ problems, isKnown }) => problems.length === 0 && !isKnown)

const columnOfField = (sheet: Sheet, name: string): number =>
  sheet.groups.find((group) => (group.lines ?? group.name) === name)?.first ?? 0

const only = (columns: Record<string, unknown>, names: ReadonlySet<string>) =>
  Object.fromEntries(Object.entries(columns).filter(([name]) => names.has(name)))

/** Rules between fields, asked of the database that holds them. */
async function crossCheck(judge: Judge, all: readonly Judged[]): Promise<void> {
  const { kind } = judge.sheet
  const checks = kind.checks ?? []
  if (checks.length === 0 || all.length === 0) return
  const names = new Set(checks.flatMap(({ sql }) => sql.match(/\b[a-z][a-z0-9_]*\b/g) ?? []))
  const occurred = kind.timing?.occurred
  if (occurred) names.add(snake(occurred))
  const failed = checks.map((check, at) => `case when (${checkOn(kind, check, 'r')}) is false then ${at} end`)
  const begun = { state: statesOf(kind)[0], created_at: judge.now.toISOString() }
  const rows = await judge.sql.unsafe<{ n: number; failed: number[] }[]>(
    `select * from (
       select r.ordinality::int as n, array_remove(array[${failed.join(', ')}], null) as failed
       from jsonb_populate_recordset(null::${snake(kind.name)}, $1::text::jsonb) with ordinality as r
     ) c where cardinality(failed) > 0`,
    [JSON.stringify(all.map(({ value }) => ({ ...only(columnsOf(kind, value), names), ...begun })))],
  )
  for (const { n, failed: indexes } of rows)
    for (const index of indexes) {
      const check = checks[index]
      if (check)
        all[n - 1]?.problems.push({
          row: 0,
          column: columnOfField(judge.sheet, check.at),
          code: 'cross-check',
          text: check.text,
        })
    }
}

/** Values that only one record may have: met twice in the file, or used by another record already. */
async function checkUnique(judge: Judge, all: readonly Judged[]): Promise<void> {
  const { kind } = judge.sheet
  for (const name of uniqueFields(kind)) {
    const column = columnOfField(judge.sheet, name)
    const title = kind.fields[name]?.title
    const having = all.filter(({ value }) => typeof value[name] === 'string')
    const taken = await claims(
      judge,
      kind,
      name,
      having.map(({ value }) => value[name] as string),
    )
    for (const { value, draft, problems } of having) {
      const key = `${name} ${value[name]}`
      const number = draft.rows[0]?.number ?? 0
      const before = judge.unique.get(key)
      if (before !== undefined)
        problems.push({ row: 0, column, code: 'repeated', text: `${title}与第 ${before} 行相同，不能重复` })
      else judge.unique.set(key, number)
      if (taken.has(value[name] as string))
        problems.push({ row: 0, column, code: 'already-used', text: `${title}已经被另一条${kind.title}使用` })
    }
  }
}

/** Those of some values that a record has claimed: of anybody's, or of the owner's own where only those count. */
async function claims({ sql, actor }: Judge, kind: Kind, name: string, values: string[]): Promise<Set<string>> {
  if (values.length === 0) return new Set()
  const found = await sql.unsafe<{ value: string }[]>(
    `select v.value from unnest($1::text[]) as v (value)
     where exists (select from claim c where c.namespace = $2 and c.key = ${claimKey(kind, name, '$3', 'v.value')})
       and $3::text is not null`,
    [values, `${kind.name}.${name}`, actor.ownerId],
  )
  return new Set(found.map((row) => row.value))
}

/** Problems at cells of the file, in the order of its rows and columns. */
export function addressed(layout: Layout, draft: Pick<Draft, 'rows'>, problems: readonly CellProblem[]): RowProblem[] {
  return [...problems]
    .sort((a, b) => a.row - b.row || a.column - b.column)
    .slice(0, 100)
    .map(({ row, column, code, text }) => {
      const number = draft.rows[row]?.number ?? 0
      const at = layout.inFile[column] ?? -1
      return { cell: at < 0 ? String(number) : addressOf(number, at), code, text }
    })
}

/** Records from a file with what the file itself says is wrong with their cells. */
export async function readDrafts(judge: Judge, drafts: readonly Draft[]): Promise<Judged[]> {
  const wanted = drafts.flatMap(({ texts }) => texts.flatMap((row) => referencesIn(judge.sheet, row)))
  await judge.references.learn(wanted)
  return inTurns(drafts, (draft) => read(judge, draft))
}

/** Says of records from a file, in its order, what they are: good, wrong at which cells, or there already. Writes nothing but ids. */
export async function judgeDrafts(judge: Judge, all: readonly Judged[]): Promise<ImportRow[]> {
  await identify(judge, all)
  await crossCheck(judge, fresh(all))
  await checkUnique(judge, fresh(all))
  return all.map(({ draft, problems, id, isKnown, input }) => ({
    number: draft.rows[0]?.number ?? 0,
    recordId: problems.length > 0 ? null : (id ?? null),
    state: problems.length > 0 ? 'bad' : isKnown ? 'known' : 'good',
    input: problems.length > 0 || isKnown ? null : input,
    cells: draft.rows.map((row) => [row.number, row.cells] as const),
    problems: addressed(judge.layout, draft, problems),
  }))
}
