import { parseInstant } from '../instant.ts'

/** China has one time zone without daylight saving since 1992. */
const shanghaiOffsetMs = 8 * 3_600_000

/**
 * The legal day of an instant in Asia/Shanghai: `2026-07-22`. `instant` is a Date, milliseconds since 1970, or an ISO
 * date-time with offset; undefined where it is no instant.
 */
export function dayOf(instant: Date | number | string): string | undefined {
  const ms = typeof instant === 'string' ? (parseInstant(instant) ?? Number.NaN) : Number(instant)
  const local = new Date(ms + shanghaiOffsetMs)
  return Number.isNaN(local.getTime()) ? undefined : local.toISOString().slice(0, 10)
}
