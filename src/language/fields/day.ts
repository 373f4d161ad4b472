import { type Declared, type FieldBase, type FieldType, type Known, type Renewed, refuse } from '../field.ts'

export type DayField = FieldBase & Renewed & { type: 'day' }

/** A legal day in Asia/Shanghai, `YYYY-MM-DD`, from 1900 to 2199. */
export function day<const Required extends boolean = false>(
  field: Declared<DayField, Required>,
): Known<DayField, Required> {
  return { type: 'day', ...field }
}

/** Whether the text is a day that exists. */
export function isDay(value: string): boolean {
  if (!/^(19|20|21)\d\d-\d\d-\d\d$/.test(value)) return false
  const [year, month, date] = [Number(value.slice(0, 4)), Number(value.slice(5, 7)), Number(value.slice(8))]
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  const days = month === 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31
  return month >= 1 && month <= 12 && date >= 1 && date <= days
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
