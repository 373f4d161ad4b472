import { readXmlEvent } from './event.ts'
import { extensionValue } from './extension.ts'
import { declareNames, type Names, sbdh } from './names.ts'
import {
  contents,
  type Fields,
  isStandard,
  list,
  object,
  type Read,
  type Reading,
  readObject,
  refuseElement,
  text,
} from './reading.ts'
import { type Element, elementText } from './tree.ts'

/** What stands around the events: body, query results, header, master data (EPCIS 2.0, sections 9.3 to 9.6). */

const eventList: Read = (element, names, reading) => {
  const events: unknown[] = []
  const lines: Record<string, number> = {}
  for (const child of contents(element)) {
    if (!isStandard(child)) {
      refuseElement(reading, child, 'unknown-element', `事件列表（EventList）中不能有元素 ${child.name}`)
      continue
    }
    const own = declareNames(child.declared, names)
    const event = readXmlEvent(child, own, reading)
    if (Object.keys(own.declared).length > 0) event['@context'] = own.declared
    lines[events.length] = child.line
    events.push(event)
  }
  reading.lines.set(events, lines)
  return events
}

/** A master data attribute: its value is text, or whatever elements stand inside. */
const masterAttribute: Read = (element, names) => {
  const id = element.attributes.find(({ name, uri }) => name === 'id' && uri === '')?.value
  const attributes = element.attributes.filter(({ name, uri }) => name !== 'id' || uri !== '')
  const attribute = extensionValue({ ...element, attributes }, names)
  return id === undefined ? { attribute } : { id: id.trim(), attribute }
}

/** Attributes stand directly in their element; JSON has them in a list. */
const vocabularyElement: Read = (element, names, reading) => {
  const isAttribute = (child: Element) => child.name === 'attribute' && isStandard(child)
  const children = element.children.filter((child) => !isAttribute(child))
  const value = readObject({ ...element, children }, elementFields, names, reading)
  const attributes = element.children.filter(isAttribute).map((child) => masterAttribute(child, names, reading))
  return attributes.length === 0 ? value : { ...value, attributes }
}
const elementFields: Fields = new Map([['children', list('id', text)]])

const vocabularyList = list(
  'Vocabulary',
  object({ VocabularyElementList: list('VocabularyElement', vocabularyElement) }),
)

const resultsBody: Read = (element, names, reading) => {
  const value = readObject(element, resultsFields, names, reading)
  // JSON wants the list of events also where only master data was found.
  return 'eventList' in value ? value : { eventList: [], ...value }
}
const resultsFields: Fields = new Map([
  ['EventList', eventList],
  ['VocabularyList', vocabularyList],
])

const eventBody: Read = (element, names, reading) => {
  const value = readObject(element, new Map([['EventList', eventList]]), names, reading)
  return 'eventList' in value ? value : { eventList: [], ...value }
}

/** The header is read after the body, apart. */
const later: Read = () => undefined

/** The elements below each kind of root. */
export const bodyFields: ReadonlyMap<string, Fields> = new Map<string, Fields>([
  [
    'EPCISDocument',
    new Map([
      ['EPCISHeader', later],
      ['EPCISBody', eventBody],
    ]),
  ],
  [
    'EPCISQueryDocument',
    new Map([
      ['EPCISHeader', later],
      ['EPCISBody', object({ QueryResults: object({ queryName: text, subscriptionID: text, resultsBody }) })],
    ]),
  ],
  [
    'EPCISMasterDataDocument',
    new Map([
      ['EPCISHeader', later],
      ['EPCISBody', object({ VocabularyList: vocabularyList })],
    ]),
  ],
])

const headerFields: Fields = new Map([['EPCISMasterData', object({ VocabularyList: vocabularyList })]])

/**
 * Reads the header into the document: master data, extensions, and of the standard business document header what JSON
 * has a place for: sender, receiver, instance identifier.
 */
export function readHeader(root: Element, json: Record<string, unknown>, names: Names, reading: Reading): void {
  const element = root.children.find((child) => child.name === 'EPCISHeader' && isStandard(child))
  delete json.epcisHeader
  if (root.name === 'EPCISMasterDataDocument') {
    json.epcisHeader = { epcisMasterData: json.epcisBody }
    json.epcisBody = { eventList: [] }
  }
  if (element === undefined) return
  const isBusiness = (child: Element) => child.uri === sbdh
  const header = readObject(
    { ...element, children: element.children.filter((child) => !isBusiness(child)) },
    headerFields,
    names,
    reading,
  )
  if (Object.keys(header).length > 0) json.epcisHeader = { ...header, ...(json.epcisHeader as object | undefined) }
  const business = element.children.find(isBusiness)
  if (business === undefined) return
  for (const [name, ...path] of businessFields) {
    const found = descend(business, path)
    if (found) json[name] = elementText(found)
  }
}

const businessFields = [
  ['sender', 'Sender', 'Identifier'],
  ['receiver', 'Receiver', 'Identifier'],
  ['instanceIdentifier', 'DocumentIdentification', 'InstanceIdentifier'],
] as const

function descend(element: Element, path: readonly string[]): Element | undefined {
  let place: Element | undefined = element
  for (const name of path) place = place?.children.find((child) => child.name === name && child.uri === sbdh)
  return place
}
