import { legalMinute, shanghaiMs } from '../standards/china/index.ts'

const DAY_MS = 86_400_000
/** A page says a dozen days, most of them said a moment ago: writing one costs as much as twenty look-ups. */
const written = new Map<number, string>()

/** The legal day of a moment, YYYY-MM-DD. */
export function legalDay(at: Date): string {
  const number = Math.floor((at.getTime() + shanghaiMs) / DAY_MS)
  const known = written.get(number)
  if (known !== undefined) return known
  const day = new Date(number * DAY_MS).toISOString().slice(0, 10)
  if (written.size >= 4000) written.clear()
  written.set(number, day)
  return day
}

/** `2027 年 4 月 10 日`; without the year where it is that of `now`. */
export function sayDay(day: string, now?: Date): string {
  const year = day.slice(0, -6)
  const short = `${Number(day.slice(-5, -3))} 月 ${Number(day.slice(-2))} 日`
  return now && legalDay(now).startsWith(year) ? short : `${Number(year)} 年 ${short}`
}

/** `9 月 28–29 日`, `9 月 28 日 至 10 月 2 日`, or the one day where both are the same. */
export function sayDays(from: string, to: string, now: Date): string {
  if (from === to) return sayDay(from, now)
  if (from.slice(0, 7) === to.slice(0, 7)) return sayDay(from, now).replace(' 日', `–${Number(to.slice(8))} 日`)
  return `${sayDay(from, now)} 至 ${sayDay(to, now)}`
}

/** A moment's day inside a sentence, set off by a space. */
export function dayText(at: Date, now: Date): string {
  return ` ${sayDay(legalDay(at), now)}`
}

/** `2026-11-20 22:53`, Chinese time. */
export function sayMinute(at: Date): string {
  return legalMinute(at)
}
