import { type Gs1Key, splitEpc } from '../gs1/index.ts'
import { type Level, primaryKeys, qualifierRules } from './keys.ts'
import { encodeValue, readPath } from './path.ts'

/** The host of canonical Digital Links. */
export const canonicalStem = 'https://id.gs1.org'

/**
 * One key for one physical thing, however it was written. `key` is the canonical Digital Link at the finest level named
 * (the serial's link leaves the lot out; `lot` still tells it), or the trimmed text where it is no GS1 key.
 * gtin has 14 digits, gln 13; lot and serial are plain text, not percent-encoded.
 */
export type CanonicalKey = {
  key: string
  level: Level
  gtin?: string
  lot?: string
  serial?: string
  sscc?: string
  gln?: string
}

/** How the canonical keys of all that belongs to a product (a GTIN of 14 digits) begin: lots, things and parts of things. */
export const productPrefixes = (gtin: string): string[] => [
  `${canonicalStem}/01/${gtin}/`,
  `${canonicalStem}/8006/${gtin}`,
]

/** The canonical key of an EPC URN, a Digital Link of any host, a bare path (`/01/…/10/…`), or any other URI. */
export function canonicalKey(id: string): CanonicalKey {
  const text = id.trim()
  if (text.startsWith('urn:')) return fromUrn(text)
  const path = readPath(text)
  if (path === undefined) return { key: text, level: 'other' }
  const { primary, value, qualifiers } = path
  const result = base(primary.ai, value)
  let rank = 0
  let tail = ''
  for (const { rule, value: part } of qualifiers) {
    // A lot or serial longer than GS1 allows is none, and would not fit an index either.
    if (!rule.form.test(part)) return { key: text, level: 'other' }
    if (rule.level === undefined || !primary.qualifiers.includes(rule.ai)) continue
    // "0" says that there is no extension, as in an SGLN.
    if (rule.ai === '254' && part === '0') continue
    const partRank = refine(result, rule.ai, part, rule.level)
    if (partRank > rank) {
      rank = partRank
      tail = `/${rule.ai}/${encodeValue(part)}`
      result.level = rule.level
    }
  }
  if (tail !== '') result.key += tail
  return result
}

function fromUrn(text: string): CanonicalKey {
  const epc = splitEpc(text)
  if (epc === undefined) return { key: text, level: 'other' }
  if (epc.pattern) return { key: text, level: 'pattern' }
  if (epc.key === undefined) return { key: text, level: epc.scheme === 'bic' ? 'logistic' : 'serial' }
  return fromKey(epc.key)
}

function fromKey(key: Gs1Key): CanonicalKey {
  const result = base(key.ai, key.value)
  const qualifier = key.qualifiers[0]
  if (qualifier) {
    result.key += `/${qualifier.ai}/${encodeValue(qualifier.value)}`
    const level = qualifierRules.get(qualifier.ai)?.level
    if (level) {
      refine(result, qualifier.ai, qualifier.value, level)
      result.level = level
    }
  }
  return result
}

function base(ai: string, value: string): CanonicalKey {
  const level = primaryKeys.get(ai)?.level ?? 'other'
  switch (ai) {
    case '01': {
      const gtin = value.length === 14 ? value : value.padStart(14, '0')
      return { key: `${canonicalStem}/01/${gtin}`, level, gtin }
    }
    case '00':
      return { key: `${canonicalStem}/00/${value}`, level, sscc: value }
    case '414':
    case '415':
    case '417':
      return { key: `${canonicalStem}/${ai}/${value}`, level, gln: value }
    case '8006':
      return { key: `${canonicalStem}/8006/${value}`, level, gtin: value.slice(0, 14) }
    case '8003':
      return { key: `${canonicalStem}/8003/${encodeValue(value)}`, level: value.length > 14 ? 'serial' : 'class' }
    default:
      return { key: `${canonicalStem}/${ai}/${encodeValue(value)}`, level }
  }
}

/** Notes what a qualifier tells; the higher rank decides the key where a link names both lot and serial. */
function refine(result: CanonicalKey, ai: string, value: string, level: Level): number {
  if (level === 'lot') {
    result.lot = value
    return 1
  }
  if (level === 'serial') {
    result.serial = value
    return ai === '235' ? 2 : 3
  }
  return 1
}
