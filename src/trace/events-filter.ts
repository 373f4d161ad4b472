import { standardPrefixes } from '../standards/epcis/context.ts'
import { expandCurie } from '../standards/epcis/vocabulary.ts'
import { parseBound } from '../standards/instant.ts'

export type Json = Readonly<Record<string, unknown>>
type Prefixes = ReadonlyMap<string, string>

/** True where an event's document meets a condition that no column holds. */
export type DocumentTest = (event: Json, prefixes: Prefixes) => boolean

/** Conditions on the document itself. `hints`: texts that a document must contain to meet them, so that most are not read. */
export type DocumentFilter = { hints: string[]; tests: DocumentTest[] }

export type Operator = 'EQ' | 'GT' | 'GE' | 'LT' | 'LE'

/** The prefixes under which an event writes its extensions: the standard's, its document's, its own. */
export function prefixesOf(context: unknown, event: Json): Prefixes {
  const prefixes = new Map(standardPrefixes)
  for (const entry of [context, event['@context']].flat(2)) {
    if (!isObject(entry)) continue
    for (const [name, value] of Object.entries(entry)) {
      const uri = isObject(value) ? value['@id'] : value
      if (typeof uri === 'string' && !name.startsWith('@')) prefixes.set(name, uri)
    }
  }
  return prefixes
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function objects(value: unknown): Json[] {
  return (Array.isArray(value) ? value : [value]).filter(isObject)
}

/** Whether a field's name is the one asked for. */
export type NameTest = (name: string, prefixes: Prefixes) => boolean

/**
 * An extension field by its name in a query: a compact URI under a prefix that the client declared, a full name
 * (`http://…field`, also with the `#` of EPCIS 1.x before the field), or else a compact URI as the event itself writes it.
 */
export function fieldName(text: string, declared: Prefixes): NameTest {
  const full = expandCurie(text, declared)
  if (full === text && !/^(?:\w+:\/\/|urn:)/.test(text)) {
    return (name, prefixes) => name === text || expandCurie(name, prefixes) === text
  }
  // The standard's own namespace of master data ends in a colon in JSON-LD, in XML not.
  const ours = full.replace(/^urn:epcglobal:cbv:mda#/, 'urn:epcglobal:cbv:mda:')
  const wanted = new Set([full, text, ours, full.replace('#', '')])
  return (name, prefixes) => wanted.has(name) || wanted.has(expandCurie(name, prefixes))
}

/** The values of a field among an object's extensions: fields with a prefix, or all where names need none. */
export function fieldValues(object: Json, isWanted: NameTest, prefixes: Prefixes): unknown[] {
  return Object.entries(object).flatMap(([name, value]) => (isWanted(name, prefixes) ? [value].flat() : []))
}

/** The values of a field at any depth inside an object's extensions, but not among them. */
export function innerValues(object: Json, isWanted: NameTest, prefixes: Prefixes): unknown[] {
  const found: unknown[] = []
  const walk = (value: unknown) => {
    if (Array.isArray(value)) for (const one of value) walk(one)
    if (!isObject(value)) return
    found.push(...fieldValues(value, isWanted, prefixes))
    for (const one of Object.values(value)) walk(one)
  }
  for (const [name, value] of Object.entries(object)) if (name.includes(':')) walk(value)
  return found
}

type Scalar = string | number | boolean

/** The plain value of an extension: itself, or what an object of JSON-LD says that it is. */
export function scalar(value: unknown): Scalar | undefined {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  return isObject(value) ? scalar(value['@value'] ?? value['@id'] ?? value.id) : undefined
}

const number = /^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d{1,3})?$/

/** Compares as numbers where both are numbers, as times where both are times; as texts for equality only. */
export function compares(operator: Operator, value: unknown, wanted: string): boolean {
  const plain = scalar(value)
  if (plain === undefined) return false
  const text = String(plain)
  const difference = order(text, wanted)
  if (difference === undefined) return operator === 'EQ' && text === wanted
  if (operator === 'EQ') return difference === 0
  if (operator === 'GT') return difference > 0
  if (operator === 'GE') return difference >= 0
  return operator === 'LT' ? difference < 0 : difference <= 0
}

/** The moment that a time or a day says, in ms; a day stands for its beginning in UTC, as days of one field are compared. */
export function momentOf(text: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return parseBound(text)
  const ms = Date.parse(text)
  return Number.isNaN(ms) ? undefined : ms
}

function order(text: string, wanted: string): number | undefined {
  if (number.test(text) && number.test(wanted)) return Number(text) - Number(wanted)
  const [a, b] = [momentOf(text), momentOf(wanted)]
  return a === undefined || b === undefined ? undefined : a - b
}

/** Order of two values of one field, for sorting: numbers, then times, then texts by code points. */
export function sortOrder(a: Scalar, b: Scalar): number {
  const [one, other] = [String(a), String(b)]
  return order(one, other) ?? (one < other ? -1 : one > other ? 1 : 0)
}
