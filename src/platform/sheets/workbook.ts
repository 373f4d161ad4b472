import { posix } from 'node:path'
import { unreadable } from './refusal.ts'
import { attribute, scanXml } from './scan-xml.ts'
import { type Archive, openArchive } from './unzip.ts'

const partBytesMax = 8 * 1024 * 1024
const stringsBytesMax = 100 * 1024 * 1024
const stringsMax = 3_000_000

/** A number may stand for a date or a moment, or be shown a hundred times as large, with a sign. */
export type Shown = 'date' | 'percent' | 'number'

export type Workbook = {
  archive: Archive
  /** Path of the sheet's part, its name, and the other sheets' names that people see. */
  sheet: { path: string; name: string }
  others: string[]
  strings: readonly string[]
  /** What a cell style makes of a number. */
  styles: readonly Shown[]
  /** Days are counted from 1904 instead of 1900. */
  from1904: boolean
}

type Tag = { name: string; tag: string }

async function tags(bytes: Buffer): Promise<Tag[]> {
  const found: Tag[] = []
  await scanXml(bytes, {
    open: (name, tag) => {
      found.push({ name, tag })
      return undefined
    },
  })
  return found
}

/** Characters that XML cannot hold are written as _xHHHH_. */
export function unescapeText(text: string): string {
  return text.includes('_x')
    ? text.replace(/_x([0-9A-Fa-f]{4})_/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
    : text
}

async function readStrings(archive: Archive): Promise<string[]> {
  if (!archive.has('xl/sharedStrings.xml')) return []
  const strings: string[] = []
  let current = ''
  let inText = false
  // Phonetic hints (rPh) stand beside the text and are not part of it.
  let phonetic = false
  await scanXml(await archive.read('xl/sharedStrings.xml', stringsBytesMax), {
    open(name) {
      if (name === 'si') current = ''
      else if (name === 'rPh') phonetic = true
      else if (name === 't') inText = !phonetic
      return undefined
    },
    text: (text) => {
      if (inText) current += text
    },
    close(name) {
      if (name === 't') inText = false
      else if (name === 'rPh') phonetic = false
      else if (name === 'si' && strings.push(unescapeText(current)) > stringsMax)
        throw unreadable('too-large-inside', '文件里的文字太多，请分成几个文件')
      return undefined
    },
  })
  return strings
}

const builtInDates = new Set([
  14,
  15,
  16,
  17,
  18,
  19,
  20,
  21,
  22,
  ...Array.from({ length: 10 }, (_, i) => 27 + i),
  45,
  46,
  47,
  ...Array.from({ length: 9 }, (_, i) => 50 + i),
])

const builtInPercents = new Set([9, 10])

/** What a number format shows: letters of dates, or a percent sign, outside quotes and brackets. */
function shownBy(code: string): Shown {
  const plain = code.replace(/"[^"]*"|\[[^\]]*\]|\\./g, '').replace(/general/gi, '')
  if (/[ymdhs年月日]/i.test(plain)) return 'date'
  return plain.includes('%') ? 'percent' : 'number'
}

const builtIn = (format: number): Shown =>
  builtInDates.has(format) ? 'date' : builtInPercents.has(format) ? 'percent' : 'number'

async function readStyles(archive: Archive): Promise<Shown[]> {
  if (!archive.has('xl/styles.xml')) return []
  const custom = new Map<number, Shown>()
  const styles: Shown[] = []
  let inCells = false
  for (const { name, tag } of await tags(await archive.read('xl/styles.xml', partBytesMax))) {
    const format = Number(attribute(tag, 'numFmtId') ?? 0)
    if (name === 'numFmt') custom.set(format, shownBy(attribute(tag, 'formatCode') ?? ''))
    if (name === 'cellXfs' || name === 'cellStyles' || name === 'dxfs') inCells = name === 'cellXfs'
    if (name === 'xf' && inCells) styles.push(custom.get(format) ?? builtIn(format))
  }
  return styles
}

function refuseOther(archive: Archive): void {
  const names = archive.names()
  if (names.some((name) => /vbaProject\.bin$|^xl\/macrosheets\//i.test(name)))
    throw unreadable('macro', '文件带有宏，不能上传，请另存为不带宏的 .xlsx 文件')
  if (names.includes('xl/workbook.bin')) throw unreadable('wrong-format', '这是 .xlsb 文件，请另存为 .xlsx 后再上传')
  if (!names.includes('xl/workbook.xml'))
    throw unreadable('wrong-format', '这不是 Excel 工作簿，请用 .xlsx 或 CSV 文件')
}

/** Opens an xlsx file and picks the sheet named `title`, else the first one that is not hidden. */
export async function openWorkbook(file: Buffer, title: string): Promise<Workbook> {
  const archive = openArchive(file)
  refuseOther(archive)
  const book = await tags(await archive.read('xl/workbook.xml', partBytesMax))
  const relations = new Map(
    (await tags(await archive.read('xl/_rels/workbook.xml.rels', partBytesMax))).map(({ tag }) => [
      attribute(tag, 'Id'),
      attribute(tag, 'Target') ?? '',
    ]),
  )
  const seen = book
    .filter(({ name, tag }) => name === 'sheet' && !/hidden/i.test(attribute(tag, 'state') ?? ''))
    .map(({ tag }) => {
      const target = relations.get(/\s\w+:id=["']([^"']*)/.exec(tag)?.[1]) ?? ''
      const path = target.startsWith('/') ? target.slice(1) : posix.join('xl', target)
      return { name: attribute(tag, 'name') ?? '', path }
    })
    .filter(({ path }) => archive.has(path))
  const sheet = seen.find(({ name }) => name === title) ?? seen[0]
  if (!sheet) throw unreadable('no-sheet', '工作簿里没有可见的工作表')
  const properties = book.find(({ name }) => name === 'workbookPr')?.tag ?? ''
  return {
    archive,
    sheet,
    others: seen.filter((each) => each !== sheet).map(({ name }) => name),
    strings: await readStrings(archive),
    styles: await readStyles(archive),
    from1904: /^(1|true)$/.test(attribute(properties, 'date1904') ?? ''),
  }
}
