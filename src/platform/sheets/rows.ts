/** One row of a file as people see it: texts by column, and what is wrong with single cells before any rule applies. */
export type FileRow = { number: number; cells: string[]; wrong?: Record<number, string> }

/** What a file holds: rows that are not empty, in order, and what should be said of the rest. */
export type FileRows = { notes: string[]; rows: AsyncIterable<FileRow[]> }

/** The letters of a column, counted from 0: A, B … Z, AA. */
export function columnLetters(index: number): string {
  let rest = index + 1
  let letters = ''
  for (; rest > 0; rest = Math.floor((rest - 1) / 26)) letters = String.fromCharCode(65 + ((rest - 1) % 26)) + letters
  return letters
}

/** The index of a cell's column from its address (`C12` -> 2), or -1. */
export function columnIndex(address: string): number {
  let index = 0
  for (let at = 0; at < address.length && at < 4; at++) {
    const c = address.charCodeAt(at) | 32
    if (c < 97 || c > 122) break
    index = index * 26 + (c - 96)
  }
  return index - 1
}

/** The address of a cell, e.g. `C12`. */
export function addressOf(row: number, column: number): string {
  return `${columnLetters(column)}${row}`
}
