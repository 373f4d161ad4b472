import type { Field, Fields } from './fields/index.ts'
import { typeOf } from './fields/index.ts'
import type { Problem } from './problem.ts'

export type CheckOptions = {
  /** Only the given fields are checked and none is missed: a change, not a whole record. */
  partial?: boolean
}

/** JSON pointer segment (RFC 6901). */
export function pointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
}

const known = new WeakMap<Fields, [string, Field][]>()

/** A declaration's fields in order: many rows ask for the same ones. */
function entriesOf(fields: Fields): readonly [string, Field][] {
  const entries = known.get(fields) ?? Object.entries(fields)
  known.set(fields, entries)
  return entries
}

/**
 * Checks untrusted input against fields, collecting every problem. Unknown names are refused: a misspelt field must
 * not vanish. An explicit null clears an optional field; derived fields are refused.
 */
export function checkFields(
  fields: Fields,
  input: unknown,
  at: string,
  options: CheckOptions = {},
): { value: Record<string, unknown>; problems: Problem[] } {
  const value: Record<string, unknown> = {}
  if (typeof input !== 'object' || input === null || Array.isArray(input))
    return { value, problems: [{ code: 'wrong-type', text: '内容应为一个对象', at: at || '/' }] }
  const given = input as Record<string, unknown>
  const problems: Problem[] = []
  for (const name in given)
    if (Object.hasOwn(given, name) && !Object.hasOwn(fields, name) && problems.length < 20)
      problems.push({
        code: 'unknown-field',
        text: `没有名为“${name.slice(0, 60)}”的字段`,
        at: `${at}/${pointer(name)}`,
      })
  for (const [name, field] of entriesOf(fields)) {
    const raw = given[name]
    if (raw === undefined && (options.partial || !field.required || field.derived)) continue
    if (raw === undefined && field.type === 'choice' && field.otherwise !== undefined) {
      value[name] = field.otherwise
      continue
    }
    const place = `${at}/${name}`
    if (raw === undefined || raw === null || raw === '') {
      if (field.required && !field.derived) problems.push({ code: 'missing', text: `请填写${field.title}`, at: place })
      if (raw !== undefined && !field.derived) value[name] = null
      continue
    }
    const checked = field.derived
      ? { problems: [{ code: 'derived', text: `${field.title}由系统记录，不能填写`, at: place }] }
      : typeOf(field).check(raw, field, place)
    if (checked.problems) problems.push(...checked.problems)
    else value[name] = checked.value
  }
  return { value, problems }
}
