import { type ChineseIdentifier, type ChineseScheme, recogniseChinese } from '../china/identifiers.ts'
import {
  checkElement,
  checkTogether,
  type Element,
  gtin14,
  isBracketed,
  isGs1Carrier,
  parseElementString,
  splitEpc,
  sscc18,
} from '../gs1/index.ts'
import { type Problem, type Result, refuse } from '../problem.ts'
import { type CanonicalKey, canonicalKey } from './canonical.ts'
import { decompressDigitalLink } from './compressed.ts'
import { buildDigitalLink, type DigitalLink, parseDigitalLink, writeLink } from './link.ts'

/** What a scanner gave, or a person typed in its place. */
export type Scan = {
  form: 'digital-link' | 'compressed-link' | 'element-string' | 'epc' | 'gtin' | 'sscc' | 'chinese' | 'uri' | 'text'
  /** The text without symbology identifier and white space around it. */
  text: string
  /** The symbology identifier that the scanner sent (`]C1`). */
  symbology?: string
  /** What it names. For a Chinese form without GS1 key: scheme and value; for any other text: itself. */
  key: CanonicalKey
  /** Every GS1 element that it carries, key first where there is one. */
  elements: readonly Element[]
  /** Of a Chinese form: which. */
  scheme?: ChineseScheme
}

const textLimit = 4096

/**
 * Says what a scanned text is: Digital Link (compressed too), element string, EPC URN, GTIN, SSCC, a Chinese form, some
 * other URI, or plain text. Refused is what claims to be one of GS1's forms and breaks its rules, such as a wrong check
 * digit: a misread code must not pass for another thing's.
 */
export function parseScan(scanned: string, at = ''): Result<Scan> {
  if (scanned.length > textLimit) return refuse('too-long', `扫码内容最长 ${textLimit} 个字符`, at)
  const symbology = /^\][A-Za-z][0-9A-Za-z]/.exec(scanned)?.[0]
  const text = (symbology ? scanned.slice(3) : scanned).trim()
  if (text === '') return refuse('empty', '扫码内容是空的', at)
  const read = readText(text, symbology !== undefined && isGs1Carrier(symbology), at)
  if (!read.ok || symbology === undefined) return read
  return { ok: true, value: { ...read.value, symbology } }
}

function readText(text: string, isGs1: boolean, at: string): Result<Scan> {
  if (isGs1 || isBracketed(text) || text.includes('\x1d')) return readElements(text, at)
  if (/^https?:\/\//i.test(text) || text.startsWith('/')) return readAddress(text, at)
  if (/^urn:epc:/i.test(text)) return readEpc(text, at)
  if (/^[0-9]+$/.test(text) && text.length <= 18) return readDigits(text, at)
  // A scanner that leaves out the symbology identifier sends the bare elements.
  const bare = /^0[0-2][0-9]{14}/.test(text) ? readElements(text, at) : undefined
  if (bare?.ok) return bare
  const chinese = recogniseChinese(text)
  if (chinese) return found(text, chinese)
  return other(/^[A-Za-z][A-Za-z0-9+.-]*:[^\s:]/.test(text) ? 'uri' : 'text', text)
}

function scan(form: Scan['form'], text: string, key: CanonicalKey, elements: readonly Element[] = []): Result<Scan> {
  return { ok: true, value: { form, text, key, elements } }
}

function other(form: 'uri' | 'text', text: string): Result<Scan> {
  return scan(form, text, { key: text, level: 'other' })
}

function readElements(text: string, at: string): Result<Scan> {
  const read = parseElementString(text, at)
  if (!read.ok) return read
  const repeated = checkTogether(read.value, at).filter(({ code }) => code === 'ai-repeated')
  if (repeated.length > 0) return { ok: false, problems: repeated }
  const link = writeLink(read.value)
  return scan('element-string', text, link ? canonicalKey(link) : { key: text, level: 'other' }, read.value)
}

function readAddress(text: string, at: string): Result<Scan> {
  const read = parseDigitalLink(text, at)
  if (read.ok) return scan('digital-link', text, canonicalKey(text), elementsOf(read.value))
  if (!isNoLink(read.problems)) return read
  const chinese = recogniseChinese(text)
  if (chinese) return found(text, chinese)
  const compressed = decompressDigitalLink(text, at)
  if (compressed.ok) {
    const { value } = compressed
    return scan('compressed-link', text, canonicalKey(buildDigitalLink(value)), elementsOf(value))
  }
  return other('uri', text)
}

function isNoLink(problems: readonly Problem[]): boolean {
  return problems.some(({ code }) => code === 'not-a-digital-link')
}

function elementsOf({ ai, value, qualifiers, attributes }: DigitalLink): Element[] {
  const key = { ai, value: ai === '01' ? value.padStart(14, '0') : value }
  return [key, ...qualifiers, ...Object.entries(attributes).map(([name, text]) => ({ ai: name, value: text }))]
}

function readEpc(text: string, at: string): Result<Scan> {
  const epc = splitEpc(text)
  if (epc === undefined) return refuse('epc', `“${text.slice(0, 80)}”不是合格的 EPC URN`, at)
  const { key } = epc
  return scan('epc', text, canonicalKey(text), key ? [{ ai: key.ai, value: key.value }, ...key.qualifiers] : [])
}

function readDigits(text: string, at: string): Result<Scan> {
  if ([8, 12, 13, 14].includes(text.length)) return readKey('gtin', '01', text, gtin14(text, at))
  if (text.length === 18) return readKey('sscc', '00', text, sscc18(text, at))
  const bare = text.length === 16 ? readElements(text, at) : undefined
  return bare?.ok ? bare : other('text', text)
}

function readKey(form: 'gtin' | 'sscc', ai: string, text: string, read: Result<string>): Result<Scan> {
  if (!read.ok) return read
  return scan(form, text, canonicalKey(`/${ai}/${read.value}`), [{ ai, value: read.value }])
}

/** A commodity code whose GS1 parts are in order names what they name; everything else is scheme and value. */
function found(text: string, { scheme, value, gtin, lot, serial }: ChineseIdentifier): Result<Scan> {
  const parts: [ai: string, value: string | undefined][] = [
    ['01', gtin],
    ['10', lot],
    ['21', serial],
  ]
  const elements = parts.flatMap(([ai, part]) => (part === undefined ? [] : [{ ai, value: part }]))
  const isSound = elements.every(({ ai, value: part }) => checkElement(ai, part).length === 0)
  const link = isSound && elements.length > 1 ? writeLink(elements) : undefined
  const key: CanonicalKey = link ? canonicalKey(link) : { key: prefixes[scheme] + value, level: 'other' }
  return { ok: true, value: { form: 'chinese', text, key, elements: isSound ? elements : [], scheme } }
}

/** How the keys of the schemes begin. */
const prefixes: Readonly<Record<ChineseScheme, string>> = {
  oid: 'urn:oid:',
  handle: 'hdl:',
  ecode: 'ecode:',
  'commodity-code': 'commodity-code:',
  'trace-code': 'trace-code:',
}
