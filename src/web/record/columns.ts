import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { Field } from '../../language/fields/index.ts'
import { call, read } from '../shell/api.ts'
import type { OwnKind } from '../shell/catalogue.ts'
import type { Query } from '../shell/path.ts'
import { isSeenAcrossOwners } from './words.ts'

export type View = { id: string; name: string; query: string; shared: boolean; own: boolean }

/** A column of a list: a field of the kind, or what every record has. */
export type Column = { name: string; title: string; field?: Field }

/** What every record has and a list may show. */
const fixed: Readonly<Record<string, string>> = {
  state: '状态',
  ownerTitle: '单位',
  createdAt: '登记时间',
  updatedAt: '最后修改',
}

/** Every column that a list of the kind may show, in declared order. */
export function allColumns(kind: OwnKind, role: string): Column[] {
  const own = Object.entries(kind.fields).filter(([, field]) => field.class !== 'secret')
  const base = Object.keys(fixed).filter((name) => name !== 'ownerTitle' || isSeenAcrossOwners(kind, role))
  return [
    ...own.map(([name, field]) => ({ name, title: field.title, field })),
    ...base.map((name) => ({ name, title: fixed[name] ?? name })),
  ]
}

/** The columns that a list shows while nobody has chosen others. */
export function declaredColumns(kind: OwnKind, role: string): string[] {
  return [
    ...kind.list.columns,
    ...(kind.states ? ['state'] : []),
    ...(isSeenAcrossOwners(kind, role) ? ['ownerTitle'] : []),
  ]
}

/** Saved views of a list and the columns that were last chosen for it. */
export function useViews(kind: OwnKind) {
  return useQuery({
    queryKey: ['views', kind.name],
    queryFn: ({ signal }) =>
      read<{ items: View[]; columns: string[] | null }>(`/api/v1/views/${kind.name}`, {}, signal),
    staleTime: 60_000,
  })
}

/**
 * The columns of a list in their order: those of its address (a saved view), else those this account last chose, else the
 * declared ones. Choosing is remembered for the account, and in the address where that names columns.
 */
export function useColumns(kind: OwnKind, role: string, query: Query, setQuery?: (change: Query) => void) {
  const client = useQueryClient()
  const { data } = useViews(kind)
  // What was just chosen holds from the same instant: the cache tells a tick later, in which a box would tick itself again.
  const [chosen, setChosen] = useState<{ kind: string; columns: readonly string[] | null }>()
  const last = chosen?.kind === kind.name ? chosen.columns : data?.columns
  const every = allColumns(kind, role)
  const declared = declaredColumns(kind, role)
  const wanted = query.columns?.split(',') ?? last ?? declared
  const known = wanted.flatMap((name) => every.find((each) => each.name === name) ?? [])
  const columns = known.length > 0 ? known : every.filter(({ name }) => declared.includes(name))
  return {
    columns,
    every,
    isChosen: columns.map(({ name }) => name).join() !== declared.join(),
    choose(names: readonly string[] | undefined) {
      setChosen({ kind: kind.name, columns: names ?? null })
      client.setQueryData(['views', kind.name], (known: typeof data) => ({
        items: known?.items ?? [],
        columns: names ? [...names] : null,
      }))
      if (query.columns) setQuery?.({ columns: names?.join(',') })
      // Without a network the choice holds until the page is opened anew. Asked again, because an answer that was on its way
      // knows nothing of this choice.
      call('PUT', `/api/v1/views/${kind.name}/columns`, { columns: names ?? null }).then(
        () => client.invalidateQueries({ queryKey: ['views', kind.name] }),
        () => {},
      )
    },
  }
}
