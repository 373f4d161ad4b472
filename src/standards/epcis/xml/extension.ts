import { isRecord } from '../run.ts'
import { jsonName, type Names, xml, xsi } from './names.ts'
import { type Element, elementText } from './tree.ts'

/**
 * The value of an element outside the standard. Text is text; xsi:type tells numbers and booleans; elements that occur
 * again make a list; an element with attributes or elements inside is an object, its attributes without namespace named
 * `@name`, its own text `#text`. A list of one cannot be told from the one alone: in JSON-LD both are the same.
 */
export function extensionValue(element: Element, names: Names): unknown {
  const value: Record<string, unknown> = {}
  let type = ''
  for (const attribute of element.attributes) {
    if (attribute.uri === xsi) {
      if (attribute.name === 'nil' && /^(?:true|1)$/.test(attribute.value)) return null
      if (attribute.name === 'type') type = attribute.value.slice(attribute.value.indexOf(':') + 1)
    } else if (attribute.uri !== xml) {
      const name = jsonName(attribute, names)
      addField(value, attribute.uri === '' ? `@${name}` : name, attribute.value)
    }
  }
  for (const child of element.children) addField(value, jsonName(child, names), extensionValue(child, names))
  const text = elementText(element)
  if (Object.keys(value).length === 0) return typed(text, type)
  if (text !== '') addField(value, '#text', text)
  return value
}

/** Sets a field; a name that occurs again makes a list. `__proto__` is a name like any other. */
export function addField(target: Record<string, unknown>, name: string, value: unknown): void {
  if (!Object.hasOwn(target, name)) {
    Object.defineProperty(target, name, { value, enumerable: true, writable: true, configurable: true })
  } else if (Array.isArray(target[name])) {
    target[name].push(value)
  } else {
    target[name] = [target[name], value]
  }
}

/** A value of JSON with other names for the fields of the objects in it; those nested deeper than any document may be stay. */
export function renamed(value: unknown, rename: (name: string) => string, depth = 0): unknown {
  if (depth > RENAMED_DEEPEST) return value
  if (Array.isArray(value)) return value.map((one) => renamed(one, rename, depth + 1))
  if (!isRecord(value)) return value
  const result: Record<string, unknown> = {}
  for (const [name, field] of Object.entries(value)) addField(result, rename(name), renamed(field, rename, depth + 1))
  return result
}
const RENAMED_DEEPEST = 100

const integerTypes: ReadonlySet<string> = new Set(
  `integer int long short byte nonNegativeInteger nonPositiveInteger positiveInteger negativeInteger unsignedInt
  unsignedLong unsignedShort unsignedByte`.split(/\s+/),
)
const decimalTypes: ReadonlySet<string> = new Set(['decimal', 'double', 'float'])
const integer = /^[+-]?[0-9]{1,15}$/
const decimal = /^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?$/

/** Numbers stay text where a double could not hold them exactly enough, or where they are none. */
function typed(text: string, type: string): unknown {
  if (type === 'boolean') return readBoolean(text)
  if (integerTypes.has(type)) return integer.test(text) ? Number(text) : text
  if (!decimalTypes.has(type) || text.length > 24) return text
  const digits = text
    .replace(/[eE].*/, '')
    .replace(/[^0-9]/g, '')
    .replace(/^0+/, '')
  return digits.length <= 17 ? readNumber(text) : text
}

/** The xsd:boolean that a text is, or the text itself. */
export function readBoolean(text: string): boolean | string {
  if (text === 'true' || text === '1') return true
  return text === 'false' || text === '0' ? false : text
}

/** The number that a text is, or the text itself. */
export function readNumber(text: string): number | string {
  const value = decimal.test(text) ? Number(text) : Number.NaN
  return Number.isFinite(value) ? value : text
}
