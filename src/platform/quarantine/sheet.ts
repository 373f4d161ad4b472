import { type Field, isId, type Kind, type Unit, units } from '../../language/index.ts'
import type { Held } from './read.ts'
import { contentOf } from './read.ts'

/** The first columns: which row it is, in which version it was read, and what was wrong. */
export const ownHeads = ['隔离编号', '版本', '原因'] as const

const names = (kind: Kind): string[] => Object.keys(kind.fields).filter((name) => !kind.fields[name]?.derived)

const isAmount = (value: unknown): value is { value: string; unit: Unit } =>
  typeof value === 'object' && value !== null && 'value' in value && 'unit' in value

function cellOf(field: Field, value: unknown): string {
  if (value === undefined || value === null) return ''
  if (field.type === 'quantity' && isAmount(value)) return `${value.value} ${units[value.unit] ?? value.unit}`
  if (field.type === 'choice' && typeof value === 'string')
    return (field.options as Record<string, string>)[value] ?? value
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function readCell(field: Field, cell: string, before: unknown): unknown {
  const text = cell.trim()
  if (text === '') return undefined
  if (text === cellOf(field, before)) return before
  if (field.type === 'quantity') {
    const [amount = '', unit] = text.split(/\s+/, 2)
    const code = Object.keys(units).find((each) => each === unit || units[each as Unit] === unit)
    return unit ? { value: amount, unit: code ?? unit } : amount
  }
  if (field.type === 'choice')
    return Object.entries(field.options as Record<string, string>).find(([, word]) => word === text)?.[0] ?? text
  if (field.type === 'number' || field.type === 'money') return Number.isFinite(Number(text)) ? Number(text) : text
  if (/^[[{]/.test(text))
    try {
      return JSON.parse(text)
    } catch {}
  return text
}

/** Refused rows of one kind as a table to be corrected in Excel. */
export function heldTable(kind: Kind, rows: readonly Held[]): { heads: string[]; rows: string[][] } {
  const own = names(kind)
  return {
    heads: [...ownHeads, ...own.map((name) => kind.fields[name]?.title ?? name)],
    rows: rows.map((held) => {
      const content = contentOf(held) ?? {}
      const why = held.reason.problems.map(({ text }) => text).join('；') || held.reason.text
      return [
        held.id,
        String(held.version),
        why,
        ...own.map((name) => cellOf(kind.fields[name] as Field, content[name])),
      ]
    }),
  }
}

export type ReadRow = { id: string; version: number; content(before: Record<string, unknown>): Record<string, unknown> }

/** Reads the table back: each row by its number, its fields by their titles; columns that are not there stay as they were. */
export function readHeldTable(kind: Kind, heads: readonly string[], cells: readonly string[]): ReadRow | undefined {
  const at = (title: string) => heads.findIndex((head) => head.trim().replace(/\s*\*$/, '') === title)
  const id = (cells[at(ownHeads[0])] ?? '').trim()
  const version = Number(cells[at(ownHeads[1])])
  if (!isId(id)) return undefined
  return {
    id,
    version,
    content: (before) => {
      const after = { ...before }
      for (const name of names(kind)) {
        const field = kind.fields[name] as Field
        const column = at(field.title)
        if (column < 0) continue
        const value = readCell(field, cells[column] ?? '', before[name])
        if (value === undefined) delete after[name]
        else after[name] = value
      }
      return after
    },
  }
}
