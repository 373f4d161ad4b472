import { type CellWords, isReadable, localTime, partsOf, readCells, writeCells } from './cells.ts'
import { checkFields } from './check.ts'
import { isAsked } from './field.ts'
import type { Field, Fields } from './fields/index.ts'
import type { Kind } from './kind.ts'
import type { Problem } from './problem.ts'
import { mustBeSaid } from './schema.ts'

/** One column of a kind's sheet. */
export type Column = {
  /** Unique within the sheet. */
  title: string
  /** Other heads that mean the same column. */
  also?: string
  required: boolean
  /** Whether an import takes it; the others are only shown in an export. */
  readable: boolean
  /** No template asks for it: what a device says is taken from an export alone. */
  unasked?: true
  format: 'text' | 'number' | 'day'
  options?: readonly string[]
  hint: string
}

/** A field's place in the sheet: `lines` names the lines field that it is a part of. */
type Group = { name: string; field: Field; lines?: string; first: number; parts: readonly { at: string }[] }

/** The flat form of a kind: one row a record, or as many rows as its longest lines. */
export type Sheet = {
  kind: Kind
  columns: readonly Column[]
  groups: readonly Group[]
  lines: readonly string[]
  /** Where the columns stand that every kind has; -1 where the sheet has none. */
  fixed: { key: number } & Record<keyof typeof fixedTitles, number>
}

/** A problem at a cell: the row counts within the record, the column within the sheet. */
export type CellProblem = { row: number; column: number; code: string; text: string }

/** The first column: which rows are one record, and which record of the system an exported row is. */
export const keyTitle = '单号'

/** The columns that only an export has, by the name that a list's columns give them. */
const fixedTitles = {
  ownerTitle: '单位',
  state: '记录状态',
  voidReason: '作废原因',
  createdAt: '登记时间',
  updatedAt: '最后修改',
} as const

/** Names that a list may show beside the kind's fields. */
export const fixedColumns: readonly string[] = Object.keys(fixedTitles)

/** What a template's example row says there; such rows are never read. */
export const exampleMark = '示例'

const shown = (field: Field): boolean => field.class !== 'secret'

const keyColumn = (hasLines: boolean): Column => ({
  title: keyTitle,
  required: false,
  readable: true,
  format: 'text',
  hint: hasLines
    ? '一份单据占几行时，各行写同一个单号；只占一行的可以不填。导出文件里的系统编号请勿修改'
    : '可以不填。导出文件里的系统编号请勿修改',
})

/**
 * The columns of a kind, in declared order, without the fields that are hidden. Secrets leave the server in no sheet.
 * `chosen` fields and fixed columns make the sheet of exactly those, in that order, without 单号: to look at, not to be
 * sent back.
 */
export function sheetOf(
  kind: Kind,
  words: Pick<CellWords, 'regions'>,
  hide: readonly string[] = [],
  chosen?: readonly string[],
): Sheet {
  const names = chosen?.filter((name) => Object.hasOwn(kind.fields, name)) ?? Object.keys(kind.fields)
  const lines = names.filter((name) => kind.fields[name]?.type === 'lines')
  const columns: Column[] = chosen ? [] : [keyColumn(lines.length > 0)]
  const groups: Group[] = []
  const add = (fields: Fields, within?: string) => {
    for (const [name, field] of Object.entries(fields)) {
      if (!shown(field) || (!within && hide.includes(name))) continue
      if (field.type === 'lines') {
        add(field.fields, name)
        continue
      }
      const parts = partsOf(field, words)
      const always = !within || !!kind.fields[within]?.required
      groups.push({ name, field, lines: within, first: columns.length, parts })
      for (const part of parts)
        columns.push({
          title: field.title + part.suffix,
          also: within ? `${kind.fields[within]?.title}·${field.title}${part.suffix}` : undefined,
          required: mustBeSaid(field) && part.at !== '/until' && always,
          readable: isReadable(field),
          ...(isAsked(field) ? {} : { unasked: true as const }),
          format: part.format,
          options: part.options,
          hint: [field.help, part.hint].filter(Boolean).join('；'),
        })
    }
  }
  const fixed: Sheet['fixed'] = {
    key: chosen ? -1 : 0,
    ownerTitle: -1,
    state: -1,
    voidReason: -1,
    createdAt: -1,
    updatedAt: -1,
  }
  const show = (name: keyof typeof fixedTitles) => {
    if (name === 'ownerTitle' && kind.isOwner) return
    // 归属: what files of earlier releases call it.
    const also = name === 'ownerTitle' ? '归属' : undefined
    const column = {
      title: fixedTitles[name],
      also,
      required: false,
      readable: false,
      hint: '只在导出时有',
    }
    fixed[name] = columns.push({ ...column, format: 'text' }) - 1
  }
  for (const name of chosen ?? []) {
    const field = kind.fields[name]
    if (field) add({ [name]: field })
    else show(name as keyof typeof fixedTitles)
  }
  if (!chosen) {
    add(kind.fields)
    for (const name of ['ownerTitle', 'state', 'voidReason', 'createdAt'] as const) show(name)
  }
  const times = new Map<string, number>()
  for (const { title } of columns) times.set(title, (times.get(title) ?? 0) + 1)
  for (const column of columns) if ((times.get(column.title) ?? 0) > 1 && column.also) column.title = column.also
  return { kind, columns, groups, lines, fixed }
}

/** The head of a column as people see it. */
export function headOf(column: Column): string {
  return column.required && column.readable ? `${column.title}*` : column.title
}

const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)

const stateTitle = (kind: Kind, state: unknown): string =>
  state === 'void' ? '已作废' : (kind.states?.names[String(state)] ?? '有效')

/** A record in API form as rows of texts; what stands at its head is repeated in each, so that a filter keeps it. */
export function rowsOf(sheet: Sheet, record: Record<string, unknown>, words: CellWords): string[][] {
  const { kind, fixed } = sheet
  const head: string[] = new Array(sheet.columns.length).fill('')
  const put = (row: string[], group: Group, value: unknown) => {
    if (isEmpty(value)) return
    for (const [part, each] of writeCells(group.field, value, words).entries()) row[group.first + part] = each
  }
  const tell = (at: number, text: () => string) => {
    if (at >= 0) head[at] = text()
  }
  const time = (value: unknown) => (value ? localTime(String(value)) : '')
  tell(fixed.key, () => String(record.id))
  tell(fixed.ownerTitle, () => words.title('', String(record.ownerId)) ?? String(record.ownerId))
  tell(fixed.state, () => stateTitle(kind, record.state))
  tell(fixed.voidReason, () => String(record.voidReason ?? ''))
  tell(fixed.createdAt, () => time(record.createdAt))
  tell(fixed.updatedAt, () => time(record.updatedAt))
  for (const group of sheet.groups) if (!group.lines) put(head, group, record[group.name])
  const linesOf = (name: string) => (record[name] ?? []) as Record<string, unknown>[]
  const count = Math.max(1, ...sheet.lines.map((name) => linesOf(name).length))
  return Array.from({ length: count }, (_, index) => {
    const row = index === count - 1 ? head : [...head]
    for (const group of sheet.groups) if (group.lines) put(row, group, linesOf(group.lines)[index]?.[group.name])
    return row
  })
}

function blank(row: readonly string[], group: Group): boolean {
  for (let at = group.first; at < group.first + group.parts.length; at++) if (row[at]?.trim()) return false
  return true
}

type Shape = { head: readonly Group[]; lines: ReadonlyMap<string, readonly Group[]>; references: readonly Group[] }

const shapes = new WeakMap<Sheet, Shape>()

/** What a file may set of a sheet: the groups of the head, those of each lines field, those that refer to a record. */
function shapeOf(sheet: Sheet): Shape {
  const known = shapes.get(sheet)
  if (known) return known
  const readable = sheet.groups.filter((group) => isReadable(group.field))
  const made = {
    head: readable.filter((group) => !group.lines),
    lines: new Map(sheet.lines.map((name) => [name, readable.filter((group) => group.lines === name)])),
    references: readable.filter(({ field }) => field.type === 'reference'),
  }
  shapes.set(sheet, made)
  return made
}

const sameCells = (a: readonly string[], b: readonly string[], group: Group): boolean =>
  group.parts.every((_, part) => (a[group.first + part] ?? '').trim() === (b[group.first + part] ?? '').trim())

/** Whether a row goes on with the record whose first row is given. */
export function continues(sheet: Sheet, first: readonly string[], row: readonly string[]): boolean {
  if (sheet.lines.length === 0) return false
  const [key, own] = [(first[0] ?? '').trim(), (row[0] ?? '').trim()]
  if (own) return own === key
  const { head } = shapeOf(sheet)
  if (head.every((group) => blank(row, group))) return true
  return !key && head.every((group) => sameCells(first, row, group))
}

type Reading = {
  input: Record<string, unknown>
  problems: CellProblem[]
  /** For each lines field, which row of the record each line stands in. */
  places: Map<string, number[]>
}

function readGroup(
  group: Group,
  row: readonly string[],
  at: number,
  into: Record<string, unknown>,
  reading: Reading,
  words: CellWords,
): void {
  if (blank(row, group)) return
  const cells = group.parts.map((_, part) => row[group.first + part] ?? '')
  const read = readCells(group.field, cells, words)
  if ('value' in read) into[group.name] = read.value
  else {
    const text = group.field.title + read.wrong
    reading.problems.push({ row: at, column: group.first + (read.part ?? 0), code: 'wrong-cell', text })
  }
}

function readLines(
  sheet: Sheet,
  name: string,
  rows: readonly (readonly string[])[],
  reading: Reading,
  words: CellWords,
): void {
  const groups = shapeOf(sheet).lines.get(name) ?? []
  const lines: Record<string, unknown>[] = []
  const places: number[] = []
  for (const [at, row] of rows.entries()) {
    if (groups.every((group) => blank(row, group))) continue
    const line: Record<string, unknown> = {}
    for (const group of groups) readGroup(group, row, at, line, reading, words)
    lines.push(line)
    places.push(at)
  }
  if (lines.length > 0) reading.input[name] = lines
  reading.places.set(name, places)
}

/** Where the problem of a checked field stands in the sheet. */
function placeOf(sheet: Sheet, { at, code, text }: Problem, places: Reading['places']): CellProblem {
  const [, name = '', ...rest] = at.split('/')
  const inLines = places.get(name)
  const line = inLines && rest.length > 1 ? Number(rest.shift()) : undefined
  const own = line === undefined ? name : (rest.shift() ?? '')
  const group =
    sheet.groups.find((each) =>
      line === undefined ? each.name === own && !each.lines : each.lines === name && each.name === own,
    ) ?? sheet.groups.find((each) => each.lines === name)
  const part = group?.parts.findIndex((each) => each.at === `/${rest.join('/')}`) ?? 0
  return { row: inLines?.[line ?? 0] ?? 0, column: group ? group.first + Math.max(0, part) : 0, code, text }
}

/**
 * One record from its rows: checked fields in API form, and every problem at its cell. Only the fields that a sheet may
 * set are there.
 */
export function readRecord(
  sheet: Sheet,
  rows: readonly (readonly string[])[],
  words: CellWords,
): { key: string; value: Record<string, unknown>; problems: CellProblem[] } {
  const first = rows[0] ?? []
  const reading: Reading = { input: {}, problems: [], places: new Map() }
  for (const group of shapeOf(sheet).head) {
    readGroup(group, first, 0, reading.input, reading, words)
    for (const [at, row] of rows.entries())
      if (at > 0 && !blank(row, group) && !sameCells(first, row, group))
        reading.problems.push({
          row: at,
          column: group.first,
          code: 'differs',
          text: `${group.field.title}与这份单据第一行的不同`,
        })
  }
  for (const name of sheet.lines) readLines(sheet, name, rows, reading, words)
  const { value, problems } = checkFields(sheet.kind.fields, reading.input, '')
  const taken = new Set(reading.problems.map((each) => `${each.row} ${groupAt(sheet, each.column)}`))
  for (const problem of problems) {
    const placed = placeOf(sheet, problem, reading.places)
    // A cell that could not be read is not also missing.
    if (!taken.has(`${placed.row} ${groupAt(sheet, placed.column)}`)) reading.problems.push(placed)
  }
  return { key: (first[0] ?? '').trim(), value, problems: reading.problems }
}

function groupAt(sheet: Sheet, column: number): number {
  return sheet.groups.findIndex((group) => column >= group.first && column < group.first + group.parts.length)
}

/** A refusal by the store as problems at cells of a record whose lines stand in the rows from its first on. */
export function placeProblems(
  sheet: Sheet,
  rows: readonly (readonly string[])[],
  problems: readonly Problem[],
): CellProblem[] {
  const places = new Map(
    sheet.lines.map((name) => {
      const groups = sheet.groups.filter((group) => group.lines === name)
      return [
        name,
        [...rows.keys()].filter((at) =>
          groups.some((group) => isReadable(group.field) && !blank(rows[at] ?? [], group)),
        ),
      ]
    }),
  )
  return problems.map((problem) => placeOf(sheet, problem, places))
}

/** Every reference that the rows name, so that all can be looked up at once. */
export function referencesIn(sheet: Sheet, row: readonly string[]): { to: string; text: string }[] {
  return shapeOf(sheet).references.flatMap(({ field, first }) => {
    const given = (row[first] ?? '').trim()
    return field.type === 'reference' && given ? [{ to: field.to, text: given }] : []
  })
}

const plainHead = (head: string): string => head.normalize('NFKC').replace(/[\s*]/g, '')

export type Heads = {
  /** For each column of the file, the column of the sheet, or -1. */
  columns: number[]
  unknown: string[]
  missing: string[]
  repeated: string[]
}

/** Which columns of a sheet the heads of a file mean. */
export function matchHeads(sheet: Sheet, heads: readonly string[]): Heads {
  const byHead = new Map<string, number>()
  for (const [index, { title, also }] of sheet.columns.entries())
    for (const each of [title, also]) if (each) byHead.set(plainHead(each), index)
  const columns = heads.map((head) => byHead.get(plainHead(head)) ?? -1)
  const known = columns.filter((index) => index >= 0)
  const titles = (indexes: readonly number[]) => indexes.map((index) => sheet.columns[index]?.title ?? '')
  return {
    columns,
    unknown: heads.filter((head, at) => columns[at] === -1 && head.trim() !== ''),
    missing: titles(
      [...sheet.columns.keys()].filter(
        (i) => sheet.columns[i]?.required && sheet.columns[i]?.readable && !known.includes(i),
      ),
    ),
    repeated: titles([...new Set(known.filter((index, at) => known.indexOf(index) !== at))]),
  }
}
