import type { ISql } from 'postgres'
import { legalDay } from '../../standards/china/index.ts'
import { figureOn } from '../rules/figures.ts'
import type { Ground } from './ground.ts'

/** Records that the standard's figures speak of (A 8.3.2 h: 平均每万条记录). */
const recordsOfFigure = 10_000

/** No statement runs longer, however much there is to look at. */
const msMax = 600_000

/** What a run may take, in whole milliseconds, and what is said of one that took longer. */
export type Allowed = { ms: number; said: string }

/** Below it a table is counted: an estimate would be no cheaper and less true. */
const countedBelow = 50_000

/**
 * About how many rows a table has, as the planner reckons: the density it last saw times the pages there are now. Counting
 * a large table would cost as much as the run whose time is asked for.
 */
async function rowsOf(sql: ISql, table: string): Promise<number> {
  const [reckoned] = await sql<{ n: number; isSeen: boolean }[]>`
    select coalesce(sum(case when c.relpages > 0 then greatest(c.reltuples, 0)::float8 / c.relpages
        * (pg_relation_size(c.oid) / current_setting('block_size')::int) else 0 end), 0) as n,
      bool_and(c.relpages > 0 or pg_relation_size(c.oid) = 0) as "isSeen"
    from pg_partition_tree(${table}::regclass) p join pg_class c on c.oid = p.relid where p.isleaf`
  if (reckoned?.isSeen && reckoned.n >= countedBelow) return reckoned.n
  const [counted] = await sql.unsafe<{ n: number }[]>(`select count(*)::int as n from ${table}`)
  return counted?.n ?? 0
}

/**
 * How long a run over all rows of a ground may take: the figure of the rules table for ten thousand records, and as much
 * for every ten thousand more.
 */
export async function allowedFor(
  sql: ISql,
  figure: 'review.ten-thousand-seconds' | 'sum.ten-thousand-seconds',
  { source }: Pick<Ground, 'source'>,
  now: Date,
): Promise<Allowed> {
  const span = await figureOn(sql, figure, legalDay(now))
  if (!span) throw new Error(`no figure ${figure}`)
  const rows = await rowsOf(sql, source.table)
  const ms = Math.min(msMax, Math.ceil(span.value * 1000 * Math.max(1, rows / recordsOfFigure)))
  return { ms, said: `超过标准允许的 ${ms / 1000} 秒（每万条记录 ${span.value} 秒）` }
}
