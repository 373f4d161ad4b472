import { useEffect, useRef, useState } from 'react'
import { isAsked } from '../../language/field.ts'
import type { Field, Fields } from '../../language/fields/index.ts'
import { isBlank } from '../input/index.tsx'
import { read } from '../shell/api.ts'
import { type OwnKind, type Row, useCatalogue } from '../shell/catalogue.ts'
import { useSession } from '../shell/session.tsx'
import { type Content, ownFields, startingContent } from './content.ts'
import type { FormState } from './form.tsx'
import { readPage } from './query.ts'

/** What was true of one moment or one thing is not true of the next. */
const momentary: readonly Field['type'][] = ['instant', 'day', 'photo', 'file', 'signature', 'place', 'validity']

function copied(fields: Fields, row: Content): Content {
  const names = Object.entries(ownFields(fields)).filter(
    ([name, field]) => isAsked(field) && !momentary.includes(field.type) && !field.unique && !isBlank(row[name]),
  )
  return Object.fromEntries(
    names.map(([name, field]) => [
      name,
      field.type === 'lines' ? (row[name] as Content[]).map((line) => copied(field.fields, line)) : row[name],
    ]),
  )
}

/** My last record of the kind as the start of a new one: who and what, not when. */
export async function copyOfLast(kind: OwnKind, ownerId: string): Promise<{ content: Content; row: Row } | undefined> {
  const page = await readPage(kind, kind.isOwner ? {} : { ownerId }, { limit: 1 })
  const row = page.items[0]
  if (!row) return undefined
  // What a later step asked for was said of that one record.
  const asked = (kind.states?.transitions ?? []).flatMap((step) => step.asks ?? [])
  const given = Object.entries(copied(kind.fields, row))
  const kept = given.filter(([name]) => !asked.includes(name) || kind.fields[name]?.required)
  const content = { ...startingContent(kind.fields, kind.list.sort), ...Object.fromEntries(kept) }
  return { content, row: { ...row, titles: page.titles } }
}

/**
 * What a subject's record already says of a form's fields: those of the same name and type. Not by what the new record
 * will be known (a product has not its maker's name), nor what is said of a person (it is another one).
 */
export function defaultsFrom(subject: Fields, row: Content, { fields, titleFields }: OwnKind): Content {
  const same = Object.entries(ownFields(fields)).filter(([name, field]) => {
    const given = subject[name]
    if (titleFields.includes(name) || field.class === 'personal') return false
    const isAlike =
      given?.type === field.type && !(field.type === 'code' && given.type === 'code' && given.table !== field.table)
    return isAlike && field.type !== 'choice' && !field.unique && !isBlank(row[name])
  })
  return Object.fromEntries(same.map(([name]) => [name, row[name]]))
}

/**
 * Fills what is still blank from the subject: one's own, or the one that the record is about once it is chosen. What was
 * filled so is answered: it is not the user's work yet.
 */
export function useSubjectDefaults(kind: OwnKind, form: FormState): Content {
  const [filled, setFilled] = useState<Content>({})
  const { actor } = useSession()
  const { kinds } = useCatalogue()
  const owner = kinds.find((each) => each.isOwner)
  const about = kind.about ? form.content[kind.about] : undefined
  const id = about ?? (actor.role === 'enterprise' && !kind.about ? actor.ownerId : undefined)
  const latest = useRef(form)
  latest.current = form
  useEffect(() => {
    if (typeof id !== 'string' || !owner || owner.name === kind.name) return
    const fill = async () => {
      const row = await read<Row>(`/api/v1/records/${owner.name}/${id}`)
      const blank = Object.entries(defaultsFrom(owner.fields, row, kind)).filter(([name]) =>
        isBlank(latest.current.content[name]),
      )
      for (const [name, value] of blank) latest.current.set(name, value)
      setFilled(Object.fromEntries(blank))
    }
    // A default that cannot be read is left for the user to fill.
    fill().catch(() => {})
  }, [id, owner, kind])
  return filled
}
