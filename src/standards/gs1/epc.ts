import { checkDigit } from './check-digit.ts'

/** A GS1 key: the application identifier that names it, its value, and the qualifiers below it (values not encoded). */
export type Gs1Key = { ai: string; value: string; qualifiers: readonly Qualifier[]; companyPrefixLength?: number }
export type Qualifier = { ai: string; value: string }

/** An EPC URN taken apart. `key` is set where it is a GS1 key; `pattern` where a `*` stands for more than the serial. */
export type Epc = {
  kind: 'id' | 'class' | 'idpat'
  scheme: string
  fields: readonly string[]
  pattern: boolean
  key?: Gs1Key
}

/**
 * How the fields of one EPC scheme make a GS1 key (GS1 EPC Tag Data Standard 2.0, chapter 6 and 7).
 * `digits`: length of company prefix + reference before the check digit; 0 where the reference is free text.
 * `indicator`: the first digit of the reference stands before the company prefix.
 * `suffix`: the last field is appended to the key itself; `qualifier`: it becomes a qualifier.
 */
type Scheme = {
  fields: number
  digits: number
  ai: string
  lead?: string
  indicator?: true
  suffix?: true
  qualifier?: string
}

const schemes: ReadonlyMap<string, Scheme> = new Map<string, Scheme>([
  ['sgtin', { fields: 3, digits: 13, ai: '01', indicator: true, qualifier: '21' }],
  ['lgtin', { fields: 3, digits: 13, ai: '01', indicator: true, qualifier: '10' }],
  ['upui', { fields: 3, digits: 13, ai: '01', indicator: true, qualifier: '235' }],
  ['itip', { fields: 5, digits: 13, ai: '8006', indicator: true, qualifier: '21' }],
  ['sscc', { fields: 2, digits: 17, ai: '00', indicator: true }],
  ['sgln', { fields: 3, digits: 12, ai: '414', qualifier: '254' }],
  ['pgln', { fields: 2, digits: 12, ai: '417' }],
  ['grai', { fields: 3, digits: 12, ai: '8003', lead: '0', suffix: true }],
  ['gdti', { fields: 3, digits: 12, ai: '253', suffix: true }],
  ['sgcn', { fields: 3, digits: 12, ai: '255', suffix: true }],
  ['giai', { fields: 2, digits: 0, ai: '8004' }],
  ['ginc', { fields: 2, digits: 0, ai: '401' }],
  ['gsrn', { fields: 2, digits: 17, ai: '8018' }],
  ['gsrnp', { fields: 2, digits: 17, ai: '8017' }],
  ['gsin', { fields: 2, digits: 16, ai: '402' }],
  ['cpi', { fields: 3, digits: 0, ai: '8010', qualifier: '8011' }],
])

/** EPC schemes of other numbering authorities: their URN is their own key. The number is the count of fields. */
const foreign: ReadonlyMap<string, number> = new Map([
  ['gid', 3],
  ['usdod', 2],
  ['adi', 3],
  ['bic', 1],
  ['imovn', 1],
])

/**
 * Takes an EPC URN apart (`urn:epc:id:…`, `urn:epc:class:…`, `urn:epc:idpat:…`) and makes its GS1 key.
 * Undefined where the text is no EPC URN of a known scheme or breaks that scheme's lengths.
 */
export function splitEpc(urn: string): Epc | undefined {
  if (!urn.startsWith('urn:epc:')) return undefined
  const kindEnd = urn.indexOf(':', 8)
  const schemeEnd = urn.indexOf(':', kindEnd + 1)
  if (kindEnd < 0 || schemeEnd < 0) return undefined
  const kind = urn.slice(8, kindEnd)
  if (kind !== 'id' && kind !== 'class' && kind !== 'idpat') return undefined
  const name = urn.slice(kindEnd + 1, schemeEnd)
  // A lot is a class of things, everything else with kind "class" or a lot with another kind is malformed.
  if ((kind === 'class') !== (name === 'lgtin')) return undefined
  const body = urn.slice(schemeEnd + 1)
  const scheme = schemes.get(name)
  if (scheme) return gs1Epc(kind, name, scheme, body)
  const count = foreign.get(name)
  if (count === undefined) return undefined
  const fields = splitFields(body, count)
  if (!fields?.every((field) => field.length > 0)) return undefined
  return { kind, scheme: name, fields, pattern: kind === 'idpat' }
}

function gs1Epc(kind: Epc['kind'], name: string, scheme: Scheme, body: string): Epc | undefined {
  const fields = splitFields(body, scheme.fields)
  if (fields === undefined) return undefined
  if (kind === 'idpat' && fields.slice(0, -1).includes('*')) return { kind, scheme: name, fields, pattern: true }
  const key = keyOf(scheme, fields, kind === 'idpat')
  return key && { kind, scheme: name, fields, pattern: false, key }
}

function keyOf(scheme: Scheme, fields: readonly string[], isPattern: boolean): Gs1Key | undefined {
  const prefix = fields[0] ?? ''
  const reference = fields[1] ?? ''
  if (!/^[0-9]{6,12}$/.test(prefix)) return undefined
  const last = fields[fields.length - 1] ?? ''
  const anySerial = isPattern && last === '*'
  let value: string
  if (scheme.digits === 0) {
    // A pattern over the reference itself (giai, ginc) names no class.
    if (anySerial && scheme.qualifier === undefined) return undefined
    const text = decodeEpc(reference)
    if (text === undefined || text === '' || prefix.length + text.length > 30) return undefined
    value = prefix + text
  } else {
    if (prefix.length + reference.length !== scheme.digits || !/^[0-9]*$/.test(reference)) return undefined
    const body = scheme.indicator ? reference.charAt(0) + prefix + reference.slice(1) : prefix + reference
    value = (scheme.lead ?? '') + body + checkDigit(body)
  }
  if (scheme.fields === 5) {
    const pieces = `${fields[2]}${fields[3]}`
    if (!/^[0-9]{4}$/.test(pieces)) return undefined
    value += pieces
  }
  const key = { ai: scheme.ai, value, qualifiers: [] as Qualifier[], companyPrefixLength: prefix.length }
  if (anySerial || (!scheme.suffix && scheme.qualifier === undefined)) return key
  const serial = decodeEpc(last)
  if (serial === undefined || serial === '' || serial.length > 28) return undefined
  if (scheme.suffix) key.value += serial
  // Extension "0" of an SGLN says that there is none (Tag Data Standard, 6.3.3).
  else if (scheme.qualifier && !(scheme.ai === '414' && serial === '0')) {
    key.qualifiers = [{ ai: scheme.qualifier, value: serial }]
  }
  return key
}

/** Splits at the first `count - 1` dots: the last field may hold dots itself. */
function splitFields(body: string, count: number): string[] | undefined {
  const fields: string[] = []
  let from = 0
  for (let i = 1; i < count; i++) {
    const dot = body.indexOf('.', from)
    if (dot < 0) return undefined
    fields.push(body.slice(from, dot))
    from = dot + 1
  }
  fields.push(body.slice(from))
  return fields
}

const plainSerial = /^[!'()*+,\-.0-9:;=A-Z_a-z]+$/
const escapedSerial = /^(?:[!'()*+,\-.0-9:;=A-Z_a-z]|%[0-9A-Fa-f]{2})+$/

/** Characters of an EPC field, un-escaped; undefined where the field holds anything an EPC URN may not. */
function decodeEpc(field: string): string | undefined {
  if (plainSerial.test(field)) return field
  if (!escapedSerial.test(field)) return undefined
  try {
    return decodeURIComponent(field)
  } catch {
    return undefined
  }
}
