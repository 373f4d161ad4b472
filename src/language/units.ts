import { millionths } from './decimal.ts'

type UnitFacts = { title: string; measure: 'mass' | 'volume' | 'count' | 'temperature' | 'ratio'; factor: string }

/**
 * Units by UN/ECE Recommendation 20 code: the word users read, what they measure, and how many base units (kilogram,
 * litre) one of them is. Counts (a box, a bag) do not convert into each other: their content is a fact of the product.
 */
export const unitFacts = {
  KGM: { title: '千克', measure: 'mass', factor: '1' },
  GRM: { title: '克', measure: 'mass', factor: '0.001' },
  MGM: { title: '毫克', measure: 'mass', factor: '0.000001' },
  TNE: { title: '吨', measure: 'mass', factor: '1000' },
  LTR: { title: '升', measure: 'volume', factor: '1' },
  MLT: { title: '毫升', measure: 'volume', factor: '0.001' },
  MTQ: { title: '立方米', measure: 'volume', factor: '1000' },
  EA: { title: '件', measure: 'count', factor: '1' },
  PA: { title: '包', measure: 'count', factor: '1' },
  CS: { title: '箱', measure: 'count', factor: '1' },
  CEL: { title: '℃', measure: 'temperature', factor: '1' },
  P1: { title: '%', measure: 'ratio', factor: '1' },
} as const satisfies Record<string, UnitFacts>

export type Unit = keyof typeof unitFacts

/** The word for each unit. */
export const units = Object.fromEntries(Object.entries(unitFacts).map(([code, { title }]) => [code, title])) as Record<
  Unit,
  string
>

/** Whether amounts of the two units can be compared and added. */
export function convertible(a: Unit, b: Unit): boolean {
  const measure = unitFacts[a].measure
  return a === b || (measure === unitFacts[b].measure && (measure === 'mass' || measure === 'volume'))
}

/**
 * The amount in another unit, exact to six decimals (rounded half up beyond); undefined where the units do not convert.
 */
export function convert(value: string, from: Unit, to: Unit): string | undefined {
  if (!convertible(from, to)) return undefined
  if (from === to) return value
  const scaled = millionths(value) * millionths(unitFacts[from].factor)
  const divisor = millionths(unitFacts[to].factor)
  const negative = scaled < 0n
  const magnitude = ((negative ? -scaled : scaled) * 2n + divisor) / (divisor * 2n)
  const text = magnitude.toString().padStart(7, '0')
  const plain = `${text.slice(0, -6)}.${text.slice(-6)}`.replace(/\.?0+$/, '')
  return negative && plain !== '0' ? `-${plain}` : plain
}
