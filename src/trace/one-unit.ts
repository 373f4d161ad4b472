import { convert } from '../standards/units.ts'
import { fromMillionths, toMillionths } from './amount.ts'
import type { Link } from './places.ts'

const bases = ['KGM', 'LTR'] as const
const million = 1_000_000n

/**
 * Links of whose goods some were told in one unit and some in another that converts: these in kilograms or litres, as the
 * balance has them. A shipment in grams takes from what came in kilograms. Goods told in one unit keep it.
 */
export function inOneUnit(links: readonly Link[]): readonly Link[] {
  const units = new Map<number, string>()
  const mixed = new Set<number>()
  for (const { key, uom } of links) {
    if (uom === null) continue
    const known = units.get(key)
    if (known === undefined) units.set(key, uom)
    else if (known !== uom) mixed.add(key)
  }
  return mixed.size === 0 ? links : links.map((link) => (mixed.has(link.key) ? inBase(link) : link))
}

function inBase(link: Link): Link {
  const base = link.uom === null ? undefined : baseOf(link.uom)
  if (!base || link.quantity === null) return base ? { ...link, uom: base.uom } : link
  const amount = (toMillionths(link.quantity) * base.millionths + million / 2n) / million
  return { ...link, quantity: fromMillionths(amount), uom: base.uom }
}

/** The base unit, and how many millionths of it one is; undefined where that is no whole number of them. */
function baseOf(uom: string): { uom: string; millionths: bigint } | undefined {
  for (const base of bases) {
    const millionths = (convert(1, uom, base) ?? 0) * 1e6
    if (millionths >= 1 && Math.abs(millionths - Math.round(millionths)) < 1e-6)
      return { uom: base, millionths: BigInt(Math.round(millionths)) }
  }
  return undefined
}
