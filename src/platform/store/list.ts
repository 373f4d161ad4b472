import type { ISql } from 'postgres'
import { invalid } from '../../failure.ts'
import { tableOf } from '../../language/columns.ts'
import { openableTextOf } from '../../language/image.ts'
import { isId, type Kind, sealedFields, typeOf } from '../../language/index.ts'
import { snake } from '../../language/names.ts'
import { ownersWithin, type Reach, within } from '../access/reach.ts'
import type { Keyring } from '../protect/keyring.ts'
import { openImage } from '../protect/record-persons.ts'
import { conditions } from './filter.ts'
import { countLimit, type Found, pageSql, searched } from './page.ts'
import { searchQuery } from './search.ts'

/** A further condition on rows `t`, with its values bound. */
export type Narrowing = (bind: (value: unknown) => string) => string

export type ListQuery = {
  narrow?: Narrowing
  filters: Readonly<Record<string, string>>
  q?: string
  sort?: string
  limit: number
  after?: string
}

export type Page = { items: Record<string, unknown>[]; next: string | null; total: number; totalCapped: boolean }

type Order = { column: string; type: string; direction: 'asc' | 'desc'; title: string }

/** The order that the lists' indexes have. */
const ownOrder = (kind: Kind): string => kind.list.sort ?? '-id'

function orderOf(kind: Kind, sort: string): Order {
  const name = sort.replace(/^-/, '')
  const direction = sort.startsWith('-') ? 'desc' : 'asc'
  if (name === 'id') return { column: 'id', type: 'uuid', direction, title: '登记时间' }
  const field = Object.hasOwn(kind.fields, name) ? kind.fields[name] : undefined
  const column = field && typeOf(field).columns(field)[0]
  // Only fields that are always there: a keyset page cannot stand on a missing value.
  if (
    !field?.required ||
    sealedFields(kind).includes(name) ||
    !column ||
    column.suffix !== '' ||
    column.type === 'jsonb'
  )
    throw invalid([{ code: 'unknown-sort', text: `不能按“${field?.title ?? name.slice(0, 60)}”排序`, at: '/sort' }])
  return { column: snake(name), type: column.type, direction, title: field.title }
}

function cursorOf(after: string): [string, string] {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(after, 'base64url').toString('utf8'))
    if (Array.isArray(parsed) && typeof parsed[0] === 'string' && isId(parsed[1])) return [parsed[0], parsed[1]]
  } catch {}
  throw wrongCursor()
}

const wrongCursor = () => invalid([{ code: 'wrong-cursor', text: '翻页位置无效，请从第一页重新开始', at: '/after' }])

/** Rows that are put in an order which no index has: some 200 ms of the database. */
const orderedMax = 200_000

/** Refuses an order that no index has for more rows than are put in order while somebody waits; else how many `rows` selects. */
export async function requireFew(
  sql: ISql,
  rows: string,
  values: unknown[],
  title: string,
  most = orderedMax,
): Promise<number> {
  const [counted] = await sql.unsafe<{ n: number }[]>(
    `select count(*)::int as n from (${rows} limit ${most + 1}) r`,
    values as never[],
    { prepare: true },
  )
  const n = counted?.n ?? 0
  if (n <= most) return n
  const text = `超过 ${most} 条，不能按“${title}”排序，请先筛选`
  throw invalid([{ code: 'too-many-to-sort', text, at: '/sort' }])
}

/** SQLSTATE class 22, data exception: of a page's values only the cursor's have not been checked against their types. */
const isDataException = (error: unknown): boolean => String((error as { code?: unknown }).code).startsWith('22')

type Selection = {
  order: Order
  values: unknown[]
  /** Whose rows, and which of them. */
  reached: string
  chosen: string[]
  bind: (value: unknown) => string
  by: string
  words: string
}

/** What a list's query means as SQL: pages, counts and exports all say it in the same words. */
async function selectionOf(
  sql: ISql,
  keyring: Keyring,
  kind: Kind,
  reach: Reach,
  query: Omit<ListQuery, 'limit' | 'after'>,
): Promise<Selection> {
  const order = orderOf(kind, query.sort ?? ownOrder(kind))
  const { conditions: filters, problems } = conditions(keyring, kind, query.filters)
  if (problems.length > 0) throw invalid(problems)
  const values: unknown[] = [reach.value]
  const bind = (value: unknown) => `$${values.push(value)}`
  const owners = await ownersWithin(sql, reach)
  const reached = within('t', reach, '$1', owners && bind(owners))
  const chosen = filters.map((condition) => condition.sql(bind(condition.value)))
  if (query.narrow) chosen.push(query.narrow(bind))
  const words = query.q?.trim() ? searchQuery(keyring, query.q) : ''
  if (query.q?.trim()) chosen.push(words ? `t.search @@ ${bind(words)}::tsquery` : 'false')
  const by =
    order.column === 'id' ? `t.id ${order.direction}` : `t.${order.column} ${order.direction}, t.id ${order.direction}`
  return { order, values, reached, chosen, bind, by, words }
}

/** Rows that a stream holds in memory at once. */
const streamBatch = 1000

/** Every row of a list in its order, from one snapshot and in constant memory. */
export async function* stream(
  sql: ISql,
  keyring: Keyring,
  kind: Kind,
  reach: Reach,
  query: Omit<ListQuery, 'limit' | 'after'>,
): AsyncGenerator<Record<string, unknown>[]> {
  const { values, reached, chosen, by } = await selectionOf(sql, keyring, kind, reach, query)
  const where = [reached, ...chosen].join(' and ')
  const text = `select ${openableTextOf(kind, 't')} as image from ${tableOf(kind)} t where ${where} order by ${by}`
  const source = sql
    .unsafe<{ image: string }[]>(text, values as never[])
    .cursor(streamBatch)
    [Symbol.asyncIterator]()
  let ahead = source.next()
  try {
    for (;;) {
      const { done, value } = await ahead
      if (done) return
      // The database makes the next batch while this one is written out.
      ahead = source.next()
      ahead.catch(() => {})
      yield value.map((row: { image: string }) => openImage(keyring, kind, JSON.parse(row.image)))
    }
  } finally {
    // A cursor closes between two batches only: left in the middle of one it would hold its connection for ever.
    await ahead.catch(() => {})
    await source.return?.()
  }
}

/** One page of a kind within a reach: keyset order, so the hundredth page costs what the first does. */
export async function list(sql: ISql, keyring: Keyring, kind: Kind, reach: Reach, query: ListQuery): Promise<Page> {
  const selection = await selectionOf(sql, keyring, kind, reach, query)
  const { order, values, bind, words } = selection
  const isOwnOrder = order.column === orderOf(kind, ownOrder(kind)).column
  // By id there is an index of all rows; what a search finds is gathered first, whatever its order.
  const known =
    !isOwnOrder && order.column !== 'id' && words === ''
      ? await requireFew(
          sql,
          `select from ${tableOf(kind)} t where ${[selection.reached, ...selection.chosen].join(' and ')}`,
          [...values],
          order.title,
        )
      : undefined
  const toCount = [...values]
  let beyond: string | undefined
  if (query.after) {
    const [key, id] = cursorOf(query.after)
    const sign = order.direction === 'desc' ? '<' : '>'
    // As text: the driver would make a Date of a moment, and fail at what is none.
    beyond = `(t.${order.column}, t.id) ${sign} (${bind(key)}::text::${order.type}, ${bind(id)}::uuid)`
  }
  const most = query.limit + 1
  const statements = pageSql(kind, { ...selection, beyond, most })
  // A plan made for any word would go through all rows that have it. The same holds for any owners of a station.
  const prepare = words === '' && reach.column !== 'station'
  const read = (text: string) =>
    sql.unsafe<Found[]>(text, values as never[], { prepare }).catch((error) => {
      throw query.after && isDataException(error) ? wrongCursor() : error
    })
  const count = async () => {
    const [counted] = await sql.unsafe<{ n: number }[]>(statements.count, toCount as never[], { prepare })
    return counted?.n ?? 0
  }
  const [rows, total] =
    words === ''
      ? await Promise.all([read(statements.direct), known ?? count()])
      : await searched(statements, { read, count, most, isOwnOrder, isFirst: beyond === undefined })
  const page = rows.slice(0, query.limit)
  const last = page.at(-1)
  const more = rows.length > query.limit && last
  return {
    items: page.map((row) => openImage(keyring, kind, JSON.parse(row.image))),
    next: more ? Buffer.from(JSON.stringify([last.key, last.id])).toString('base64url') : null,
    total: Math.min(total, countLimit),
    totalCapped: total > countLimit,
  }
}
