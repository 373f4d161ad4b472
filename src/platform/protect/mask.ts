import { type Field, isClosed, type Kind } from '../../language/index.ts'

const stars = (count: number) => '*'.repeat(Math.max(1, Math.min(count, 8)))

/** A text as a list shows it to others: enough to tell two people apart, not enough to reach or name one. */
export function maskText(text: string): string {
  const digits = text.replace(/\D/g, '')
  const letters = [...text]
  if (digits.length >= 15) return `${text.slice(0, 3)}${stars(8)}${text.slice(-4)}`
  if (digits.length >= 7) return `${text.slice(0, 3)}${stars(4)}${text.slice(-2)}`
  if (letters.length <= 1) return '*'
  return `${letters[0]}${stars(letters.length - 1)}`
}

type Row = Record<string, unknown>

function maskValue(field: Field, value: unknown): unknown {
  if (field.type === 'lines' && Array.isArray(value))
    return value.map((line) => maskFields(field.fields, line as Row, Object.keys(line as Row)))
  if (!isClosed(field)) return value
  // Only text can be told in part; a choice, a reading or a picture is there or not.
  return field.class === 'personal' && field.type === 'text' && typeof value === 'string' ? maskText(value) : undefined
}

function maskFields(fields: Readonly<Record<string, Field>>, row: Row, names: readonly string[]): Row {
  const masked: Row = {}
  for (const name of names) {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined
    const value = field ? maskValue(field, row[name]) : row[name]
    if (value !== undefined) masked[name] = value
  }
  return masked
}

/** A record as a list or an export shows it to whoever is not its owner; `masked` names what was changed or left out. */
export function maskRow(kind: Pick<Kind, 'fields'>, row: Row): Row {
  const shown = maskFields(kind.fields, row, Object.keys(row))
  const masked = Object.keys(kind.fields).filter((name) => row[name] !== undefined && shown[name] !== row[name])
  const changed = masked.filter((name) => isClosed(kind.fields[name]))
  return changed.length > 0 ? { ...shown, masked: changed } : shown
}

/** Leaves secrets out, whoever asks: they are entered and used, never shown in lists or exports. */
export function withoutSecrets(kind: Pick<Kind, 'fields'>, row: Row): Row {
  return Object.fromEntries(Object.entries(row).filter(([name]) => kind.fields[name]?.class !== 'secret'))
}
