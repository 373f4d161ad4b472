import { below } from '../problem.ts'
import { checkTable } from './checks.ts'
import { readContext, standardPrefixes } from './context.ts'
import { readEvent } from './event.ts'
import { documentTable, eventTables, isEventType, queryDocumentTable } from './fields.ts'
import { isFull, isRecord, type Run, report } from './run.ts'
import type { Limits, Parsed, ParsedDocument, ParsedEvent } from './types.ts'

const eventLimit = 10_000

/**
 * Reads an EPCIS 2.0 document, query document or single event in JSON: checks everything, then makes of each event what
 * the platform works with. `json` is what JSON.parse gave. Never throws; all or nothing: with one problem no event is
 * given. Rules: EPCIS 2.0 sections 7 and 10, CBV 2.0.
 */
export function parseDocument(json: unknown, limits: Limits = {}): Parsed {
  return parseBinding('json', json, limits)
}

/** As `parseDocument`, for the JSON form of a document that came as XML or JSON. */
export function parseBinding(binding: Run['binding'], json: unknown, limits: Limits): Parsed {
  const run: Run = {
    problems: [],
    problemLimit: limits.problems ?? 100,
    depthLimit: limits.depth ?? 32,
    binding,
    prefixes: standardPrefixes,
    keys: new Map(),
  }
  const events: ParsedEvent[] = []
  if (!isRecord(json)) {
    report(run, 'wrong-type', '内容应为一个 JSON 对象：EPCIS 文档或单个事件', '')
  } else if (json.type === 'EPCISDocument') {
    readDocument(json, events, limits.events ?? eventLimit, run)
  } else if (json.type === 'EPCISQueryDocument') {
    readQueryDocument(json, events, limits.events ?? eventLimit, run)
  } else if (isEventType(json.type)) {
    readSingleEvent(json, events, run)
  } else {
    report(run, 'type', '类型（type）应为 EPCISDocument、EPCISQueryDocument 或五种事件类型之一', '/type')
  }
  if (run.problems.length > 0) return { ok: false, problems: run.problems }
  return { ok: true, document: envelope(json as Record<string, unknown>, events) }
}

function readDocument(json: Record<string, unknown>, events: ParsedEvent[], limit: number, run: Run): void {
  readDocumentContext(json, run)
  checkTable(documentTable, json, '', run)
  const body = json.epcisBody
  if (isRecord(body) && 'eventList' in body) readEvents(body.eventList, '/epcisBody/eventList', events, limit, run)
}

function readQueryDocument(json: Record<string, unknown>, events: ParsedEvent[], limit: number, run: Run): void {
  readDocumentContext(json, run)
  checkTable(queryDocumentTable, json, '', run)
  const results = isRecord(json.epcisBody) ? json.epcisBody.queryResults : undefined
  const body = isRecord(results) ? results.resultsBody : undefined
  if (isRecord(body) && 'eventList' in body) {
    readEvents(body.eventList, '/epcisBody/queryResults/resultsBody/eventList', events, limit, run)
  }
}

function readSingleEvent(json: Record<string, unknown>, events: ParsedEvent[], run: Run): void {
  if ('@context' in json) {
    run.prefixes = readContext(json['@context'], '/@context', standardPrefixes, true, run)
  } else {
    report(run, 'missing', '单个事件缺少必填字段：上下文（@context）', '/@context')
  }
  readOne(json, '', events, run)
}

function readDocumentContext(json: Record<string, unknown>, run: Run): void {
  if ('@context' in json) run.prefixes = readContext(json['@context'], '/@context', standardPrefixes, true, run)
}

function readEvents(list: unknown, at: string, events: ParsedEvent[], limit: number, run: Run): void {
  if (!Array.isArray(list)) {
    report(run, 'wrong-type', '事件列表（eventList）应为数组', at)
    return
  }
  if (list.length > limit) {
    report(run, 'too-many-events', `一份文档最多 ${limit} 个事件，收到 ${list.length} 个`, at)
    return
  }
  const prefixes = run.prefixes
  for (let i = 0; i < list.length && !isFull(run); i++) {
    const event: unknown = list[i]
    const place = below(at, i)
    if (!isRecord(event)) {
      report(run, 'wrong-type', '事件应为对象', place)
      continue
    }
    if ('@context' in event) {
      run.prefixes = readContext(event['@context'], `${place}/@context`, prefixes, false, run)
    }
    readOne(event, place, events, run)
    run.prefixes = prefixes
  }
}

function readOne(event: Record<string, unknown>, at: string, events: ParsedEvent[], run: Run): void {
  const { type } = event
  if (!isEventType(type)) {
    const [code, rule] = 'type' in event ? ['type', '应为五种 EPCIS 事件类型之一'] : ['missing', '必须填写']
    report(run, code, `事件的类型（type）${rule}`, `${at}/type`)
    return
  }
  checkTable(eventTables[type], event, at, run)
  // After the first problem nothing is made any more: only the other problems are wanted.
  if (run.problems.length === 0) events.push(readEvent(event, type, run))
}

function envelope(json: Record<string, unknown>, events: ParsedEvent[]): ParsedDocument {
  const kind = json.type === 'EPCISDocument' || json.type === 'EPCISQueryDocument' ? json.type : 'event'
  const document: ParsedDocument = { kind, events, context: json['@context'] }
  if (kind === 'event') return document
  for (const name of ['schemaVersion', 'creationDate', 'id', 'sender', 'receiver', 'instanceIdentifier'] as const) {
    const value = json[name]
    if (typeof value === 'string') document[name] = value
  }
  const results = isRecord(json.epcisBody) ? json.epcisBody.queryResults : undefined
  if (isRecord(results)) {
    if (typeof results.queryName === 'string') document.queryName = results.queryName
    if (typeof results.subscriptionID === 'string') document.subscriptionId = results.subscriptionID
  }
  return document
}
