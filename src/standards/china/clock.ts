/** China has one time zone without daylight saving since 1992. */
export const shanghaiMs = 8 * 3_600_000

/** An instant as China's clocks show it: `2026-07-22 14:45:00`. */
export function chinaClock(at: Date): string {
  return new Date(at.getTime() + shanghaiMs).toISOString().slice(0, 19).replace('T', ' ')
}

/** The legal day of an instant in Asia/Shanghai: `2026-07-22`. */
export const legalDay = (at: Date): string => chinaClock(at).slice(0, 10)

/** To the minute, as people write it: `2026-07-22 14:45`. */
export const legalMinute = (at: Date): string => chinaClock(at).slice(0, 16)
