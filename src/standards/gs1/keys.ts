import { type Result, refuse } from '../problem.ts'
import { checkDigit, hasCheckDigit } from './check-digit.ts'

const digitsOnly = /^[0-9]+$/

/** A GTIN of 8, 12, 13 or 14 digits with a right check digit, as 14 digits. */
export function gtin14(text: string, at = ''): Result<string> {
  if (!digitsOnly.test(text) || ![8, 12, 13, 14].includes(text.length)) {
    return refuse('gtin-format', `商品条码（GTIN）应为 8、12、13 或 14 位数字，收到“${shown(text)}”`, at)
  }
  return checked(text, text.padStart(14, '0'), '商品条码（GTIN）', 'gtin-check', at)
}

/** The characters of a lot, serial or extension (GS1 General Specifications, figure 7.11-1, "CSET 82"). */
const cset82 = /^[!"%&'()*+,\-./0-9:;<=>?A-Z_a-z]+$/

/** True where every character is one that GS1 allows in lots, serials and other free text of a key. */
export function isGs1Text(text: string): boolean {
  return cset82.test(text)
}

/** True for a lot (AI 10): 1 to 20 characters of CSET 82. */
export function isLot(text: string): boolean {
  return text.length <= 20 && cset82.test(text)
}

/** A GLN of 13 digits with a right check digit. */
export function gln13(text: string, at = ''): Result<string> {
  return fixed(text, 13, '位置码（GLN）', 'gln', at)
}

/** An SSCC of 18 digits with a right check digit. */
export function sscc18(text: string, at = ''): Result<string> {
  return fixed(text, 18, '物流单元码（SSCC）', 'sscc', at)
}

function fixed(text: string, length: number, title: string, code: string, at: string): Result<string> {
  if (text.length !== length || !digitsOnly.test(text)) {
    return refuse(`${code}-format`, `${title}应为 ${length} 位数字，收到“${shown(text)}”`, at)
  }
  return checked(text, text, title, `${code}-check`, at)
}

function checked(text: string, value: string, title: string, code: string, at: string): Result<string> {
  if (hasCheckDigit(text)) return { ok: true, value }
  const right = checkDigit(text.slice(0, -1)) ?? ''
  return refuse(code, `${title}“${text}”的校验位不对，应为 ${right}`, at)
}

function shown(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text
}
