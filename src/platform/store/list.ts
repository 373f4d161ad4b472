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

/** Counting stops here, or it would cost more than the page: beyond it a list says "more than". */
export const countLimit = 2000

type Order = { column: string; type: string; direction: 'asc' | 'desc' }

function orderOf(kind: Kind, sort: string): Order {
  const name = sort.replace(/^-/, '')
  const direction = sort.startsWith('-') ? 'desc' : 'asc'
  if (name === 'id') return { column: 'id', type: 'uuid', direction }
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
    throw invalid([{ code: 'unknown-sort', text: `不能按“${name.slice(0, 60)}”排序`, at: '/sort' }])
  return { column: snake(name), type: column.type, direction }
}

function cursorOf(after: string): [string, string] {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(after, 'base64url').toString('utf8'))
    if (Array.isArray(parsed) && typeof parsed[0] === 'string' && isId(parsed[1])) return [parsed[0], parsed[1]]
  } catch {}
  throw wrongCursor()
}

const wrongCursor = () => invalid([{ code: 'wrong-cursor', text: '翻页位置无效，请从第一页重新开始', at: '/after' }])

/** SQLSTATE class 22, data exception: of a page's values only the cursor's have not been checked against their types. */
const isDataException = (error: unknown): boolean => String((error as { code?: unknown }).code).startsWith('22')

type Selection = {
  order: Order
  values: unknown[]
  where: string[]
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
  const order = orderOf(kind, query.sort ?? kind.list.sort ?? '-id')
  const { conditions: chosen, problems } = conditions(keyring, kind, query.filters)
  if (problems.length > 0) throw invalid(problems)
  const values: unknown[] = [reach.value]
  const bind = (value: unknown) => `$${values.push(value)}`
  const owners = await ownersWithin(sql, reach)
  const reached = within('t', reach, '$1', owners && bind(owners))
  const where = [reached, ...chosen.map((condition) => condition.sql(bind(condition.value)))]
  if (query.narrow) where.push(query.narrow(bind))
  const words = query.q?.trim() ? searchQuery(keyring, query.q) : ''
  if (query.q?.trim()) where.push(words ? `t.search @@ ${bind(words)}::tsquery` : 'false')
  const by =
    order.column === 'id' ? `t.id ${order.direction}` : `t.${order.column} ${order.direction}, t.id ${order.direction}`
  return { order, values, where, bind, by, words }
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
  const { values, where, by } = await selectionOf(sql, keyring, kind, reach, query)
  const text = `select ${openableTextOf(kind, 't')} as image from ${tableOf(kind)} t where ${where.join(' and ')} order by ${by}`
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
  const table = tableOf(kind)
  const { order, values, where, bind, by, words } = await selectionOf(sql, keyring, kind, reach, query)
  const counted = [...values]
  const countWhere = where.join(' and ')
  if (query.after) {
    const [key, id] = cursorOf(query.after)
    const sign = order.direction === 'desc' ? '<' : '>'
    // As text: the driver would make a Date of a moment, and fail at what is none.
    where.push(`(t.${order.column}, t.id) ${sign} (${bind(key)}::text::${order.type}, ${bind(id)}::uuid)`)
  }
  // A plan made for any word would go through all rows that have it; made for this one, it may go in the list's order. The
  // same holds for any owners of a station.
  const prepare = words === '' && reach.column !== 'station'
  const [rows, [count]] = await Promise.all([
    sql
      .unsafe<{ image: string; key: string; id: string }[]>(
        `select ${openableTextOf(kind, 't')} as image, t.${order.column}::text as key, t.id from ${table} t
       where ${where.join(' and ')} order by ${by} limit ${query.limit + 1}`,
        values as never[],
        { prepare },
      )
      .catch((error) => {
        throw query.after && isDataException(error) ? wrongCursor() : error
      }),
    sql.unsafe<{ n: number }[]>(
      `select count(*)::int as n from (select from ${table} t where ${countWhere} limit ${countLimit + 1}) c`,
      counted as never[],
      { prepare },
    ),
  ])
  const page = rows.slice(0, query.limit)
  const last = page.at(-1)
  const more = rows.length > query.limit && last
  const total = count?.n ?? 0
  return {
    items: page.map((row) => openImage(keyring, kind, JSON.parse(row.image))),
    next: more ? Buffer.from(JSON.stringify([last.key, last.id])).toString('base64url') : null,
    total: Math.min(total, countLimit),
    totalCapped: total > countLimit,
  }
}
