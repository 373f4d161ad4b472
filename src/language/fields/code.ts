import { type Declared, type FieldBase, type FieldType, type Known, refuse } from '../field.ts'

/** Code tables that a code field may name. Their checks are given to the language by the house (`codeTables`). */
export type CodeTable =
  | 'region'
  | 'uscc'
  | 'gtin'
  | 'gln'
  | 'food-licence'
  | 'food-class'
  | 'resident-id'
  | 'device-model'

export type CodeField = FieldBase & { type: 'code'; table: CodeTable }

/** A code of a public table or scheme with a check of its own (GB/T 2260, GB 32100, GS1 …). */
export function code<const Required extends boolean = false>(
  field: Declared<CodeField, Required>,
): Known<CodeField, Required> {
  return { type: 'code', ...field }
}

/** What is wrong with a code, as the end of a sentence that starts with the field's title; nothing if it is right. */
export type CodeCheck = (value: string) => string | undefined

/** One code with the word users read; a retired one is read in what was recorded and chosen no more. */
export type CodeOption = { code: string; title: string; retired?: boolean }

const checks = new Map<CodeTable, CodeCheck>()
const optionLists = new Map<CodeTable, () => readonly CodeOption[]>()

/** Binds a code table to its check. The language is pure: the standards are given to it, once, at start. */
export function bindCodeTable(
  table: CodeTable,
  check: CodeCheck,
  options?: readonly CodeOption[] | (() => readonly CodeOption[]),
): void {
  checks.set(table, check)
  if (options) optionLists.set(table, typeof options === 'function' ? options : () => options)
}

/** Code tables short enough to choose from, with their words. */
export function codeOptions(): Record<string, readonly CodeOption[]> {
  return Object.fromEntries([...optionLists].map(([table, options]) => [table, options()]))
}

export const codeType: FieldType<CodeField, string> = {
  columns: () => [{ suffix: '', type: 'text' }],
  constraints: (_, column) => [`${column} ~ '^[0-9A-Z]{1,40}$'`],
  schema: () => ({ type: 'string', pattern: '^[0-9A-Z]{1,40}$' }),
  check(value, field, at) {
    if (typeof value !== 'string') return refuse('wrong-type', `${field.title}应为文字`, at)
    const clean = value.trim().toUpperCase()
    const wrong = /^[0-9A-Z]{1,40}$/.test(clean) ? checks.get(field.table)?.(clean) : '只能由数字和大写字母组成'
    if (wrong) return refuse('wrong-code', `${field.title}${wrong}`, at)
    return { value: clean }
  },
  toColumns: (value) => ({ '': value }),
  image: (row, column) => `${row}.${column}`,
  filter: 'equal',
}
