import { below } from '../problem.ts'
import { isUri } from './checks.ts'
import { isRecord, type Run, report } from './run.ts'

/** The standard context, under every address it is published at: known here, never fetched. */
const standardContext =
  /^https?:\/\/(?:ref\.gs1\.org\/standards\/epcis\/(?:\d+\.\d+(?:\.\d+)?\/)?|gs1\.github\.io\/EPCIS\/)epcis-context\.jsonld$/

/** Prefixes that the standard context declares. */
export const standardPrefixes: ReadonlyMap<string, string> = new Map([
  ['epcis', 'https://ref.gs1.org/epcis/'],
  ['cbv', 'https://ref.gs1.org/cbv/'],
  ['cbvmda', 'urn:epcglobal:cbv:mda:'],
  ['gs1', 'https://gs1.org/voc/'],
  ['rdfs', 'http://www.w3.org/2000/01/rdf-schema#'],
  ['owl', 'http://www.w3.org/2002/07/owl#'],
  ['xsd', 'http://www.w3.org/2001/XMLSchema#'],
  ['dcterms', 'http://purl.org/dc/terms/'],
])

/**
 * The prefixes that a @context adds to those already known. Addresses other than the standard context are accepted, but
 * nothing is fetched, so the prefixes they would declare stay unknown. `mustBeStandard`: the standard context has to be
 * among the entries, as in a document or a single event.
 */
export function readContext(
  context: unknown,
  at: string,
  known: ReadonlyMap<string, string>,
  mustBeStandard: boolean,
  run: Run,
): ReadonlyMap<string, string> {
  const entries = Array.isArray(context) ? context : [context]
  const prefixes = new Map(known)
  let hasStandard = false
  for (const [index, entry] of entries.entries()) {
    const place = Array.isArray(context) ? below(at, index) : at
    if (typeof entry === 'string') {
      if (standardContext.test(entry)) hasStandard = true
      else if (!isUri(entry)) report(run, 'uri', '上下文（@context）中的地址应为 URI', place)
    } else if (isRecord(entry)) {
      addPrefixes(entry, place, prefixes, run)
    } else {
      report(run, 'wrong-type', '上下文（@context）应为 URI、对象，或两者的数组', place)
    }
  }
  if (mustBeStandard && !hasStandard) {
    const text = '上下文（@context）中没有 EPCIS 标准上下文 https://ref.gs1.org/standards/epcis/epcis-context.jsonld'
    report(run, 'context', text, at)
  }
  return prefixes
}

/** Schemes of identifiers themselves: as prefixes they would turn one identifier into another. */
export const schemes: ReadonlySet<string> = new Set(['urn', 'http', 'https', 'ni', 'geo', 'tag', 'did'])
/** With an identifier appended, a namespace has to fit an index key. */
export const namespaceLimit = 256

function addPrefixes(entry: Record<string, unknown>, at: string, prefixes: Map<string, string>, run: Run): void {
  for (const [name, value] of Object.entries(entry)) {
    // Terms with a colon, keywords, and definitions that only type a term declare no prefix.
    if (name.includes(':') || name.startsWith('@')) continue
    const iri = isRecord(value) ? value['@id'] : value
    if (iri === undefined || iri === null) continue
    if (schemes.has(name)) {
      report(run, 'context', `命名空间前缀不能叫 ${name}，这是标识本身使用的方案名`, below(at, name))
    } else if (typeof iri === 'string' && iri.length <= namespaceLimit && isUri(iri)) {
      prefixes.set(name, iri)
    } else {
      report(run, 'uri', `命名空间前缀 ${name} 应声明为 URI，最长 ${namespaceLimit} 字`, below(at, name))
    }
  }
}
