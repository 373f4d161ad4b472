import { type Declared, type FieldBase, type FieldType, type Known, type Renewed, refuse } from '../field.ts'
import { isDay } from './day.ts'

export type ValidityField = FieldBase & Renewed & { type: 'validity' }

/** From the first to the last day, both included; without a last day it holds until revoked. */
export type Validity = { from: string; until?: string }

/** The days on which something holds: a licence, a certificate, a rule. */
export function validity<const Required extends boolean = false>(
  field: Declared<ValidityField, Required>,
): Known<ValidityField, Required> {
  return { type: 'validity', ...field }
}

export const validityType: FieldType<ValidityField, Validity> = {
  columns: () => [
    { suffix: '', type: 'date' },
    { suffix: '_until', type: 'date' },
  ],
  constraints: (_, column) => [`${column}_until is null or ${column}_until >= ${column}`],
  schema: () => ({
    type: 'object',
    required: ['from'],
    additionalProperties: false,
    properties: { from: { type: 'string', format: 'date' }, until: { type: 'string', format: 'date' } },
  }),
  check(value, field, at) {
    const { from, until } = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>
    if (typeof from !== 'string' || !isDay(from))
      return refuse('wrong-format', `${field.title}的开始应为真实的日期，如 2026-11-20`, `${at}/from`)
    if (until === undefined || until === null || until === '') return { value: { from } }
    if (typeof until !== 'string' || !isDay(until))
      return refuse('wrong-format', `${field.title}的结束应为真实的日期，如 2027-11-19`, `${at}/until`)
    if (until < from) return refuse('out-of-order', `${field.title}的结束不能早于开始`, `${at}/until`)
    return { value: { from, until } }
  },
  toColumns: (value) => ({ '': value.from, _until: value.until ?? null }),
  image: (row, column) =>
    `case when ${row}.${column} is null then null else jsonb_build_object('from', to_char(${row}.${column}, 'YYYY-MM-DD'), 'until', to_char(${row}.${column}_until, 'YYYY-MM-DD')) end`,
  filter: 'validity',
}
