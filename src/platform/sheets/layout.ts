import { exampleMark, type Heads, matchHeads, type Sheet } from '../../language/sheet.ts'
import { unreadable } from './refusal.ts'
import type { FileRow } from './rows.ts'

/** A title or two may stand above the heads. */
const headWithin = 10

/** What an error file calls its last column; a file that has it is read as if it had not. */
export const reasonTitle = '错误原因'

/** How the columns of a file and of a sheet lie to each other. */
export type Layout = {
  /** Titles of the columns as they stand in the file. */
  heads: string[]
  /** For each column of the sheet, the column of the file, or -1. */
  inFile: number[]
}

const listed = (titles: readonly string[]): string =>
  titles
    .slice(0, 8)
    .map((title) => `“${title.slice(0, 30)}”`)
    .join('、') + (titles.length > 8 ? `等 ${titles.length} 列` : '')

/** The layout that given heads mean. */
export function layoutOf(sheet: Sheet, heads: readonly string[]): Layout {
  const { columns } = matchHeads(sheet, heads)
  const inFile: number[] = new Array(sheet.columns.length).fill(-1)
  for (const [at, index] of columns.entries()) if (index >= 0) inFile[index] = at
  return { heads: [...heads], inFile }
}

/** Finds the row of heads among the first rows of a file. */
export function findHeads(
  sheet: Sheet,
  rows: readonly FileRow[],
): { layout: Layout; number: number; unknown: string[] } {
  let best: { row: FileRow; heads: Heads; known: number } | undefined
  for (const row of rows.slice(0, headWithin)) {
    const heads = matchHeads(sheet, row.cells)
    const known = heads.columns.filter((index) => index > 0).length
    if (known > (best?.known ?? 0)) best = { row, heads, known }
  }
  if (!best)
    throw unreadable('no-heads', `没有认出任何一列：第一行应为“${sheet.kind.title}”模板的列名，请下载模板后填写`)
  const { missing, repeated, unknown } = best.heads
  if (missing.length > 0) throw unreadable('missing-columns', `缺少必填的列：${listed(missing)}，请对照模板补上`)
  if (repeated.length > 0) throw unreadable('repeated-columns', `这些列出现了不止一次：${listed(repeated)}，请只留一列`)
  return {
    layout: layoutOf(sheet, best.row.cells),
    number: best.row.number,
    unknown: unknown.filter((head) => head.trim() !== reasonTitle),
  }
}

/** What should be said of columns that were not read. */
export function unknownNote(unknown: readonly string[]): string | undefined {
  return unknown.length > 0 ? `没有读取不认识的列：${listed(unknown)}` : undefined
}

/** A row of the file in the order of the sheet's columns. */
export function inSheet(layout: Layout, cells: readonly string[]): string[] {
  return layout.inFile.map((at) => (at < 0 ? '' : (cells[at] ?? '')))
}

/** Whether a row is the template's example. */
export function isExample(row: readonly string[]): boolean {
  return (row[0] ?? '').trim().startsWith(exampleMark)
}
