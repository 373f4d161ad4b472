import { checkFields } from '../check.ts'
import { type Declared, type FieldBase, type FieldType, type Known, refuse } from '../field.ts'
import { fieldsSchema } from '../schema.ts'
import { filesNamed } from './files-named.ts'
import type { PlainFields } from './index.ts'

export type LinesField<Inner extends PlainFields> = FieldBase & {
  type: 'lines'
  /** The fields of one line. Lines do not nest. */
  fields: Inner
  /** Most lines in one record (default 500). */
  max?: number
  /** The lines begin as the lines `lines` of the record that the field `of` refers to: answers to a template's points. */
  begins?: { of: string; lines: string }
}

/** Master and detail: the lines of one document, kept and versioned with it. */
export function lines<const Inner extends PlainFields, const Required extends boolean = false>(
  field: Declared<LinesField<Inner>, Required>,
): Known<LinesField<Inner>, Required> {
  return { type: 'lines', ...field }
}

export const linesType: FieldType<LinesField<PlainFields>, Record<string, unknown>[]> = {
  // One jsonb column: the document is written, versioned and hashed as one image (docs/decisions/0002).
  columns: () => [{ suffix: '', type: 'jsonb' }],
  constraints: (field, column) => [
    `jsonb_typeof(${column}) = 'array'`,
    `jsonb_array_length(${column}) <= ${field.max ?? 500}`,
  ],
  schema: (field) => ({
    type: 'array',
    minItems: field.required ? 1 : 0,
    maxItems: field.max ?? 500,
    items: fieldsSchema(field.fields),
  }),
  check(value, field, at) {
    if (!Array.isArray(value)) return refuse('wrong-type', `${field.title}应为若干行`, at)
    const max = field.max ?? 500
    if (value.length > max) return refuse('too-many', `${field.title}最多 ${max} 行，现在 ${value.length} 行`, at)
    if (value.length === 0 && field.required) return refuse('empty', `请至少填写一行${field.title}`, at)
    const checked = value.map((line, index) => checkFields(field.fields, line, `${at}/${index}`))
    const problems = checked.flatMap((line) => line.problems)
    return problems.length > 0 ? { problems: problems.slice(0, 100) } : { value: checked.map((line) => line.value) }
  },
  toColumns: (value) => ({ '': value }),
  image: (row, column) => `${row}.${column}`,
  filter: 'none',
  files: (value, field, at) => value.flatMap((line, n) => filesNamed(field.fields, line, `${at}/${n}`)),
}
