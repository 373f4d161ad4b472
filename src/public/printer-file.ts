import { createHash } from 'node:crypto'
import type { CodeOrder, Codes } from '../trace/codes/index.ts'

/**
 * Files for printers: csv (for people and label programs), txt (one link a line), elements (GS1 element strings with
 * brackets), fnc1 (the same as a printer encodes it, `\x1d` after what has no fixed length). One line a code, so that any
 * byte of a file of a hundred million lines can be reached by reckoning: a broken download goes on where it stopped.
 */
export type PrinterFormat = {
  name: 'csv' | 'txt' | 'elements' | 'fnc1'
  type: string
  /** How its name ends, after what it is a file of. */
  ending: string
  header: string
  line(place: number, serial: string): string
  /** Whether the line begins with the code's number, which grows longer. */
  isNumbered: boolean
}

export const formatNames = ['csv', 'txt', 'elements', 'fnc1'] as const

export function printerFormat(
  name: (typeof formatNames)[number],
  order: Pick<CodeOrder, 'gtin' | 'lot'>,
  link: (serial: string) => string,
): PrinterFormat {
  const text = { type: 'text/plain; charset=utf-8', header: '', isNumbered: false }
  switch (name) {
    case 'csv':
      return {
        name,
        type: 'text/csv; charset=utf-8',
        ending: '.csv',
        // Spreadsheets take a file for UTF-8 only with this mark before it.
        header: '\ufeff序号,序列号,二维码网址\r\n',
        line: (place, serial) => `${place},${serial},${link(serial)}\r\n`,
        isNumbered: true,
      }
    case 'txt':
      return { name, ...text, ending: '-网址.txt', line: (_, serial) => `${link(serial)}\r\n` }
    case 'elements':
      return {
        name,
        ...text,
        ending: '-单元串.txt',
        line: (_, serial) => `(01)${order.gtin}(21)${serial}(10)${order.lot}\r\n`,
      }
    case 'fnc1':
      return {
        name,
        ...text,
        ending: '-FNC1.txt',
        line: (_, serial) => `01${order.gtin}21${serial}\x1d10${order.lot}\r\n`,
      }
  }
}

const bytesOf = (text: string) => Buffer.byteLength(text)

/** How many bytes stand before the n-th line (0-based), header included. */
export function bytesBefore(format: PrinterFormat, sample: string, lines: number): number {
  const fixed = bytesOf(format.line(0, sample)) - (format.isNumbered ? 1 : 0)
  return bytesOf(format.header) + lines * fixed + (format.isNumbered ? digitsUpTo(lines) : 0)
}

/** How many digits the numbers 1 to n have together. */
function digitsUpTo(n: number): number {
  let sum = 0
  for (let width = 1, from = 1; from <= n; width++, from *= 10) sum += (Math.min(n, from * 10 - 1) - from + 1) * width
  return sum
}

type Slice = { from: number; to: number }

/** The bytes `from` to `to` (exclusive) of an order's file, computed as they are taken. */
export function* printerBytes(
  codes: Codes,
  order: CodeOrder,
  format: PrinterFormat,
  { from, to }: Slice,
): Generator<Buffer> {
  const [sample = ''] = [...codes.serialsOf(order, 0, 1)].flat()
  const before = (lines: number) => bytesBefore(format, sample, lines)
  let at = 0
  if (from < before(0)) {
    const header = Buffer.from(format.header)
    at = header.length
    yield header.subarray(from, Math.min(to, at))
  }
  // The line in which the first byte stands.
  let line = 0
  for (let low = 0, high = order.quantity; low < high; ) {
    const middle = (low + high + 1) >> 1
    if (before(middle) <= Math.max(from, before(0))) low = middle
    else high = middle - 1
    line = low
  }
  at = before(line)
  if (line >= order.quantity || to <= at) return
  for (const batch of codes.serialsOf(order, line)) {
    let text = ''
    for (const serial of batch) text += format.line(++line, serial)
    const bytes = Buffer.from(text)
    yield bytes.subarray(Math.max(0, from - at), Math.max(0, to - at))
    at += bytes.length
    if (at >= to) return
  }
}

export type FileFacts = { bytes: number; lines: number; sha256: string }

/** What a printer checks its file against. Made by going through all of it (some four million codes a second). */
export function fileFacts(codes: Codes, order: CodeOrder, format: PrinterFormat): FileFacts {
  const [sample = ''] = [...codes.serialsOf(order, 0, 1)].flat()
  const bytes = bytesBefore(format, sample, order.quantity)
  const hash = createHash('sha256')
  for (const part of printerBytes(codes, order, format, { from: 0, to: bytes })) hash.update(part)
  return { bytes, lines: order.quantity + (format.header ? 1 : 0), sha256: hash.digest('hex') }
}

/** `bytes=100-199`, `bytes=100-`, `bytes=-100`; undefined where there is none, false where it leads out of the file. */
export function readRange(header: string | undefined, size: number): Slice | undefined | false {
  if (header === undefined) return undefined
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(header.trim()) ?? []
  if (first === undefined || last === undefined || (first === '' && last === '')) return undefined
  const from = first === '' ? Math.max(0, size - Number(last)) : Number(first)
  const to = first === '' || last === '' ? size : Math.min(size, Number(last) + 1)
  return from < to ? { from, to } : false
}
