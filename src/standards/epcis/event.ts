import { canonicalInstant, parseInstant } from '../instant.ts'
import { hashEvent } from './event-hash.ts'
import { isRecord, keyOf, type Run } from './run.ts'
import type { Action, EventType, ParsedEvent, Party, Thing } from './types.ts'
import type { Vocabulary } from './vocabulary.ts'
import {
  bizSteps,
  dispositions,
  errorReasons,
  readTerm,
  sourceDestinationTypes,
  transactionTypes,
} from './vocabulary.ts'

/**
 * What the platform works with, made of an event that passed every check: canonical keys, bare words, its hash.
 * Types are therefore taken for granted here.
 */
export function readEvent(raw: Record<string, unknown>, type: EventType, run: Run): ParsedEvent {
  const eventTimeMs = parseInstant(raw.eventTime as string) ?? 0
  const eventTime = canonicalInstant(raw.eventTime as string, eventTimeMs)
  const hash = hashEvent(raw, type, eventTime, run)
  const ownId = raw.eventID as string | undefined
  const event: ParsedEvent = {
    raw,
    type,
    eventTime,
    eventTimeMs,
    eventTimeZoneOffset: raw.eventTimeZoneOffset as string,
    eventId: ownId ?? hash,
    hasOwnId: ownId !== undefined,
    hash,
    sources: parties(raw.sourceList, 'source', run),
    destinations: parties(raw.destinationList, 'destination', run),
    glns: [],
    things: thingsOf(raw, type, run),
    bizTransactions: transactions(raw.bizTransactionList, run),
  }
  if (raw.action !== undefined) event.action = raw.action as Action
  if (raw.bizStep !== undefined) event.bizStep = word(bizSteps, raw.bizStep, run)
  if (raw.disposition !== undefined) event.disposition = word(dispositions, raw.disposition, run)
  if (raw.transformationID !== undefined) event.transformationId = keyOf(raw.transformationID as string, run).key
  if (raw.ilmd !== undefined) event.ilmd = raw.ilmd as Record<string, unknown>
  if (isRecord(raw.errorDeclaration)) event.errorDeclaration = declaration(raw.errorDeclaration, run)
  addPlaces(event, raw, run)
  return event
}

function word(vocabulary: Vocabulary, term: unknown, run: Run): string {
  return readTerm(vocabulary, term as string, run.prefixes) ?? (term as string)
}

function addPlaces(event: ParsedEvent, raw: Record<string, unknown>, run: Run): void {
  const glns: string[] = []
  const addGln = (gln: string | undefined) => {
    if (gln !== undefined && !glns.includes(gln)) glns.push(gln)
  }
  for (const name of ['readPoint', 'bizLocation'] as const) {
    const place = raw[name]
    if (!isRecord(place)) continue
    const { key, gln } = keyOf(place.id as string, run)
    event[name] = key
    addGln(gln)
  }
  for (const { gln } of event.sources) addGln(gln)
  for (const { gln } of event.destinations) addGln(gln)
  event.glns = glns
}

function parties(list: unknown, name: 'source' | 'destination', run: Run): Party[] {
  if (!Array.isArray(list)) return []
  return list.map((item: Record<string, unknown>) => {
    const { key, gln } = keyOf(item[name] as string, run)
    const party: Party = { type: word(sourceDestinationTypes, item.type, run), key }
    if (gln) party.gln = gln
    return party
  })
}

function transactions(list: unknown, run: Run): { type?: string; id: string }[] {
  if (!Array.isArray(list)) return []
  return list.map((item: Record<string, unknown>) => {
    const id = keyOf(item.bizTransaction as string, run).key
    return item.type === undefined ? { id } : { type: word(transactionTypes, item.type, run), id }
  })
}

function declaration(raw: Record<string, unknown>, run: Run): NonNullable<ParsedEvent['errorDeclaration']> {
  const time = new Date(parseInstant(raw.declarationTime as string) ?? 0).toISOString()
  const correctiveEventIds = (raw.correctiveEventIDs as string[] | undefined) ?? []
  if (raw.reason === undefined) return { declarationTime: time, correctiveEventIds }
  return { declarationTime: time, reason: word(errorReasons, raw.reason, run), correctiveEventIds }
}

type Role = Thing['role']

/** Where each event type names its things: single identifiers, lists of them, lists with quantities. */
const thingFields: Readonly<Record<EventType, readonly (readonly [string, Role])[]>> = {
  ObjectEvent: [
    ['epcList', 'epc'],
    ['quantityList', 'epc'],
  ],
  AggregationEvent: [
    ['parentID', 'parent'],
    ['childEPCs', 'child'],
    ['childQuantityList', 'child'],
  ],
  TransactionEvent: [
    ['parentID', 'parent'],
    ['epcList', 'epc'],
    ['quantityList', 'epc'],
  ],
  TransformationEvent: [
    ['inputEPCList', 'input'],
    ['inputQuantityList', 'input'],
    ['outputEPCList', 'output'],
    ['outputQuantityList', 'output'],
  ],
  AssociationEvent: [
    ['parentID', 'parent'],
    ['childEPCs', 'child'],
    ['childQuantityList', 'child'],
  ],
}

function thingsOf(raw: Record<string, unknown>, type: EventType, run: Run): Thing[] {
  const things: Thing[] = []
  for (const [field, role] of thingFields[type]) {
    const value = raw[field]
    if (typeof value === 'string') {
      things.push(thing(value, role, run))
    } else if (Array.isArray(value)) {
      for (const item of value as (string | Record<string, unknown>)[]) {
        things.push(typeof item === 'string' ? thing(item, role, run) : quantified(item, role, run))
      }
    }
  }
  return things
}

function thing(id: string, role: Role, run: Run): Thing {
  const { key, level, gtin, lot, serial } = keyOf(id, run)
  const result: Thing = { key, role, level }
  if (gtin) result.gtin = gtin
  if (lot) result.lot = lot
  if (serial) result.serial = serial
  return result
}

function quantified(item: Record<string, unknown>, role: Role, run: Run): Thing {
  const result = thing(item.epcClass as string, role, run)
  if (item.quantity !== undefined) result.quantity = plainDecimal(item.quantity as number)
  if (item.uom !== undefined) result.uom = item.uom as string
  return result
}

/** A number as decimal text without exponent: 1e-7 is 0.0000001. */
export function plainDecimal(value: number): string {
  const text = String(value)
  const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text)
  if (match === null) return text
  const [, sign = '', head = '', fraction = '', exponent = '0'] = match
  const digits = head + fraction
  const point = 1 + Number(exponent)
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`
  if (digits.length <= point) return sign + digits.padEnd(point, '0')
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`
}
