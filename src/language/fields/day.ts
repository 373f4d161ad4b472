import { type Declared, type FieldBase, type FieldType, type Known, refuse } from '../field.ts'

export type DayField = FieldBase & { type: 'day' }

/** A legal day in Asia/Shanghai, `YYYY-MM-DD`, from 1900 to 2199. */
export function day<const Required extends boolean = false>(
  field: Declared<DayField, Required>,
): Known<DayField, Required> {
  return { type: 'day', ...field }
}

/** Whether the text is a day that exists. */
export function isDay(value: string): boolean {
  if (!/^(19|20|21)\d\d-\d\d-\d\d$/.test(value)) return false
  const instant = new Date(`${value}T00:00:00Z`)
  return !Number.isNaN(instant.getTime()) && instant.toISOString().startsWith(value)
}

export const dayType: FieldType<DayField, string> = {
  columns: () => [{ suffix: '', type: 'date' }],
  constraints: (_, column) => [`${column} between '1900-01-01' and '2199-12-31'`],
  schema: () => ({ type: 'string', format: 'date' }),
  check(value, field, at) {
    if (typeof value !== 'string' || !isDay(value))
      return refuse('wrong-format', `${field.title}应为真实的日期，如 2026-11-20`, at)
    return { value }
  },
  toColumns: (value) => ({ '': value }),
  image: (row, column) => `to_char(${row}.${column}, 'YYYY-MM-DD')`,
  filter: 'range',
}
