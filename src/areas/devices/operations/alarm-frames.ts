import type { ISql } from 'postgres'
import type { Reading } from '../../../telemetry/index.ts'

/** A reading carries the moment its frame came in; stored, it is right to some milliseconds. */
const apartMsMax = 1500
/** Frames of one burst come in within so little: by time alone they cannot be told apart. */
const burstMs = 20
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
    order by received_at, ordinal limit 500`
  const used = new Set<Buffer>()
  return readings.map(({ receivedAt, values }) => {
    const near = rows
      .map(({ at, frame }) => ({ frame, apart: Math.abs(at.getTime() - receivedAt.getTime()) }))
      .filter(({ apart }) => apart <= apartMsMax)
    const nearest = Math.min(...near.map(({ apart }) => apart))
    const burst = near.filter(({ apart }) => apart <= nearest + burstMs)
    const [best] = burst
      .map(({ frame }) => ({ frame, said: saidIn(frame, values) }))
      .sort((a, b) => b.said - a.said || Number(used.has(a.frame)) - Number(used.has(b.frame)))
    if (best) used.add(best.frame)
    return best && frameWords(best.frame)
  })
}

/** How many of a reading's numbers stand in a frame as text; of a binary frame none, its place in the burst decides. */
function saidIn(frame: Buffer, values: Reading['values']): number {
  const text = frame.toString('latin1')
  return Object.values(values).filter((value) => typeof value === 'number' && text.includes(String(value))).length
}
