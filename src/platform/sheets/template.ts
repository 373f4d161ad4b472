import { type Column, exampleMark, type Sheet } from '../../language/sheet.ts'
import type { ImportRow } from './imports.ts'
import { inSheet, type Layout, reasonTitle } from './layout.ts'
import { addressOf, columnIndex } from './rows.ts'
import { type FormRow, form, sheetName } from './xlsx-write.ts'

/** What an example row says in a column: the first of its list, or what its hint gives as an example. */
function exampleOf(column: Column): string {
  if (column.options) return column.options[0] ?? ''
  const [, given] = /如 ([^；。]+)/.exec(column.hint) ?? []
  return given?.trim() ?? (column.format === 'number' ? '1' : '')
}

const readable = (sheet: Sheet): number[] => [...sheet.columns.keys()].filter((at) => sheet.columns[at]?.readable)

const pick = <T>(from: readonly T[], at: readonly number[]): T[] => at.map((index) => from[index] as T)

/** An empty workbook of a kind with lists, hints and an example row that no import reads. */
export function template(sheet: Sheet): AsyncGenerator<Buffer> {
  const columns = sheet.columns.filter(({ readable, unasked }) => readable && !unasked)
  const cells = columns.map((column, at) => (at === 0 ? `${exampleMark}（本行不会导入）` : exampleOf(column)))
  return form(sheetName(sheet.kind.title), columns, [{ cells, look: 'example' }])
}

/** What is wrong with one row of a file, at the cells where it now stands: the file it came from had others. */
function reasonsAt(own: ImportRow['problems'], row: number, columnOf: (inFile: number) => number) {
  const wrong = new Set<number>()
  const said = own.map(({ cell, text }) => {
    const at = /^[A-Z]/.test(cell) ? columnOf(columnIndex(cell)) : -1
    if (at < 0) return text
    wrong.add(at)
    return `${addressOf(row, at)}：${text}`
  })
  return { wrong, why: said.join('；') }
}

/** The records of a file that were not taken, as they stood there, each row with what is wrong with it. */
export async function errorForm(
  sheet: Sheet,
  layout: Layout,
  rows: AsyncIterable<ImportRow[]>,
): Promise<AsyncGenerator<Buffer>> {
  const at = readable(sheet)
  const reason: Column = { title: reasonTitle, required: false, readable: false, format: 'text', hint: '' }
  const columns = [...pick(sheet.columns, at), reason]
  const columnOf = (inFile: number) => at.indexOf(layout.inFile.indexOf(inFile))
  const lines: FormRow[] = []
  for await (const batch of rows)
    for (const { cells, problems } of batch)
      for (const [number, texts] of cells) {
        const own = problems.filter(({ cell }) => cell.replace(/^[A-Z]+/, '') === String(number))
        const { wrong, why } = reasonsAt(own, lines.length + 2, columnOf)
        lines.push({ cells: [...pick(inSheet(layout, texts), at), why], wrong })
      }
  return form(sheetName(`${sheet.kind.title}`), columns, lines)
}
