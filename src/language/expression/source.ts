import { tableOf } from '../columns.ts'
import { choice, type Field, type Fields } from '../fields/index.ts'
import { type Kind, statesOf } from '../kind.ts'
import { sealedFields } from '../sealed.ts'

/** What expressions can be about: a kind of record, or events. Column names follow from the fields' names. */
export type Source = { name: string; title: string; table: string; fields: Fields; isEvents?: boolean }

/** Fields whose content is no value to compare; they can be filled or blank. */
export const opaque: readonly Field['type'][] = ['snapshot', 'place', 'photo', 'file', 'signature', 'lines']

/**
 * A kind as a source: its own fields and those that every record has. What is sealed lies in no column, and neither rule
 * nor figure is made of it.
 */
export function sourceOf(kind: Pick<Kind, 'name' | 'title' | 'fields' | 'states' | 'timing' | 'isOwner'>): Source {
  const states = Object.fromEntries([
    ...statesOf(kind).map((state) => [state, kind.states?.names[state] ?? '有效']),
    ['void', '已作废'],
  ])
  const sealed = sealedFields(kind)
  const own = Object.entries(kind.fields).filter(([name]) => !sealed.includes(name))
  return {
    name: kind.name,
    title: kind.title,
    table: tableOf(kind as Kind),
    fields: {
      ...Object.fromEntries(own),
      state: choice({ title: '状态', options: states }),
      createdAt: { type: 'instant', title: '登记时间' },
      updatedAt: { type: 'instant', title: '最后修改时间' },
      ...(kind.isOwner ? {} : { region: { type: 'code', table: 'region', title: '县区' } as const }),
    },
  }
}

/** Names of the fields that say when something happened, the most telling first. */
export function momentsOf(source: Source, occurred?: string): string[] {
  const all = Object.keys(source.fields).filter((name) => /^(day|instant)$/.test(source.fields[name]?.type ?? ''))
  return occurred && all.includes(occurred) ? [occurred, ...all.filter((name) => name !== occurred)] : all
}

/** Names of the fields by whose value a figure can be split. */
export function categoriesOf(source: Source): string[] {
  return Object.keys(source.fields).filter((name) => {
    const field = source.fields[name] as Field
    return field.class !== 'personal' && /^(choice|code|reference)$/.test(field.type) && name !== 'region'
  })
}
