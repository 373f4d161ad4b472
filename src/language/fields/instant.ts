import { type Declared, type FieldBase, type FieldType, type Known, refuse } from '../field.ts'
import { isDay } from './day.ts'

export type InstantField = FieldBase & { type: 'instant' }

/** A moment, ISO 8601 with offset; stored and answered in UTC with milliseconds. */
export function instant<const Required extends boolean = false>(
  field: Declared<InstantField, Required>,
): Known<InstantField, Required> {
  return { type: 'instant', ...field }
}

/** Whether every table can hold a moment (1900 to 2199); one that could not be read is none. */
export const isMoment = (moment: Date): boolean => moment.getUTCFullYear() >= 1900 && moment.getUTCFullYear() < 2200

const shape = /^(19|20|21)\d\d-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/

/** SQL for the API form of a timestamptz, whatever the session's time zone. */
export function instantImage(expression: string): string {
  return `to_char(${expression} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
}

export const instantType: FieldType<InstantField, string> = {
  columns: () => [{ suffix: '', type: 'timestamptz' }],
  constraints: (_, column) => [`${column} between '1900-01-01Z' and '2200-01-01Z'`],
  schema: () => ({ type: 'string', format: 'date-time' }),
  check(value, field, at) {
    // Date takes the 30th of February for the 2nd of March: no day is guessed.
    const isShaped = typeof value === 'string' && shape.test(value) && isDay(value.slice(0, 10))
    const moment = isShaped ? new Date(value) : undefined
    if (!moment || Number.isNaN(moment.getTime()))
      return refuse('wrong-format', `${field.title}应为带时区的时间，如 2026-11-20T09:30:00+08:00`, at)
    return { value: moment.toISOString() }
  },
  toColumns: (value) => ({ '': value }),
  image: (row, column) => instantImage(`${row}.${column}`),
  filter: 'range',
}
