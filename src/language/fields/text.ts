import { type Declared, type FieldBase, type FieldType, type Known, refuse } from '../field.ts'

export type TextField = FieldBase & {
  type: 'text'
  /** Longest length in characters (default 200). */
  max?: number
  /** Several lines in the form. */
  multiline?: boolean
  /** It stands on a label: a phone offers its camera, and a scanner that types is taken apart. */
  scanned?: true
  /** The id of an EPCIS event: people are shown what it was, with the way to it. */
  event?: true
  /** A regular expression (same meaning in JavaScript and PostgreSQL) with the sentence that says how to mend it. */
  pattern?: { matches: string; text: string }
}

/** Free text, trimmed; control characters are refused. */
export function text<const Required extends boolean = false>(
  field: Declared<TextField, Required>,
): Known<TextField, Required> {
  return { type: 'text', ...field }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that are refused
const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffe\uffff]|\p{Surrogate}/u

const patterns = new Map<string, RegExp>()

/** A declared pattern, made once: making one takes longer than a text takes to be checked. */
function patternOf(matches: string): RegExp {
  const known = patterns.get(matches)
  if (known) return known
  const made = new RegExp(matches, 'u')
  patterns.set(matches, made)
  return made
}

export const textType: FieldType<TextField, string> = {
  columns: () => [{ suffix: '', type: 'text' }],
  constraints: (field, column) => [`char_length(${column}) between 1 and ${field.max ?? 200}`],
  schema: (field) => ({
    type: 'string',
    minLength: 1,
    maxLength: field.max ?? 200,
    ...(field.pattern ? { pattern: field.pattern.matches } : {}),
  }),
  check(value, field, at) {
    if (typeof value !== 'string') return refuse('wrong-type', `${field.title}应为文字`, at)
    const clean = value.normalize('NFC').trim()
    const max = field.max ?? 200
    // Characters are counted only where the quicker count of code units does not settle it.
    const length = clean.length > max ? [...clean].length : clean.length
    if (length > max) return refuse('too-long', `${field.title}最多 ${max} 个字，现在 ${length} 个`, at)
    if (length === 0) return refuse('empty', `请填写${field.title}`, at)
    if (forbidden.test(clean)) return refuse('bad-character', `${field.title}含有不可见的控制字符，请重新输入`, at)
    if (field.pattern && !patternOf(field.pattern.matches).test(clean))
      return refuse('wrong-format', `${field.title}${field.pattern.text}`, at)
    return { value: clean }
  },
  toColumns: (value) => ({ '': value }),
  image: (row, column) => `${row}.${column}`,
  filter: 'equal',
}
