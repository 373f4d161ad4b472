import { useEffect, useRef } from 'react'
import type { Fields } from '../../language/fields/index.ts'
import { read } from '../shell/api.ts'
import { type Content, isSame, ownFields, tidy } from './content.ts'
import type { FormState } from './form.tsx'

/** Lines as they came from a template: whoever works on one makes another of it. */
const untouched = new WeakSet<Content>()

/** The lines of a template as the first lines of a record: what both have under one name. */
export function beginLines(fields: Fields, template: readonly Content[]): Content[] {
  const names = Object.keys(ownFields(fields))
  return template.map((line) => {
    const begun = Object.fromEntries(names.flatMap((name) => (name in line ? [[name, line[name]]] : [])))
    untouched.add(begun)
    return begun
  })
}

/** Leaves out a template's lines on which nobody has worked yet, where the record may do without them: they are for later. */
export function withoutUntouched(fields: Fields, content: Content): Content {
  const left = Object.entries(content).filter(([name, lines]) => {
    const isFresh = Array.isArray(lines) && lines.length > 0 && lines.every((line) => untouched.has(line))
    return !isFresh || fields[name]?.required
  })
  return Object.fromEntries(left)
}

/**
 * Fills lines from the record that they begin from, once that is chosen, while nobody has worked on them. `row`: what is
 * already kept, where the form asks for a part of it.
 */
export function useBegunLines(fields: Fields, form: FormState, row: Content = {}): void {
  const [name, field] = Object.entries(fields).find(([, each]) => each.type === 'lines' && each.begins) ?? []
  const begins = field?.type === 'lines' ? field.begins : undefined
  const of = begins ? fields[begins.of] : undefined
  const to = of?.type === 'reference' ? of.to : undefined
  const id = begins ? (form.content[begins.of] ?? row[begins.of]) : undefined
  const latest = useRef({ form, id })
  latest.current = { form, id }
  const begun = useRef<Content[]>([])
  useEffect(() => {
    if (!name || field?.type !== 'lines' || !begins || !to || typeof id !== 'string') return
    const fill = async () => {
      const template = await read<Content>(`/api/v1/references/${to}/${id}`)
      const now = ((latest.current.form.content[name] ?? []) as Content[]).map((line) => tidy(field.fields, line))
      const first = beginLines(field.fields, (template[begins.lines] ?? []) as Content[])
      const isOurs =
        now.every((line) => Object.keys(line).length === 0) || isSame(now, begun.current) || isSame(now, first)
      if (!isOurs || latest.current.id !== id) return
      begun.current = first
      latest.current.form.set(name, first)
    }
    // A template that cannot be read leaves the lines to the user.
    fill().catch(() => {})
  }, [name, field, begins, to, id])
}
