import { standardPrefixes } from '../context.ts'
import { plainDecimal } from '../event.ts'
import {
  alertTypes,
  bizSteps,
  components,
  dispositions,
  errorReasons,
  expandCurie,
  measurementTypes,
  readTerm,
  sourceDestinationTypes,
  transactionTypes,
  type Vocabulary,
} from '../vocabulary.ts'
import { addField, renamed } from './extension.ts'
import { declarations, escapeAttribute, escapeText, openScope, type Scope, xmlName } from './scope.ts'
import { writeExtension } from './write-extension.ts'

/** Events of the JSON binding in the order that the XML schema of EPCIS 2.0 asks for. Fields are taken for checked. */

type Json = Record<string, unknown>
type Write = (value: unknown, name: string, scope: Scope) => string

const text: Write = (value, name) => `<${name}>${escapeText(String(value))}</${name}>`
/** XML Schema has no small t and z, which RFC 3339 allows. */
const time: Write = (value, name) => `<${name}>${escapeText(String(value).toUpperCase())}</${name}>`
const decimal: Write = (value, name) => text(plainDecimal(value as number), name, undefined as never)

/** A word of the standard as URN or Web URI; where it has no URN, short as the standard's examples write it. */
function wordOf(vocabulary: Vocabulary, value: unknown, scope: Scope): string {
  const word = readTerm(vocabulary, value as string, scope.prefixes)
  if (word === undefined || !vocabulary.words.has(word)) return value as string
  if (scope.words === 'web') return vocabulary.web + word
  if (vocabulary.urn) return vocabulary.urn + word
  return vocabulary === components ? `cbv:Comp-${word}` : `gs1:${word}`
}

const word =
  (vocabulary: Vocabulary): Write =>
  (value, name, scope) =>
    text(wordOf(vocabulary, value, scope), name, scope)

const each =
  (write: Write): Write =>
  (value, name, scope) =>
    (Array.isArray(value) ? value : [value]).map((item) => write(item, name, scope)).join('')

const list =
  (itemName: string, write: Write): Write =>
  (value, name, scope) => {
    const items = (value as unknown[]).map((item) => write(item, itemName, scope)).join('')
    return items === '' ? `<${name}/>` : `<${name}>${items}</${name}>`
  }

type Order = readonly (readonly [string, Write])[]

/** The fields in order, then the extensions. */
function contentOf(value: Json, order: Order, scope: Scope): string {
  let content = ''
  for (const [name, write] of order) if (value[name] !== undefined) content += write(value[name], name, scope)
  for (const name in value) if (!isKnown(name, order)) content += writeExtension(name, value[name], scope)
  return content
}

function isKnown(name: string, order: Order): boolean {
  return name === 'type' || name === '@context' || order.some(([known]) => known === name)
}

/** A list that the schema wants left out where it would be empty. */
const filled =
  (itemName: string, write: Write): Write =>
  (value, name, scope) =>
    (value as unknown[]).length === 0 ? '' : list(itemName, write)(value, name, scope)

const object =
  (order: Order): Write =>
  (value, name, scope) =>
    `<${name}>${contentOf(value as Json, order, scope)}</${name}>`

const place = object([['id', text]])
const epcs = list('epc', text)
const quantities = list(
  'quantityElement',
  object([
    ['epcClass', text],
    ['quantity', decimal],
    ['uom', text],
  ]),
)

const references = (name: string, vocabulary: Vocabulary): Write =>
  filled(name, (value, tag, scope) => {
    const { type, [name]: id } = value as Json
    const attribute = type === undefined ? '' : ` type="${escapeAttribute(wordOf(vocabulary, type, scope))}"`
    return `<${tag}${attribute}>${escapeText(String(id))}</${tag}>`
  })

const times: ReadonlySet<string> = new Set(['time', 'startTime', 'endTime'])

/**
 * Metadata and reports are attributes, and so are extensions that are text. For any other kind XML Schema leaves the text
 * inside: it stands there as JSON, its names in full, so that nothing is lost.
 */
const sensorPart =
  (vocabularies: Readonly<Record<string, Vocabulary>>): Write =>
  (value, name, scope) => {
    const attributes = new Map<string, string>()
    const rest: Json = {}
    const full = (field: string) => fullName(field, scope)
    for (const [field, part] of Object.entries(value as Json)) {
      const tag = xmlName(field, scope)
      const isNameless = field.includes(':') && !tag.includes(':')
      const isText = typeof part === 'string' || !field.includes(':')
      if (isNameless || attributes.has(tag) || !isText) {
        addField(rest, full(field), renamed(part, full))
      } else {
        const vocabulary = vocabularies[field]
        const shown = times.has(field) ? String(part).toUpperCase() : String(part)
        attributes.set(tag, vocabulary ? wordOf(vocabulary, part, scope) : shown)
      }
    }
    const written = [...attributes].map(([tag, text]) => ` ${tag}="${escapeAttribute(text)}"`).join('')
    const inside = Object.keys(rest).length === 0 ? '' : escapeText(JSON.stringify(rest))
    return inside === '' ? `<${name}${written}/>` : `<${name}${written}>${inside}</${name}>`
  }

function fullName(name: string, scope: Scope): string {
  const full = expandCurie(name, scope.prefixes)
  return /^(?:\w+:\/\/|urn:)/.test(full) ? full : name
}

const sensorElement = object([
  ['sensorMetadata', sensorPart({})],
  ['sensorReport', each(sensorPart({ type: measurementTypes, exception: alertTypes, component: components }))],
])

const head: Order = [
  ['eventTime', time],
  ['recordTime', time],
  ['eventTimeZoneOffset', text],
  ['eventID', text],
  [
    'errorDeclaration',
    object([
      ['declarationTime', time],
      ['reason', word(errorReasons)],
      ['correctiveEventIDs', list('correctiveEventID', text)],
    ]),
  ],
  ['certificationInfo', (value, name, scope) => text([value].flat()[0], name, scope)],
]
/** The schema has one certificate; further ones are extensions under the name that JSON-LD gives the field. */
const furtherCertificates: Write = (value, name, scope) => {
  const further = [value].flat().slice(1)
  return further.map((one) => text(one, xmlName(standardPrefixes.get('epcis') + name, scope), scope)).join('')
}
const transactions = ['bizTransactionList', references('bizTransaction', transactionTypes)] as const
const action = ['action', text] as const
const where: Order = [
  ['bizStep', word(bizSteps)],
  ['disposition', word(dispositions)],
  ['readPoint', place],
  ['bizLocation', place],
]
const tail: Order = [
  ['sourceList', references('source', sourceDestinationTypes)],
  ['destinationList', references('destination', sourceDestinationTypes)],
  ['sensorElementList', filled('sensorElement', sensorElement)],
  [
    'persistentDisposition',
    object([
      ['unset', each(word(dispositions))],
      ['set', each(word(dispositions))],
    ]),
  ],
  ['ilmd', object([])],
  ['certificationInfo', furtherCertificates],
]
const parent = ['parentID', text] as const
const children = ['childEPCs', epcs] as const
const childQuantities = ['childQuantityList', quantities] as const

const orders: Readonly<Record<string, Order>> = {
  ObjectEvent: [...head, ['epcList', epcs], action, ...where, transactions, ['quantityList', quantities], ...tail],
  AggregationEvent: [...head, parent, children, action, ...where, transactions, childQuantities, ...tail],
  TransactionEvent: [
    ...head,
    transactions,
    parent,
    ['epcList', epcs],
    action,
    ...where,
    ['quantityList', quantities],
    ...tail,
  ],
  TransformationEvent: [
    ...head,
    ['inputEPCList', epcs],
    ['inputQuantityList', quantities],
    ['outputEPCList', epcs],
    ['outputQuantityList', quantities],
    ['transformationID', text],
    ...where,
    transactions,
    ...tail,
  ],
  AssociationEvent: [...head, parent, children, childQuantities, action, ...where, transactions, ...tail],
}

/** One event as an element that declares what its own @context does. `fixed`: declarations of the root, where it is one. */
export function writeEvent(event: Json, document: Scope, fixed?: readonly string[]): string {
  const type = String(event.type)
  const scope = fixed ? document : openScope(event['@context'], document.words, document)
  const content = contentOf(event, orders[type] ?? head, scope)
  return `<${type}${declarations(scope, fixed)}>${content}</${type}>`
}
