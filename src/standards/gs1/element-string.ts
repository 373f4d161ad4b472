import { type Problem, type Result, refuse } from '../problem.ts'
import { applicationIdentifiers, lengthByPrefix } from './application-identifiers.ts'
import { checkElement, type Element } from './elements.ts'

/** FNC1 as scanners send it between elements: the control character GS. */
const separator = '\x1d'

/** Symbology identifiers (ISO/IEC 15424) of the carriers of element strings, in front of what a scanner sends. */
const gs1Carriers: ReadonlyMap<string, string> = new Map([
  [']C1', 'GS1-128'],
  [']e0', 'GS1 DataBar'],
  [']e1', 'GS1 复合码'],
  [']e2', 'GS1 复合码'],
  [']d2', 'GS1 DataMatrix'],
  [']Q3', 'GS1 QR 码'],
  [']J1', 'GS1 DotCode'],
])

/** True where scanned data begin with the symbology identifier of a carrier of element strings. */
export function isGs1Carrier(symbology: string): boolean {
  return gs1Carriers.has(symbology)
}

const bracketed = /^\([0-9]{2,4}\)/

/** True for text in the form that people read: `(01)…(10)…`. */
export function isBracketed(text: string): boolean {
  return bracketed.test(text)
}

/**
 * Reads an element string: as people read it, `(01)06901234567892(10)L1`, where `\(` stands for a bracket inside data;
 * or as scanners send it, with FNC1 as GS or `^` and maybe a symbology identifier in front. Each element is checked by
 * itself; `checkTogether` checks them with each other.
 */
export function parseElementString(text: string, at = ''): Result<readonly Element[]> {
  const data = isGs1Carrier(text.slice(0, 3)) ? text.slice(3) : text
  const elements = isBracketed(data) ? splitBracketed(data, at) : splitScanned(data, at)
  if (!elements.ok) return elements
  const problems = elements.value.flatMap(({ ai, value }) => checkElement(ai, value, at))
  return problems.length > 0 ? { ok: false, problems } : elements
}

function malformed(text: string, at: string): { ok: false; problems: Problem[] } {
  return refuse('element-string', text, at)
}

function splitBracketed(text: string, at: string): Result<readonly Element[]> {
  const elements: Element[] = []
  let rest = text
  while (rest !== '') {
    const ai = bracketed.exec(rest)?.[0].slice(1, -1)
    if (ai === undefined) return malformed('括号里应是 2 到 4 位数字的应用标识符；数据中的左括号要写成 \\(', at)
    const [, value = ''] = /^((?:\\\(|[^(])*)/.exec(rest.slice(ai.length + 2)) ?? []
    if (value === '') return malformed(`应用标识符（${ai}）后面没有数据`, at)
    if (applicationIdentifiers.get(ai) === undefined) return refuse('unknown-ai', `没有应用标识符（${ai}）`, at)
    elements.push({ ai, value: value.replaceAll('\\(', '(') })
    rest = rest.slice(ai.length + 2 + value.length)
  }
  return { ok: true, value: elements }
}

function splitScanned(text: string, at: string): Result<readonly Element[]> {
  const data = text.replaceAll('^', separator)
  const elements: Element[] = []
  let from = data.startsWith(separator) ? 1 : 0
  if (from === data.length) return malformed('没有数据', at)
  while (from < data.length) {
    const ai = data.slice(from, from + (lengthByPrefix.get(data.slice(from, from + 2)) ?? 2))
    const identifier = applicationIdentifiers.get(ai)
    if (identifier === undefined) return refuse('unknown-ai', `第 ${from + 1} 个字符处没有应用标识符（${ai}）`, at)
    from += ai.length
    const end = data.indexOf(separator, from)
    let to = end < 0 ? data.length : end
    if (identifier.predefined) to = Math.min(to, from + (identifier.components[0]?.max ?? 0))
    elements.push({ ai, value: data.slice(from, to) })
    from = data.charAt(to) === separator ? to + 1 : to
  }
  return { ok: true, value: elements }
}

/** Writes elements for people: `(01)…(10)…`. */
export function formatElements(elements: readonly Element[]): string {
  return elements.map(({ ai, value }) => `(${ai})${value.replaceAll('(', '\\(')}`).join('')
}

/**
 * Writes elements for a symbol: FNC1 (GS) after every element whose length is not predefined, unless it is the last.
 * The FNC1 in front that makes a symbol a GS1 symbol is the encoder's.
 */
export function encodeElements(elements: readonly Element[]): string {
  let text = ''
  for (const [index, { ai, value }] of elements.entries()) {
    text += ai + value
    const isLast = index === elements.length - 1
    if (!isLast && !applicationIdentifiers.get(ai)?.predefined) text += separator
  }
  return text
}

/** The decimal that a measure (310n to 369n), amount or price carries; undefined for other identifiers. */
export function decimalOf({ ai, value }: Element): string | undefined {
  if (!/^3[1-69]/.test(ai) || ai.length !== 4) return undefined
  const decimals = Number(ai.charAt(3))
  // Amounts with currency have three digits of it in front.
  const digits = /^39[13]/.test(ai) ? value.slice(3) : value
  if (!/^[0-9]+$/.test(digits)) return undefined
  const padded = digits.padStart(decimals + 1, '0')
  const whole = padded.slice(0, padded.length - decimals).replace(/^0+(?=[0-9])/, '')
  return decimals === 0 ? whole : `${whole}.${padded.slice(-decimals)}`
}
