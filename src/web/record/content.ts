import { isAsked } from '../../language/field.ts'
import type { Field, Fields } from '../../language/fields/index.ts'
import { checkFields, type Problem, typeOf } from '../../language/index.ts'
import type { Problems } from '../input/field-view.ts'
import { dayOf } from '../shell/time.ts'

export type Content = Record<string, unknown>

/** The fields a user fills in. */
export function ownFields(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, field]) => !field.derived))
}

/** What a new record starts with: moments are now, the day by which the list is ordered is today. */
export function startingContent(fields: Fields, sort = ''): Content {
  const content: Content = {}
  for (const [name, field] of Object.entries(fields)) {
    if (field.type === 'instant' && field.required)
      content[name] = new Date(Math.floor(Date.now() / 60_000) * 60_000).toISOString()
    if (field.type === 'day' && sort.replace('-', '') === name) content[name] = dayOf(Date.now())
    if (field.type === 'lines' && field.required) content[name] = [{}]
  }
  return content
}

/** What stays for the next record after one is saved: whom and by whom, not what. */
export function carriedContent(
  fields: Fields,
  before: Content,
  titleFields: readonly string[],
  sort?: string,
): Content {
  const carried = Object.entries(fields).filter(
    ([name, field]) =>
      (field.type === 'reference' ||
        field.type === 'day' ||
        (field.type === 'text' && !field.multiline && field.required)) &&
      isAsked(field) &&
      (field.type === 'day' || !titleFields.includes(name)),
  )
  return { ...startingContent(fields, sort), ...Object.fromEntries(carried.map(([name]) => [name, before[name]])) }
}

function tidyValue(field: Field, value: unknown): unknown {
  if (value === undefined || value === null) return undefined
  if (typeof value === 'string') return value.trim() === '' ? undefined : value
  if (field.type === 'quantity') return (value as { value?: unknown }).value === '' ? undefined : value
  if (field.type === 'photo') return (value as unknown[]).length > 0 ? value : undefined
  if (field.type !== 'lines') return value
  return (value as Content[]).map((line) => tidy(field.fields, line))
}

/** What is sent: blanks left out. */
export function tidy(fields: Fields, content: Content): Content {
  const pairs = Object.entries(fields).map(([name, field]) => [name, tidyValue(field, content[name])] as const)
  return Object.fromEntries(pairs.filter(([, value]) => value !== undefined))
}

/** Lines at the end in which nothing was entered are dropped before checking. */
export function withoutEmptyEnd(fields: Fields, content: Content): Content {
  const next = { ...content }
  for (const [name, field] of Object.entries(fields)) {
    if (field.type !== 'lines' || !Array.isArray(content[name])) continue
    const lines = [...(content[name] as Content[])]
    while (lines.length > 1 && Object.keys(tidy(field.fields, lines.at(-1) as Content)).length === 0) lines.pop()
    next[name] = lines
  }
  return next
}

/** The same check as the server's, so that most mistakes are said before anything is sent. */
export function problemsOf(fields: Fields, content: Content): readonly Problem[] {
  return checkFields(ownFields(fields), tidy(ownFields(fields), content), '').problems
}

/** What is wrong with one value that was just left; nothing for a blank, which may yet be filled. */
export function problemsOfOne(field: Field, value: unknown, at: string): readonly Problem[] {
  const tidied = tidyValue(field, value)
  return tidied === undefined || field.type === 'lines' ? [] : (typeOf(field).check(tidied, field, at).problems ?? [])
}

/** Only what differs from the record that was read; a cleared field is null. */
export function changesOf(fields: Fields, before: Content, after: Content): Content {
  const own = ownFields(fields)
  const [old, next] = [tidy(own, before), tidy(own, after)]
  const changed = Object.keys(own).filter((name) => !isSame(old[name], next[name]))
  return Object.fromEntries(changed.map((name) => [name, next[name] ?? null]))
}

/** Equal as JSON, whatever the order of names. */
export function isSame(a: unknown, b: unknown): boolean {
  const ordered = (_: string, value: unknown) =>
    value && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([x], [y]) => (x < y ? -1 : 1)))
      : value
  return JSON.stringify(a ?? null, ordered) === JSON.stringify(b ?? null, ordered)
}

export function problemMap(problems: readonly Problem[]): Problems {
  const map = new Map<string, string[]>()
  for (const { at, text } of problems) map.set(at, [...(map.get(at) ?? []), text])
  return map
}

/** Where a pointer leads, in words: `到货批次 第 2 行 · 批号`. */
export function placeInWords(fields: Fields, at: string): string {
  const [name = '', index, inner] = at.split('/').slice(1)
  const field = fields[name]
  if (!field) return ''
  if (field.type !== 'lines' || index === undefined) return field.title
  const within = inner ? field.fields[inner]?.title : undefined
  return `${field.title} 第 ${Number(index) + 1} 行${within ? ` · ${within}` : ''}`
}

/** The pointer of the input that shows a problem: parts of one input (a quantity's unit) belong to it. */
export function inputAt(fields: Fields, at: string): string {
  const segments = at.split('/')
  return segments.slice(0, fields[segments[1] ?? '']?.type === 'lines' ? 4 : 2).join('/')
}
