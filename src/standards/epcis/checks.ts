import type { CanonicalKey } from '../digital-link/index.ts'
import { parseInstant } from '../instant.ts'
import { below } from '../problem.ts'
import { isFull, isRecord, keyOf, type Run, report } from './run.ts'
import { titled } from './titles.ts'
import { readTerm, type Vocabulary } from './vocabulary.ts'
import { isZoneOffset } from './zone-offset.ts'

/** Looks at one value of the field `name` at the place `at`, and reports what breaks its rule. */
export type Check = (value: unknown, at: string, name: string, run: Run) => void

/** The fields of one object. `extensible`: further fields are allowed under a declared prefix or as full URI. */
export type Table = {
  title: string
  fields: ReadonlyMap<string, Check>
  required: readonly string[]
  extensible: boolean
  /** Rules over several fields, looked at where every field by itself is right. */
  rules?: readonly ((value: Record<string, unknown>, at: string, run: Run) => void)[]
}

const uriPattern = /^[A-Za-z][A-Za-z0-9+.-]*:[^\s<>"{}|\\^`\p{Cc}]+$/u
const uriLimit = 2048
/** Identifiers become index keys, whose size the database limits. */
const identifierLimit = 512

/** Nearly all URIs are plain ASCII, and this is several times faster than the pattern for all. */
const asciiUri = /^[A-Za-z][A-Za-z0-9+.-]*:[!#-;=?-[\]_a-z~]+$/

/** A percent sign that escapes nothing (RFC 3986, 2.1). */
const strayPercent = /%(?![0-9A-Fa-f]{2})/

/** True for an absolute URI (or IRI) of sensible length. */
export function isUri(text: string): boolean {
  if (text.length > uriLimit || (text.includes('%') && strayPercent.test(text))) return false
  return asciiUri.test(text) || (uriPattern.test(text) && text.isWellFormed())
}

/** False for text that PostgreSQL cannot store: a NUL character or half a surrogate pair. */
export function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed()
}

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value))
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}

function isText(value: unknown, at: string, name: string, run: Run): value is string {
  if (typeof value !== 'string') {
    report(run, 'wrong-type', `${titled(name)}应为文本，收到 ${shown(value)}`, at)
    return false
  }
  return true
}

export const text: Check = (value, at, name, run) => {
  if (isText(value, at, name, run) && !isStorable(value)) {
    report(run, 'characters', `${titled(name)}含有不能保存的字符`, at)
  }
}

export const time: Check = (value, at, name, run) => {
  if (isText(value, at, name, run) && parseInstant(value) === undefined) {
    const rule = '应为带时区的日期时间，如 2026-07-22T06:45:00.000+08:00'
    report(run, 'date-time', `${titled(name)}${rule}，收到“${shown(value)}”`, at)
  }
}

export const zoneOffset: Check = (value, at, name, run) => {
  if (isText(value, at, name, run) && !isZoneOffset(value)) {
    report(run, 'zone-offset', `${titled(name)}应为 -14:00 至 +14:00 的时区，如 +08:00，收到“${shown(value)}”`, at)
  }
}

export const uri: Check = (value, at, name, run) => {
  if (isText(value, at, name, run) && !isUri(value)) {
    report(run, 'uri', `${titled(name)}应为完整的 URI，收到“${shown(value)}”`, at)
  }
}

/** xsd:anyURI takes any text: a document that came as XML is taken at its word here. */
export const uriOfBinding: Check = (value, at, name, run) => {
  ;(run.binding === 'json' ? uri : text)(value, at, name, run)
}

/** The EPC URNs that events use; urn:epc:tag, urn:epc:raw and urn:epc:pat stay what they are. */
const pureIdentity = /^urn:epc:(?:id|class|idpat):/

/** A coupon's key is of no level of ours either, but has another text than its URN. */
const isMalformed = ({ key, level }: CanonicalKey, urn: string) => level === 'other' && key === urn

/** A URI that names a thing, place, party or document; an EPC URN has to be well formed. */
export const identifier: Check = (value, at, name, run) => {
  if (!isText(value, at, name, run)) return
  if (!isUri(value) || value.length > identifierLimit) {
    const rule = `应为 EPC URN、GS1 Digital Link 或其他 URI，最长 ${identifierLimit} 字`
    report(run, 'uri', `${titled(name)}${rule}，收到“${shown(value)}”`, at)
  } else if (pureIdentity.test(value) && isMalformed(keyOf(value, run), value)) {
    const rule = '不是合格的 EPC URN：编码方案、位数或字符不对'
    report(run, 'epc', `${titled(name)}“${shown(value)}”${rule}`, at)
  }
}

export const decimal: Check = (value, at, name, run) => {
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    report(run, 'number', `${titled(name)}应为数字，收到 ${shown(value)}`, at)
  }
}

/** The store keeps quantities with 12 digits before the point. */
export const quantity: Check = (value, at, name, run) => {
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    report(run, 'number', `${titled(name)}应为数字，收到 ${shown(value)}`, at)
  } else if (value < 0 || value >= 1e12) {
    report(run, 'range', `${titled(name)}应不小于 0 且小于一万亿，收到 ${value}`, at)
  }
}

export const boolean: Check = (value, at, name, run) => {
  if (typeof value !== 'boolean') report(run, 'wrong-type', `${titled(name)}应为 true 或 false`, at)
}

/** Text of a given form. */
export function like(pattern: RegExp, code: string, rule: string): Check {
  return (value, at, name, run) => {
    if (isText(value, at, name, run) && !pattern.test(value)) {
      report(run, code, `${titled(name)}${rule}，收到“${shown(value)}”`, at)
    }
  }
}

/** A word of a standard vocabulary, or a URI of one's own. */
export function term(vocabulary: Vocabulary): Check {
  return (value, at, name, run) => {
    if (!isText(value, at, name, run)) return
    if (vocabulary.words.has(value)) return
    const read = readTerm(vocabulary, value, run.prefixes)
    if (run.binding !== 'json' && vocabulary.open === 'xml' && isUri(value)) return
    if (read === undefined || !(vocabulary.words.has(read) || isUri(read))) {
      const rule = `不在 ${vocabulary.title}表中，自定义的取值请写成完整的 URI`
      report(run, 'vocabulary', `${titled(name)}“${shown(value)}”${rule}`, at)
    }
  }
}

/** A list. `min`: fewest elements; `unique`: no element twice. */
export function list(element: Check, options: { min?: number; unique?: boolean } = {}): Check {
  return (value, at, name, run) => {
    if (!Array.isArray(value)) {
      report(run, 'wrong-type', `${titled(name)}应为数组`, at)
      return
    }
    if (options.min !== undefined && value.length < options.min) {
      report(run, 'empty-list', `${titled(name)}至少要有 ${options.min} 项`, at)
    }
    for (let i = 0; i < value.length && !isFull(run); i++) element(value[i], `${at}/${i}`, name, run)
    if (options.unique && value.length > 1) noneTwice(value, at, name, run)
  }
}

function noneTwice(items: readonly unknown[], at: string, name: string, run: Run): void {
  const seen = new Set<unknown>()
  for (const [index, item] of items.entries()) {
    if (seen.has(item)) {
      report(run, 'duplicate', `${titled(name)}中有重复的项“${shown(item)}”`, `${at}/${index}`)
      return
    }
    seen.add(item)
  }
}

/** An object of the given fields. */
export function object(table: Table): Check {
  return (value, at, name, run) => {
    if (isRecord(value)) checkTable(table, value, at, run)
    else report(run, 'wrong-type', `${titled(name)}应为对象`, at)
  }
}

/** Either a single value or a list of them. */
export function oneOrList(element: Check): Check {
  const many = list(element)
  return (value, at, name, run) => (Array.isArray(value) ? many : element)(value, at, name, run)
}

/** Looks at every field of an object, then at what is missing, then at the rules over several fields. */
export function checkTable(table: Table, value: Record<string, unknown>, at: string, run: Run): void {
  const before = run.problems.length
  for (const name in value) {
    const check = table.fields.get(name)
    // Standard names need no escaping in a pointer.
    if (check) check(value[name], `${at}/${name}`, name, run)
    else checkExtension(table, name, value[name], below(at, name), run)
    if (isFull(run)) return
  }
  for (const name of table.required) {
    if (!Object.hasOwn(value, name))
      report(run, 'missing', `${table.title}缺少必填字段：${titled(name)}`, below(at, name))
  }
  if (run.problems.length === before && table.rules) for (const rule of table.rules) rule(value, at, run)
}

function checkExtension(table: Table, name: string, value: unknown, at: string, run: Run): void {
  if (!table.extensible) {
    report(run, 'unknown-field', `${table.title}中不能有字段 ${shown(name)}`, at)
  } else if (!name.includes(':')) {
    const rule = '自定义字段要带 @context 中声明过的命名空间前缀，或写成完整的 URI'
    report(run, 'unknown-field', `${table.title}中没有标准字段 ${shown(name)}；${rule}`, at)
  } else if (isDeclared(name, at, run)) {
    extensionValue(value, at, 1, run)
  }
}

function isDeclared(name: string, at: string, run: Run): boolean {
  const colon = name.indexOf(':')
  if (run.prefixes.has(name.slice(0, colon)) && isStorable(name)) return true
  if ((name.startsWith('//', colon + 1) || name.startsWith('urn:')) && isUri(name)) return true
  const rule = '的命名空间前缀没有在 @context 中声明，也不是完整的 URI'
  report(run, 'undeclared-prefix', `自定义字段 ${shown(name)} ${rule}`, at)
  return false
}

/** Anything may stand in an extension, as long as it can be stored, is not nested too deep, and its names are declared. */
function extensionValue(value: unknown, at: string, depth: number, run: Run): void {
  if (typeof value === 'string') {
    if (!isStorable(value)) report(run, 'characters', '自定义字段含有不能保存的字符', at)
  } else if (typeof value === 'number') {
    if (!Number.isFinite(value)) report(run, 'number', '自定义字段中的数字太大', at)
  } else if (typeof value === 'object' && value !== null) {
    if (depth > run.depthLimit) {
      report(run, 'too-deep', `自定义字段嵌套不能超过 ${run.depthLimit} 层`, at)
    } else if (Array.isArray(value)) {
      for (let i = 0; i < value.length && !isFull(run); i++) extensionValue(value[i], below(at, i), depth + 1, run)
    } else {
      extensionObject(value as Record<string, unknown>, at, depth, run)
    }
  }
}

function extensionObject(value: Record<string, unknown>, at: string, depth: number, run: Run): void {
  for (const name in value) {
    const place = below(at, name)
    if (name.includes(':')) {
      if (!isDeclared(name, place, run)) continue
    } else if (!isStorable(name)) {
      report(run, 'characters', '自定义字段的名称含有不能保存的字符', place)
      continue
    }
    extensionValue(value[name], place, depth + 1, run)
    if (isFull(run)) return
  }
}

/** Any value that an extension may have. */
export const anyExtension: Check = (value, at, _name, run) => extensionValue(value, at, 1, run)

/** An object made only of extensions, as ilmd is. */
export const extensionsOnly: Check = (value, at, name, run) => {
  if (!isRecord(value)) {
    report(run, 'wrong-type', `${titled(name)}应为对象`, at)
    return
  }
  const table: Table = { title: titled(name), fields: new Map(), required: [], extensible: true }
  checkTable(table, value, at, run)
}
