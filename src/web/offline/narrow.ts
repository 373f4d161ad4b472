import type { OwnKind, Row } from '../shell/row.ts'

/** Rows of a list that were taken along, with what the list was narrowed to. */
export type KeptList = {
  account: string
  kind: string
  query: string
  title: string
  at: string
  rows: Row[]
  titles: Record<string, string>
  /** The list had more rows than are taken along. */
  more: boolean
}

type Query = Readonly<Record<string, string | undefined>>

const paging = ['sort', 'limit', 'after', 'q']

const plain = (text: unknown) => String(text).normalize('NFKC').toLowerCase()

/** The words by which a row is found: its searched fields, or all that is text. */
function wordsOf(kind: OwnKind, row: Row, titles: Record<string, string>): string {
  const names = kind.list.search ?? Object.keys(kind.fields)
  return names
    .map((name) => {
      const value = row[name]
      return typeof value === 'string' ? `${value} ${titles[value] ?? ''}` : ''
    })
    .join(' ')
}

function matches(kind: OwnKind, row: Row, titles: Record<string, string>, query: Query): boolean {
  if (query.q && !plain(wordsOf(kind, row, titles)).includes(plain(query.q))) return false
  return Object.entries(query).every(([name, wanted]) => {
    if (!wanted || paging.includes(name)) return true
    const [field = '', bound] = name.split('.')
    const value = row[field]
    if (bound === 'from') return typeof value === 'string' && value.slice(0, wanted.length) >= wanted
    if (bound === 'to') return typeof value === 'string' && value.slice(0, wanted.length) <= wanted
    if (bound === 'on') {
      const { from, until } = (value ?? {}) as { from?: string; until?: string }
      return !!from && from <= wanted && (!until || until >= wanted)
    }
    return wanted.split(',').includes(String(value ?? ''))
  })
}

function ordered(rows: Row[], sort: string): Row[] {
  const name = sort.replace(/^-/, '') || 'createdAt'
  const turn = sort.startsWith('-') || !sort ? -1 : 1
  const of = (row: Row) => String(row[name] ?? '')
  return [...rows].sort((a, b) => (of(a) < of(b) ? -turn : of(a) > of(b) ? turn : 0))
}

/** A page of a list from what was taken along; `keptAt` says when. */
export function answerList(kind: OwnKind, lists: readonly KeptList[], query: Query) {
  const titles: Record<string, string> = Object.assign({}, ...lists.map((list) => list.titles))
  const byId = new Map(lists.flatMap((list) => list.rows).map((row) => [row.id, row]))
  const items = ordered(
    [...byId.values()].filter((row) => matches(kind, row, titles, query)),
    query.sort ?? kind.list.sort ?? '',
  )
  const keptAt = lists.map((list) => list.at).sort()[0]
  return { items, next: null, total: items.length, totalCapped: false, titles, keptAt }
}

type Found = { items: { id: string; title: string; region?: string }[] }

/** What may be referred to, from the first page that was kept and the lists of that kind. */
export function answerReferences(
  kept: unknown,
  kind: OwnKind | undefined,
  lists: readonly KeptList[],
  q: string,
): Found {
  const named = kind?.titleFields ?? []
  const known = lists
    .flatMap((list) => list.rows)
    .filter((row) => row.state !== 'void')
    .map((row) => ({
      id: row.id,
      title: named
        .map((name) => row[name])
        .filter(Boolean)
        .join(' · '),
      region: row.region,
    }))
  const byId = new Map([...((kept as Found | undefined)?.items ?? []), ...known].map((item) => [item.id, item]))
  return { items: [...byId.values()].filter((item) => plain(item.title).includes(plain(q))).slice(0, 50) }
}
