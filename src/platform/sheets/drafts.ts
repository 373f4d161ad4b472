import { continues, type Sheet } from '../../language/sheet.ts'
import { inSheet, isExample, type Layout } from './layout.ts'
import type { FileRow } from './rows.ts'

/** The rows of a file that are one record. */
export type Draft = {
  rows: FileRow[]
  /** The same rows in the order of the sheet's columns. */
  texts: string[][]
  /** The first row of an earlier record that has the same 单号, though other rows stand between them. */
  apart?: number
}

/** A record of more rows than this is cut: no kind has so many lines, and its check will say so. */
const rowsOfOneMax = 5000

/** Puts rows together to records as they come; `flush` gives the last one. */
export function gather(sheet: Sheet, layout: Layout) {
  let open: Draft | undefined
  const keys = new Map<string, number>()
  const begin = (row: FileRow, texts: string[]): void => {
    open = { rows: [row], texts: [texts] }
    const key = (texts[0] ?? '').trim()
    if (!key || sheet.lines.length === 0) return
    const before = keys.get(key)
    if (before === undefined) keys.set(key, row.number)
    else open.apart = before
  }
  return {
    take(rows: readonly FileRow[]): Draft[] {
      const whole: Draft[] = []
      for (const row of rows) {
        const texts = inSheet(layout, row.cells)
        if (isExample(texts) || (!row.wrong && texts.every((text) => text.trim() === ''))) continue
        if (open && open.rows.length < rowsOfOneMax && continues(sheet, open.texts[0] ?? [], texts)) {
          open.rows.push(row)
          open.texts.push(texts)
          continue
        }
        if (open) whole.push(open)
        begin(row, texts)
      }
      return whole
    },
    flush: (): Draft[] => (open ? [open] : []),
  }
}
