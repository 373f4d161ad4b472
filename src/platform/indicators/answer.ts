import type { Sql } from 'postgres'
import type { Kind } from '../../language/index.ts'
import type { Actor } from '../access/actor.ts'
import type { Definition } from '../define/definitions.ts'
import { change, comparisons, figures, total } from './figures.ts'
import { amountUnit, type ReadIndicator } from './indicator.ts'
import { titlesByIds } from './titles.ts'
import type { Answer, Cell, Compared, Figure, FigureQuery, Period, Split } from './wire.ts'

export type Words = { kinds: ReadonlyMap<string, Kind>; regions: readonly { code: string; title: string }[] }

async function compared(
  sql: Sql,
  actor: Actor,
  indicator: ReadIndicator & { definition: Definition },
  query: FigureQuery,
  now: Figure,
  then: Period,
): Promise<Compared> {
  const cells = await figures(sql, actor, indicator, { ...query, ...then, grain: 'year', split: 'none' })
  const figure = total(indicator, cells)
  return { ...then, ...figure, percent: change(now, figure) }
}

/** How far the follower of the sums has come. */
export async function asOf(sql: Sql): Promise<Date> {
  const [row] = await sql<{ at: Date }[]>`
    select case when exists (select from change c where c.stream = 0 and (c.xid, c.seq) > (f.xid, f.seq)) then f.moved_at else now() end as at
    from follower f where f.name = 'indicators'`
  return row?.at ?? new Date()
}

/** What the keys of a split are called. */
export async function namesOf(
  sql: Sql,
  words: Words,
  actor: Actor,
  indicator: ReadIndicator,
  cells: readonly Cell[],
  split: Split,
): Promise<Map<string, string>> {
  const keys = [...new Set(cells.map((cell) => cell.key))]
  if (split === 'region') return new Map(words.regions.map(({ code, title }) => [code, title]))
  if (split === 'owner') {
    const rows = await sql<{ id: string; title: string }[]>`select id, title from owner where id = any(${keys}::uuid[])`
    return new Map(rows.map(({ id, title }) => [id, title]))
  }
  const field = indicator.body.category ? indicator.ground.source.fields[indicator.body.category] : undefined
  if (field?.type === 'choice') return new Map(Object.entries(field.options as Record<string, string>))
  if (field?.type === 'reference') return titlesByIds(sql, words.kinds, actor, field.to, keys.filter(Boolean))
  if (field?.type === 'code' && field.table === 'region')
    return new Map(words.regions.map(({ code, title }) => [code, title]))
  return new Map()
}

export async function answerOf(
  sql: Sql,
  words: Words,
  actor: Actor,
  indicator: ReadIndicator & { definition: Definition },
  query: FigureQuery,
): Promise<Answer> {
  const { body, definition, ground } = indicator
  const cells = await figures(sql, actor, indicator, query)
  const sum = total(indicator, cells)
  const { before, yearAgo } = comparisons(query)
  const names =
    query.split === 'none' ? new Map<string, string>() : await namesOf(sql, words, actor, indicator, cells, query.split)
  const blank = query.split === 'none' ? '' : '（没有填写）'
  return {
    id: definition.id,
    title: definition.title,
    unit: body.unit,
    words: indicator.words + (amountUnit(indicator) ? `（${body.unit}）` : ''),
    owner: body.owner,
    note: body.note,
    source: { name: ground.source.name, title: ground.source.title, isKind: ground.kind !== undefined },
    category: body.category,
    categoryTitle: body.category && ground.source.fields[body.category]?.title,
    divides: body.counts === 'share' || body.counts === 'average',
    counts: body.counts,
    minimum: body.minimum,
    better: body.better,
    query,
    cells: cells.map((cell) => ({ ...cell, title: names.get(cell.key) ?? (cell.key || blank) })),
    total: sum,
    before: await compared(sql, actor, indicator, query, sum, before),
    yearAgo: await compared(sql, actor, indicator, query, sum, yearAgo),
    asOf: (await asOf(sql)).toISOString(),
    version: definition.version,
  }
}
