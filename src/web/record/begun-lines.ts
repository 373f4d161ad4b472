import { useEffect, useRef } from 'react'
import type { Fields } from '../../language/fields/index.ts'
import { read } from '../shell/api.ts'
import { type Content, isSame, ownFields, tidy } from './content.ts'
import type { FormState } from './form.tsx'

/** The lines of a template as the first lines of a record: what both have under one name. */
export function beginLines(fields: Fields, template: readonly Content[]): Content[] {
  const names = Object.keys(ownFields(fields))
  return template.map((line) => Object.fromEntries(names.flatMap((name) => (name in line ? [[name, line[name]]] : []))))
}

/** Fills lines from the record that they begin from, once that is chosen, while nobody has worked on them. */
export function useBegunLines(fields: Fields, form: FormState): void {
  const [name, field] = Object.entries(fields).find(([, each]) => each.type === 'lines' && each.begins) ?? []
  const begins = field?.type === 'lines' ? field.begins : undefined
  const of = begins ? fields[begins.of] : undefined
  const to = of?.type === 'reference' ? of.to : undefined
  const id = begins ? form.content[begins.of] : undefined
  const latest = useRef(form)
  latest.current = form
  const begun = useRef<Content[]>([])
  useEffect(() => {
    if (!name || field?.type !== 'lines' || !begins || !to || typeof id !== 'string') return
    const fill = async () => {
      const row = await read<Content>(`/api/v1/references/${to}/${id}`)
      const now = ((latest.current.content[name] ?? []) as Content[]).map((line) => tidy(field.fields, line))
      const isOurs = now.every((line) => Object.keys(line).length === 0) || isSame(now, begun.current)
      if (!isOurs || latest.current.content[begins.of] !== id) return
      begun.current = beginLines(field.fields, (row[begins.lines] ?? []) as Content[])
      latest.current.set(name, begun.current)
    }
    // A template that cannot be read leaves the lines to the user.
    fill().catch(() => {})
  }, [name, field, begins, to, id])
}
