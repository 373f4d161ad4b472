import { Failure, type Problem } from '../failure.ts'
import { canonicalKey, patternPrefixes, productPrefixes } from '../standards/digital-link/index.ts'
import { standardPrefixes } from '../standards/epcis/context.ts'
import { plainDecimal } from '../standards/epcis/event.ts'
import { isEventType } from '../standards/epcis/fields.ts'
import {
  bizSteps,
  dispositions,
  readTerm,
  sourceDestinationTypes,
  transactionTypes,
  type Vocabulary,
} from '../standards/epcis/vocabulary.ts'
import { parseBound } from '../standards/instant.ts'
import { documentParameter, sortValue, type ValueKind } from './event-parameters-document.ts'
import type { EventQuery, Order, QuantityMatch, ThingMatch } from './events.ts'
import { momentOf } from './events-filter.ts'
import { attributeNames } from './events-master-data.ts'

/** What a SimpleEventQuery asks for, beside its paging. */
export type EventSearch = { query: EventQuery; order: Order; eventCountLimit?: number; maxEventCount?: number }

type Parameters = Readonly<Record<string, unknown>>
type Prefix = NonNullable<ThingMatch['prefixes']>[number]
type Mutable = { -readonly [K in keyof EventQuery]: EventQuery[K] }
type Prefixes = ReadonlyMap<string, string>
type Reader = (query: Mutable, values: readonly string[], name: string, declared: Prefixes) => void

const key = (id: string) => canonicalKey(id).key
const term = (vocabulary: Vocabulary, declared: Prefixes) => (value: string) =>
  readTerm(vocabulary, value, declared) ?? value
/** A bare word that the vocabulary lacks would find nothing and not say why. */
const known = (vocabulary: Vocabulary, name: string, declared: Prefixes) => (value: string) => {
  const word = readTerm(vocabulary, value, declared)
  if (word === undefined) throw new ParameterError(`${name} 的“${value}”不在 ${vocabulary.title}中`)
  return word
}

const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['eventType', (query, values, name) => (query.types = typesIn(values, name))],
  ['GE_eventTime', (query, values, name) => (query.eventTimeFrom = instant(values, name))],
  ['LT_eventTime', (query, values, name) => (query.eventTimeBefore = instant(values, name))],
  ['GE_recordTime', (query, values, name) => (query.recordTimeFrom = instant(values, name))],
  ['LT_recordTime', (query, values, name) => (query.recordTimeBefore = instant(values, name))],
  ['EQ_action', (query, values, name) => (query.actions = oneOf(words(values), name, ['ADD', 'OBSERVE', 'DELETE']))],
  [
    'EQ_bizStep',
    (query, values, name, declared) => (query.bizSteps = words(values).map(known(bizSteps, name, declared))),
  ],
  [
    'EQ_disposition',
    (query, values, name, declared) => (query.dispositions = words(values).map(known(dispositions, name, declared))),
  ],
  ['EQ_readPoint', (query, values) => (query.readPoints = values.map(key))],
  ['WD_readPoint', (query, values) => (query.readPointsWithin = values.map(key))],
  ['EQ_bizLocation', (query, values) => (query.bizLocations = values.map(key))],
  ['WD_bizLocation', (query, values) => (query.bizLocationsWithin = values.map(key))],
  ['EQ_transformationID', (query, values) => (query.transformationIds = values.map(key))],
  ['EQ_eventID', (query, values) => (query.eventIds = values)],
  ['EXISTS_errorDeclaration', (query, values, name) => declared(query, values, name)],
  ['MATCH_epc', things(['epc', 'child'], 'instance')],
  ['MATCH_parentID', things(['parent'], 'instance')],
  ['MATCH_inputEPC', things(['input'], 'instance')],
  ['MATCH_outputEPC', things(['output'], 'instance')],
  ['MATCH_anyEPC', things(['epc', 'parent', 'child', 'input', 'output'], 'instance')],
  ['MATCH_epcClass', things(['epc', 'child'], 'class')],
  ['MATCH_inputEPCClass', things(['input'], 'class')],
  ['MATCH_outputEPCClass', things(['output'], 'class')],
  ['MATCH_anyEPCClass', things(['epc', 'parent', 'child', 'input', 'output'], 'class')],
])

/** Parameters whose names end in a type: `EQ_source_owning_party`. */
const typed: readonly [string, Vocabulary, 'sources' | 'destinations' | 'bizTransactions'][] = [
  ['EQ_source_', sourceDestinationTypes, 'sources'],
  ['EQ_destination_', sourceDestinationTypes, 'destinations'],
  ['EQ_bizTransaction_', transactionTypes, 'bizTransactions'],
]

const quantified = /^(EQ|GT|GE|LT|LE)_quantity(?:_([A-Z0-9]{2,4}))?$/
const operators = { EQ: '=', GT: '>', GE: '>=', LT: '<', LE: '<=' } as const
/** Of one of the fields that are places, words or classes, or of an extension field as the event writes its name. */
const attributed =
  /^(?:HASATTR|EQ_?ATTR)_(readPoint|bizLocation|bizStep|disposition|epcClass|[a-zA-Z][\w.-]*:[a-zA-Z0-9]\w*?)(?:_([^_].*))?$/

/** Parameters that say how to answer, not what. */
const rules: ReadonlySet<string> = new Set(['orderBy', 'orderDirection', 'eventCountLimit', 'maxEventCount'])

/**
 * Reads the query parameters of the standard (EPCIS 2.0, 8.2.7.1) as they come in a URL (lists joined by `|`, or the
 * parameter repeated) or in JSON. `declared`: namespaces that the client declared, for names of extension fields. Paging
 * and format parameters are the caller's. In a list of JSON a `|` is a character like any other. Throws 400 naming every parameter that is unknown or malformed.
 */
export function readEventParameters(
  parameters: Parameters,
  declared: Prefixes = new Map(),
  form: 'url' | 'json' = 'url',
): EventSearch {
  const query: Mutable = {}
  const problems: Problem[] = []
  const rest: Record<string, string> = {}
  const prefixes = new Map([...standardPrefixes, ...declared])
  for (const [name, given] of Object.entries(parameters)) {
    const values = valuesOf(name, given, form)
    if (values.length === 0) problems.push(problem(name, 'empty-parameter', `查询参数 ${name} 没有值`))
    else if (values.some((value) => value.includes('\0')))
      problems.push(problem(name, 'parameter-value', `查询参数 ${name} 含有不能使用的字符`))
    else if (readers.has(name) && !name.startsWith('EXISTS_') && [given].flat().some((one) => typeof one !== 'string'))
      problems.push(problem(name, 'parameter-value', `查询参数 ${name} 应为文字`))
    else if (rules.has(name)) rest[name] = values[0] ?? ''
    else readOne(query, problems, name, values, prefixes)
  }
  const search = { query, ...readOrder(rest, problems, prefixes) }
  if (problems.length > 0) {
    const text = problems[0]?.text ?? '查询参数不正确'
    throw new Failure(400, 'query-parameter', text, { problems, type: 'epcisException:QueryParameterException' })
  }
  return search
}

function readOne(
  query: Mutable,
  problems: Problem[],
  name: string,
  values: readonly string[],
  declared: Prefixes,
): void {
  const reader =
    readers.get(name) ??
    typedReader(name, declared) ??
    quantityReader(name) ??
    attributeReader(name) ??
    documentReader(name, declared)
  if (!reader) {
    problems.push(problem(name, 'unknown-parameter', `没有名为 ${name} 的查询参数`))
    return
  }
  try {
    reader(query, values, name, declared)
  } catch (error) {
    if (!(error instanceof ParameterError)) throw error
    problems.push(problem(name, 'parameter-value', error.message))
  }
}

class ParameterError extends Error {}

/** Bare words of the vocabulary may be joined by commas as well: none of them holds one, while an address may. */
const words = (values: readonly string[]) =>
  values.flatMap((value) => (/^[A-Za-z_]+(?:,[A-Za-z_]+)+$/.test(value) ? value.split(',') : [value]))

/** The five types, or the URI of an extension's own. */
function typesIn(values: readonly string[], name: string): readonly string[] {
  const types = words(values)
  const wrong = types.find((type) => !isEventType(type) && !type.includes(':'))
  if (wrong !== undefined) throw new ParameterError(`${name} 没有“${wrong}”这种事件`)
  return types
}

function typedReader(name: string, declared: Prefixes): Reader | undefined {
  for (const [start, vocabulary, field] of typed) {
    if (!name.startsWith(start) || name.length === start.length) continue
    const type = term(vocabulary, declared)(name.slice(start.length))
    return (query, values) => {
      query[field] = [...(query[field] ?? []), values.map((value) => `${type} ${key(value)}`)]
    }
  }
  return undefined
}

/** `HASATTR_field` names attributes of its master data, `EQATTR_field_attribute` their values. */
function attributeReader(name: string): Reader | undefined {
  const [, field, attribute] = attributed.exec(name) ?? []
  if (!field || name.startsWith('HASATTR') === (attribute !== undefined)) return undefined
  return (query, values, _, declared) => {
    const namesOf = (name: string) => attributeNames(name, declared)
    const match =
      attribute === undefined ? { field, names: values.flatMap(namesOf) } : { field, names: namesOf(attribute), values }
    query.attributes = [...(query.attributes ?? []), match]
  }
}

function documentReader(name: string, declared: Prefixes): Reader | undefined {
  const parameter = documentParameter(name, declared)
  if (!parameter) return undefined
  return (query, values) => {
    checkValues(parameter.kind, values, name)
    // False asks nothing, as in EXISTS_errorDeclaration.
    if (parameter.kind === 'flag' && !isTrue(values, name)) return
    const { vocabulary } = parameter
    if (vocabulary) for (const value of values) known(vocabulary, name, declared)(value)
    query.filter ??= { hints: [], tests: [] }
    parameter.add(query.filter, values)
    if (/errorDeclaration|errorReason|correctiveEventID|ERROR_DECLARATION/.test(name)) query.declared = true
  }
}

const isNumber = (text: string) =>
  /^[+-]?\d{1,40}(?:\.\d{1,40})?(?:[eE][+-]?\d{1,3})?$/.test(text) && Number.isFinite(Number(text))

function checkValues(kind: ValueKind, values: readonly string[], name: string): void {
  if (kind === 'time') for (const value of values) instant([value], name)
  for (const value of values) {
    if (kind === 'number' && !isNumber(value)) throw new ParameterError(`${name} 应为数字，收到“${value}”`)
    if (kind === 'boolean' && value !== 'true' && value !== 'false') {
      throw new ParameterError(`${name} 只能是 true、false，收到“${value}”`)
    }
    if (kind === 'comparable' && !isNumber(value) && momentOf(value.replace(' ', '+')) === undefined) {
      throw new ParameterError(`${name} 应为数字、日期或带时区的时间，收到“${value}”`)
    }
  }
}

/**
 * A URN pattern over all serials (or a class) asks for any single thing of that product, one over more for any of a company.
 * Among classes a pattern of lots asks for lots, one of serials over more than a product for products.
 */
function things(roles: ThingMatch['roles'], of: ThingMatch['of']): Reader {
  return (query, values, name) => {
    const match = { roles, of, keys: [] as string[], prefixes: [] as Prefix[] }
    for (const value of values) {
      const { key, level, gtin } = canonicalKey(value)
      if (level === 'other' && key === value && /^urn:epc:(?:id|class|idpat):/.test(value) && !patternPrefixes(value))
        throw new ParameterError(`${name} 的“${value}”不是合格的 EPC URN 或模式：不能写区间，* 只能代替末尾的整段`)
      const isProduct = level === 'class' && gtin !== undefined && key.endsWith(gtin)
      const isLots = value.startsWith('urn:epc:idpat:lgtin:')
      const prefixes = isProduct || (isLots && of === 'instance') ? undefined : patternPrefixes(value)
      const among: Pick<Prefix, 'level'> = of === 'instance' ? {} : { level: isLots ? 'lot' : 'class' }
      match.prefixes.push(...(prefixes ?? []).map((start) => ({ start, ...among })))
      // A class may itself be written as a pattern.
      if (of !== 'instance') match.keys.push(key)
      else if (prefixes) continue
      else if (level === 'pattern')
        throw new ParameterError(`${name} 的“${value}”不是能用的模式：* 只能在末尾，公司前缀要么写全，要么也是 *`)
      else if (level === 'class' && gtin) match.prefixes.push(...serialsOf(gtin))
      else match.keys.push(key)
    }
    query.things = [...(query.things ?? []), match]
  }
}

/** Any single thing of a product. */
const serialsOf = (gtin: string): Prefix[] => productPrefixes(gtin).map((start) => ({ start, level: 'serial' }))

/** As PostgreSQL may be given it at any size: without exponent. */
const decimal = (number: string) => (/e/i.test(number) ? plainDecimal(Number(number)) : number)

function quantityReader(name: string): Reader | undefined {
  const [, operator, uom] = quantified.exec(name) ?? []
  if (!operator) return undefined
  return (query, values) => {
    const wrong = values.find((value) => !isNumber(value))
    if (wrong !== undefined) throw new ParameterError(`${name} 应为数字，收到“${wrong}”`)
    if (operator !== 'EQ' && values.length > 1) throw new ParameterError(`${name} 只能有一个值`)
    const match: QuantityMatch = {
      operator: operators[operator as keyof typeof operators],
      quantities: values.map(decimal),
    }
    query.quantities = [...(query.quantities ?? []), uom === undefined ? match : { ...match, uom }]
  }
}

function declared(query: Mutable, values: readonly string[], name: string): void {
  // False asks nothing (EPCIS 2.0, 8.2.7.1): it does not ask for events without a declaration.
  if (isTrue(values, name)) query.declared = true
}

/** The JSON form of a query says null or 1 where a URL says true. */
function isTrue(values: readonly string[], name: string): boolean {
  const [value = ''] = oneOf(values, name, ['true', 'false', '1', '0', 'null'])
  return value !== 'false' && value !== '0'
}

function oneOf(values: readonly string[], name: string, allowed: readonly string[]): readonly string[] {
  const wrong = values.find((value) => !allowed.includes(value))
  if (wrong !== undefined) throw new ParameterError(`${name} 只能是 ${allowed.join('、')}，收到“${wrong}”`)
  return values
}

function instant(values: readonly string[], name: string): Date {
  if (values.length > 1) throw new ParameterError(`${name} 只能有一个值`)
  // A plus sign in a URL means a space.
  const ms = parseBound((values[0] ?? '').replace(' ', '+'))
  if (ms === undefined) throw new ParameterError(`${name} 应为带时区的时间，例如 2026-07-22T14:45:00+08:00`)
  return new Date(ms)
}

function readOrder(
  rest: Readonly<Record<string, string>>,
  problems: Problem[],
  declared: Prefixes,
): Omit<EventSearch, 'query'> {
  const { orderBy, orderDirection, eventCountLimit, maxEventCount } = rest
  const isField = orderBy !== undefined && /^[^\s:]+:\S+$/.test(orderBy)
  if (orderBy !== undefined && orderBy !== 'eventTime' && orderBy !== 'recordTime' && !isField) {
    const text = `orderBy 只能是 eventTime、recordTime 或自定义字段，收到“${orderBy}”`
    problems.push(problem('orderBy', 'parameter-value', text))
  }
  if (orderDirection !== undefined && orderDirection !== 'ASC' && orderDirection !== 'DESC') {
    problems.push(problem('orderDirection', 'parameter-value', 'orderDirection 只能是 ASC、DESC'))
  }
  if (eventCountLimit !== undefined && maxEventCount !== undefined) {
    problems.push(problem('maxEventCount', 'parameter-value', 'eventCountLimit 与 maxEventCount 只能给一个'))
  }
  if (eventCountLimit !== undefined && orderBy === undefined) {
    problems.push(problem('eventCountLimit', 'parameter-value', '给了 eventCountLimit 就必须给 orderBy'))
  }
  const order: Order = { by: orderBy === 'eventTime' ? 'eventTime' : 'recordTime', descending: false }
  if (orderBy !== undefined) order.descending = orderDirection !== 'ASC'
  if (isField) order.value = sortValue(orderBy, declared)
  const result: Omit<EventSearch, 'query'> = { order }
  if (eventCountLimit !== undefined) result.eventCountLimit = count(eventCountLimit, 'eventCountLimit', problems)
  if (maxEventCount !== undefined) result.maxEventCount = count(maxEventCount, 'maxEventCount', problems)
  return result
}

function count(value: string, name: string, problems: Problem[]): number {
  if (!/^\d{1,9}$/.test(value)) problems.push(problem(name, 'parameter-value', `${name} 应为非负整数，收到“${value}”`))
  return Number(value)
}

function valuesOf(name: string, given: unknown, form: 'url' | 'json'): string[] {
  // A URL has no null: the parameter stands alone there.
  if (name.startsWith('EXISTS_') && (given === null || given === '')) return ['true']
  return [given].flat().flatMap((value) => {
    if (typeof value === 'number' || typeof value === 'boolean') return [String(value)]
    if (typeof value !== 'string') return []
    const isWhole = form === 'json' && Array.isArray(given)
    return (isWhole ? [value] : value.split('|')).filter((text) => text !== '')
  })
}

function problem(name: string, code: string, text: string): Problem {
  return { code, text, at: `/${name}` }
}
