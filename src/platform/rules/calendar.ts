import type { ISql } from 'postgres'
import { legalDay, type WorkCalendar, workingDaysAfter, workingDaysBetween } from '../../standards/china/index.ts'

/** The calendar as it stands; small (some 30 days a year), so that it is read whole. */
export async function readCalendar(sql: ISql): Promise<WorkCalendar> {
  const years = await sql<{ year: number }[]>`select year from calendar_year`
  const days = await sql<{ day: string; rest: boolean }[]>`select day::text, rest from calendar_day`
  const of = (rest: boolean) => new Set(days.filter((each) => each.rest === rest).map((each) => each.day))
  return { years: new Set(years.map((each) => each.year)), rest: of(true), work: of(false) }
}

/** A figure with its unit: WD working days, DAY days, HUR hours, MON months, ANN years. */
export type Span = { value: number; unit: string }

/** When a span ends, or the year without whose holidays that cannot be said. */
export type Deadline = { at: Date; missing?: undefined } | { at?: undefined; missing: number }

/** The end of a legal day in Asia/Shanghai. */
const endOf = (day: string): Date => new Date(Date.parse(`${day}T00:00:00+08:00`) + 86_400_000)

/**
 * When a span that begins at `from` ends. Hours run from the minute; days, months and years to the end of their last
 * legal day, the first day not counted. A last day that is a holiday is not moved on: the stricter reading.
 */
export function deadlineAfter(from: Date, { value, unit }: Span, calendar: WorkCalendar): Deadline {
  if (unit === 'HUR') return { at: new Date(from.getTime() + value * 3_600_000) }
  const day = legalDay(from)
  if (unit === 'WD') {
    const { day: last, missing } = workingDaysAfter(day, value, calendar)
    return last === undefined ? { missing } : { at: endOf(last) }
  }
  const last = new Date(`${day}T00:00:00Z`)
  if (unit === 'DAY') last.setUTCDate(last.getUTCDate() + value)
  else {
    // The same day of the later month, or that month's last day.
    const months = unit === 'MON' ? value : value * 12
    const date = last.getUTCDate()
    last.setUTCDate(1)
    last.setUTCMonth(last.getUTCMonth() + months)
    const longest = new Date(Date.UTC(last.getUTCFullYear(), last.getUTCMonth() + 1, 0)).getUTCDate()
    last.setUTCDate(Math.min(date, longest))
  }
  return { at: endOf(last.toISOString().slice(0, 10)) }
}

/** How much of a span is left at `now`, in its own unit where that is working days, else in hours. */
export function leftOf(now: Date, dueAt: Date, unit: string, calendar: WorkCalendar): Span | undefined {
  if (unit !== 'WD') return { value: (dueAt.getTime() - now.getTime()) / 3_600_000, unit: 'HUR' }
  // A due instant is the midnight after its last day.
  const days = workingDaysBetween(legalDay(now), legalDay(new Date(dueAt.getTime() - 1)), calendar)
  return days === undefined ? undefined : { value: days, unit: 'WD' }
}
