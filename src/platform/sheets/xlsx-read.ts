import { rowsMax, unreadable } from './refusal.ts'
import { columnIndex, type FileRow, type FileRows } from './rows.ts'
import { asText, attribute, scanXml } from './scan-xml.ts'
import { openWorkbook, unescapeText, type Workbook } from './workbook.ts'

const sheetBytesMax = 200 * 1024 * 1024
/** Columns beyond this are never ours. */
const columnsMax = 512
/** Rows handed on at once. */
const batch = 500
const mergesMax = 20_000
/** Excel's own limits. */
const rowNumberMax = 1_048_576
const cellMax = 32_767

const unordered = () => unreadable('damaged-file', '文件里的行号颠倒或重复，请用 Excel 或 WPS 重新保存后再上传')

const formula = '是公式，请复制后用“选择性粘贴—数值”粘回，再上传'
const tooLong = '是超过 15 位的数字，后几位已被 Excel 改成 0，请把单元格格式改为“文本”后重新输入'

type Merge = { top: number; bottom: number; left: number; right: number; address: string }

/** Merged ranges stand after the rows in the file, but are needed while the rows are read. */
function mergesOf(xml: Buffer): Merge[] {
  const at = xml.indexOf('mergeCells')
  if (at < 0) return []
  const refs = xml.toString('latin1', at).matchAll(/ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"/g)
  const merges = [...refs].map(([, a = '', top, b = '', bottom]) => ({
    top: Number(top),
    bottom: Number(bottom),
    left: columnIndex(a),
    right: columnIndex(b),
    address: `${a}${top}:${b}${bottom}`,
  }))
  if (merges.length > mergesMax) throw unreadable('too-many-merges', '合并的单元格太多，请取消合并后再上传')
  return merges
}

/** What merged cells mean for each row: below the first row of a tall one its value holds on. */
function spread(merges: readonly Merge[]): (row: FileRow) => void {
  const byRow = new Map<number, Merge[]>()
  for (const merge of merges)
    for (let row = merge.top; row <= Math.min(merge.bottom, merge.top + 5000); row++)
      byRow.set(row, [...(byRow.get(row) ?? []), merge])
  const values = new Map<Merge, string>()
  return (row) => {
    for (const merge of byRow.get(row.number) ?? []) {
      if (merge.left !== merge.right) {
        row.wrong = { ...row.wrong, [merge.left]: `在合并的单元格 ${merge.address} 里，请取消合并后再填` }
      } else if (row.number === merge.top) values.set(merge, row.cells[merge.left] ?? '')
      else {
        while (row.cells.length <= merge.left) row.cells.push('')
        row.cells[merge.left] = values.get(merge) ?? ''
      }
    }
  }
}

const pad = (value: number, length = 2): string => String(value).padStart(length, '0')

/** A serial day number as the text that it shows: a day, and a time where it has one. */
export function serialText(serial: number, from1904: boolean): string {
  const seconds = Math.round((serial + (from1904 ? 1462 : 0)) * 86_400)
  // Excel counts a 29 February 1900 that never was.
  const day = Math.floor(seconds / 86_400)
  const moment = new Date((seconds + (day < 60 ? 86_400 : 0) - 25_569 * 86_400) * 1000)
  if (Number.isNaN(moment.getTime())) return String(serial)
  const date = `${pad(moment.getUTCFullYear(), 4)}-${pad(moment.getUTCMonth() + 1)}-${pad(moment.getUTCDate())}`
  const [hour, minute, second] = [moment.getUTCHours(), moment.getUTCMinutes(), moment.getUTCSeconds()]
  const time = `${pad(hour)}:${pad(minute)}${second ? `:${pad(second)}` : ''}`
  // A time of no day: that of 1900 is Excel's own.
  if (serial > 0 && serial < 1) return time
  return hour + minute + second === 0 ? date : `${date} ${time}`
}

/** A share as it is shown: 0.65 is 65%. */
const percentText = (stored: string): string => `${numberText(String(Number(stored) * 100))}%`

/** A stored number as the decimal that was typed: binary tails beyond 15 digits are Excel's, not the user's. */
export function numberText(stored: string): string {
  if (stored.length <= 15 && /^-?\d+$/.test(stored)) return stored
  const value = Number(stored)
  if (!Number.isFinite(value)) return stored
  const short = Number(value.toPrecision(15))
  const text = String(short)
  return /e/.test(text) ? short.toFixed(20).replace(/\.?0+$/, '') : text
}

type Cell = { column: number; type: string; style: number; value: string; formula: boolean }

function setText({ cells }: FileRow, column: number, text: string): void {
  while (cells.length < column) cells.push('')
  cells[column] = text
}

function put(row: FileRow, cell: Cell, book: Workbook): void {
  const { column, type, value } = cell
  const set = (text: string) => setText(row, column, text)
  const refuse = (text: string) => {
    row.wrong = { ...row.wrong, [column]: text }
  }
  if (cell.formula) refuse(formula)
  if (value === '' && !cell.formula) return
  const shared = type === 's' ? book.strings[Number(value)] : ''
  if (value.length > cellMax) refuse(`有 ${value.length} 个字，一格最多 ${cellMax} 个，请分开填写`)
  else if (shared === undefined) refuse('的文字在文件里找不到，请用 Excel 或 WPS 重新保存后再上传')
  else if (type === 's') set(shared)
  else if (type === 'inlineStr' || type === 'str') set(unescapeText(value))
  else if (type === 'b') set(value === '1' ? 'TRUE' : 'FALSE')
  else if (type === 'e') {
    set(value)
    refuse(`是错误值 ${value}`)
  } else if (type === 'd') set(value.replace('T', ' '))
  else if (Number.isNaN(Number(value))) set(value)
  else if (book.styles[cell.style] === 'date') set(serialText(Number(value), book.from1904))
  else if (book.styles[cell.style] === 'percent') set(percentText(value))
  else {
    if (Math.abs(Number(value)) >= 1e15) refuse(tooLong)
    set(numberText(value))
  }
}

/** A cell as Excel, WPS and our own files write it: its address first, one value or one text in it, no entities. */
const plainCell =
  /<c r="([A-Z]{1,3})\d{1,7}"(?: s="(\d{1,5})")?(?: t="(\w{1,9})")?(?: s="(\d{1,5})")?>(?:<v>([^<&]*)<\/v>|<is><t(?: xml:space="preserve")?>([^<&]*)<\/t><\/is>)<\/c>/y

/** The same words stand in a column again and again: they are decoded once. */
function remembering(make: (bytes: string) => string): (bytes: string) => string {
  const known = new Map<string, string>()
  return (bytes) => {
    if (bytes.length > 60) return make(bytes)
    let text = known.get(bytes)
    if (text === undefined) {
      text = make(bytes)
      if (known.size >= 2000) known.clear()
      known.set(bytes, text)
    }
    return text
  }
}

/**
 * Takes plain cells, as many as stand together: nine of ten tags of a sheet are theirs, and taken whole they cost half.
 * Says where they end and in which column, or nothing.
 */
function plainCells(book: Workbook) {
  const textOf = remembering((bytes) => unescapeText(asText(bytes)))
  return (bytes: string, start: number, row: FileRow): { end: number; column: number } | undefined => {
    plainCell.lastIndex = start
    let found = plainCell.exec(bytes)
    if (!found) return undefined
    for (let column = -1, end = start; ; found = plainCell.exec(bytes)) {
      if (!found) return { end, column }
      end = plainCell.lastIndex
      const [, letters = '', before, type = 'n', after, value, text] = found
      column = columnIndex(letters)
      if (column >= columnsMax) continue
      if (text && type === 'inlineStr' && text.length <= cellMax) setText(row, column, textOf(text))
      else {
        const style = Number(before ?? after ?? 0)
        put(row, { column, type, style, value: asText(value ?? text ?? ''), formula: false }, book)
      }
    }
  }
}

/** Reads the rows of the workbook's sheet in batches; `hand` gets them while the next are parsed. */
async function readRows(book: Workbook, xml: Buffer, hand: (rows: FileRow[]) => void): Promise<{ hidden: number }> {
  const fill = spread(mergesOf(xml))
  let rows: FileRow[] = []
  let row: FileRow | undefined
  let cell: Cell | undefined
  /** Of the cell before: one without an address stands beside it. */
  let column = -1
  let inValue = false
  // Phonetic hints (rPh) stand beside the text and are not part of it.
  let phonetic = false
  let count = 0
  let hidden = 0
  let lastNumber = 0
  const plain = plainCells(book)
  await scanXml(xml, {
    pieces(bytes, start) {
      const taken = row && bytes.charCodeAt(start + 1) === 99 ? plain(bytes, start, row) : undefined
      if (taken) column = taken.column
      return taken?.end ?? -1
    },
    open(name, tag) {
      if (name === 'row') {
        const number = Number(attribute(tag, 'r') ?? lastNumber + 1)
        // What is wrong at a row is told by its number: one that comes twice, or none that Excel has, tells nothing.
        if (!Number.isInteger(number) || number <= lastNumber || number > rowNumberMax) throw unordered()
        lastNumber = number
        row = { number: lastNumber, cells: [] }
        column = -1
        if (/\shidden=["'](1|true)/.test(tag)) hidden++
      } else if (name === 'c' && row) {
        const address = attribute(tag, 'r')
        column = address ? columnIndex(address) : column + 1
        cell = {
          column,
          type: attribute(tag, 't') ?? 'n',
          style: Number(attribute(tag, 's') ?? 0),
          value: '',
          formula: false,
        }
      } else if (name === 'v' || name === 't') inValue = !phonetic
      else if (name === 'rPh') phonetic = true
      else if (name === 'f' && cell) cell.formula = true
      return undefined
    },
    text(text) {
      if (inValue && cell) cell.value += text
    },
    close(name) {
      if (name === 'v' || name === 't') inValue = false
      else if (name === 'rPh') phonetic = false
      else if (name === 'c' && cell && row) {
        if (cell.column >= 0 && cell.column < columnsMax) put(row, cell, book)
      } else if (name === 'row' && row) {
        fill(row)
        if (row.cells.some((text) => text.trim() !== '') || row.wrong) {
          rows.push(row)
          if (++count > rowsMax + 20) throw unreadable('too-many-rows', `一个文件最多 ${rowsMax} 行，请分成几个文件`)
        }
        if (rows.length >= batch) {
          hand(rows)
          rows = []
        }
        row = undefined
        cell = undefined
      } else if (name === 'sheetData') return true
      return undefined
    },
  })
  if (rows.length > 0) hand(rows)
  return { hidden }
}

/** The rows of an xlsx file, from the sheet named `title` or the first one that people see. */
export async function readXlsx(file: Buffer, title: string): Promise<FileRows> {
  const book = await openWorkbook(file, title)
  const xml = await book.archive.read(book.sheet.path, sheetBytesMax)
  const notes: string[] = []
  if (book.others.length > 0) {
    const others = book.others
      .slice(0, 5)
      .map((name) => `“${name}”`)
      .join('、')
    notes.push(`只读取了工作表“${book.sheet.name}”，没有读取${others}${book.others.length > 5 ? '等' : ''}`)
  }
  return { notes, rows: batches(book, xml, notes) }
}

async function* batches(book: Workbook, xml: Buffer, notes: string[]): AsyncGenerator<FileRow[]> {
  const ready: FileRow[][] = []
  let wake = () => {}
  let done = false
  let failure: unknown
  const reading = readRows(book, xml, (rows) => {
    ready.push(rows)
    wake()
  })
    .then(({ hidden }) => {
      if (hidden > 0) notes.push(`有 ${hidden} 行是隐藏的（筛选或手工隐藏），也一并读入了`)
    })
    .catch((error) => {
      failure = error
    })
    .finally(() => {
      done = true
      wake()
    })
  for (;;) {
    // The reader runs ahead: what is wrong further down is told before all above it is judged.
    if (failure) throw failure
    const rows = ready.shift()
    if (rows) yield rows
    else if (done) break
    else
      await new Promise<void>((resume) => {
        wake = resume
      })
  }
  await reading
  if (failure) throw failure
}
