import { createHash } from 'node:crypto'
import { csvCell } from './csv-write.ts'

/** The number of an export (32 bits) and a check (16 bits), told by which cells stand in quotes that they do not need. */
const numberBits = 32
export const markLength = 48

const check = (number: string): string => createHash('sha256').update(`export ${number}`).digest('hex').slice(0, 4)

/** Where in the mark a row begins follows from the row itself, so that any rows in any order still tell it. */
export const phaseOf = (cells: readonly string[]): number =>
  createHash('sha256').update(cells.join('\u001f')).digest().readUInt16BE(0) % markLength

/** Whether quotes around a cell are a choice; an empty cell stays empty. */
const isFree = (cell: string): boolean => cell !== '' && !cell.startsWith('"')

/** The mark of an export's number (8 hexadecimal digits), bit by bit. */
export function bitsOf(number: string): boolean[] {
  const hex = number + check(number)
  return [...hex].flatMap((digit) => [8, 4, 2, 1].map((weight) => (Number.parseInt(digit, 16) & weight) > 0))
}

/**
 * Writes lines of CSV that carry the number of their export (8 hexadecimal digits) unseen: every reader of RFC 4180 reads
 * the same cells. A few dozen rows are enough to tell it; opening and saving in a spreadsheet removes it.
 */
export function markedLine(number: string): (row: readonly string[]) => string {
  const mark = bitsOf(number)
  return (row) => {
    const phase = phaseOf(row)
    const cells = row.map((text, index) => {
      const cell = csvCell(text)
      return isFree(cell) && mark[(phase + index) % markLength] ? `"${cell}"` : cell
    })
    return `${cells.join(',')}\r\n`
  }
}

type Raw = { text: string; quoted: boolean }

/** The cells of each line as they stand, with whether they are in quotes. */
function* rawRows(text: string): Generator<Raw[]> {
  let row: Raw[] = []
  const cell = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r?\n|$)/y
  cell.lastIndex = text.charCodeAt(0) === 0xfeff ? 1 : 0
  while (cell.lastIndex < text.length) {
    const [, given = '', end] = cell.exec(text) ?? []
    if (end === undefined) return
    const quoted = given.startsWith('"')
    row.push({ text: quoted ? given.slice(1, -1).replaceAll('""', '"') : given, quoted })
    if (end === ',') continue
    yield row
    row = []
  }
}

/** An apostrophe before what would be a formula is not part of what the row says. */
const plain = (text: string): string => (/^'[=+\-@\t\r']/.test(text) ? text.slice(1) : text)

/** The number that some lines of an export carry, voted for by all of them; undefined where they carry none. */
export function readMark(text: string): string | undefined {
  const votes = Array.from({ length: markLength }, () => 0)
  for (const row of rawRows(text)) {
    const phase = phaseOf(row.map((cell) => plain(cell.text)))
    for (const [index, cell] of row.entries()) {
      const at = (phase + index) % markLength
      if (cell.text !== '' && !/[",\r\n]/.test(cell.text)) votes[at] = (votes[at] ?? 0) + (cell.quoted ? 1 : -1)
    }
  }
  return numberOf(votes)
}

/** Bits for which no cell voted may be so many: the check finds out what they are. */
const unknownMax = 6

/** The number that votes for each bit of a mark tell; undefined where its check does not hold. */
export function numberOf(votes: readonly number[]): string | undefined {
  const bits: number[] = votes.map((vote) => (vote > 0 ? 1 : 0))
  const unknown = votes.flatMap((vote, at) => (vote === 0 ? [at] : []))
  if (unknown.length > unknownMax) return undefined
  const found = Array.from({ length: 2 ** unknown.length }, (_, guess) => {
    for (const [place, at] of unknown.entries()) bits[at] = (guess >> place) & 1
    const hex = Array.from({ length: markLength / 4 }, (_, digit) =>
      Number.parseInt(bits.slice(digit * 4, digit * 4 + 4).join(''), 2).toString(16),
    ).join('')
    const number = hex.slice(0, numberBits / 4)
    return hex.slice(numberBits / 4) === check(number) ? number : undefined
  }).filter((number) => number !== undefined)
  return found.length === 1 ? found[0] : undefined
}
