import { digitalLinkToEpc, epcToDigitalLink } from '../../../standards/digital-link/index.ts'
import { standardPrefixes } from '../../../standards/epcis/context.ts'
import {
  bizSteps,
  components,
  dispositions,
  errorReasons,
  measurementTypes,
  readTerm,
  sourceDestinationTypes,
  transactionTypes,
  type Vocabulary,
} from '../../../standards/epcis/vocabulary.ts'
import type { EpcFormat } from './terms.ts'

type Json = Record<string, unknown>

const single = ['parentID', 'transformationID']
const lists = ['epcList', 'childEPCs', 'inputEPCList', 'outputEPCList']
const quantities = ['quantityList', 'childQuantityList', 'inputQuantityList', 'outputQuantityList']

const epcStart = 'urn:epc:'

/** Words of the standard as JSON may not have them: there they are bare (EPCIS 2.0, 10.1). */
const foreignWord = /"(?:urn:epcglobal:cbv:|https?:\/\/ns\.gs1\.org\/cbv\/|https?:\/\/(?:www\.)?gs1\.org\/voc\/)/

/** Whether an event's JSON text has nothing in it that a form would write otherwise: most have come as they are asked for. */
export function isInForm(document: string, format: EpcFormat): boolean {
  if (format === 'Never_Translates') return true
  const hasIds = format === 'Always_EPC_URN' || (format === 'Always_GS1_Digital_Link' && document.includes(epcStart))
  return !hasIds && !foreignWord.test(document)
}

/** How one identifier is to be written; undefined where all stay as they are. */
export function identifierWriter(format: EpcFormat): ((id: string) => string) | undefined {
  if (format === 'Always_GS1_Digital_Link') return (id) => (id.startsWith(epcStart) ? (epcToDigitalLink(id) ?? id) : id)
  if (format === 'Always_EPC_URN') return toUrn
  return undefined
}

/**
 * The identifiers of an event's things, places, parties and papers in another form (EPCIS 2.0, GS1-EPC-Format). An identifier
 * that has no other form stays as it is.
 */
export function rewriteEvent(event: Json, write: (id: string) => string = same): Json {
  const result = bare(event, words)
  for (const name of single) if (typeof event[name] === 'string') result[name] = write(event[name])
  for (const name of lists) if (Array.isArray(event[name])) result[name] = unique(event[name].map(texts(write)))
  for (const name of quantities) rewriteList(result, name, 'epcClass', write)
  rewriteList(result, 'sourceList', 'source', write)
  rewriteList(result, 'destinationList', 'destination', write)
  rewriteList(result, 'bizTransactionList', 'bizTransaction', write)
  for (const name of ['readPoint', 'bizLocation']) {
    const place = event[name] as Json | undefined
    if (typeof place?.id === 'string') result[name] = { ...place, id: write(place.id) }
  }
  return result
}

const same = (id: string) => id

type Words = { readonly [name: string]: Vocabulary | Words }

/** Where an event has words of the standard. */
const words: Words = {
  bizStep: bizSteps,
  disposition: dispositions,
  persistentDisposition: { set: dispositions, unset: dispositions },
  bizTransactionList: { type: transactionTypes },
  sourceList: { type: sourceDestinationTypes },
  destinationList: { type: sourceDestinationTypes },
  errorDeclaration: { reason: errorReasons },
  sensorElementList: { sensorReport: { type: measurementTypes, component: components } },
}

const isVocabulary = (rule: Vocabulary | Words): rule is Vocabulary => rule.words instanceof Set

/** A copy with the words at their places bare. */
function bare(value: Json, places: Words): Json {
  const result = { ...value }
  for (const [name, rule] of Object.entries(places)) if (name in result) result[name] = bareAt(result[name], rule)
  return result
}

function bareAt(value: unknown, rule: Vocabulary | Words): unknown {
  if (Array.isArray(value)) return value.map((one) => bareAt(one, rule))
  if (isVocabulary(rule)) return typeof value === 'string' ? (readTerm(rule, value, standardPrefixes) ?? value) : value
  return typeof value === 'object' && value !== null ? bare(value as Json, rule) : value
}

function rewriteList(event: Json, name: string, field: string, write: (id: string) => string): void {
  const list = event[name]
  if (!Array.isArray(list)) return
  event[name] = list.map((item: Json) => {
    const id = item[field]
    return typeof id === 'string' ? { ...item, [field]: write(id) } : item
  })
}

const texts = (write: (id: string) => string) => (id: unknown) => (typeof id === 'string' ? write(id) : id)

/** One thing written in two ways is one identifier now. */
const unique = (list: readonly unknown[]) => [...new Set(list)]

/** Where the digits of a key begin: in front of an indicator, extension or filler there is none of the company's. */
const leads: Readonly<Record<string, number>> = { '01': 1, '00': 1, '8003': 1, '8006': 1 }

function toUrn(id: string): string {
  if (id.startsWith('urn:')) return id
  const [, ai, value] = /\/(\d{2,4})\/(\d{8,})[^/]*(?:\/|$)/.exec(id) ?? []
  if (!ai || !value) return id
  const digits = (ai === '01' ? value.padStart(14, '0') : value).slice(leads[ai] ?? 0)
  const length = prefixLength(digits)
  return (length && digitalLinkToEpc(id, length)) || id
}

/**
 * How long the company prefix of a GS1 China number is (GB 12904: 690 and 691 seven digits, 692 to 696 eight, 697 nine). A
 * link does not tell, and a guessed length would name another company: elsewhere the link stays a link.
 */
function prefixLength(digits: string): number | undefined {
  const country = Number(digits.slice(0, 3))
  if (country === 690 || country === 691) return 7
  if (country >= 692 && country <= 696) return 8
  return country === 697 ? 9 : undefined
}
