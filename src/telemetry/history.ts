import type { ISql, Sql } from 'postgres'
import { findDevices } from './devices.ts'

/** One step of a chart: the extremes stay, so that no spike is thinned away. */
export type HistoryPoint = { at: Date; min: number; max: number; avg: number; last: number; n: number }
export type History = { resolution: 'raw' | 'minute' | 'hour'; stepMs: number; points: HistoryPoint[] }
export type HistoryRequest = { property: string; from: Date; to: Date; points: number }

const minuteMs = 60_000
const hourMs = 3_600_000

/** A numeric property over any range, thinned to about as many steps as the screen can show. */
export async function history(sql: ISql | Sql, deviceId: string, request: HistoryRequest): Promise<History> {
  const { property, from, to, points } = request
  const ask = (to.getTime() - from.getTime()) / points
  const resolution = ask >= hourMs ? 'hour' : ask >= minuteMs ? 'minute' : 'raw'
  const unit = resolution === 'hour' ? hourMs : resolution === 'minute' ? minuteMs : 1
  const stepMs = Math.max(unit, Math.ceil(ask / unit) * unit)
  const [device] = await findDevices(sql, [deviceId])
  const slot = device?.channels.get(property)?.slot
  if (!device || !slot) return { resolution, stepMs, points: [] }
  const start = new Date(Math.floor(from.getTime() / stepMs) * stepMs)
  const bound = { no: device.no, slot, start: start.getTime() / 1000, step: stepMs / 1000, from, to }
  const found =
    resolution === 'raw'
      ? await ofRaw(sql, bound)
      : await ofRollUp(sql, resolution, bound, new Date(Math.floor(from.getTime() / unit) * unit))
  return { resolution, stepMs, points: found.map((row) => ({ ...row, n: Number(row.n) })) }
}

type Bound = { no: number; slot: number; start: number; step: number; from: Date; to: Date }

/** What each step is made of, however its parts came about. */
const step = `
  select to_timestamp($2 + bucket * $3) as at, min(lo) as min, max(hi) as max, sum(total) / sum(n) as avg,
    (array_agg(last order by at desc))[1] as last, sum(n) as n
  from (select floor((extract(epoch from at)::float8 - $2) / $3) as bucket, * from parts) b
  group by bucket order by bucket`

function ofRaw(sql: ISql | Sql, { no, slot, start, step: width, from, to }: Bound): Promise<HistoryPoint[]> {
  const text = `with parts as (
      select at, p${slot} as lo, p${slot} as hi, p${slot} as total, p${slot} as last, 1 as n from telemetry
      where device = $1 and at >= $4 and at < $5 and p${slot} is not null)${step}`
  return sql.unsafe<HistoryPoint[]>(text, [no, start, width, from, to], { prepare: true })
}

/** Rolled-up parts, and raw ones from the first minute on that still waits to be rolled up. */
function ofRollUp(
  sql: ISql | Sql,
  resolution: 'minute' | 'hour',
  { no, slot, start, step: width, to }: Bound,
  from: Date,
): Promise<HistoryPoint[]> {
  const text = `with open as (
      select date_trunc('${resolution}', coalesce(min(minute), 'infinity')) as since from telemetry_touched
      where device = $1 and minute >= $4 and minute < $5),
    parts as (
      select at, lo, hi, total, last, n from telemetry_${resolution}, open
      where device = $1 and slot = $6 and at >= $4 and at < $5 and at < open.since
      union all
      select at, p${slot}, p${slot}, p${slot}, p${slot}, 1 from telemetry
      where device = $1 and at >= greatest($4, (select since from open)) and at < $5 and p${slot} is not null)${step}`
  return sql.unsafe<HistoryPoint[]>(text, [no, start, width, from, to, slot], { prepare: true })
}

/** Rolls up the minutes that are over. The number of device-minutes done. */
export async function rollUp(sql: ISql | Sql, now: Date, most = 20_000): Promise<number> {
  let done = 0
  for (;;) {
    const [row] = await sql<{ done: number }[]>`
      select telemetry_roll_up(${new Date(Math.floor(now.getTime() / minuteMs) * minuteMs)}, ${most}) as done`
    done += row?.done ?? 0
    if (!row?.done) return done
  }
}
