import { zip } from '../../src/platform/sheets/zip-write.ts'

const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
const relationships = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'

export async function archive(files: Readonly<Record<string, string | Iterable<string>>>): Promise<Buffer> {
  const entries = Object.entries(files).map(([name, text]) => ({
    name,
    pieces: typeof text === 'string' ? [text] : text,
  }))
  const pieces: Buffer[] = []
  for await (const piece of zip(entries)) pieces.push(piece)
  return Buffer.concat(pieces)
}

export const escaped = (text: string): string => text.replace(/&/g, '&amp;').replace(/</g, '&lt;')

const letter = (at: number): string => String.fromCharCode(65 + at)

/** A row of a sheet; a cell is a text, or raw XML where it begins with `<`. */
export function row(number: number, cells: readonly string[]): string {
  const made = cells.map((cell, at) =>
    cell.startsWith('<')
      ? cell.replace('<c', `<c r="${letter(at)}${number}"`)
      : `<c r="${letter(at)}${number}" t="inlineStr"><is><t>${escaped(cell)}</t></is></c>`,
  )
  return `<row r="${number}">${made.join('')}</row>`
}

/** A workbook as other programs write it, with whatever a test wants to be odd in it. */
export function workbook(
  rows: readonly (readonly string[])[],
  odd: {
    after?: string
    sheets?: string
    book?: string
    files?: Readonly<Record<string, string | Iterable<string>>>
    data?: string | Iterable<string>
  } = {},
): Promise<Buffer> {
  const data = rows.map((cells, at) => row(at + 1, cells)).join('')
  return archive({
    '[Content_Types].xml': '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
    'xl/workbook.xml': `<workbook xmlns="${main}" xmlns:r="${relationships}">${odd.book ?? ''}<sheets>${odd.sheets ?? '<sheet name="Sheet1" sheetId="1" r:id="rId1"/>'}</sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': `<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Target="/xl/worksheets/sheet2.xml"/></Relationships>`,
    'xl/styles.xml': `<styleSheet xmlns="${main}"><numFmts><numFmt numFmtId="170" formatCode="yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;"/><numFmt numFmtId="171" formatCode="0.00&quot;kg&quot;"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="170"/><xf numFmtId="22"/><xf numFmtId="171"/></cellXfs></styleSheet>`,
    'xl/worksheets/sheet1.xml':
      odd.data ?? `<worksheet xmlns="${main}"><sheetData>${data}</sheetData>${odd.after ?? ''}</worksheet>`,
    ...odd.files,
  })
}
