import { mod1110 } from '../src/standards/china/mod-11-10.ts'
import { checkDigit } from '../src/standards/gs1/index.ts'

// 952 is GS1's prefix for demonstrations: none of these numbers belongs to anybody.

const checked = (body: string): string => body + checkDigit(body)

/** A demonstration GTIN of 14 digits. */
export const gtin = (item: number): string => checked(`0952450${String(item).padStart(6, '0')}`)

/** A demonstration GLN. */
export const gln = (place: number): string => checked(`9524502${String(place).padStart(5, '0')}`)

/** A demonstration SSCC. */
export const sscc = (unit: number): string => checked(`09524502${String(unit).padStart(9, '0')}`)

const root = 'https://id.gs1.org'
export const lotId = (item: string, lot: string): string => `${root}/01/${item}/10/${lot}`
export const serialId = (item: string, lot: string, serial: string): string =>
  `${root}/01/${item}/10/${lot}/21/${serial}`
export const unitId = (unit: string): string => `${root}/00/${unit}`
export const placeId = (place: string): string => `${root}/414/${place}`

const alphabet = '0123456789ABCDEFGHJKLMNPQRTUWXY'
const weights = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28]
const organisationWeights = [3, 7, 9, 10, 5, 8, 4, 2]

/** A made-up unified social credit code with right check characters (GB 32100). */
export function uscc(region: string, number: number): string {
  const body = `MA5${String(number).padStart(5, '0')}`
  const rest = [...body].reduce((sum, c, i) => sum + Number.parseInt(c, 36) * (organisationWeights[i] ?? 0), 0)
  const organisation = 11 - (rest % 11)
  const head = `91${region}${body}${organisation === 10 ? 'X' : organisation === 11 ? '0' : organisation}`
  const sum = [...head].reduce((total, c, i) => total + alphabet.indexOf(c) * (weights[i] ?? 0), 0)
  return head + alphabet[(31 - (sum % 31)) % 31]
}

/** A made-up food licence with a right check digit: `SC` + class of food, or `JY` + business (1 selling, 2 catering, 3 canteen). */
export function licence(kind: 'SC' | 'JY', sort: string, region: string, number: number): string {
  const body = sort + region + String(number).padStart(13 - sort.length - region.length, '0')
  return kind + body + mod1110(body)
}
