const daysIn = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/**
 * Milliseconds since 1970 of a date-time with offset (xsd:dateTimeStamp, or RFC 3339 with its small t and z, from the
 * year 1900), rounded to the millisecond by the fourth decimal. Undefined where the text is no such instant (31 February, 25 o'clock, no offset,
 * an offset beyond ±14:00). Read by character: every event has an instant, and a pattern takes three times as long.
 */
export function parseInstant(text: string, yearMin = 1900): number | undefined {
  const year = pair(text, 0) * 100 + pair(text, 2)
  const month = pair(text, 5)
  const day = pair(text, 8)
  const hour = pair(text, 11)
  const minute = pair(text, 14)
  const second = pair(text, 17)
  if (text[4] !== '-' || text[7] !== '-' || !isLetter(text, 10, 'T') || text[13] !== ':' || text[16] !== ':')
    return undefined
  // A comparison with what is no number is false.
  if (!(year >= yearMin && month >= 1 && month <= 12 && day >= 1 && hour <= 23 && minute <= 59 && second <= 59)) {
    return undefined
  }
  const isLeap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  if (day > (daysIn[month - 1] ?? 0) + (isLeap ? 1 : 0)) return undefined
  const zone = endOfFraction(text)
  const offset = zone < 0 ? undefined : offsetAt(text, zone)
  if (offset === undefined) return undefined
  const ms = Date.UTC(year, month - 1, day, hour, minute, second)
  // Date.UTC takes the years 0 to 99 for those of the last century.
  return (year < 100 ? new Date(ms).setUTCFullYear(year) : ms) + milliseconds(text, zone) - offset * 60_000
}

const first = Date.parse('0001-01-01T00:00:00Z')
const last = Date.parse('9999-12-31T23:59:59.999Z')

/** As `parseInstant`, for a time that others are compared with: from the year 1, and within what PostgreSQL can be given. */
export function parseBound(text: string): number | undefined {
  const ms = parseInstant(text, 1)
  return ms === undefined ? undefined : Math.min(Math.max(ms, first), last)
}

function isLetter(text: string, at: number, letter: string): boolean {
  return text[at] === letter || text[at] === letter.toLowerCase()
}

/** The number of two digits; NaN where there are none. */
function pair(text: string, at: number): number {
  return digit(text, at) * 10 + digit(text, at + 1)
}

function digit(text: string, at: number): number {
  const value = text.charCodeAt(at) - 48
  return value >= 0 && value <= 9 ? value : Number.NaN
}

/** Where the offset begins; -1 where a fraction has no digits. */
function endOfFraction(text: string): number {
  if (text[19] !== '.') return 19
  let end = 20
  while (digit(text, end) >= 0) end++
  return end === 20 ? -1 : end
}

/** Minutes of `Z`, `+08:00`, `-06:00` … at the end of the text. */
function offsetAt(text: string, at: number): number | undefined {
  const sign = text[at]
  if (isLetter(text, at, 'Z')) return text.length === at + 1 ? 0 : undefined
  if ((sign !== '+' && sign !== '-') || text[at + 3] !== ':' || text.length !== at + 6) return undefined
  const minutes = pair(text, at + 4)
  const offset = pair(text, at + 1) * 60 + minutes
  if (!(minutes <= 59 && offset <= 840)) return undefined
  return sign === '-' ? -offset : offset
}

function milliseconds(text: string, end: number): number {
  if (end === 19) return 0
  let value = 0
  for (let at = 20; at < 23; at++) value = value * 10 + (at < end ? digit(text, at) : 0)
  return value + (end > 23 && text.charCodeAt(23) >= 53 ? 1 : 0)
}

/** An instant (as `parseInstant` read it) in UTC with milliseconds. Where it is written so already, nothing is made. */
export function canonicalInstant(text: string, ms: number): string {
  return text.length === 24 && text[10] === 'T' && text[19] === '.' && text[23] === 'Z'
    ? text
    : new Date(ms).toISOString()
}
