import { Failure, type Problem } from '../failure.ts'
import { canonicalKey } from '../standards/digital-link/index.ts'
import {
  bizSteps,
  dispositions,
  readTerm,
  sourceDestinationTypes,
  transactionTypes,
  type Vocabulary,
} from '../standards/epcis/vocabulary.ts'
import { parseInstant } from '../standards/instant.ts'
import type { EventQuery, Order, QuantityMatch, ThingMatch } from './events.ts'

/** What a SimpleEventQuery asks for, beside its paging. */
export type EventSearch = { query: EventQuery; order: Order; eventCountLimit?: number; maxEventCount?: number }

type Parameters = Readonly<Record<string, unknown>>
type Mutable = { -readonly [K in keyof EventQuery]: EventQuery[K] }
type Reader = (query: Mutable, values: readonly string[], name: string) => void

// The years 1 to 9999: what a four-digit year and PostgreSQL both have.
const FIRST = Date.parse('0001-01-02T00:00:00Z')
const LAST = Date.parse('9999-12-30T00:00:00Z')
const noPrefixes: ReadonlyMap<string, string> = new Map()
const key = (id: string) => canonicalKey(id).key
const term = (vocabulary: Vocabulary) => (value: string) => readTerm(vocabulary, value, noPrefixes) ?? value

const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['eventType', (query, values) => (query.types = values)],
  ['GE_eventTime', (query, values, name) => (query.eventTimeFrom = instant(values, name))],
  ['LT_eventTime', (query, values, name) => (query.eventTimeBefore = instant(values, name))],
  ['GE_recordTime', (query, values, name) => (query.recordTimeFrom = instant(values, name))],
  ['LT_recordTime', (query, values, name) => (query.recordTimeBefore = instant(values, name))],
  ['EQ_action', (query, values, name) => (query.actions = oneOf(values, name, ['ADD', 'OBSERVE', 'DELETE']))],
  ['EQ_bizStep', (query, values) => (query.bizSteps = values.map(term(bizSteps)))],
  ['EQ_disposition', (query, values) => (query.dispositions = values.map(term(dispositions)))],
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
  ['EQ_quantity', quantity('=')],
  ['GT_quantity', quantity('>')],
  ['GE_quantity', quantity('>=')],
  ['LT_quantity', quantity('<')],
  ['LE_quantity', quantity('<=')],
])

/** Parameters whose names end in a type: `EQ_source_owning_party`. */
const typed: readonly [string, Vocabulary, 'sources' | 'destinations' | 'bizTransactions'][] = [
  ['EQ_source_', sourceDestinationTypes, 'sources'],
  ['EQ_destination_', sourceDestinationTypes, 'destinations'],
  ['EQ_bizTransaction_', transactionTypes, 'bizTransactions'],
]

/** Of the standard, but not answered here yet: said so rather than ignored, since ignoring would return too much. */
const unbuilt =
  /^(?:EQ_persistentDisposition_(?:set|unset)|(?:GE|LT)_errorDeclarationTime|EQ_errorReason|EQ_correctiveEventID|(?:GE|LT)_(?:start|end)Time|EQ_(?:type|deviceID|dataProcessingMethod|microorganism|chemicalSubstance|bizRules|stringValue|hexBinaryValue|uriValue|booleanValue))$/

/**
 * Reads the query parameters of the standard (EPCIS 2.0, 8.2.7.1) as they come in a URL: lists joined by `|`, or the
 * parameter repeated. Paging and format parameters are the caller's. Throws 400 naming every parameter that is unknown or
 * malformed, 501 for one that is not built yet.
 */
export function readEventParameters(parameters: Parameters): EventSearch {
  const query: Mutable = {}
  const problems: Problem[] = []
  const rest: Record<string, string> = {}
  for (const [name, given] of Object.entries(parameters)) {
    const values = valuesOf(given)
    if (values.length === 0) problems.push(problem(name, 'empty-parameter', `查询参数 ${name} 没有值`))
    else if (values.some((value) => value.includes('\0')))
      problems.push(problem(name, 'parameter-value', `查询参数 ${name} 含有不能使用的字符`))
    else if (['orderBy', 'orderDirection', 'eventCountLimit', 'maxEventCount'].includes(name))
      rest[name] = values[0] ?? ''
    else if (unbuilt.test(name)) throw new Failure(501, 'parameter-not-built', `查询参数 ${name} 暂不支持`)
    else readOne(query, problems, name, values)
  }
  const search = { query, ...readOrder(rest, problems) }
  if (problems.length > 0) {
    const text = problems[0]?.text ?? '查询参数不正确'
    throw new Failure(400, 'query-parameter', text, { problems, type: 'epcisException:QueryParameterException' })
  }
  return search
}

function readOne(query: Mutable, problems: Problem[], name: string, values: readonly string[]): void {
  const reader = readers.get(name) ?? typedReader(name)
  if (!reader) {
    problems.push(problem(name, 'unknown-parameter', `没有名为 ${name} 的查询参数`))
    return
  }
  try {
    reader(query, values, name)
  } catch (error) {
    if (!(error instanceof ParameterError)) throw error
    problems.push(problem(name, 'parameter-value', error.message))
  }
}

class ParameterError extends Error {}

function typedReader(name: string): Reader | undefined {
  for (const [start, vocabulary, field] of typed) {
    if (!name.startsWith(start) || name.length === start.length) continue
    const type = term(vocabulary)(name.slice(start.length))
    return (query, values) => {
      query[field] = [...(query[field] ?? []), values.map((value) => `${type} ${key(value)}`)]
    }
  }
  return undefined
}

/** A URN pattern over all serials (or a class) asks for any single thing of that product. */
function things(roles: ThingMatch['roles'], of: ThingMatch['of']): Reader {
  return (query, values, name) => {
    const match = { roles, of, keys: [] as string[], gtins: [] as string[] }
    for (const value of values) {
      const { key, level, gtin } = canonicalKey(value)
      if (level === 'pattern' && of === 'instance') {
        throw new ParameterError(`${name} 的“${value}”范围太大：只支持到一种产品的全部序列号`)
      }
      if (of === 'instance' && level === 'class' && gtin) match.gtins.push(gtin)
      else match.keys.push(key)
    }
    query.things = [...(query.things ?? []), match]
  }
}

function quantity(operator: QuantityMatch['operator']): Reader {
  return (query, values, name) => {
    const [value = ''] = values
    if (!/^-?\d{1,12}(?:\.\d{1,12})?$/.test(value)) throw new ParameterError(`${name} 应为数字，收到“${value}”`)
    query.quantities = [...(query.quantities ?? []), { operator, quantity: value }]
  }
}

function declared(query: Mutable, values: readonly string[], name: string): void {
  // False asks nothing (EPCIS 2.0, 8.2.7.1): it does not ask for events without a declaration.
  if (oneOf(values, name, ['true', 'false'])[0] === 'true') query.declared = true
}

function oneOf(values: readonly string[], name: string, allowed: readonly string[]): readonly string[] {
  const wrong = values.find((value) => !allowed.includes(value))
  if (wrong !== undefined) throw new ParameterError(`${name} 只能是 ${allowed.join('、')}，收到“${wrong}”`)
  return values
}

function instant(values: readonly string[], name: string): Date {
  // A plus sign in a URL means a space.
  const ms = parseInstant((values[0] ?? '').replace(' ', '+'))
  if (ms === undefined || ms < FIRST || ms > LAST)
    throw new ParameterError(`${name} 应为带时区的时间，例如 2026-07-22T14:45:00+08:00`)
  return new Date(ms)
}

function readOrder(rest: Readonly<Record<string, string>>, problems: Problem[]): Omit<EventSearch, 'query'> {
  const { orderBy, orderDirection, eventCountLimit, maxEventCount } = rest
  if (orderBy !== undefined && orderBy !== 'eventTime' && orderBy !== 'recordTime') {
    problems.push(problem('orderBy', 'parameter-value', `orderBy 只能是 eventTime、recordTime，收到“${orderBy}”`))
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
  const result: Omit<EventSearch, 'query'> = { order }
  if (eventCountLimit !== undefined) result.eventCountLimit = count(eventCountLimit, 'eventCountLimit', problems)
  if (maxEventCount !== undefined) result.maxEventCount = count(maxEventCount, 'maxEventCount', problems)
  return result
}

function count(value: string, name: string, problems: Problem[]): number {
  if (!/^\d{1,9}$/.test(value)) problems.push(problem(name, 'parameter-value', `${name} 应为非负整数，收到“${value}”`))
  return Number(value)
}

function valuesOf(given: unknown): string[] {
  const texts = (Array.isArray(given) ? given : [given]).filter((value) => typeof value === 'string')
  return texts.flatMap((text) => text.split('|')).filter((text) => text !== '')
}

function problem(name: string, code: string, text: string): Problem {
  return { code, text, at: `/${name}` }
}
