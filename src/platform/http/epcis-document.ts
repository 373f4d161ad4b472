import { standardPrefixes } from '../../standards/epcis/context.ts'
import { writeXml } from '../../standards/epcis/index.ts'
import type { EventPage, StoredEvent } from '../../trace/index.ts'
import { identifierWriter, isInForm, rewriteEvent } from './epcis/epc-format.ts'
import type { Forms } from './epcis/terms.ts'

export const standardContext = 'https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld'

type Found = Pick<EventPage, 'events' | 'contexts'>
type Named = { queryName?: string; subscriptionId?: string }

/**
 * Found events as an EPCISQueryDocument (EPCIS 2.0, 10.4), as JSON text: the events stand in it as they were captured,
 * with recordTime, without being parsed again, unless identifiers are wanted in another form.
 */
export function queryDocument(
  found: Found,
  now: Date,
  forms: Forms,
  { queryName, subscriptionId }: Named = {},
): string {
  const { context, apart } = mergeContexts(found.contexts)
  const list = found.events.map((event) => eventText(event, forms, apart.get(event.contextId)))
  const head = JSON.stringify({
    '@context': context,
    type: 'EPCISQueryDocument',
    schemaVersion: '2.0',
    creationDate: now.toISOString(),
  })
  const results = JSON.stringify({
    queryName: queryName ?? 'SimpleEventQuery',
    ...(subscriptionId !== undefined && { subscriptionID: subscriptionId }),
  })
  const body = `{"queryResults":${results.slice(0, -1)},"resultsBody":{"eventList":[${list.join(',')}]}}}`
  return `${head.slice(0, -1)},"epcisBody":${body}}`
}

/** One event as JSON text, with when it was recorded here, and its own context where the document's does not fit it. */
export function eventText(event: StoredEvent, forms: Forms, context?: unknown): string {
  const own = context !== undefined && !event.document.includes('"@context"')
  const added = { ...(own && { '@context': context }), recordTime: event.recordTime.toISOString() }
  return `${JSON.stringify(added).slice(0, -1)},${inForm(event.document, forms).slice(1)}`
}

function inForm(document: string, { epcFormat }: Forms): string {
  if (isInForm(document, epcFormat)) return document
  return JSON.stringify(rewriteEvent(JSON.parse(document), identifierWriter(epcFormat)))
}

/** A document of ours in the XML binding. CBV words stand as URNs unless Web URIs are asked for. */
export function inXml(text: string, { xmlFormat }: Forms): string {
  return writeXml(JSON.parse(text), xmlFormat === 'Always_Web_URI' ? 'web' : 'urn')
}

/**
 * One context for all; where two documents use a prefix for different namespaces, the later keeps its own. So does one
 * that uses a prefix of the standard's otherwise: the rest need not have declared what the standard does.
 */
function mergeContexts(contexts: ReadonlyMap<number, unknown>): { context: unknown[]; apart: Map<number, unknown> } {
  const links = new Set([standardContext])
  const prefixes = new Map<string, unknown>()
  const apart = new Map<number, unknown>()
  for (const [id, context] of contexts) {
    const parts = [context].flat()
    const terms = parts.flatMap((part) => (typeof part === 'object' && part !== null ? Object.entries(part) : []))
    const clashes = terms.some(([name, value]) => {
      const known = prefixes.get(name) ?? standardPrefixes.get(name)
      return known !== undefined && !isSame(known, value)
    })
    if (clashes) {
      apart.set(id, context)
      continue
    }
    for (const part of parts) if (typeof part === 'string') links.add(part)
    for (const [name, value] of terms) prefixes.set(name, value)
  }
  return { context: [...links, ...(prefixes.size > 0 ? [Object.fromEntries(prefixes)] : [])], apart }
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
