import type { CodeTable } from '../../language/fields/code.ts'
import type { Field, Fields } from '../../language/fields/index.ts'
import type { Scanned } from './read.ts'

type Content = Record<string, unknown>

/** Codes that stand somewhere in what a certificate's QR code says. */
const shapes: Partial<Record<CodeTable, RegExp>> = {
  uscc: /(?<![0-9A-Z])[0-9A-HJ-NPQRTUWXY]{18}(?![0-9A-Z])/,
  'food-licence': /(?<![0-9A-Z])(SC|JY)\d{14}(?!\d)/,
  'resident-id': /(?<!\d)\d{17}[\dX](?!\d)/,
}

/** What a scan says about one field; undefined where it says nothing of it. */
function valueFor(name: string, field: Field, scanned: Scanned): unknown {
  if (field.derived) return undefined
  if (field.type === 'code') {
    if (field.table === 'gtin') return scanned.gtin
    if (field.table === 'gln') return scanned.gln
    return shapes[field.table]?.exec(scanned.text)?.[0]
  }
  if (field.type === 'text') {
    if (name === 'lot') return scanned.lot
    return name === 'serial' ? scanned.serial : undefined
  }
  if (field.type === 'day') {
    if (/^(produced|made|packed)/.test(name)) return scanned.producedOn
    return /^(expire|bestBefore|useBefore)/.test(name) ? (scanned.expiresOn ?? scanned.bestBefore) : undefined
  }
  if (field.type !== 'quantity' || !/^(quantity|amount)$/.test(name)) return undefined
  const units: readonly string[] = field.units
  if (scanned.kilogram && units.includes('KGM')) return { value: scanned.kilogram, unit: 'KGM' }
  return scanned.count && units.includes('EA') ? { value: scanned.count, unit: 'EA' } : undefined
}

/**
 * The values that a scan gives to the fields that stand together in a form or line. `target` is the field that was
 * scanned into: it takes the plain text where the scan says nothing else of it.
 */
export function valuesOf(fields: Fields, scanned: Scanned, target?: string): Content {
  const values: Content = {}
  for (const [name, field] of Object.entries(fields)) {
    const value = valueFor(name, field, scanned)
    if (value !== undefined) values[name] = value
  }
  const field = target ? fields[target] : undefined
  if (target && field && values[target] === undefined && (field.type === 'code' || field.type === 'text')) {
    const isTaken = Object.keys(values).length > 0
    if (!isTaken) values[target] = field.type === 'code' ? scanned.text.toUpperCase() : scanned.text
  }
  return values
}

/** Whether lines can be filled by scanning one code after another. */
export function takesScans(fields: Fields): boolean {
  return Object.values(fields).some((field) => field.type === 'code' && field.table === 'gtin')
}

/** The form's new values after a scan at a pointer: into a field, into a line's field, or as a new line. */
export function filled(
  fields: Fields,
  content: Content,
  at: string,
  scanned: Scanned,
): { changed: Content; line?: number } | undefined {
  const [name = '', index, inner] = at.split('/').slice(1)
  const field = fields[name]
  if (field?.type !== 'lines') {
    const changed = valuesOf(fields, scanned, name)
    return Object.keys(changed).length > 0 ? { changed } : undefined
  }
  const lines = Array.isArray(content[name]) ? (content[name] as Content[]) : []
  const values = valuesOf(field.fields, scanned, inner)
  if (Object.keys(values).length === 0) return undefined
  const isBlank = (line: Content) => Object.keys(values).every((each) => line[each] === undefined || line[each] === '')
  const last = lines.length - 1
  const line = index !== undefined ? Number(index) : last >= 0 && isBlank(lines[last] as Content) ? last : lines.length
  if (line >= (field.max ?? 500)) return undefined
  const next = [...lines]
  next[line] = { ...lines[line], ...values }
  return { changed: { [name]: next }, line }
}
