import { type Declared, type FieldBase, type FieldType, type Known, literal, refuse } from '../field.ts'

/** How an option is coloured where it matters: the palette's meanings, never decoration. */
export type Tone = 'good' | 'warn' | 'bad' | 'info' | 'unknown'

export type ChoiceField<Option extends string = string> = FieldBase & {
  type: 'choice'
  /** Stored value -> the word users read. */
  options: Readonly<Record<Option, string>>
  tones?: Partial<Record<Option, Tone>>
}

/** One of a few fixed options. */
export function choice<const Option extends string, const Required extends boolean = false>(
  field: Declared<ChoiceField<Option>, Required>,
): Known<ChoiceField<Option>, Required> {
  return { type: 'choice', ...field }
}

export const choiceType: FieldType<ChoiceField, string> = {
  columns: () => [{ suffix: '', type: 'text' }],
  constraints: (field, column) => [`${column} in (${Object.keys(field.options).map(literal).join(', ')})`],
  schema: (field) => ({ enum: Object.keys(field.options) }),
  check(value, field, at) {
    if (typeof value !== 'string' || !Object.hasOwn(field.options, value))
      return refuse('not-an-option', `${field.title}应为：${Object.values(field.options).join('、')}`, at)
    return { value }
  },
  toColumns: (value) => ({ '': value }),
  image: (row, column) => `${row}.${column}`,
  filter: 'equal',
}
