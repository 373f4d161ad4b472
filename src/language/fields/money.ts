import { type Declared, type FieldBase, type FieldType, type Known, refuse } from '../field.ts'

export type MoneyField = FieldBase & { type: 'money'; max?: number }

/** An amount of money in fen, a whole number. Forms show yuan. */
export function money<const Required extends boolean = false>(
  field: Declared<MoneyField, Required>,
): Known<MoneyField, Required> {
  return { type: 'money', ...field }
}

const most = (field: MoneyField) => field.max ?? 99_999_999_999

const yuan = (fen: number) => (fen / 100).toFixed(2)

export const moneyType: FieldType<MoneyField, number> = {
  columns: () => [{ suffix: '', type: 'bigint' }],
  constraints: (field, column) => [`${column} between 0 and ${most(field)}`],
  schema: (field) => ({ type: 'integer', minimum: 0, maximum: most(field), description: '单位：分' }),
  check(value, field, at) {
    if (typeof value !== 'number' || !Number.isSafeInteger(value))
      return refuse('wrong-type', `${field.title}应为以分计的整数`, at)
    if (value < 0 || value > most(field))
      return refuse('out-of-range', `${field.title}应在 0 到 ${yuan(most(field))} 元之间`, at)
    return { value }
  },
  toColumns: (value) => ({ '': value }),
  image: (row, column) => `${row}.${column}`,
  filter: 'range',
}
