import type { ISql } from 'postgres'
import type { Reading } from '../../../telemetry/index.ts'

/** A reading carries the moment its frame came in; stored, it is right to some milliseconds. */
const apartMsMax = 1500
const textMax = 2000

const printable = /^[\x20-\x7e\s\u00b0-\uffff]*$/

/** A raw frame as it is shown: text where it is text, else hexadecimal. */
export function frameWords(frame: Buffer): string {
  const text = frame.toString('utf8')
  const shown = printable.test(text) && !text.includes('\ufffd') ? text.trim() : frame.toString('hex')
  return shown.length > textMax ? `${shown.slice(0, textMax - 1)}…` : shown
}

/** The raw frames that readings came in, by reading, as far as they were kept. */
export async function framesOf(
  sql: ISql,
  deviceId: string,
  readings: readonly Reading[],
): Promise<(string | undefined)[]> {
  const times = readings.map(({ receivedAt }) => receivedAt.getTime())
  if (times.length === 0) return []
  const rows = await sql<{ at: Date; frame: Buffer }[]>`
    select received_at as at, frame from device_frame where device_id = ${deviceId}
      and received_at between ${new Date(Math.min(...times) - apartMsMax)} and ${new Date(Math.max(...times) + apartMsMax)}
    order by received_at limit 500`
  return times.map((time) => {
    const near = rows
      .map(({ at, frame }) => ({ frame, apart: Math.abs(at.getTime() - time) }))
      .filter(({ apart }) => apart <= apartMsMax)
      .sort((a, b) => a.apart - b.apart)[0]
    return near && frameWords(near.frame)
  })
}
