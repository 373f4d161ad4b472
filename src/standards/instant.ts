const pattern = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:Z|([+-])(\d\d):(\d\d))$/
const daysIn = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/**
 * Milliseconds since 1970 of a date-time with offset (ISO 8601 / xsd:dateTimeStamp, from the year 1900), rounded to the
 * millisecond by the fourth decimal. Undefined where the text is no such instant (31 February, 25 o'clock, no offset,
 * an offset beyond ±14:00).
 */
export function parseInstant(text: string): number | undefined {
  const match = pattern.exec(text)
  if (match === null) return undefined
  const year = Number(match[1])
  const month = Number(match[2])
  const day = Number(match[3])
  const hour = Number(match[4])
  const minute = Number(match[5])
  const second = Number(match[6])
  if (year < 1900 || month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59) return undefined
  const isLeap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  if (day > (daysIn[month - 1] ?? 0) + (isLeap ? 1 : 0)) return undefined
  const local = Date.UTC(year, month - 1, day, hour, minute, second) + milliseconds(match[7])
  if (match[8] === undefined) return local
  const offset = Number(match[9]) * 60 + Number(match[10])
  if (Number(match[10]) > 59 || offset > 840) return undefined
  return local - (match[8] === '-' ? -offset : offset) * 60_000
}

function milliseconds(fraction: string | undefined): number {
  if (fraction === undefined) return 0
  const up = fraction.length > 3 && fraction.charCodeAt(3) >= 53 ? 1 : 0
  return Number(fraction.slice(0, 3).padEnd(3, '0')) + up
}
