import type { ISql } from 'postgres'
import { dayOf } from '../../standards/china/index.ts'
import { figureOn } from '../rules/figures.ts'
import type { Ground } from './ground.ts'

/** Records that the standard's figures speak of (A 8.3.2 h: 平均每万条记录). */
const recordsOfFigure = 10_000

/** No statement runs longer, however much there is to look at. */
const msMax = 600_000

/** What a run may take, in whole milliseconds, and what is said of one that took longer. */
export type Allowed = { ms: number; said: string }

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
  const span = await figureOn(sql, figure, dayOf(now) ?? '')
  if (!span) throw new Error(`no figure ${figure}`)
  const [row] = await sql.unsafe<{ n: number }[]>(`select count(*)::int as n from ${source.table}`)
  const ms = Math.min(msMax, Math.ceil(span.value * 1000 * Math.max(1, (row?.n ?? 0) / recordsOfFigure)))
  return { ms, said: `超过标准允许的 ${ms / 1000} 秒（每万条记录 ${span.value} 秒）` }
}
