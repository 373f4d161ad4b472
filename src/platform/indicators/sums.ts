import type { ISql, Sql } from 'postgres'
import { advance, ahead, inOrder, openCursor, type Place } from '../../feed/index.ts'
import type { Kind } from '../../language/index.ts'
import { allowedFor } from '../define/allowed.ts'
import { type Definition, stopDefinition } from '../define/definitions.ts'
import type { Gathering, Touched } from '../operation.ts'
import { binding, isCancelled } from '../review/judge.ts'
import { amountUnit, categorySql, daySql, indicatorsOn, type ReadIndicator } from './indicator.ts'

type Kinds = ReadonlyMap<string, Kind>
type OnIndicator = ReadIndicator & { definition: Definition }

/** What each row contributes: above and below the line. Rows that count for nothing contribute no part. */
export function partsSql(indicator: ReadIndicator, now: Date, some?: { column: string; ids: readonly string[] }) {
  const { to, values } = binding(now, some ? 'few' : 'all')
  const { ground, body, of, where, whole } = indicator
  const counted = where ? `coalesce(${where.sql(to)}, false)` : 'true'
  const value = of ? `(${of.sql(to, amountUnit(indicator))})::numeric` : '1'
  const below = whole ? `coalesce(${whole.sql(to)}, false)` : 'true'
  const num = body.counts === 'share' ? `case when ${counted} then 1 else 0 end` : value
  const rows = body.counts === 'share' ? below : counted
  const ids = some ? `and ${some.column} = any(${to.bind(some.ids)}::uuid[])` : ''
  const text = `
    select * from (
      select ${ground.id} as record_id, ${ground.owner} as owner_id, ${ground.about} as about_id, ${ground.county} as county,
        ${daySql(indicator)} as day, ${categorySql(indicator)} as category, ${num} as num, 1::numeric as den
      from ${ground.from} where ${ground.alive} and ${rows} ${ids}) p
    where day is not null and num is not null`
  return { text, values }
}

/** Adds parts to the sums, or takes them away again. */
const summed = (number: number, from: string, sign: '' | '-') => `
  by_region as (
    insert into indicator_by_region as s (indicator, city, county, day, category, num, den, n)
    select ${number}, left(county, 4) || '00', county, day, category, ${sign}sum(num), ${sign}sum(den), ${sign}count(*) from ${from} group by 2, 3, 4, 5
    on conflict (indicator, city, county, day, category) do update set num = s.num + excluded.num, den = s.den + excluded.den, n = s.n + excluded.n),
  by_owner as (
    insert into indicator_by_owner as s (indicator, owner_id, about_id, city, county, day, category, num, den, n)
    select ${number}, owner_id, about_id, left(county, 4) || '00', county, day, category, ${sign}sum(num), ${sign}sum(den), ${sign}count(*)
    from ${from} group by 2, 3, 4, 5, 6, 7
    on conflict (indicator, owner_id, about_id, county, day, category)
      do update set num = s.num + excluded.num, den = s.den + excluded.den, n = s.n + excluded.n)`

const inserted = (number: number, parts: string) => `
  came as (
    insert into indicator_part (indicator, record_id, owner_id, about_id, county, day, category, num, den)
    select ${number}, record_id, owner_id, about_id, county, day, category, num, den from (${parts}) p
    returning *)`

/** Counts an indicator anew over everything, in one transaction; what is written meanwhile is taken by its follower. */
export async function build(sql: Sql, indicator: OnIndicator, now: Date): Promise<number> {
  const { number, version } = indicator.definition
  const started = performance.now()
  // Committed before anything is counted: whoever does not see it saw nothing that the count will not see.
  await sql`insert into indicator_state (indicator, built_version, built_at, rows, ms) values (${number}, 0, ${now}, 0, 0) on conflict do nothing`
  return sql.begin(async (tx) => {
    const [state] = await tx<{ builtVersion: number }[]>`
      select built_version as "builtVersion" from indicator_state where indicator = ${number} for update`
    if (state?.builtVersion === version) return 0
    const allowed = await allowedFor(tx, 'sum.ten-thousand-seconds', indicator.ground, now)
    await tx.unsafe(`set local statement_timeout = ${allowed.ms}; set local jit = off`)
    for (const table of ['indicator_part', 'indicator_by_region', 'indicator_by_owner'])
      await tx`delete from ${tx(table)} where indicator = ${number}`
    const { text, values } = partsSql(indicator, now)
    const [row] = await tx.unsafe<{ n: number }[]>(
      `with ${inserted(number, text)}, ${summed(number, 'came', '')} select count(*)::int as n from came`,
      values as never[],
    )
    const ms = Math.round(performance.now() - started)
    await tx`update indicator_state set built_version = ${version}, built_at = ${now}, rows = ${row?.n ?? 0}, ms = ${ms}, limit_ms = ${allowed.ms} where indicator = ${number}`
    return row?.n ?? 0
  }) as Promise<number>
}

/** Counts again what some rows contribute. Whatever happened to them and however often it is told, the sums are right. */
export async function recountRows(sql: ISql, indicator: OnIndicator, ids: readonly string[], now: Date): Promise<void> {
  const { number } = indicator.definition
  // A build under way is waited for: it may have passed over what was written after it began.
  const [state] = await sql`select from indicator_state where indicator = ${number} for update`
  if (!state) return
  await sql.unsafe(
    `with gone as (delete from indicator_part where indicator = ${number} and record_id = any($1::uuid[]) returning *),
     ${summed(number, 'gone', '-')} select`,
    [ids] as never[],
  )
  const { text, values } = partsSql(indicator, now, { column: indicator.ground.id, ids })
  await sql.unsafe(`with ${inserted(number, text)}, ${summed(number, 'came', '')} select`, values as never[])
}

async function takeRows(sql: ISql, kinds: Kinds, touched: readonly Touched[], now: Date): Promise<void> {
  if (touched.length === 0) return
  const byKind = new Map<string, Set<string>>()
  for (const { kind, id } of touched) byKind.set(kind, (byKind.get(kind) ?? new Set()).add(id))
  const savepoint = (sql as unknown as { savepoint<T>(work: (tx: ISql) => Promise<T>): Promise<T> }).savepoint.bind(sql)
  for (const indicator of await indicatorsOn(sql, kinds)) {
    const ids = byKind.get(indicator.ground.source.name)
    if (!ids) continue
    try {
      await savepoint((tx) => recountRows(tx, indicator, [...ids], now))
    } catch (error) {
      // Only what this indicator asks of these rows condemns it; a lost lock or connection is tried again.
      if (!/^(22|42)/.test(String((error as { code?: unknown }).code))) throw error
      const said = error instanceof Error ? error.message.slice(0, 100) : ''
      await stopDefinition(sql, indicator.definition.number, `计算时出错，已自动停用：${said}`)
    }
  }
}

/** Keeps the sums of all indicators in step with the records. */
export function counting(kinds: Kinds, clock: () => Date): Gathering {
  return { name: 'indicators', take: (sql, touched) => takeRows(sql, kinds, touched, clock()) }
}

const arrived = { table: 'follower', name: 'indicator-events' } as const
const arrivalsAtOnce = 200
/** An arrival holds up to a document's events: behind a long backlog few of them fill the memory of a background process. */
const eventsAtOnce = 5_000

/** Takes the events that have arrived since, below every running transaction, as the feed's followers do. */
async function takeArrivals(sql: Sql, kinds: Kinds, source: string, now: Date): Promise<number> {
  await openCursor(sql, arrived)
  return advance(sql, arrived, async (tx, after, horizon) => {
    const rows = await tx<Place[]>`
      select b.xid::text, b.seq::text from (
        select a.xid, a.seq, sum(cardinality(a.ids)) over (order by a.xid, a.seq) - cardinality(a.ids) as before
        from (select a.* from event_arrival a
          where ${ahead(tx, 'a', after, horizon)} ${inOrder(tx, 'a')} limit ${arrivalsAtOnce}) a) b
      where b.before < ${eventsAtOnce} ${inOrder(tx, 'b')}`
    const last = rows.at(-1)
    if (!last) return undefined
    // An event and those that it declares wrong.
    const ids = await tx<{ id: string }[]>`
      with came as (select unnest(ids) as id from event_arrival where seq = any(${rows.map((row) => row.seq)}::bigint[]))
      select e.content_digest as id from event e where e.id in (
        select id from came union select v.event from event_voided v join came on came.id = v.declaration)`
    const touched = ids.map(({ id }) => ({ kind: source, id }))
    await takeRows(tx, kinds, touched, now)
    return { place: last, count: rows.length }
  })
}

/** Builds what is new or changed, and takes events in. */
export async function refreshIndicators(sql: Sql, kinds: Kinds, events: string, now: Date): Promise<number> {
  let done = 0
  const states = await sql<
    { indicator: number; version: number }[]
  >`select indicator, built_version as version from indicator_state`
  const built = new Map(states.map(({ indicator, version }) => [indicator, version]))
  for (const indicator of await indicatorsOn(sql, kinds)) {
    if (built.get(indicator.definition.number) === indicator.definition.version) continue
    await build(sql, indicator, now).catch(async (error) => {
      if (!isCancelled(error)) throw error
      const { said } = await allowedFor(sql, 'sum.ten-thousand-seconds', indicator.ground, now)
      await stopDefinition(sql, indicator.definition.number, `汇总${said}，已自动停用`)
    })
    done++
  }
  for (;;) {
    const taken = await takeArrivals(sql, kinds, events, now)
    if (taken === 0) return done
    done += taken
  }
}
