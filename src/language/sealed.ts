import { columnsOf, fieldColumns } from './columns.ts'
import type { Field, Fields } from './fields/index.ts'
import type { CrossCheck, Kind } from './kind.ts'

/** Whether a field's value concerns a natural person or is a secret. */
export const isClosed = (field: Field | undefined): boolean => field?.class === 'personal' || field?.class === 'secret'

/** Whether a field tells who a natural person is, or is a secret: what has to be unreadable without a key. */
const isIdentifying = (field: Field): boolean => isClosed(field) && field.identifying !== false

/** What the database itself writes or follows: it cannot be sealed. A reference is an id, which names nobody. */
const open: readonly Field['type'][] = ['reference', 'snapshot', 'documentNumber']

const isSealed = (field: Field): boolean =>
  !open.includes(field.type) &&
  !field.computed &&
  (isIdentifying(field) || (field.type === 'lines' && Object.values(field.fields).some(isIdentifying)))

const known = new WeakMap<Fields, readonly string[]>()

/**
 * Names of the fields that are stored sealed under a person's own key, so that destroying the key erases them from the
 * row, from history and from every backup. Their columns exist for their types and stay empty.
 */
export function sealedFields(kind: { fields: Fields }): readonly string[] {
  const found = known.get(kind.fields)
  if (found) return found
  const names = Object.keys(kind.fields).filter((name) => isSealed(kind.fields[name] as Field))
  known.set(kind.fields, names)
  return names
}

/** Names of the fields that concern a person without telling whom: masked, but stored as they are. */
export function openPersonalFields(kind: { fields: Fields }): readonly string[] {
  const sealed = sealedFields(kind)
  return Object.keys(kind.fields).filter((name) => isClosed(kind.fields[name]) && !sealed.includes(name))
}

/** Types that can say something of a person without naming one: no picture, no text, no number of a document. */
const nameless: readonly Field['type'][] = ['choice', 'number', 'quantity', 'money', 'day', 'instant', 'validity']

/** What is wrong with the fields that are said not to identify anybody; undefined where nothing is. */
export function wronglyOpen(fields: Fields): string | undefined {
  for (const [name, field] of Object.entries(fields)) {
    if (field.type === 'lines' && wronglyOpen(field.fields)) return wronglyOpen(field.fields)
    if (field.identifying !== false) continue
    if (field.class !== 'personal') return `${name} is not personal: it cannot be identifying or not`
    if (!nameless.includes(field.type)) return `${name} may name a person: only values without words can be open`
    // What a person can take back must be gone with the key, also from history.
    if (field.consent) return `${name} rests on a consent and so is sealed`
  }
  return undefined
}

/** The columns of the sealed fields, which stay empty. */
export function sealedColumns(kind: { fields: Fields }): { name: string; type: string }[] {
  return sealedFields(kind).flatMap((name) =>
    columnsOf(name, kind.fields[name] as Field).filter((column) => column.generated === undefined),
  )
}

const withoutLiterals = (sql: string): string => sql.replace(/'[^']*'/g, "''")

/** The cross-checks that speak of sealed fields: the table cannot hold them, the door makes them as it writes. */
export function sealedChecks(kind: Kind): readonly CrossCheck[] {
  const columns = new Set(sealedColumns(kind).map((column) => column.name))
  if (columns.size === 0) return []
  return (kind.checks ?? []).filter((check) =>
    (withoutLiterals(check.sql).match(/\b[a-z][a-z0-9_]*\b/g) ?? []).some((word) => columns.has(word)),
  )
}

/** Columns that are written from fields, those of sealed fields told apart. */
export function writtenColumns(kind: Kind): { name: string; type: string; isSealed: boolean }[] {
  const sealed = new Set(sealedColumns(kind).map((column) => column.name))
  return fieldColumns(kind).map(({ name, type }) => ({ name, type, isSealed: sealed.has(name) }))
}
