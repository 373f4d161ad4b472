import { type Declared, type FieldBase, type FieldType, type Known, refuse } from '../field.ts'

export type NumberField = FieldBase & { type: 'number'; min?: number; max?: number }

/** A whole number. Anything measured is a quantity; money has its own type. */
export function number<const Required extends boolean = false>(
  field: Declared<NumberField, Required>,
): Known<NumberField, Required> {
  return { type: 'number', ...field }
}

const bounds = (field: NumberField) => ({
  min: field.min ?? 0,
  max: field.max ?? Number.MAX_SAFE_INTEGER,
})

export const numberType: FieldType<NumberField, number> = {
  columns: () => [{ suffix: '', type: 'bigint' }],
  constraints: (field, column) => [`${column} between ${bounds(field).min} and ${bounds(field).max}`],
  schema: (field) => ({ type: 'integer', minimum: bounds(field).min, maximum: bounds(field).max }),
  check(value, field, at) {
    if (typeof value !== 'number' || !Number.isSafeInteger(value))
      return refuse('wrong-type', `${field.title}应为整数`, at)
    const { min, max } = bounds(field)
    if (value < min || value > max)
      return refuse('out-of-range', `${field.title}应在 ${min} 到 ${max} 之间，现在是 ${value}`, at)
    return { value }
  },
  toColumns: (value) => ({ '': value }),
  image: (row, column) => `${row}.${column}`,
  filter: 'range',
}
