import { rowsMax, unreadable } from './refusal.ts'
import type { FileRow, FileRows } from './rows.ts'

const batch = 500
const columnsMax = 512
const cellMax = 32_767

/** The text of a CSV file: UTF-8, UTF-16 with its mark, else GBK as Excel and WPS write it in China. */
export function decodeText(file: Buffer): { text: string; encoding: 'UTF-8' | 'UTF-16' | 'GBK' } {
  const decode = (label: string) => new TextDecoder(label, { fatal: true }).decode(file)
  const mark = file.subarray(0, 2).toString('hex')
  try {
    if (mark === 'fffe' || mark === 'feff')
      return { text: decode(mark === 'fffe' ? 'utf-16le' : 'utf-16be'), encoding: 'UTF-16' }
    try {
      return { text: decode('utf-8'), encoding: 'UTF-8' }
    } catch {
      return { text: decode('gb18030'), encoding: 'GBK' }
    }
  } catch {
    throw unreadable('wrong-encoding', '认不出文件的文字编码，请另存为 .xlsx，或编码为 UTF-8 的 CSV')
  }
}

/** The sign between cells: a comma, or what the first line has more of. */
function separatorOf(text: string): string {
  const line = /^[^\r\n]*/.exec(text)?.[0] ?? ''
  const count = (sign: string) => line.split(sign).length
  return [',', '\t', ';'].reduce((best, sign) => (count(sign) > count(best) ? sign : best))
}

/** An apostrophe that an export put before what a spreadsheet would run as a formula. */
function unguard(cell: string): string {
  return /^'[=+\-@\t\r']/.test(cell) ? cell.slice(1) : cell
}

/** Rows of cells (RFC 4180, also with bare line feeds); quotes that never close are refused with their row. */
export function* csvRows(text: string): Generator<FileRow> {
  const separator = separatorOf(text)
  const stop = separator.charCodeAt(0)
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0
  for (let number = 1; at < text.length; number++) {
    const cells: string[] = []
    for (;;) {
      let cell: string
      if (text.charCodeAt(at) === 34) {
        let end = at + 1
        for (;;) {
          end = text.indexOf('"', end)
          if (end < 0) throw unreadable('open-quote', `第 ${number} 行有一个引号没有成对，请检查后再上传`)
          if (text.charCodeAt(end + 1) !== 34) break
          end += 2
        }
        cell = text.slice(at + 1, end).replaceAll('""', '"')
        at = end + 1
        // Whatever stands between the closing quote and the separator belongs to nobody.
        while (at < text.length && !isEnd(text.charCodeAt(at), stop)) at++
      } else {
        const start = at
        while (at < text.length && !isEnd(text.charCodeAt(at), stop)) at++
        cell = text.slice(start, at)
      }
      if (cell.length > cellMax) throw unreadable('too-long-cell', `第 ${number} 行有一格超过 ${cellMax} 个字`)
      if (cells.length < columnsMax) cells.push(unguard(cell))
      if (text.charCodeAt(at) !== stop) break
      at++
    }
    if (text.charCodeAt(at) === 13) at++
    if (text.charCodeAt(at) === 10) at++
    yield { number, cells }
  }
}

const isEnd = (c: number, stop: number): boolean => c === stop || c === 10 || c === 13

/** The rows of a CSV file. */
export function readCsv(file: Buffer): FileRows {
  const { text, encoding } = decodeText(file)
  if (text.includes('\0')) throw unreadable('wrong-format', '这不是文字文件，请用 .xlsx 或 CSV 文件')
  const notes = encoding === 'UTF-8' ? [] : [`按 ${encoding} 编码读取，请留意预览里有没有乱码`]
  return { notes, rows: batches(text) }
}

async function* batches(text: string): AsyncGenerator<FileRow[]> {
  const rows: FileRow[] = []
  for (const row of csvRows(text)) {
    if (!row.cells.some((cell) => cell.trim() !== '')) continue
    if (rows.push(row) > rowsMax + 20) throw unreadable('too-many-rows', `一个文件最多 ${rowsMax} 行，请分成几个文件`)
    if (rows.length % batch === 0) await new Promise(setImmediate)
  }
  for (let at = 0; at < rows.length; at += batch) yield rows.slice(at, at + batch)
}
