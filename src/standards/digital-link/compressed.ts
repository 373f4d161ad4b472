import { type ApplicationIdentifier, applicationIdentifiers, type Element, lengthByPrefix } from '../gs1/index.ts'
import { type Result, refuse } from '../problem.ts'
import { primaryKeys } from './keys.ts'
import { type DigitalLink, parseDigitalLink, writeLink } from './link.ts'

/**
 * GS1 Digital Link URIs compressed to one path segment of URI-safe base64 (GS1 Digital Link: URI compression). Each
 * element is 8 to 16 bits that name the identifier, or a pair of letters that stands for several, and then its data.
 */

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** Bits that hold a number of so many digits, and those that hold a length up to a maximum. */
const valueBits = (digits: number) => (digits === 0 ? 0 : Math.ceil(digits * Math.log2(10) + 0.01))
const lengthBits = (max: number) => Math.ceil(Math.log2(max) + 0.01)

/** Identifiers that occur together often, by the two hexadecimal digits that stand for them. */
const sequences: ReadonlyMap<string, readonly string[]> = new Map(
  `0A 01 22;0B 01 10;0C 01 21;0D 01 17;0E 01 7003;0F 01 30;1A 01 10 21 17;1B 01 15;1C 01 11;1D 01 16;1E 01 91;1F 01 10 15;
  9A 8010 8011;9B 8017 8019;9C 8018 8019;9D 414 254;CA 255 3940;CB 255 3941;CC 255 3942;CD 255 3943`
    .split(/;\s*/)
    .map((line) => line.split(' '))
    .concat(
      [...'012345'].flatMap((d, i) => [
        [`2${'ABCDEF'.charAt(i)}`, '01', `310${d}`],
        [`3${'ABCDEF'.charAt(i)}`, '01', `320${d}`],
      ]),
      [...'0123456789'].flatMap((d) => [
        [`A${d}`, '01', `392${d}`],
        [`C${d}`, '255', `390${d}`],
      ]),
    )
    .map(([code = '', ...ais]) => [code, ais] as const),
)

/** A piece of an identifier's data: digits or text, of fixed length or with its length in front. */
type Piece = { isDigits: boolean; isFixed: boolean; max: number }

/** The pieces of an identifier's data: components of the same kind that follow each other are one piece. */
function piecesOf({ components }: ApplicationIdentifier): Piece[] {
  const pieces: Piece[] = []
  for (const { set, min, max, optional } of components) {
    const isDigits = set === 'N'
    const isFixed = min === max && !optional
    const last = pieces.at(-1)
    if (last?.isDigits === isDigits && (last.isFixed === isFixed || !isDigits)) {
      last.max += max
      last.isFixed &&= isFixed
    } else {
      pieces.push({ isDigits, isFixed, max })
    }
  }
  return pieces
}

/** Raised where the bits end or say something impossible; never leaves this module. */
class Stop extends Error {}

class BitReader {
  private readonly bits: string
  private at = 0
  constructor(base64: string) {
    this.bits = [...base64].map((c) => alphabet.indexOf(c).toString(2).padStart(6, '0')).join('')
  }

  get rest(): number {
    return this.bits.length - this.at
  }

  number(count: number): bigint {
    if (count > this.rest) throw new Stop()
    this.at += count
    return count === 0 ? 0n : BigInt(`0b${this.bits.slice(this.at - count, this.at)}`)
  }

  hex(digits: number): string {
    return this.number(4 * digits)
      .toString(16)
      .toUpperCase()
      .padStart(digits, '0')
  }

  digits(count: number): string {
    const text = this.number(valueBits(count)).toString()
    if (text.length > count && count > 0) throw new Stop()
    return count === 0 ? '' : text.padStart(count, '0')
  }

  /** Text in one of five encodings: digits, hexadecimal in small or capital letters, base64, ASCII. */
  text(encoding: bigint, count: number): string {
    if (encoding === 0n) return this.digits(count)
    let text = ''
    for (let i = 0; i < count; i++) {
      if (encoding === 1n) text += this.hex(1).toLowerCase()
      else if (encoding === 2n) text += this.hex(1)
      else if (encoding === 3n) text += alphabet.charAt(Number(this.number(6)))
      else if (encoding === 4n) text += String.fromCharCode(Number(this.number(7)))
      else throw new Stop()
    }
    return text
  }
}

/**
 * Reads a compressed Digital Link, whole (`https://x.cn/ARHKVAdpQg`) or after a key that stands plain
 * (`https://x.cn/01/09780345418913/…`), strictly as `parseDigitalLink` reads one that is not compressed.
 */
export function decompressDigitalLink(uri: string, at = ''): Result<DigitalLink> {
  const match = /^(https?:\/\/[^/?#]+(?:\/[^?#]*)?|)\/([A-Za-z0-9_-]{5,300})\/?(\?[^#]*)?(?:#.*)?$/i.exec(uri.trim())
  const not = () => refuse('not-a-digital-link', `“${uri.trim().slice(0, 80)}”不是压缩的 GS1 Digital Link`, at)
  if (match === null) return not()
  const [, stem = '', segment = '', query = ''] = match
  const read = readElements(segment)
  if (read === undefined) return not()
  const plain = /^(.*)\/([0-9A-Za-z]+)\/([^/]+)$/.exec(stem)
  const hasPlainKey = plain !== null && primaryKeys.has(plain[2] ?? '')
  const link = writeLink(
    read.elements,
    hasPlainKey ? { stem: plain[1] ?? '', key: `/${plain[2]}/${plain[3]}` } : { stem },
  )
  if (link === undefined) return not()
  const parameters = read.parameters.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
  const more = [query.slice(1), ...parameters].filter((part) => part !== '').join('&')
  return parseDigitalLink(more === '' ? link : `${link}${link.includes('?') ? '&' : '?'}${more}`, at)
}

type Elements = { elements: Element[]; parameters: [string, string][] }

function readElements(segment: string): Elements | undefined {
  const reader = new BitReader(segment)
  const read: Elements = { elements: [], parameters: [] }
  try {
    while (reader.rest > 8) readNext(reader, read)
    // What is left fills the last character and is nothing.
    return reader.number(reader.rest) === 0n ? read : undefined
  } catch (error) {
    if (error instanceof Stop) return undefined
    throw error
  }
}

function readNext(reader: BitReader, read: Elements): void {
  const code = reader.hex(2)
  const sequence = sequences.get(code)
  if (sequence) {
    for (const ai of sequence) read.elements.push({ ai, value: readData(reader, ai) })
  } else if (code.startsWith('F')) {
    // Any other parameter of the query: length of its name, name, encoding, length of its value, value.
    const length = Number.parseInt(code.charAt(1), 16) * 8 + Number(reader.number(3))
    const name = reader.text(3n, length)
    const encoding = reader.number(3)
    read.parameters.push([name, reader.text(encoding, Number(reader.number(7)))])
  } else {
    const length = lengthByPrefix.get(code)
    if (length === undefined) throw new Stop()
    const ai = length > 2 ? code + reader.hex(length - 2) : code
    read.elements.push({ ai, value: readData(reader, ai) })
  }
}

function readData(reader: BitReader, ai: string): string {
  const identifier = applicationIdentifiers.get(ai)
  if (identifier === undefined) throw new Stop()
  let value = ''
  for (const { isDigits, isFixed, max } of piecesOf(identifier)) {
    const encoding = isDigits ? 0n : reader.number(3)
    const length = isFixed ? max : Number(reader.number(lengthBits(max)))
    value += isDigits ? reader.digits(length) : reader.text(encoding, length)
  }
  return value
}

/** The compressed path segment of elements; its inverse is in `decompressDigitalLink`. Undefined for unknown identifiers. */
export function compressElements(elements: readonly Element[]): string | undefined {
  const values = new Map(elements.map(({ ai, value }) => [ai, value]))
  let bits = ''
  for (const [code, ais] of bySavings) {
    if (!ais.every((ai) => values.has(ai))) continue
    bits += binary(BigInt(`0x${code}`), 8)
    for (const ai of ais) {
      bits += writeData(ai, values.get(ai) ?? '') ?? ''
      values.delete(ai)
    }
  }
  for (const [ai, value] of values) {
    const data = writeData(ai, value)
    if (data === undefined) return undefined
    bits += [...ai].map((digit) => binary(BigInt(digit), 4)).join('') + data
  }
  bits = bits.padEnd(Math.ceil(bits.length / 6) * 6, '0')
  return bits.replace(/.{6}/g, (six) => alphabet.charAt(Number.parseInt(six, 2)))
}

/** The longest sequences first: they save most. */
const bySavings = [...sequences].sort((a, b) => b[1].length - a[1].length)

function binary(value: bigint, bits: number): string {
  return bits === 0 ? '' : value.toString(2).padStart(bits, '0')
}

function writeData(ai: string, value: string): string | undefined {
  const identifier = applicationIdentifiers.get(ai)
  if (identifier === undefined) return undefined
  let bits = ''
  let from = 0
  for (const { isDigits, isFixed, max } of piecesOf(identifier)) {
    const part = value.slice(from, from + max)
    from += part.length
    const length = isFixed ? '' : binary(BigInt(part.length), lengthBits(max))
    bits += isDigits ? length + writeText(0, part) : writePart(part, length)
  }
  return bits
}

/** The encoding that takes the fewest bits, its length in between, and the text in it. */
function writePart(part: string, length: string): string {
  const forms = [/^[0-9]*$/, /^[0-9a-f]*$/, /^[0-9A-F]*$/, /^[-0-9A-Z_a-z]*$/, /^/]
  const encoding = forms.findIndex((form) => form.test(part))
  return binary(BigInt(encoding), 3) + length + writeText(encoding, part)
}

function writeText(encoding: number, text: string): string {
  if (encoding === 0) return binary(BigInt(text === '' ? 0 : text), valueBits(text.length))
  return [...text]
    .map((c) => {
      if (encoding < 3) return binary(BigInt(Number.parseInt(c, 16)), 4)
      return encoding === 3 ? binary(BigInt(alphabet.indexOf(c)), 6) : binary(BigInt(c.charCodeAt(0)), 7)
    })
    .join('')
}
