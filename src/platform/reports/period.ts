import type { Period } from '../indicators/wire.ts'
import type { Cadence } from './wire.ts'

const dayMs = 86_400_000
const dayAt = (ms: number): string => new Date(ms).toISOString().slice(0, 10)
const utc = (day: string): number => Date.parse(`${day}T00:00:00Z`)
export const dayAfter = (day: string, days: number): string => dayAt(utc(day) + days * dayMs)

/** The first day of the period that a day lies in. */
export function startOf(cadence: Cadence, day: string): string {
  const [year, month] = [Number(day.slice(0, 4)), Number(day.slice(5, 7))]
  switch (cadence) {
    case 'day':
      return day
    case 'week':
      return dayAfter(day, -((new Date(utc(day)).getUTCDay() + 6) % 7))
    case 'month':
      return `${day.slice(0, 7)}-01`
    case 'quarter':
      return dayAt(Date.UTC(year, Math.floor((month - 1) / 3) * 3, 1))
    case 'year':
      return `${year}-01-01`
  }
}

const months: Readonly<Record<Cadence, number>> = { day: 0, week: 0, month: 1, quarter: 3, year: 12 }

/** The first day of the period so many periods later (or earlier). */
export function shiftStart(cadence: Cadence, start: string, by: number): string {
  if (cadence === 'day') return dayAfter(start, by)
  if (cadence === 'week') return dayAfter(start, 7 * by)
  return dayAt(Date.UTC(Number(start.slice(0, 4)), Number(start.slice(5, 7)) - 1 + months[cadence] * by, 1))
}

/** The whole period that begins on a day. */
export const periodFrom = (cadence: Cadence, start: string): Period => ({
  from: start,
  to: dayAfter(shiftStart(cadence, start, 1), -1),
})

/** The last period that was over before a day. */
export const lastPeriod = (cadence: Cadence, today: string): Period =>
  periodFrom(cadence, shiftStart(cadence, startOf(cadence, today), -1))

/** Periods that were over before a day and have no report since the last one that has; the last alone where none has. */
export function duePeriods(cadence: Cadence, today: string, madeFrom: string | undefined, most: number): Period[] {
  const last = lastPeriod(cadence, today)
  if (!madeFrom) return [last]
  const due: Period[] = []
  for (let start = last.from; start > madeFrom && due.length < most; start = shiftStart(cadence, start, -1))
    due.unshift(periodFrom(cadence, start))
  return due
}

const chinese = (day: string): string => `${Number(day.slice(5, 7))}月${Number(day.slice(8, 10))}日`

/** A period as people name it: 2026年10月, 2026年第3季度, or its two days where it is no whole period. */
export function periodWords(cadence: Cadence, { from, to }: Period): string {
  const year = from.slice(0, 4)
  const whole = startOf(cadence, from) === from && periodFrom(cadence, from).to === to
  if (from === to) return `${year}年${chinese(from)}`
  if (whole && cadence === 'year') return `${year}年`
  if (whole && cadence === 'quarter') return `${year}年第${Math.ceil(Number(from.slice(5, 7)) / 3)}季度`
  if (whole && cadence === 'month') return `${year}年${Number(from.slice(5, 7))}月`
  return `${year}年${chinese(from)}至${to.slice(0, 4) === year ? '' : `${to.slice(0, 4)}年`}${chinese(to)}`
}
