import type { Problem, Result } from '../../problem.ts'
import { isEventType } from '../fields.ts'
import { parseBinding } from '../parse.ts'
import type { Limits, Parsed } from '../types.ts'
import { bodyFields, readHeader } from './document.ts'
import { readXmlEvent } from './event.ts'
import { declareNames, epcisNamespaces, type Names } from './names.ts'
import { isStandard, type Reading, readObject, refuseElement } from './reading.ts'
import { type Element, parseTree } from './tree.ts'

/** Limits of one XML document besides those of its JSON form. */
export type XmlLimits = Limits & {
  /** Length of the text: 32,000,000 characters. */
  characters?: number
}

const standardContext = 'https://ref.gs1.org/standards/epcis/epcis-context.jsonld'

/** Elements between the root and an extension's outermost, with room for the wrappers of EPCIS 1.x. */
const frameDepth = 16

/**
 * Reads an EPCIS document, query document, master data document or single event in XML, of EPCIS 2.0 or 1.x. Older
 * documents are upgraded: what stood in extension and baseExtension comes to its place, a quantity event becomes an
 * object event. Otherwise as `parseDocument`: same checks, same result, never throws; `raw` is each event in JSON-LD.
 * Places in problems are JSON pointers into that form, their text names the line of the XML.
 */
export function parseXml(content: string, limits: XmlLimits = {}): Parsed {
  const read = readTree(content, limits)
  if (!read.ok) return read
  const { json, lines, isOld } = read.value
  const parsed = parseBinding(isOld ? 'xml-1.x' : 'xml', json, limits)
  if (parsed.ok) return parsed
  return { ok: false, problems: parsed.problems.map((problem) => withLine(problem, json, lines)) }
}

/** The JSON-LD form of an EPCIS document in XML, its fields not yet checked (`parseXml` checks them). */
export function readXml(content: string, limits: XmlLimits = {}): Result<Record<string, unknown>> {
  const read = readTree(content, limits)
  return read.ok ? { ok: true, value: read.value.json } : read
}

type Json = Record<string, unknown>

function readTree(content: string, limits: XmlLimits): Result<{ json: Json; lines: Reading['lines']; isOld: boolean }> {
  const depth = frameDepth + (limits.depth ?? 32)
  const tree = parseTree(content, { depth, characters: limits.characters ?? 32_000_000 })
  if (!tree.ok) return tree
  const root = tree.value
  const version = root.attributes.find(({ name, uri }) => name === 'schemaVersion' && uri === '')?.value
  const isOld = root.uri.endsWith(':1') || /^1(?:\.|$)/.test(version?.trim() ?? '')
  const reading: Reading = { isOld, lines: new Map(), problems: [], problemLimit: limits.problems ?? 100 }
  const json = readRoot(root, reading)
  if (reading.problems.length > 0) return { ok: false, problems: reading.problems }
  return { ok: true, value: { json, lines: reading.lines, isOld } }
}

function readRoot(root: Element, reading: Reading): Record<string, unknown> {
  const names = declareNames(root.declared)
  const fields = epcisNamespaces.has(root.uri) ? bodyFields.get(root.name) : undefined
  let json: Record<string, unknown>
  if (fields) {
    const body = readObject(root, fields, names, reading, rootAttributes)
    if (reading.isOld) body.schemaVersion = '2.0'
    // A document of master data alone is a document without events.
    const type = root.name === 'EPCISQueryDocument' ? root.name : 'EPCISDocument'
    json = { '@context': [], type, ...body }
    reading.lines.set(json, reading.lines.get(body) ?? {})
    if (type === 'EPCISDocument') readHeader(root, json, names, reading)
  } else if (isStandard(root) && (isEventType(root.name) || root.name === 'QuantityEvent')) {
    // A single event may carry what belongs to the document that it was cut from.
    const attributes = root.attributes.filter(({ name }) => name !== 'schemaVersion' && name !== 'creationDate')
    json = readXmlEvent({ ...root, attributes }, names, reading)
  } else {
    const rule = '应为 EPCISDocument、EPCISQueryDocument、EPCISMasterDataDocument 或五种事件之一'
    refuseElement(reading, root, 'type', `XML 的根元素${rule}，收到 ${root.name}`)
    return {}
  }
  json['@context'] = contextOf(names)
  return json
}

const trimmed = (value: string) => value.trim()
const rootAttributes = new Map([
  ['schemaVersion', trimmed],
  ['creationDate', trimmed],
])

function contextOf(names: Names): unknown[] {
  return Object.keys(names.declared).length === 0 ? [standardContext] : [standardContext, names.declared]
}

/** Adds the line of the place that a problem points to, or of the nearest place around it. */
function withLine(problem: Problem, json: unknown, lines: Reading['lines']): Problem {
  let line: number | undefined
  let value: unknown = json
  for (const step of problem.at.split('/').slice(1)) {
    if (typeof value !== 'object' || value === null) break
    const name = step.replaceAll('~1', '/').replaceAll('~0', '~')
    const known = lines.get(value)
    if (known && Object.hasOwn(known, name)) line = known[name]
    value = Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined
  }
  return line === undefined ? problem : { ...problem, text: `第 ${line} 行：${problem.text}` }
}
