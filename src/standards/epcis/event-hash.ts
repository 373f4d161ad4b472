import { hash } from 'node:crypto'
import { parseInstant } from '../instant.ts'
import { standardPrefixes } from './context.ts'
import { isRecord, keyOf, type Run } from './run.ts'
import type { EventType } from './types.ts'
import {
  alertTypes,
  bizSteps,
  components,
  dispositions,
  expandCurie,
  measurementTypes,
  readTerm,
  sourceDestinationTypes,
  transactionTypes,
  type Vocabulary,
  webTerm,
  webValue,
} from './vocabulary.ts'

/**
 * The EPCIS event hash id (CBV 2.0, section 8.9): the same for the same event whether its things are written as EPC URNs
 * or Digital Links, its words bare or as URIs, its lists in whatever order. recordTime, eventID, errorDeclaration and
 * comments take no part.
 */
export function hashEvent(raw: Record<string, unknown>, type: EventType, eventTime: string, run: Run): string {
  return `ni:///sha-256;${hash('sha256', preHash(raw, type, eventTime, run), 'hex')}?ver=CBV2.0`
}

/** Writes one standard field as `name=value` or with its children; '' where there is nothing to write. */
type Writer = (value: unknown, name: string, run: Run) => string

const plain: Writer = (value, name) => `${name}=${String(value).trim()}`
const id: Writer = (value, name, run) => `${name}=${keyOf(value as string, run).key}`
const instant: Writer = (value, name) => `${name}=${new Date(parseInstant(value as string) ?? 0).toISOString()}`
const free: Writer = (value, name, run) => `${name}=${freeValue(value, run)}`
const word =
  (vocabulary: Vocabulary): Writer =>
  (value, name, run) => {
    const term = readTerm(vocabulary, value as string, run.prefixes) ?? expandCurie(value as string, run.prefixes)
    return `${name}=${webTerm(vocabulary, term)}`
  }

const list =
  (element: Writer, elementName: string): Writer =>
  (value, name, run) => {
    const items = value as unknown[]
    if (items.length === 0) return ''
    if (items.length === 1) return name + element(items[0], elementName, run)
    return name + joinSorted(items.map((item) => element(item, elementName, run)))
  }

/** `again`: a field that was written before has more to say here. */
type Order = readonly (readonly [string, Writer, again?: 'again'])[]

/** The fields of an object in canonical order, then its extensions. */
function inOrder(value: Record<string, unknown>, order: Order, run: Run): string {
  let text = ''
  let count = 0
  for (const [name, write, again] of order) {
    const field = value[name]
    if (field === undefined) continue
    if (!again) count++
    text += write(field, name, run)
  }
  return count === Object.keys(value).length ? text : text + extensions(value, run)
}

const nested =
  (order: Order): Writer =>
  (value, name, run) => {
    const text = inOrder(value as Record<string, unknown>, order, run)
    return text === '' ? '' : name + text
  }

const epcs = list(id, 'epc')
const quantities = list(
  nested([
    ['epcClass', id],
    ['quantity', free],
    ['uom', plain],
  ]),
  'quantityElement',
)

const pairs =
  (vocabulary: Vocabulary, name: string): Writer =>
  (value, listName, run) => {
    const order: Order = [
      ['type', word(vocabulary)],
      [name, id],
    ]
    const items = (value as Record<string, unknown>[]).map((item) => inOrder(item, order, run))
    return items.length === 0 ? '' : listName + joinSorted(items)
  }

const words = (vocabulary: Vocabulary): Writer => {
  const write = word(vocabulary)
  return (value, name, run) => joinSorted((value as unknown[]).map((item) => write(item, name, run)))
}

const sensorMetadata: Order = [
  ['time', instant],
  ['startTime', instant],
  ['endTime', instant],
  ['deviceID', id],
  ['deviceMetadata', id],
  ['rawData', id],
  ['dataProcessingMethod', id],
  ['bizRules', id],
]

const sensorReport: Order = [
  ['type', word(measurementTypes)],
  ['exception', word(alertTypes)],
  ['deviceID', id],
  ['deviceMetadata', id],
  ['rawData', id],
  ['dataProcessingMethod', id],
  ['time', instant],
  ['microorganism', id],
  ['chemicalSubstance', id],
  ['value', free],
  ['component', word(components)],
  ['stringValue', free],
  ['booleanValue', free],
  ['hexBinaryValue', plain],
  ['uriValue', id],
  ['minValue', free],
  ['maxValue', free],
  ['meanValue', free],
  ['sDev', free],
  ['percRank', free],
  ['percValue', free],
  ['uom', plain],
  ['coordinateReferenceSystem', id],
]

const sensorReports: Writer = (value, name, run) => {
  const write = nested(sensorReport)
  return joinSorted((value as unknown[]).map((item) => write(item, name, run)))
}

const sensorElements = list(
  nested([
    ['sensorMetadata', nested(sensorMetadata)],
    ['sensorReport', sensorReports],
  ]),
  'sensorElement',
)

/** The rules that a report of its own follows: in JSON there are some, the table has no place for them. */
const rulesOfReports: Writer = (value, name, run) => {
  const elements = (value as Record<string, unknown>[]).flatMap((element) => {
    const reports = (element.sensorReport as Record<string, unknown>[]).flatMap(({ bizRules }) =>
      bizRules === undefined ? [] : [`sensorReport${id(bizRules, 'bizRules', run)}`],
    )
    return reports.length === 0 ? [] : [`sensorElement${joinSorted(reports)}`]
  })
  return elements.length === 0 ? '' : name + joinSorted(elements)
}

const place = nested([['id', id]])

const certificates: Writer = (value, name, run) => joinSorted([value].flat().map((one) => id(one, name, run)))

/**
 * Canonical property order. The standard's table (CBV 2.0, section 8.9.2) names epcList before parentID, sources before
 * destinations, sensors after both, and no certificationInfo. The reference implementation, which made the published
 * vectors, does otherwise, and it decides here: what others compute has to match.
 */
const order: Order = [
  ['eventTimeZoneOffset', plain],
  ['certificationInfo', certificates],
  ['parentID', id],
  ['epcList', epcs],
  ['inputEPCList', epcs],
  ['childEPCs', epcs],
  ['quantityList', quantities],
  ['childQuantityList', quantities],
  ['inputQuantityList', quantities],
  ['outputEPCList', epcs],
  ['outputQuantityList', quantities],
  ['action', plain],
  ['transformationID', id],
  ['bizStep', word(bizSteps)],
  ['disposition', word(dispositions)],
  [
    'persistentDisposition',
    nested([
      ['set', words(dispositions)],
      ['unset', words(dispositions)],
    ]),
  ],
  ['readPoint', place],
  ['bizLocation', place],
  ['sensorElementList', sensorElements],
  ['bizTransactionList', pairs(transactionTypes, 'bizTransaction')],
  ['destinationList', pairs(sourceDestinationTypes, 'destination')],
  ['ilmd', nested([])],
  ['sensorElementList', rulesOfReports, 'again'],
  ['sourceList', pairs(sourceDestinationTypes, 'source')],
]

/** The text that is hashed: the event in canonical form. */
export function preHash(raw: Record<string, unknown>, type: EventType, eventTime: string, run: Run): string {
  return `eventType=${type}eventTime=${eventTime}${inOrder(raw, order, run)}`
}

/** All fields of an extension or at the end of an object that the standard does not name, sorted. */
function extensions(value: Record<string, unknown>, run: Run): string {
  const items: string[] = []
  for (const name in value) {
    // Standard fields have no colon in their name: they are written already, or take no part.
    if (name.includes(':')) addExtension(items, name, value[name], run)
  }
  return joinSorted(items)
}

const comment = '{http://www.w3.org/2000/01/rdf-schema#}comment'

function addExtension(items: string[], name: string, value: unknown, run: Run): void {
  const fullName = qualified(name, run.prefixes)
  if (fullName === comment || value === null) return
  if (Array.isArray(value)) {
    for (const item of value) addExtension(items, name, item, run)
  } else if (isRecord(value)) {
    const children: string[] = []
    for (const child in value) {
      // An element of XML with attributes: its own text, and the attributes by their names.
      if (child === '#text') continue
      addExtension(children, child.startsWith('@') ? child.slice(1) : child, value[child], run)
    }
    items.push(withText(fullName, value['#text'], run) + joinSorted(children))
  } else {
    items.push(withText(fullName, value, run))
  }
}

function withText(fullName: string, value: unknown, run: Run): string {
  const text = value === undefined ? '' : freeValue(value, run)
  return text === '' ? fullName : `${fullName}=${text}`
}

/** `{namespace}local` of a prefixed name or a full URI; a name without namespace stays as it is. */
function qualified(name: string, prefixes: ReadonlyMap<string, string>): string {
  const colon = name.indexOf(':')
  if (colon < 0) return name
  const namespace = prefixes.get(name.slice(0, colon))
  if (namespace !== undefined) return `{${namespace}}${name.slice(colon + 1)}`
  const end = Math.max(name.lastIndexOf('/'), name.lastIndexOf('#'), colon) + 1
  return `{${name.slice(0, end)}}${name.slice(end)}`
}

const standardCurie = /^(?:cbv|epcis|gs1):/

/** Under a prefix of the document's own, or one of the three of the standard's that values are written with. */
function isCurie(text: string): boolean {
  const colon = text.indexOf(':')
  if (colon < 1) return false
  return standardCurie.test(text) || !standardPrefixes.has(text.slice(0, colon))
}

const decimalText = /^[+-]?\d+\.\d*$/

/**
 * A value outside the standard vocabularies. Trailing zeros of a decimal go; digits without a point stay as they are,
 * because "007" and "7" may be different lots.
 */
function freeValue(value: unknown, run: Run): string {
  if (typeof value !== 'string') return String(value)
  const text = value.trim()
  if (decimalText.test(text)) return withoutTrailingZeros(text)
  if (text.startsWith('urn:epc:') || text.startsWith('http')) return keyOf(text, run).key
  if (text.startsWith('urn:epcglobal:cbv:')) return webValue(text)
  return isCurie(text) ? expandCurie(text, run.prefixes) : text
}

function withoutTrailingZeros(text: string): string {
  let end = text.length
  while (text.charCodeAt(end - 1) === 48) end--
  return text.slice(0, text.charCodeAt(end - 1) === 46 ? end - 1 : end)
}

const surrogate = /[\ud800-\udfff]/

/**
 * Joined in the order of Unicode code points, which is that of UTF-16 except where characters beyond the basic plane
 * occur.
 */
function joinSorted(items: string[]): string {
  if (items.length < 2) return items[0] ?? ''
  // Serials mostly come in order.
  const text = (isSorted(items) ? items : items.sort()).join('')
  if (!surrogate.test(text)) return text
  return items.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))).join('')
}

function isSorted(items: readonly string[]): boolean {
  for (let at = 1; at < items.length; at++) if ((items[at - 1] as string) > (items[at] as string)) return false
  return true
}
