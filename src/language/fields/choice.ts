import { type FieldBase, type FieldType, literal, refuse } from '../field.ts'

/** How an option is coloured where it matters: the palette's meanings, never decoration. */
export type Tone = 'good' | 'warn' | 'bad' | 'info' | 'unknown'

export type ChoiceField<Option extends string = string> = FieldBase & {
  type: 'choice'
  /** Stored value -> the word users read. */
  options: Readonly<Record<Option, string>>
  tones?: Partial<Record<Option, Tone>>
}

/** One of a few fixed options. */
export function choice<const Option extends string>(field: Omit<ChoiceField<Option>, 'type'>): ChoiceField<Option> {
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
