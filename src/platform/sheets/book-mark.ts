import { markLength, numberOf, phaseOf } from './hidden-mark.ts'
import { attribute, scanXml } from './scan-xml.ts'
import { openWorkbook, unescapeText } from './workbook.ts'

const sheetBytesMax = 200 * 1024 * 1024
const partBytesMax = 8 * 1024 * 1024

/** Cell styles, by number, whose letters are said to be black: the mark's ones. Excel keeps that when it saves the file. */
async function blackStyles(xml: Buffer): Promise<ReadonlySet<number>> {
  const fonts: boolean[] = []
  const found = new Set<number>()
  let inFonts = false
  let inCells = false
  let styles = 0
  await scanXml(xml, {
    open(name, tag) {
      if (name === 'fonts') inFonts = true
      else if (name === 'cellXfs') inCells = true
      else if (name === 'font' && inFonts) fonts.push(false)
      else if (name === 'color' && inFonts && attribute(tag, 'rgb') === 'FF000000') fonts[fonts.length - 1] = true
      else if (name === 'xf' && inCells) {
        if (fonts[Number(attribute(tag, 'fontId') ?? 0)]) found.add(styles)
        styles++
      }
      return undefined
    },
    close(name) {
      if (name === 'fonts') inFonts = false
      if (name === 'cellXfs') inCells = false
      return undefined
    },
  })
  return found
}

type TextCell = { text: string; black: boolean }

/**
 * The number of the export that a workbook is, told by its cells of text, also after it was saved, sorted or cut in
 * Excel; undefined where it carries none. Throws what `openWorkbook` throws for a file that is no workbook.
 */
export async function readBookMark(file: Buffer): Promise<string | undefined> {
  const book = await openWorkbook(file, '')
  const black = await blackStyles(await book.archive.read('xl/styles.xml', partBytesMax))
  const votes = Array.from({ length: markLength }, () => 0)
  let row: TextCell[] = []
  let cell = { type: 'n', black: false, value: '' }
  let inValue = false
  await scanXml(await book.archive.read(book.sheet.path, sheetBytesMax), {
    open(name, tag) {
      if (name === 'row') row = []
      else if (name === 'c')
        cell = { type: attribute(tag, 't') ?? 'n', black: black.has(Number(attribute(tag, 's') ?? 0)), value: '' }
      else if (name === 'v' || name === 't') inValue = true
      return undefined
    },
    text(text) {
      if (inValue) cell.value += text
    },
    close(name) {
      if (name === 'v' || name === 't') inValue = false
      else if (name === 'c' && cell.value !== '') {
        const text = cell.type === 's' ? (book.strings[Number(cell.value)] ?? '') : unescapeText(cell.value)
        if (['s', 'inlineStr', 'str'].includes(cell.type)) row.push({ text, black: cell.black })
      } else if (name === 'row') {
        const phase = phaseOf(row.map(({ text }) => text))
        for (const [index, each] of row.entries()) {
          const at = (phase + index) % markLength
          votes[at] = (votes[at] ?? 0) + (each.black ? 1 : -1)
        }
      }
      return undefined
    },
  })
  return numberOf(votes)
}
