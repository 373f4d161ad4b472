/** Which days are worked: the years whose 节假日 are known, and the days that differ from Monday to Friday. */
export type WorkCalendar = {
  years: ReadonlySet<number>
  /** Weekdays and weekends on which nobody works. */
  rest: ReadonlySet<string>
  /** 调休: weekend days that are worked. */
  work: ReadonlySet<string>
}

const dayMs = 86_400_000
const dayAfter = (day: string): string => new Date(Date.parse(`${day}T00:00:00Z`) + dayMs).toISOString().slice(0, 10)
const yearOf = (day: string): number => Number(day.slice(0, 4))

/** Whether a day (`2026-10-10`) is worked; meaningful for years that the calendar knows. */
export function isWorkingDay(day: string, calendar: WorkCalendar): boolean {
  if (calendar.work.has(day)) return true
  if (calendar.rest.has(day)) return false
  const weekday = new Date(`${day}T00:00:00Z`).getUTCDay()
  return weekday !== 0 && weekday !== 6
}

/** A day found by counting, or the year without whose holidays it cannot be found. */
export type Counted = { day: string; missing?: undefined } | { day?: undefined; missing: number }

/**
 * The `count`th working day after `day`; the day itself does not count (民法典第二百零一条). Never guesses: where the
 * count enters a year whose holidays are unknown, it names that year instead.
 */
export function workingDaysAfter(day: string, count: number, calendar: WorkCalendar): Counted {
  let at = day
  for (let left = count; left > 0; ) {
    at = dayAfter(at)
    if (!calendar.years.has(yearOf(at))) return { missing: yearOf(at) }
    if (isWorkingDay(at, calendar)) left--
  }
  return { day: at }
}

/** Working days after `from` up to and including `until`; undefined where a year on the way is unknown. */
export function workingDaysBetween(from: string, until: string, calendar: WorkCalendar): number | undefined {
  let count = 0
  for (let at = dayAfter(from); at <= until; at = dayAfter(at)) {
    if (!calendar.years.has(yearOf(at))) return undefined
    if (isWorkingDay(at, calendar)) count++
  }
  return count
}
