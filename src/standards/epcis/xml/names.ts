import { isUri } from '../checks.ts'
import { namespaceLimit, schemes, standardPrefixes } from '../context.ts'

/**
 * How XML names and JSON-LD names meet: a namespace and a local name in XML, a prefix of the @context and the rest in
 * JSON.
 */

/** Namespaces that the XML binding itself uses; they never become prefixes of a @context. */
export const epcisNamespaces: ReadonlySet<string> = new Set([
  'urn:epcglobal:epcis:xsd:1',
  'urn:epcglobal:epcis:xsd:2',
  'urn:epcglobal:epcis-query:xsd:1',
  'urn:epcglobal:epcis-query:xsd:2',
  'urn:epcglobal:epcis-masterdata:xsd:1',
  'urn:epcglobal:epcis-masterdata:xsd:2',
])
export const xsi = 'http://www.w3.org/2001/XMLSchema-instance'
export const xsd = 'http://www.w3.org/2001/XMLSchema'
export const sbdh = 'http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader'
export const xml = 'http://www.w3.org/XML/1998/namespace'
const technical: ReadonlySet<string> = new Set([...epcisNamespaces, xsi, xsd, sbdh, xml, 'urn:epcglobal:xsd:1'])

/** CBV master data attributes are named without the last colon in XML, with it in JSON-LD. */
const cbvmdaXml = 'urn:epcglobal:cbv:mda'
const cbvmdaJson = 'urn:epcglobal:cbv:mda:'

/** Prefixes known at one place: those declared here (what goes into its @context), over those of the place around. */
export type Names = {
  outer: Names | undefined
  byUri: Map<string, string>
  byPrefix: Map<string, string>
  declared: Record<string, string>
  /** The number that the last made-up prefix ended in. */
  last: number
}

const standard: Names = {
  outer: undefined,
  byUri: new Map([...standardPrefixes].map(([prefix, uri]) => [uri, prefix])),
  byPrefix: new Map(standardPrefixes),
  declared: {},
  last: 1,
}

/** The prefixes that an XML element declares, as far as they mean something in JSON. */
export function declareNames(declared: Readonly<Record<string, string>>, outer: Names = standard): Names {
  const names: Names = { outer, byUri: new Map(), byPrefix: new Map(), declared: {}, last: 1 }
  for (const prefix in declared) {
    const uri = jsonNamespace(declared[prefix] ?? '')
    if (technical.has(uri) || !isNamespace(uri) || find(names, 'byPrefix', prefix) === uri) continue
    if (isFree(names, prefix)) add(names, prefix, uri)
  }
  return names
}

/** The JSON name of an XML name: `prefix:local`, or the local name alone where it has no namespace. */
export function jsonName(name: { name: string; prefix: string; uri: string }, names: Names): string {
  const local = decodeName(name.name)
  if (name.uri === '') return local
  const uri = jsonNamespace(name.uri)
  let prefix = find(names, 'byUri', uri)
  if (prefix === undefined) {
    prefix = isFree(names, name.prefix) ? name.prefix : unused(names, name.prefix === '' ? 'ns' : name.prefix)
    add(names, prefix, uri)
  }
  return `${prefix}:${local}`
}

/** A name in full (`https://example.org/field`) under a prefix that is known here; as it is where there is none. */
export function shortName(full: string, names: Names): string {
  const end = Math.max(full.lastIndexOf('/'), full.lastIndexOf('#'), full.lastIndexOf(':')) + 1
  const prefix = find(names, 'byUri', full.slice(0, end))
  return prefix === undefined ? full : `${prefix}:${full.slice(end)}`
}

function jsonNamespace(uri: string): string {
  return uri === cbvmdaXml ? cbvmdaJson : uri
}

/** The namespace as XML writes it. */
export function xmlNamespace(uri: string): string {
  return uri === cbvmdaJson ? cbvmdaXml : uri
}

/** True for a URI that a @context may declare a prefix for. */
export function isNamespace(uri: string): boolean {
  return uri.length <= namespaceLimit && isUri(uri)
}

function find(names: Names, map: 'byUri' | 'byPrefix', key: string): string | undefined {
  for (let place: Names | undefined = names; place; place = place.outer) {
    const found = place[map].get(key)
    if (found !== undefined) return found
  }
  return undefined
}

function isFree(names: Names, prefix: string): boolean {
  return (
    prefix !== '' && prefix !== '__proto__' && !schemes.has(prefix) && find(names, 'byPrefix', prefix) === undefined
  )
}

function unused(names: Names, wanted: string): string {
  while (!isFree(names, `${wanted}${names.last}`)) names.last++
  return `${wanted}${names.last}`
}

function add(names: Names, prefix: string, uri: string): void {
  names.byPrefix.set(prefix, uri)
  if (find(names, 'byUri', uri) === undefined) names.byUri.set(uri, prefix)
  names.declared[prefix] = uri
}

const start =
  'A-Z_a-z\\u00C0-\\u00D6\\u00D8-\\u00F6\\u00F8-\\u02FF\\u0370-\\u037D\\u037F-\\u1FFF\\u200C\\u200D\\u2070-\\u218F' +
  '\\u2C00-\\u2FEF\\u3001-\\uD7FF\\uF900-\\uFDCF\\uFDF0-\\uFFFD\\u{10000}-\\u{EFFFF}'
const rest = `${start}\\-.0-9\\u00B7\\u0300-\\u036F\\u203F\\u2040`
const ncName = new RegExp(`^[${start}][${rest}]*$`, 'u')
const notStart = new RegExp(`[^${start}]`, 'u')
const notRest = new RegExp(`[^${rest}]`, 'gu')

/** True for a name that XML allows as prefix or local name. */
export function isNcName(name: string): boolean {
  return ncName.test(name)
}

/**
 * A JSON name as local name of XML: characters that XML does not allow there become `_xHHHH_`, as in ISO/IEC 9075-14
 * (SQL/XML), section 9.1. The empty name becomes `_x_`.
 */
export function encodeName(name: string): string {
  if (name === '') return '_x_'
  if (!name.includes('_x') && ncName.test(name)) return name
  // An underscore that would read as the beginning of an escape is escaped itself.
  const safe = name.replaceAll('_x', '_x005F_x')
  const first = String.fromCodePoint(safe.codePointAt(0) ?? 0)
  return (notStart.test(first) ? escaped(first) : first) + safe.slice(first.length).replace(notRest, escaped)
}

function escaped(character: string): string {
  return `_x${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}_`
}

/** The inverse of `encodeName`. */
export function decodeName(name: string): string {
  if (!name.includes('_x')) return name
  if (name === '_x_') return ''
  return name.replace(/_x([0-9A-F]{4,6})_/g, (all, hex: string) => {
    const code = Number.parseInt(hex, 16)
    return code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) ? all : String.fromCodePoint(code)
  })
}
