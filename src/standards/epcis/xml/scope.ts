import { readContext, standardPrefixes } from '../context.ts'
import type { Run } from '../run.ts'
import { encodeName, isNamespace, isNcName, sbdh, xmlNamespace, xsd, xsi } from './names.ts'

/** How words of the standard vocabularies are written in XML: as URN, or as Web URI. */
export type Words = 'urn' | 'web'

/** What is known where XML is being written: at the document, and below it at one event. */
export type Scope = {
  readonly words: Words
  readonly outer: Scope | undefined
  /** Prefixes of the JSON form: those of the @context and the standard's. */
  readonly prefixes: ReadonlyMap<string, string>
  /** What the XML declares here: the same prefixes as far as XML allows their names, and made-up ones. */
  readonly byPrefix: Map<string, string>
  readonly byUri: Map<string, string>
}

const reserved: ReadonlyMap<string, string> = new Map([
  ['epcis', 'urn:epcglobal:epcis:xsd:2'],
  ['epcisq', 'urn:epcglobal:epcis-query:xsd:2'],
  ['xsi', xsi],
  ['xsd', xsd],
  ['sbdh', sbdh],
])

/** The scope of a document, or inside it of an event, with the prefixes of its @context. */
export function openScope(context: unknown, words: Words, outer?: Scope): Scope {
  const known = outer?.prefixes ?? standardPrefixes
  const run: Run = { problems: [], problemLimit: 0, depthLimit: 0, binding: 'json', prefixes: known, keys: new Map() }
  const prefixes = context === undefined ? known : readContext(context, '', known, false, run)
  const scope: Scope = { words, outer, prefixes, byPrefix: new Map(), byUri: new Map() }
  for (const [prefix, uri] of prefixes) {
    if (known.get(prefix) !== uri && isXmlPrefix(prefix)) declare(scope, prefix, xmlNamespace(uri))
  }
  return scope
}

function isXmlPrefix(prefix: string): boolean {
  return isNcName(prefix) && !reserved.has(prefix) && !/^xml/i.test(prefix)
}

function declare(scope: Scope, prefix: string, uri: string): void {
  scope.byPrefix.set(prefix, uri)
  if (!scope.byUri.has(uri)) scope.byUri.set(uri, prefix)
}

/** The declarations of a scope as attributes, for its element's start tag; with those of `fixed` by their prefixes. */
export function declarations(scope: Scope, fixed: readonly string[] = []): string {
  let text = ''
  for (const prefix of fixed) text += ` xmlns:${prefix}="${reserved.get(prefix)}"`
  for (const [prefix, uri] of scope.byPrefix) text += ` xmlns:${prefix}="${escapeAttribute(uri)}"`
  return text
}

/** The XML name of a JSON name: `prefix:local`, or a plain name where it has no namespace or one that XML cannot have. */
export function xmlName(name: string, scope: Scope): string {
  const colon = name.indexOf(':')
  if (colon < 0) return encodeName(name)
  const prefix = name.slice(0, colon)
  const namespace = scope.prefixes.get(prefix)
  if (namespace !== undefined) {
    return `${prefixFor(xmlNamespace(namespace), prefix, scope)}:${encodeName(name.slice(colon + 1))}`
  }
  const end = Math.max(name.lastIndexOf('/'), name.lastIndexOf('#'), name.lastIndexOf(':')) + 1
  const uri = name.slice(0, end)
  return isNamespace(uri) ? `${prefixFor(uri, '', scope)}:${encodeName(name.slice(end))}` : encodeName(name)
}

/** The prefix of a namespace, declared on the root where it is not yet. */
function prefixFor(uri: string, wanted: string, scope: Scope): string {
  let root = scope
  for (let place: Scope | undefined = scope; place; place = place.outer) {
    const prefix = place.byUri.get(uri)
    if (prefix !== undefined && uriOf(prefix, scope) === uri) return prefix
    root = place
  }
  let prefix = wanted
  const isFree = () => isXmlPrefix(prefix) && uriOf(prefix, scope) === undefined
  for (let number = root.byPrefix.size + 1; !isFree(); number++) prefix = `ns${number}`
  declare(root, prefix, uri)
  return prefix
}

function uriOf(prefix: string, scope: Scope): string | undefined {
  return scope.byPrefix.get(prefix) ?? scope.outer?.byPrefix.get(prefix)
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: exactly the characters that XML 1.0 cannot hold, even escaped
const impossible = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g
const special = /[&<>\r]/g
const specialInAttribute = /[&<>"\t\n\r]/g
const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
}

/** Text for the content of an element; characters that XML cannot hold become U+FFFD. */
export function escapeText(text: string): string {
  return text
    .toWellFormed()
    .replace(impossible, '\ufffd')
    .replace(special, (c) => entities[c] ?? c)
}

/** Text for an attribute in double quotes. */
export function escapeAttribute(text: string): string {
  return text
    .toWellFormed()
    .replace(impossible, '\ufffd')
    .replace(specialInAttribute, (c) => entities[c] ?? c)
}
