/**
 * When a scheduled query runs (EPCIS 2.0, QuerySchedule): fields as texts, each a list of numbers and `[from-to]`; as in
 * the binding's examples also steps as cron has them, `0/30` and `*`.
 */
export type Schedule = Readonly<Partial<Record<ScheduleField, string>>>

export type ScheduleField = 'second' | 'minute' | 'hour' | 'dayOfMonth' | 'month' | 'dayOfWeek'

const ranges: Readonly<Record<ScheduleField, readonly [number, number]>> = {
  second: [0, 59],
  minute: [0, 59],
  hour: [0, 23],
  dayOfMonth: [1, 31],
  month: [1, 12],
  dayOfWeek: [1, 7],
}
export const scheduleFields = Object.keys(ranges) as ScheduleField[]

const dayMs = 24 * 3600 * 1000
/** Asia/Shanghai, without summer time. */
const zoneMs = 8 * 3600 * 1000
/** Every date comes again within so many days: 29 February on a given weekday takes 28 years, 40 over a century's turn. */
const daysMax = 41 * 366

/** The values of one field; undefined where the text is malformed or out of range. */
export function readScheduleField(field: ScheduleField, text: string): number[] | undefined {
  const [least, most] = ranges[field]
  const values = new Set<number>()
  for (const part of text.split(',')) {
    const [, all, first, last, step] =
      /^\s*(?:(\*)|\[?(\d{1,2})(?:-(\d{1,2}))?\]?)(?:\/(\d{1,2}))?\s*$/.exec(part) ?? []
    if (all === undefined && first === undefined) return undefined
    const from = all ? least : Number(first)
    const to = all || (step && last === undefined) ? most : Number(last ?? first)
    if (from < least || to > most || from > to || step === '0' || step === '00') return undefined
    for (let value = from; value <= to; value += Number(step ?? 1)) values.add(value)
  }
  return [...values].sort((a, b) => a - b)
}

/**
 * The next time after an instant at which a schedule holds, in Asia/Shanghai. What is finer than the finest field given is
 * at its least (`hour: 1, minute: 5` is 01:05:00), everything else that is not given is free. Undefined where there is no
 * such time.
 */
export function nextTime(schedule: Schedule, after: Date): Date | undefined {
  const valuesOf = (field: ScheduleField) => {
    const text = schedule[field]
    return text === undefined ? undefined : readScheduleField(field, text)
  }
  const finest = (['second', 'minute', 'hour'] as const).find((field) => schedule[field] !== undefined)
  const times = (['second', 'minute', 'hour'] as const).map((field, index) => {
    const isFiner = finest === undefined || index < ['second', 'minute', 'hour'].indexOf(finest)
    return valuesOf(field) ?? (isFiner ? [0] : all(field))
  }) as [number[], number[], number[]]
  const [daysOfMonth, months, daysOfWeek] = [valuesOf('dayOfMonth'), valuesOf('month'), valuesOf('dayOfWeek')]
  const start = Math.floor((after.getTime() + zoneMs) / 1000) * 1000 + 1000
  const firstDay = Math.floor(start / dayMs)
  for (let day = firstDay; day < firstDay + daysMax; day++) {
    const date = new Date(day * dayMs)
    const weekday = ((date.getUTCDay() + 6) % 7) + 1
    if (daysOfMonth && !daysOfMonth.includes(date.getUTCDate())) continue
    if (months && !months.includes(date.getUTCMonth() + 1)) continue
    if (daysOfWeek && !daysOfWeek.includes(weekday)) continue
    const time = firstTime(times, day === firstDay ? (start % dayMs) / 1000 : 0)
    if (time !== undefined) return new Date(day * dayMs + time * 1000 - zoneMs)
  }
  return undefined
}

function all(field: ScheduleField): number[] {
  const [least, most] = ranges[field]
  return Array.from({ length: most - least + 1 }, (_, index) => least + index)
}

/** The first second of the day, from a given one on, that the fields allow. */
function firstTime([seconds, minutes, hours]: [number[], number[], number[]], from: number): number | undefined {
  for (const hour of hours) {
    if (hour * 3600 + 3599 < from) continue
    for (const minute of minutes) {
      if (hour * 3600 + minute * 60 + 59 < from) continue
      const second = seconds.find((one) => hour * 3600 + minute * 60 + one >= from)
      if (second !== undefined) return hour * 3600 + minute * 60 + second
    }
  }
  return undefined
}
