import type { Problem } from '../../problem.ts'
import { standardPrefixes } from '../context.ts'
import { titled } from '../titles.ts'
import { readTerm, type Vocabulary } from '../vocabulary.ts'
import { addField, extensionValue } from './extension.ts'
import { decodeName, epcisNamespaces, jsonName, type Names, xml, xsi } from './names.ts'
import { type Attribute, type Element, elementText } from './tree.ts'

/** The state of reading one XML document into JSON. */
export type Reading = {
  /** EPCIS 1.x: times may lack seconds, quantity events exist. */
  readonly isOld: boolean
  readonly problems: Problem[]
  readonly problemLimit: number
  /** Lines of the fields of every object and the items of every list, for the problems found later in JSON. */
  readonly lines: Map<object, Record<string, number>>
}

/** Makes of an element the value of the field that it is. */
export type Read = (element: Element, names: Names, reading: Reading) => unknown
export type Fields = ReadonlyMap<string, Read>

/** Notes what is wrong with an element. There is no JSON yet to point into: the text names the line. */
export function refuseElement(reading: Reading, element: Element, code: string, text: string): void {
  if (reading.problems.length >= reading.problemLimit) return
  reading.problems.push({ code, text: `第 ${element.line} 行：${text}`, at: '' })
}

/** True for an element of the standard: EPCIS writes them without namespace, some senders in EPCIS's. */
export function isStandard(element: Element): boolean {
  return element.uri === '' || epcisNamespaces.has(element.uri)
}

/** The elements inside, with those of `extension` and `baseExtension` where these stand: EPCIS 1.x nested them so. */
export function contents(element: Element): readonly Element[] {
  if (!element.children.some(isWrapper)) return element.children
  return element.children.flatMap((child) => (isWrapper(child) ? contents(child) : [child]))
}

function isWrapper(element: Element): boolean {
  return (element.name === 'extension' || element.name === 'baseExtension') && isStandard(element)
}

function isOurs(attribute: Attribute): boolean {
  return attribute.uri !== xsi && attribute.uri !== xml
}

/** Text and nothing else. */
export const text: Read = (element, _names, reading) => {
  const attribute = element.attributes.find(isOurs)
  if (attribute) refuseElement(reading, element, 'unknown-attribute', `${element.name} 不能有属性 ${attribute.name}`)
  return plainText(element, reading)
}

/** The text of an element whose attributes are read apart. */
export function plainText(element: Element, reading: Reading): string {
  const child = element.children[0]
  if (child) refuseElement(reading, child, 'unknown-element', `${element.name} 里应是文字，不能有元素 ${child.name}`)
  return elementText(element)
}

/** A word of a standard vocabulary as JSON writes it: bare. */
export const term =
  (vocabulary: Vocabulary): Read =>
  (element, names, reading) =>
    bareWord(vocabulary, text(element, names, reading) as string)

export function bareWord(vocabulary: Vocabulary, value: string): string {
  const word = readTerm(vocabulary, value, standardPrefixes)
  return word !== undefined && vocabulary.words.has(word) ? word : value
}

/** Elements of one name as a list. */
export const list =
  (name: string, read: Read): Read =>
  (element, names, reading) => {
    const items: unknown[] = []
    const lines: Record<string, number> = {}
    for (const child of contents(element)) {
      if (child.name !== name || !isStandard(child)) {
        refuseElement(reading, child, 'unknown-element', `${titled(element.name)}中只能有 ${name}，收到 ${child.name}`)
        continue
      }
      lines[items.length] = child.line
      items.push(read(child, names, reading))
    }
    refuseStrayText(element, reading)
    reading.lines.set(items, lines)
    return items
  }

/**
 * An object: its elements by `fields`, its attributes without namespace by `attributes`; everything else is an
 * extension, or a field that the checks will refuse.
 */
export function readObject(
  element: Element,
  fields: Fields,
  names: Names,
  reading: Reading,
  attributes: ReadonlyMap<string, (value: string) => unknown> = new Map(),
): Record<string, unknown> {
  const value: Record<string, unknown> = {}
  const lines: Record<string, number> = {}
  reading.lines.set(value, lines)
  for (const attribute of element.attributes) {
    if (!isOurs(attribute)) continue
    const read = attribute.uri === '' ? attributes.get(attribute.name) : undefined
    addField(value, jsonName(attribute, names), read ? read(attribute.value) : attribute.value)
  }
  for (const child of contents(element)) {
    const read = isStandard(child) ? fields.get(child.name) : undefined
    const name = read ? (jsonNames.get(child.name) ?? child.name) : extensionName(child, names)
    lines[name] ??= child.line
    if (read === undefined) addField(value, name, extensionValue(child, names))
    else if (repeatable.has(name)) addItem(value, name, read(child, names, reading), child.line, reading)
    else if (!Object.hasOwn(value, name)) value[name] = read(child, names, reading)
    else refuseElement(reading, child, 'duplicate', `${titled(name)}只能写一次`)
  }
  refuseStrayText(element, reading)
  return value
}

/** An object without attributes of its own. */
export function object(reads: Record<string, Read>): Read {
  const fields: Fields = new Map(Object.entries(reads))
  return (element, names, reading) => readObject(element, fields, names, reading)
}

/** Names that JSON writes otherwise than XML. */
const jsonNames: ReadonlyMap<string, string> = new Map(
  'EPCISHeader EPCISBody EventList QueryResults EPCISMasterData VocabularyList VocabularyElementList'
    .split(' ')
    .map((name) => [name, name.replace(/^(?:EPCIS(?=H|B|M)|.)/, (start) => start.toLowerCase())] as const),
)

/** Elements that XML writes one beside the other and JSON as a list. */
const repeatable: ReadonlySet<string> = new Set(['certificationInfo', 'sensorReport', 'set', 'unset'])

function addItem(target: Record<string, unknown>, name: string, item: unknown, line: number, reading: Reading): void {
  const list = (target[name] as unknown[] | undefined) ?? []
  if (list.length === 0) {
    target[name] = list
    reading.lines.set(list, {})
  }
  const lines = reading.lines.get(list)
  if (lines) lines[list.length] = line
  list.push(item)
}

/** Unknown elements of the standard keep their bare name, so that the checks name them. */
export function extensionName(element: Element, names: Names): string {
  return isStandard(element) ? decodeName(element.name) : jsonName(element, names)
}

function refuseStrayText(element: Element, reading: Reading): void {
  if (/\S/.test(element.text)) {
    const shown = element.text.trim().slice(0, 40)
    refuseElement(reading, element, 'stray-text', `${titled(element.name)}中不能直接写文字“${shown}”`)
  }
}
