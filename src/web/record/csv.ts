import { plainOf, type Words } from '../input/index.tsx'
import { countOf } from '../shell/time.ts'

/** Rows that one export reads at most; the button says so when more are there. */
export const exportMax = 20_000

/**
 * One cell of CSV. Text that a spreadsheet would run as a formula gets an apostrophe in front
 * (OWASP CSV injection); plain numbers stay numbers.
 */
export function csvCell(text: string): string {
  const isNumber = /^-?\d+(\.\d+)?$/.test(text)
  const safe = !isNumber && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** A CSV document that Excel opens as UTF-8. */
export function csv(rows: readonly (readonly string[])[]): string {
  return `\ufeff${rows.map((row) => row.map(csvCell).join(',')).join('\r\n')}\r\n`
}

/** Hands the browser a file to save. */
export function save(name: string, content: string, type = 'text/csv;charset=utf-8'): void {
  const url = URL.createObjectURL(new Blob([content], { type }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}

export { countOf, plainOf, type Words }
