import { type Column, headOf } from '../../language/sheet.ts'
import { bitsOf, phaseOf } from './hidden-mark.ts'
import { columnLetters } from './rows.ts'
import { type ZipEntry, zip } from './zip-write.ts'

/** Data rows on one sheet: Excel holds 1,048,576. */
export const sheetRowsMax = 1_000_000

const declaration = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
const relationships = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
const packageSpace = 'http://schemas.openxmlformats.org/package/2006'

/** Cell styles by number, as `styles` below lists them. */
const style = { plain: 0, head: 1, day: 2, text: 3, example: 4, wrong: 5, markedPlain: 6, markedText: 7 } as const
export type Look = keyof typeof style

const styles = `${declaration}<styleSheet xmlns="${main}"><numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/></numFmts><fonts count="5"><font><sz val="11"/><name val="等线"/></font><font><b/><sz val="11"/><name val="等线"/></font><font><i/><sz val="11"/><color rgb="FF808080"/><name val="等线"/></font><font><sz val="11"/><color rgb="FFB3261E"/><name val="等线"/></font><font><sz val="11"/><color rgb="FF000000"/><name val="等线"/></font></fonts><fills count="4"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill><fill><patternFill patternType="solid"><fgColor rgb="FFEDF2EE"/></patternFill></fill><fill><patternFill patternType="solid"><fgColor rgb="FFFBE4E1"/></patternFill></fill></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="8"><xf/><xf fontId="1" fillId="2" applyFont="1" applyFill="1"/><xf numFmtId="164" applyNumberFormat="1"/><xf numFmtId="49" applyNumberFormat="1"/><xf numFmtId="49" fontId="2" applyFont="1" applyNumberFormat="1"/><xf numFmtId="49" fontId="3" fillId="3" applyFont="1" applyFill="1" applyNumberFormat="1"/><xf fontId="4" applyFont="1"/><xf numFmtId="49" fontId="4" applyFont="1" applyNumberFormat="1"/></cellXfs></styleSheet>`

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that XML cannot hold
const unwritable = /[\u0000-\u0008\u000b-\u001f\ufffe\uffff]|_x[0-9A-Fa-f]{4}_/g

/** Text for XML. What XML cannot hold, and what would be read as such, is written as _xHHHH_. */
export function xmlText(text: string): string {
  const held = text.replace(unwritable, (found) =>
    found.length > 1
      ? `_x005F_${found.slice(1)}`
      : `_x${found.charCodeAt(0).toString(16).padStart(4, '0').toUpperCase()}_`,
  )
  return /[&<>"]/.test(held)
    ? held.replace(/[&<>"]/g, (c) => (c === '&' ? '&amp;' : c === '<' ? '&lt;' : c === '>' ? '&gt;' : '&quot;'))
    : held
}

const firstDay = Date.UTC(1899, 11, 30)

const isNumber = (text: string, format: Column['format']): boolean =>
  format === 'number' && text.replace(/[-.]/g, '').length <= 15 && /^-?(0|[1-9]\d*)(\.\d+)?$/.test(text)
const isDay = (text: string, format: Column['format']): boolean =>
  format === 'day' && text > '1900-03-01' && /^\d{4}-\d\d-\d\d$/.test(text)

/** A cell by its column's format. Strings are typed as text, so that nothing in them is ever run as a formula. */
function cell(at: string, text: string, format: Column['format'], look: Look | undefined, isMarked = false): string {
  if (text === '') return look ? `<c r="${at}" s="${style[look]}"/>` : ''
  if (!look && isNumber(text, format)) return `<c r="${at}"><v>${text}</v></c>`
  if (!look && isDay(text, format)) return `<c r="${at}" s="2"><v>${(Date.parse(text) - firstDay) / 86_400_000}</v></c>`
  const own = format === 'text' ? (isMarked ? style.markedPlain : 0) : isMarked ? style.markedText : 3
  return `<c r="${at}" t="inlineStr" s="${look ? style[look] : own}"><is><t xml:space="preserve">${xmlText(text)}</t></is></c>`
}

/** Which cells of a row are to look marked: those of text, one bit each, beginning where the row itself says. */
function markOf(mark: readonly boolean[], row: readonly string[], columns: readonly Column[]): ReadonlySet<number> {
  const texts = columns.flatMap(({ format }, at) => {
    const text = row[at] ?? ''
    return text === '' || isNumber(text, format) || isDay(text, format) ? [] : [at]
  })
  const phase = phaseOf(texts.map((at) => row[at] ?? ''))
  return new Set(texts.filter((_, index) => mark[(phase + index) % mark.length]))
}

const letters = Array.from({ length: 600 }, (_, at) => columnLetters(at))

/** A row as XML; its number counts from 1 within the sheet. Cells at `wrong` are shown as such. */
export function rowXml(
  number: number,
  row: readonly string[],
  columns: readonly Column[],
  look?: Look,
  mark?: readonly boolean[],
  wrong?: ReadonlySet<number>,
): string {
  const marked = mark && markOf(mark, row, columns)
  let xml = `<row r="${number}">`
  for (let at = 0; at < columns.length; at++)
    xml += cell(
      `${letters[at]}${number}`,
      row[at] ?? '',
      (columns[at] as Column).format,
      wrong?.has(at) ? 'wrong' : look,
      marked?.has(at),
    )
  return `${xml}</row>`
}

const headXml = (columns: readonly Column[]): string =>
  rowXml(
    1,
    columns.map(headOf),
    columns.map((column) => ({ ...column, format: 'text' as const })),
    'head',
  )

/** Room that a text takes, in the width of a digit: Chinese letters take two. */
const roomOf = (text: string): number => text.replace(/[^ -\u02ff]/g, '__').length * 1.1

/** Width of a column: as wide as its head and the rows that are known before it is written, within reason. */
function widthOf(column: Column, at: number, rows: readonly (readonly string[])[], most: number): number {
  const widest = rows.slice(0, 200).reduce((room, row) => Math.max(room, roomOf(row[at] ?? '')), 0)
  return Math.min(most, Math.max(12, roomOf(headOf(column)) + 2, widest + 2))
}

/** What stands before the rows: the head stays in sight, all columns fit on one printed page. */
function sheetStart(columns: readonly Column[], columnStyles: boolean, rows: readonly (readonly string[])[]): string {
  // A sheet of one column is a page of words.
  const most = columns.length === 1 ? 100 : 40
  const widths = columns.map((column, at) => {
    const own = columnStyles
      ? ` style="${column.format === 'day' ? style.day : column.format === 'text' ? style.text : style.plain}"`
      : ''
    return `<col min="${at + 1}" max="${at + 1}" width="${widthOf(column, at, rows, most)}" customWidth="1"${own}/>`
  })
  const pane = '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
  const fit = '<sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>'
  return `${declaration}<worksheet xmlns="${main}">${fit}<sheetViews><sheetView workbookViewId="0">${pane}</sheetView></sheetViews><cols>${widths.join('')}</cols><sheetData>${headXml(columns)}`
}

/** A4 across, as many pages down as it needs. */
const paper = '<pageSetup paperSize="9" orientation="landscape" fitToWidth="1" fitToHeight="0"/>'

type Named = { name: string; hidden?: boolean }

function* bookParts(sheets: readonly Named[]): Generator<ZipEntry> {
  const part = (path: string, type: string) =>
    `<Override PartName="${path}" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.${type}+xml"/>`
  const listed = sheets.map(
    ({ name, hidden }, at) =>
      `<sheet name="${xmlText(name)}" sheetId="${at + 1}"${hidden ? ' state="hidden"' : ''} r:id="rId${at + 1}"/>`,
  )
  const related = sheets.map(
    (_, at) =>
      `<Relationship Id="rId${at + 1}" Type="${relationships}/worksheet" Target="worksheets/sheet${at + 1}.xml"/>`,
  )
  const files: [string, string][] = [
    [
      '[Content_Types].xml',
      `<Types xmlns="${packageSpace}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>${part('/xl/workbook.xml', 'sheet.main')}${part('/xl/styles.xml', 'styles')}${sheets.map((_, at) => part(`/xl/worksheets/sheet${at + 1}.xml`, 'worksheet')).join('')}</Types>`,
    ],
    [
      '_rels/.rels',
      `<Relationships xmlns="${packageSpace}/relationships"><Relationship Id="rId1" Type="${relationships}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    ],
    [
      'xl/workbook.xml',
      `<workbook xmlns="${main}" xmlns:r="${relationships}"><sheets>${listed.join('')}</sheets></workbook>`,
    ],
    [
      'xl/_rels/workbook.xml.rels',
      `<Relationships xmlns="${packageSpace}/relationships">${related.join('')}<Relationship Id="rId${sheets.length + 1}" Type="${relationships}/styles" Target="styles.xml"/></Relationships>`,
    ],
  ]
  for (const [name, text] of files) yield { name, pieces: [declaration + text] }
  yield { name: 'xl/styles.xml', pieces: [styles] }
}

/** Whose export a workbook is: its number unseen in the cells (8 hexadecimal digits), and a line at the foot of each printed page. */
export type Provenance = { number: string; foot: string }

/** At the foot of each printed page; an ampersand begins a code there. */
const footXml = (foot: string): string =>
  `<headerFooter><oddFooter>&amp;L${xmlText(foot.replaceAll('&', '&&'))}&amp;R&amp;P / &amp;N</oddFooter></headerFooter>`

/** A workbook of rows as a stream, with as many sheets as the rows need. */
export function xlsx(
  name: string,
  columns: readonly Column[],
  batches: AsyncIterable<string[][]>,
  whose?: Provenance,
): AsyncGenerator<Buffer> {
  const mark = whose && bitsOf(whose.number)
  async function* entries(): AsyncGenerator<ZipEntry> {
    const source = batches[Symbol.asyncIterator]()
    const sheets: Named[] = []
    let rest: string[][] = []
    let done = false
    const more = async (): Promise<boolean> => {
      while (rest.length === 0 && !done) {
        const next = await source.next()
        done = next.done === true
        rest = next.done ? [] : next.value
      }
      return rest.length > 0
    }
    async function* sheet(): AsyncGenerator<string> {
      await more()
      yield sheetStart(columns, false, rest)
      for (let count = 0; count < sheetRowsMax && (await more()); ) {
        const taken = rest.slice(0, sheetRowsMax - count)
        rest = rest.slice(taken.length)
        yield taken.map((row, at) => rowXml(count + at + 2, row, columns, undefined, mark)).join('')
        count += taken.length
      }
      yield `</sheetData>${paper}${whose ? footXml(whose.foot) : ''}</worksheet>`
    }
    while (!done) {
      sheets.push({ name: sheets.length === 0 ? name : `${name}${sheets.length + 1}` })
      yield { name: `xl/worksheets/sheet${sheets.length}.xml`, pieces: sheet() }
    }
    yield* bookParts(sheets)
  }
  return zip(entries())
}

/** Sheet names are at most 31 characters, without some signs. */
export function sheetName(title: string): string {
  return title.replace(/[\\/?*[\]:]/g, ' ').slice(0, 28)
}

/** Lists and hints at the cells of a template: what may stand in each column, and what to write there. */
function validations(columns: readonly Column[], lists: string): { xml: string; lists: string[][] } {
  const found: string[] = []
  const options: string[][] = []
  for (const [at, column] of columns.entries()) {
    if (!column.readable) continue
    const letter = columnLetters(at)
    const range = `sqref="${letter}2:${letter}100001"`
    const hint = [column.required ? '必填' : '选填', column.hint].filter(Boolean).join('。').slice(0, 250)
    const prompt = `allowBlank="1" showInputMessage="1" promptTitle="${xmlText(column.title.slice(0, 30))}" prompt="${xmlText(hint)}"`
    if (column.options) {
      const list = `'${lists}'!$${columnLetters(options.length)}$1:$${columnLetters(options.length)}$${column.options.length}`
      options.push([...column.options])
      const error = 'showErrorMessage="1" errorTitle="请从列表里选" error="这一列只能填列表里的词"'
      found.push(
        `<dataValidation type="list" ${prompt} ${error} ${range}><formula1>${xmlText(list)}</formula1></dataValidation>`,
      )
    } else found.push(`<dataValidation ${prompt} ${range}/>`)
  }
  return { xml: `<dataValidations count="${found.length}">${found.join('')}</dataValidations>`, lists: options }
}

/** A row of a form: a look for all of it, or some cells that are wrong. */
export type FormRow = { cells: readonly string[]; look?: Look; wrong?: ReadonlySet<number> }

/**
 * A workbook to be filled in: heads, then rows in a look of their own (an example, or rows to correct), with lists and
 * hints at the cells. The lists stand on a hidden sheet, because a list written into a cell holds 255 characters.
 */
export function form(name: string, columns: readonly Column[], rows: readonly FormRow[]): AsyncGenerator<Buffer> {
  const listsName = '选项'
  const { xml, lists } = validations(columns, listsName)
  function* sheet(): Generator<string> {
    yield sheetStart(
      columns,
      true,
      rows.slice(0, 200).map(({ cells }) => cells),
    )
    let number = 1
    for (const { cells, look, wrong } of rows) yield rowXml(++number, cells, columns, look, undefined, wrong)
    yield `</sheetData>${xml}${paper}</worksheet>`
  }
  function* listsSheet(): Generator<string> {
    yield `${declaration}<worksheet xmlns="${main}"><sheetData>`
    const longest = Math.max(0, ...lists.map((list) => list.length))
    for (let at = 0; at < longest; at++)
      yield `<row r="${at + 1}">${lists.map((list, column) => cell(`${letters[column]}${at + 1}`, list[at] ?? '', 'text', undefined)).join('')}</row>`
    yield '</sheetData></worksheet>'
  }
  function* entries(): Generator<ZipEntry> {
    yield { name: 'xl/worksheets/sheet1.xml', pieces: sheet() }
    yield { name: 'xl/worksheets/sheet2.xml', pieces: listsSheet() }
    yield* bookParts([{ name }, { name: listsName, hidden: true }])
  }
  return zip(entries())
}

/** A workbook of several sheets, each with its own columns, its rows, and remarks under them. */
export function book(
  sheets: readonly { name: string; columns: readonly Column[]; rows: readonly string[][]; foot: readonly string[] }[],
): AsyncGenerator<Buffer> {
  function* sheet(at: number): Generator<string> {
    const { columns, rows, foot } = sheets[at] as (typeof sheets)[number]
    const plain = columns.slice(0, 1).map((column) => ({ ...column, format: 'text' as const }))
    yield sheetStart(columns, false, rows)
    for (const [index, row] of rows.entries()) yield rowXml(index + 2, row, columns)
    for (const [index, text] of foot.entries()) yield rowXml(rows.length + index + 3, [text], plain)
    yield `</sheetData>${paper}</worksheet>`
  }
  function* entries(): Generator<ZipEntry> {
    for (const at of sheets.keys()) yield { name: `xl/worksheets/sheet${at + 1}.xml`, pieces: sheet(at) }
    yield* bookParts(sheets)
  }
  return zip(entries())
}
