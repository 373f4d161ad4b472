import { parseDigitalLink } from '../../standards/digital-link/index.ts'
import { type Element, isBracketed, isGs1Carrier, parseElementString } from '../../standards/gs1/index.ts'

/** What a code says, taken apart as far as it is known. */
export type Scanned = {
  /** As it was read, without the symbology identifier. */
  text: string
  gtin?: string
  lot?: string
  serial?: string
  gln?: string
  sscc?: string
  /** Days as `YYYY-MM-DD`. */
  producedOn?: string
  bestBefore?: string
  expiresOn?: string
  /** Pieces, or net weight in kilogram. */
  count?: string
  kilogram?: string
}

/** FNC1 as scanners send it. */
const separator = '\u001d'

/** A GS1 day `YYMMDD`; day 00 is the last of the month, and the century is the nearest (General Specifications 7.12). */
function dayOf(text: string, thisYear = new Date().getFullYear()): string | undefined {
  const [, yy = '', mm = '', dd = ''] = /^(\d\d)(\d\d)(\d\d)$/.exec(text) ?? []
  if (!mm) return undefined
  const near = Math.floor(thisYear / 100) * 100 + Number(yy)
  const year = near - thisYear > 50 ? near - 100 : thisYear - near > 49 ? near + 100 : near
  const day = dd === '00' ? new Date(Date.UTC(year, Number(mm), 0)).getUTCDate() : Number(dd)
  const date = new Date(Date.UTC(year, Number(mm) - 1, day))
  return date.getUTCMonth() === Number(mm) - 1 ? date.toISOString().slice(0, 10) : undefined
}

function kilogramOf(ai: string, value: string): string | undefined {
  const [, decimals] = /^310(\d)$/.exec(ai) ?? []
  return decimals === undefined ? undefined : String(Number(value) / 10 ** Number(decimals))
}

function fromElements(text: string, elements: readonly Element[]): Scanned {
  const scanned: Scanned = { text }
  for (const { ai, value } of elements) {
    if (ai === '01' || ai === '02') scanned.gtin ??= value.padStart(14, '0')
    else if (ai === '10') scanned.lot = value
    else if (ai === '21') scanned.serial = value
    else if (ai === '00') scanned.sscc = value
    else if (ai === '414' || ai === '410' || ai === '417') scanned.gln ??= value
    else if (ai === '11' || ai === '13') scanned.producedOn ??= dayOf(value)
    else if (ai === '15') scanned.bestBefore = dayOf(value)
    else if (ai === '17') scanned.expiresOn = dayOf(value)
    else if (ai === '30' || ai === '37') scanned.count = String(Number(value))
    else scanned.kilogram ??= kilogramOf(ai, value)
  }
  return scanned
}

/** True for a whole number of the length of a trade item's bar code with a right check digit. */
function isGtin(text: string): boolean {
  if (!/^(\d{8}|\d{12,14})$/.test(text)) return false
  const digits = [...text].map(Number)
  const sum = digits.slice(0, -1).reduceRight((total, digit, i) => total + digit * ((digits.length - i) % 2 ? 1 : 3), 0)
  return (10 - (sum % 10)) % 10 === digits.at(-1)
}

/** Reads what a camera or scanner gives: GS1 Digital Link, element string in either form, bar code, or plain text. */
export function readScan(given: string): Scanned {
  const text = given.trim()
  const plain = /^\][A-Za-z]\d/.test(text) ? text.slice(3) : text
  if (/^https?:\/\//i.test(plain)) {
    const link = parseDigitalLink(plain)
    if (!link.ok) return { text: plain }
    const { ai, value, qualifiers, attributes } = link.value
    const more = Object.entries(attributes).map(([name, each]) => ({ ai: name, value: each }))
    return fromElements(plain, [{ ai, value }, ...qualifiers, ...more])
  }
  if (isGtin(plain)) return { text: plain, gtin: plain }
  // Without a mark, digits are an element string only where it reads as one from end to end.
  const looksLike =
    isGs1Carrier(text.slice(0, 3)) || isBracketed(plain) || plain.includes(separator) || /^\^|^0[012]\d{14}/.test(plain)
  const elements = looksLike ? parseElementString(text) : undefined
  return elements?.ok ? fromElements(plain, elements.value) : { text: plain }
}
