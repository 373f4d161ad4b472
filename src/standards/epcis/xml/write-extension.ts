import { isRecord } from '../run.ts'
import { isNcName } from './names.ts'
import { escapeAttribute, escapeText, type Scope, xmlName } from './scope.ts'

/** Extensions of JSON as elements: the inverse of `extensionValue`. A list is written as elements of the same name. */
export function writeExtension(name: string, value: unknown, scope: Scope): string {
  if (!Array.isArray(value)) return writeValue(xmlName(name, scope), '', value, scope)
  return value.map((item) => writeExtension(name, item, scope)).join('')
}

/** One element of a value; `attributes` are written into its start tag before the value's own. */
export function writeValue(tag: string, attributes: string, value: unknown, scope: Scope): string {
  if (value === null || value === undefined) return `<${tag}${attributes} xsi:nil="true"/>`
  if (typeof value === 'boolean') return `<${tag}${attributes} xsi:type="xsd:boolean">${value}</${tag}>`
  if (typeof value === 'number') return writeNumber(tag, attributes, value)
  if (!isRecord(value)) return writeText(tag, attributes, String(value), '')
  let own = attributes
  let text = ''
  let content = ''
  for (const name in value) {
    const field = value[name]
    if (name === '#text' && typeof field === 'string') text = field
    else if (isAttribute(name, field)) own += ` ${name.slice(1)}="${escapeAttribute(field)}"`
    else content += writeExtension(name, field, scope)
  }
  return writeText(tag, own, text, content)
}

function isAttribute(name: string, value: unknown): value is string {
  return name.startsWith('@') && typeof value === 'string' && isNcName(name.slice(1)) && !/^@xml/i.test(name)
}

/** White space around a text matters in JSON and would be trimmed in XML, unless it says so. */
function writeText(tag: string, attributes: string, text: string, content: string): string {
  const space = text === text.trim() ? '' : ' xml:space="preserve"'
  const inside = escapeText(text) + content
  return inside === '' ? `<${tag}${attributes}/>` : `<${tag}${attributes}${space}>${inside}</${tag}>`
}

/** Numbers that no xsd:integer of 15 digits holds are written with an exponent: so they come back the same. */
function writeNumber(tag: string, attributes: string, value: number): string {
  const isInteger = Number.isInteger(value)
  const isLong = isInteger && Math.abs(value) >= 1e15
  const text = isLong ? value.toExponential() : String(value)
  return `<${tag}${attributes} xsi:type="xsd:${isInteger && !isLong ? 'integer' : 'double'}">${text}</${tag}>`
}
