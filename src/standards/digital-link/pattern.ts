import { canonicalKey, canonicalStem } from './canonical.ts'

/** Where a scheme's keys lie, and whether the first digit of the reference stands before the company prefix. */
const schemes: Readonly<Record<string, { path: string; indicator?: true }>> = {
  sgtin: { path: '/01/', indicator: true },
  upui: { path: '/01/', indicator: true },
  lgtin: { path: '/01/', indicator: true },
  itip: { path: '/8006/', indicator: true },
  sscc: { path: '/00/', indicator: true },
  sgln: { path: '/414/' },
  pgln: { path: '/417/' },
  grai: { path: '/8003/0' },
  gdti: { path: '/253/' },
  sgcn: { path: '/255/' },
  giai: { path: '/8004/' },
  gsrn: { path: '/8018/', indicator: true },
  gsrnp: { path: '/8017/', indicator: true },
  cpi: { path: '/8010/' },
  ginc: { path: '/401/' },
  gsin: { path: '/402/' },
}

/** Schemes whose keys begin as their class does, and what stands between: the serial follows at once, or as a qualifier. */
const ofClass: Readonly<Record<string, string>> = { grai: '', gdti: '', sgcn: '', sgln: '', itip: '/', cpi: '/' }

/** Of other numbering authorities, whose URN is the key. */
const foreign: ReadonlySet<string> = new Set(['gid', 'usdod', 'adi'])

/**
 * Beginnings of the canonical keys that an EPC pure identity pattern matches (`urn:epc:idpat:sgtin:6901000.*.*`: all
 * serials of all products of a company; of `lgtin`, lots). Undefined where the text is no such pattern: only trailing fields may be `*`.
 */
export function patternPrefixes(urn: string): string[] | undefined {
  const [, scheme = '', body = ''] = /^urn:epc:idpat:([a-z]+):(.+)$/.exec(urn) ?? []
  const rule = schemes[scheme]
  const fields = body.split('.')
  const known = fields.slice(0, fields.indexOf('*'))
  if (!fields.includes('*') || fields.slice(known.length).some((field) => field !== '*')) return undefined
  if (foreign.has(scheme)) return [`urn:epc:id:${scheme}:${known.map((field) => `${field}.`).join('')}`]
  if (scheme === 'lgtin' && known.length === 2) {
    const { key, gtin } = canonicalKey(`urn:epc:idpat:sgtin:${body}`)
    return gtin === undefined ? undefined : [`${key}/10/`]
  }
  const between = ofClass[scheme]
  if (known.length === fields.length - 1 && between !== undefined) {
    const { key } = canonicalKey(urn)
    return key === urn ? undefined : [key + between]
  }
  if (!rule || known.length > 1) return undefined
  const [company = ''] = known
  if (company !== '' && !/^\d{6,12}$/.test(company)) return undefined
  const stem = `${canonicalStem}${rule.path}`
  if (!rule.indicator || company === '') return [stem + company]
  return Array.from({ length: 10 }, (_, indicator) => `${stem}${indicator}${company}`)
}
