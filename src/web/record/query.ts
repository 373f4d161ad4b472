import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { statesOf } from '../../language/kind.ts'
import { read } from '../shell/api.ts'
import type { OwnKind, Row } from '../shell/catalogue.ts'
import { keep, recall } from '../shell/keep.ts'
import { path, type Query } from '../shell/path.ts'
import { navigate, useRoute } from '../shell/router.tsx'

export type Page = {
  items: Row[]
  next: string | null
  total: number
  totalCapped: boolean
  titles: Record<string, string>
  /** Answered from what was taken along then, without a network. */
  keptAt?: string
}

/** What the server is asked for: which columns are shown, and whether as a map, is the page's own. `state=all` in the address means no condition; without any state all but void records are listed. */
export function asked(kind: OwnKind, query: Query): Query {
  const { state, columns, as, ...rest } = query
  return { ...rest, state: state === 'all' ? undefined : (state ?? statesOf(kind).join(',')) }
}

/** One page of a list. */
export function readPage(kind: OwnKind, query: Query, page: { after?: string; limit: number }, signal?: AbortSignal) {
  const { after, limit } = page
  return read<Page>(`/api/v1/records/${kind.name}`, { ...asked(kind, query), after, limit: String(limit) }, signal)
}

/** The first `most` rows of a list with their titles; `more` where it goes on. */
export async function readRows(kind: OwnKind, query: Query, most: number, signal?: AbortSignal) {
  const rows: Row[] = []
  const titles: Record<string, string> = {}
  let after: string | undefined
  let total = 0
  do {
    const page = await readPage(kind, query, { after, limit: 200 }, signal)
    rows.push(...page.items)
    Object.assign(titles, page.titles)
    total = page.total
    after = page.next ?? undefined
  } while (after && rows.length < most)
  return { rows: rows.slice(0, most), titles, total, more: !!after || rows.length > most }
}

/** The list's conditions stand in the address; all but the words searched for are remembered for the kind until they are cleared. */
export function useListQuery(kind: OwnKind): { query: Query; set(change: Query): void; clear(): void } {
  const { query } = useRoute()
  const name = `list:${kind.name}`
  const isBare = Object.keys(query).length === 0
  useEffect(() => {
    const kept = isBare ? recall<Query>(name) : undefined
    if (kept && Object.keys(kept).length > 0) navigate(path.list(kind.name, kept), { replace: true })
  }, [isBare, name, kind.name])
  const go = (next: Query) => {
    const given = Object.fromEntries(Object.entries(next).filter(([, value]) => value))
    // A word looked for once, or some rows by themselves, are not what one looks for next time.
    const { q: _, id: __, ...lasting } = given
    keep(name, Object.keys(lasting).length > 0 ? lasting : undefined)
    navigate(path.list(kind.name, given), { replace: true })
  }
  return {
    query,
    set: (change) => go({ ...query, ...change }),
    clear: () => go({ sort: query.sort, columns: query.columns, as: query.as }),
  }
}

/** Whether a query leaves rows out that the list would have. */
const isNarrowed = (query: Query): boolean =>
  Object.keys(query).some((name) => !['sort', 'state', 'columns', 'as'].includes(name))

/** Rows of a list, more of them on demand; while others are fetched, those of the last question with what is said of them. */
export function useRows(kind: OwnKind, query: Query) {
  const pages = useInfiniteQuery({
    queryKey: ['records', kind.name, asked(kind, query)],
    queryFn: async ({ pageParam, signal }) => ({
      ...(await readPage(kind, query, { after: pageParam, limit: 50 }, signal)),
      narrowed: isNarrowed(query),
    }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: keepPreviousData,
  })
  const all = pages.data?.pages ?? []
  return {
    ...pages,
    rows: all.flatMap((page) => page.items),
    titles: Object.assign({}, ...all.map((page) => page.titles)) as Record<string, string>,
    total: all[0]?.total ?? 0,
    totalCapped: all[0]?.totalCapped ?? false,
    narrowed: all[0]?.narrowed ?? isNarrowed(query),
    keptAt: all[0]?.keptAt,
  }
}
