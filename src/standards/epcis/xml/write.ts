import { isRecord } from '../run.ts'
import { declarations, escapeAttribute, escapeText, openScope, type Scope, type Words, xmlName } from './scope.ts'
import { writeEvent } from './write-event.ts'
import { writeExtension, writeValue } from './write-extension.ts'

type Json = Record<string, unknown>

/**
 * Writes an EPCIS document, query document or single event of the JSON binding, as `parseDocument` accepts it, in the
 * XML binding of EPCIS 2.0. `words`: CBV words as URN (as the standard's examples) or as Web URI. Extensions keep their
 * namespaces; the prefixes of a @context become declarations. Reading it back with `readXml` gives the same, but for a
 * list of one extension, which comes back as the one.
 */
export function writeXml(json: Json, words: Words = 'urn'): string {
  const scope = openScope(json['@context'], words)
  const root = json.type === 'EPCISDocument' || json.type === 'EPCISQueryDocument' ? writeRoot(json, scope) : undefined
  return `<?xml version="1.0" encoding="UTF-8"?>\n${root ?? writeEvent(json, scope, ['xsi', 'xsd'])}\n`
}

const frame: ReadonlySet<string> = new Set(
  '@context type id schemaVersion creationDate sender receiver instanceIdentifier epcisHeader epcisBody'.split(' '),
)

function writeRoot(json: Json, scope: Scope): string {
  const isQuery = json.type === 'EPCISQueryDocument'
  const prefix = isQuery ? 'epcisq' : 'epcis'
  const header = isQuery ? '' : writeHeader(json, scope)
  const body = isQuery ? writeResults(json, scope) : writeEventList(json.epcisBody, scope)
  let content = `${header}\n<EPCISBody>${body}</EPCISBody>`
  for (const name in json) if (!frame.has(name)) content += writeExtension(name, json[name], scope)
  const fixed = header.includes('<sbdh:') ? [prefix, 'xsi', 'xsd', 'sbdh'] : [prefix, 'xsi', 'xsd']
  let attributes = declarations(scope, fixed)
  // A decimal number in XML.
  const schemaVersion = /^\d+\.\d+/.exec(String(json.schemaVersion))?.[0] ?? '2.0'
  const creationDate = json.creationDate === undefined ? undefined : String(json.creationDate).toUpperCase()
  for (const [name, value] of Object.entries({ schemaVersion, creationDate, id: json.id })) {
    if (value !== undefined) attributes += ` ${name}="${escapeAttribute(String(value))}"`
  }
  return `<${prefix}:${json.type}${attributes}>${content}\n</${prefix}:${json.type}>`
}

function writeEventList(body: unknown, scope: Scope): string {
  const list = isRecord(body) ? (body.eventList as Json[] | undefined) : undefined
  const events = (list ?? []).map((event) => `\n${writeEvent(event, scope)}`).join('')
  return `<EventList>${events}\n</EventList>`
}

function writeResults(json: Json, scope: Scope): string {
  const { queryResults } = json.epcisBody as { queryResults: Json }
  const { queryName, subscriptionID, resultsBody, ...extensions } = queryResults
  const { eventList, vocabularyList, ...rest } = resultsBody as Json
  let content = `<queryName>${escapeText(String(queryName))}</queryName>`
  if (subscriptionID !== undefined) content += `<subscriptionID>${escapeText(String(subscriptionID))}</subscriptionID>`
  // The schema has either; master data found beside events has no other place than after them.
  let found =
    vocabularyList === undefined || (eventList as unknown[]).length > 0 ? writeEventList(resultsBody, scope) : ''
  if (vocabularyList !== undefined) found += writeVocabularies(vocabularyList, scope)
  for (const name in rest) found += writeExtension(name, rest[name], scope)
  content += `<resultsBody>${found}</resultsBody>`
  for (const name in extensions) content += writeExtension(name, extensions[name], scope)
  return `<epcisq:QueryResults>${content}</epcisq:QueryResults>`
}

function writeHeader(json: Json, scope: Scope): string {
  const { epcisMasterData, ...extensions } = isRecord(json.epcisHeader) ? json.epcisHeader : {}
  let content = writeBusinessHeader(json)
  if (isRecord(epcisMasterData)) {
    const { vocabularyList, ...rest } = epcisMasterData
    let data = vocabularyList === undefined ? '' : writeVocabularies(vocabularyList, scope)
    for (const name in rest) data += writeExtension(name, rest[name], scope)
    content += `<extension><EPCISMasterData>${data}</EPCISMasterData></extension>`
  }
  let attributes = ''
  for (const [name, value] of Object.entries(extensions)) {
    // The schema leaves extensions no other place; what is no text it has none for.
    if (typeof value === 'string') attributes += ` ${xmlName(name, scope)}="${escapeAttribute(value)}"`
    else content += writeExtension(name, value, scope)
  }
  return content === '' && json.epcisHeader === undefined ? '' : `\n<EPCISHeader${attributes}>${content}</EPCISHeader>`
}

/** Sender, receiver and instance identifier in a standard business document header. */
function writeBusinessHeader(json: Json): string {
  const { sender, receiver, instanceIdentifier, creationDate } = json
  if (sender === undefined && receiver === undefined && instanceIdentifier === undefined) return ''
  const text = (name: string, value: unknown) => `<sbdh:${name}>${escapeText(String(value))}</sbdh:${name}>`
  const partner = (name: string, id: unknown) =>
    id === undefined ? '' : `<sbdh:${name}>${text('Identifier', id)}</sbdh:${name}>`
  const identification =
    instanceIdentifier === undefined
      ? ''
      : `<sbdh:DocumentIdentification>${text('Standard', 'EPCglobal')}${text('TypeVersion', '2.0')}${text(
          'InstanceIdentifier',
          instanceIdentifier,
        )}${text('Type', 'Events')}${text('CreationDateAndTime', creationDate)}</sbdh:DocumentIdentification>`
  const parts = text('HeaderVersion', '1.0') + partner('Sender', sender) + partner('Receiver', receiver)
  return `<sbdh:StandardBusinessDocumentHeader>${parts}${identification}</sbdh:StandardBusinessDocumentHeader>`
}

function writeVocabularies(list: unknown, scope: Scope): string {
  const vocabularies = (list as Json[]).map((vocabulary) => {
    const { type, vocabularyElementList, ...extensions } = vocabulary
    let content = ''
    if (vocabularyElementList !== undefined) {
      const elements = (vocabularyElementList as Json[]).map((element) => writeVocabularyElement(element, scope))
      content += `<VocabularyElementList>${elements.join('')}</VocabularyElementList>`
    }
    for (const name in extensions) content += writeExtension(name, extensions[name], scope)
    return `\n<Vocabulary type="${escapeAttribute(String(type))}">${content}</Vocabulary>`
  })
  return `<VocabularyList>${vocabularies.join('')}</VocabularyList>`
}

function writeVocabularyElement(element: Json, scope: Scope): string {
  const { id, attributes, children, ...extensions } = element
  let content = ''
  for (const { id: name, attribute } of (attributes as Json[] | undefined) ?? []) {
    content += writeValue('attribute', ` id="${escapeAttribute(String(name))}"`, attribute ?? '', scope)
  }
  if (children !== undefined) {
    const ids = (children as string[]).map((child) => `<id>${escapeText(child)}</id>`)
    content += `<children>${ids.join('')}</children>`
  }
  for (const name in extensions) content += writeExtension(name, extensions[name], scope)
  return `<VocabularyElement id="${escapeAttribute(String(id))}">${content}</VocabularyElement>`
}
