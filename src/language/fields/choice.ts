import { type Declared, type FieldBase, type FieldType, type Known, literal, refuse } from '../field.ts'

/** How an option is coloured where it matters: the palette's meanings, never decoration. */
export type Tone = 'good' | 'warn' | 'bad' | 'info' | 'unknown'

export type ChoiceField<Option extends string = string> = FieldBase & {
  type: 'choice'
  /** Stored value -> the word users read. */
  options: Readonly<Record<Option, string>>
  tones?: Partial<Record<Option, Tone>>
  /** What it is where nothing was said: what is required is then never missing. */
  otherwise?: NoInfer<Option>
  /** The operator's dictionary that supplements the options; for words on which no rule rests. */
  dictionary?: string
  /** Options that are read in what was recorded and chosen no more. */
  retired?: readonly string[]
}

/** Options as an operator's dictionary leaves them. */
export type Supplemented = { options: Readonly<Record<string, string>>; retired: readonly string[] }

type Supplement = (dictionary: string, standard: Readonly<Record<string, string>>) => Supplemented

let supplement: Supplement = (_, options) => ({ options, retired: [] })

/** Gives the language the operator's dictionaries: once, at start, as the code tables (`bindCodeTable`). */
export function bindDictionaries(given: Supplement): void {
  supplement = given
}

/** What an option may be called that an operator adds. */
const openOption = '^[a-z0-9][a-z0-9-]{0,39}$'

/** One of a few options: fixed ones, or those of a dictionary as they are at the moment they are asked for. */
export function choice<const Option extends string, const Required extends boolean = false>(
  field: Declared<ChoiceField<Option>, Required>,
): Known<ChoiceField<Option>, Required> {
  const { dictionary, options } = field
  if (dictionary === undefined) return { type: 'choice', ...field }
  const now = () => supplement(dictionary, options)
  return Object.defineProperties(
    { type: 'choice' as const, ...field },
    {
      options: { enumerable: true, get: () => now().options },
      retired: { enumerable: true, get: () => now().retired },
    },
  )
}

/** The options that may still be chosen. */
export const choosable = (field: Pick<ChoiceField, 'options' | 'retired'>): [string, string][] =>
  Object.entries(field.options).filter(([option]) => !field.retired?.includes(option))

const wordsOf = (field: ChoiceField): string =>
  choosable(field)
    .map(([, word]) => word)
    .join('、')

export const choiceType: FieldType<ChoiceField, string> = {
  columns: () => [{ suffix: '', type: 'text' }],
  constraints: (field, column) =>
    field.dictionary
      ? [`${column} ~ ${literal(openOption)}`]
      : [`${column} in (${Object.keys(field.options).map(literal).join(', ')})`],
  schema: (field) =>
    field.dictionary
      ? { type: 'string', pattern: openOption, examples: Object.keys(field.options) }
      : { enum: Object.keys(field.options) },
  check(value, field, at) {
    if (typeof value !== 'string' || !Object.hasOwn(field.options, value))
      return refuse('not-an-option', `${field.title}应为：${wordsOf(field)}`, at)
    if (field.retired?.includes(value))
      return refuse('not-an-option', `${field.title}“${field.options[value]}”已停用，请选：${wordsOf(field)}`, at)
    return { value }
  },
  toColumns: (value) => ({ '': value }),
  image: (row, column) => `${row}.${column}`,
  filter: 'equal',
}
