import { isRecord } from '../run.ts'
import {
  alertTypes,
  bizSteps,
  components,
  dispositions,
  errorReasons,
  measurementTypes,
  sourceDestinationTypes,
  transactionTypes,
  type Vocabulary,
} from '../vocabulary.ts'
import { addField, readBoolean, readNumber, renamed } from './extension.ts'
import { type Names, shortName } from './names.ts'
import {
  bareWord,
  type Fields,
  list,
  object,
  plainText,
  type Read,
  type Reading,
  readObject,
  term,
  text,
} from './reading.ts'
import type { Element } from './tree.ts'

/** The events of the XML binding (EPCIS 2.0, section 9.5; EPCIS 1.2, section 9.5) as events of the JSON binding. */

const number: Read = (element, names, reading) => readNumber(text(element, names, reading) as string)

/** EPCIS 1.x takes any xsd:dateTime; in circulation are times without seconds, which 2.0 does not allow. */
const time: Read = (element, names, reading) => {
  const value = text(element, names, reading) as string
  return reading.isOld ? value.replace(/(T\d\d:\d\d)(?=Z|[+-]|$)/, '$1:00') : value
}

const place = object({ id: text })
const epcs = list('epc', text)

const quantityFields = object({ epcClass: text, quantity: number, uom: text })
/** An empty quantity (xsi:nil) is none. */
const quantityElement: Read = (element, names, reading) => {
  const value = quantityFields(element, names, reading) as Record<string, unknown>
  for (const name of ['quantity', 'uom']) if (value[name] === '') delete value[name]
  return value
}
const quantities = list('quantityElement', quantityElement)

/** A list of references, each with its type as attribute: `<source type="…">…</source>`. */
const references = (name: string, vocabulary: Vocabulary): Read => {
  const attributes = new Map([['type', (value: string) => bareWord(vocabulary, value.trim())]])
  return list(name, (element, names, reading) => {
    const bare = { ...element, children: [], text: '' }
    const value = readObject(bare, new Map(), names, reading, attributes)
    value[name] = plainText(element, reading)
    return value
  })
}

const trimmed = (value: string) => value.trim()
const decimal = (value: string) => readNumber(value.trim())
const word = (vocabulary: Vocabulary) => (value: string) => bareWord(vocabulary, value.trim())

const metadataAttributes: ReadonlyMap<string, (value: string) => unknown> = new Map(
  'time startTime endTime deviceID deviceMetadata rawData dataProcessingMethod bizRules'
    .split(' ')
    .map((name) => [name, trimmed] as const),
)

const reportAttributes: ReadonlyMap<string, (value: string) => unknown> = new Map<string, (value: string) => unknown>([
  ...metadataAttributes,
  ...'microorganism chemicalSubstance coordinateReferenceSystem hexBinaryValue uriValue uom'
    .split(' ')
    .map((name) => [name, trimmed] as const),
  ...'value minValue maxValue meanValue sDev percRank percValue'.split(' ').map((name) => [name, decimal] as const),
  ['type', word(measurementTypes)],
  ['exception', word(alertTypes)],
  ['component', word(components)],
  ['booleanValue', readBoolean],
])

const none: Fields = new Map()

/** Attributes, and inside, as text, the extensions that no attribute can hold: an object of JSON. */
const sensorPart =
  (attributes: ReadonlyMap<string, (value: string) => unknown>): Read =>
  (element, names, reading) => {
    const inside = jsonObject(element.text)
    if (!inside) return readObject(element, none, names, reading, attributes)
    const value = readObject({ ...element, text: '' }, none, names, reading, attributes)
    const short = (name: string) => shortName(name, names)
    for (const [name, field] of Object.entries(inside)) addField(value, short(name), renamed(field, short))
    return value
  }

function jsonObject(text: string): Record<string, unknown> | undefined {
  if (!/^\s*\{/.test(text)) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}

const sensorElement = object({
  sensorMetadata: sensorPart(metadataAttributes),
  sensorReport: sensorPart(reportAttributes),
})

const fields: Record<string, Read> = {
  eventTime: time,
  recordTime: time,
  eventTimeZoneOffset: text,
  eventID: text,
  certificationInfo: text,
  errorDeclaration: object({
    declarationTime: time,
    reason: term(errorReasons),
    correctiveEventIDs: list('correctiveEventID', text),
  }),
  action: text,
  bizStep: term(bizSteps),
  disposition: term(dispositions),
  persistentDisposition: object({ set: term(dispositions), unset: term(dispositions) }),
  readPoint: place,
  bizLocation: place,
  parentID: text,
  transformationID: text,
  epcList: epcs,
  childEPCs: epcs,
  inputEPCList: epcs,
  outputEPCList: epcs,
  quantityList: quantities,
  childQuantityList: quantities,
  inputQuantityList: quantities,
  outputQuantityList: quantities,
  bizTransactionList: references('bizTransaction', transactionTypes),
  sourceList: references('source', sourceDestinationTypes),
  destinationList: references('destination', sourceDestinationTypes),
  sensorElementList: list('sensorElement', sensorElement),
  ilmd: object({}),
}
const eventFields: Fields = new Map(Object.entries(fields))
const quantityEventFields: Fields = new Map(Object.entries({ ...fields, epcClass: text, quantity: number }))

/** An event of XML in JSON, its fields not yet checked; what `names` finds undeclared it declares. */
export function readXmlEvent(element: Element, names: Names, reading: Reading): Record<string, unknown> {
  const isQuantity = element.name === 'QuantityEvent' && reading.isOld
  const value = readObject(element, isQuantity ? quantityEventFields : eventFields, names, reading)
  const event: Record<string, unknown> = { type: element.name, ...value }
  if (isQuantity) upgradeQuantityEvent(event)
  joinCertificates(event)
  const lines = reading.lines.get(value)
  if (lines) reading.lines.set(event, { ...lines, type: element.line })
  return event
}

/** The schema has one certificate; what JSON lists beside it stands among the extensions. */
function joinCertificates(event: Record<string, unknown>): void {
  const { certificationInfo: certificates, [furtherCertificates]: further } = event
  if (!Array.isArray(certificates)) return
  if (further !== undefined) {
    certificates.push(...[further].flat())
    delete event[furtherCertificates]
  }
  if (certificates.length === 1) event.certificationInfo = certificates[0]
}
const furtherCertificates = 'epcis:certificationInfo'

/** A quantity event is an object event that observed a quantity of a class (deprecated since EPCIS 1.1). */
function upgradeQuantityEvent(event: Record<string, unknown>): void {
  const { epcClass, quantity } = event
  delete event.epcClass
  delete event.quantity
  Object.assign(event, { type: 'ObjectEvent', action: 'OBSERVE', quantityList: [{ epcClass, quantity }] })
}
