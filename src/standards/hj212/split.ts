import type { Splitter } from '../frame.ts'
import { splitByHead } from '../head-splitter.ts'

/** `##`, four digits, a segment of at most 9999 bytes, four of check, CR LF. */
const frameBytesMax = 2 + 4 + 9999 + 4 + 2
const head = Buffer.from('##')
const tail = Buffer.from('\r\n')

const refusals = {
  stray: { code: 'no-head', text: '这些字节不在任何数据包内（数据包以 ## 开头）' },
  cut: { code: 'cut-off', text: '数据包不完整：没有等到包尾回车换行' },
  long: { code: 'too-long', text: `超过 ${frameBytesMax} 字节仍没有包尾回车换行` },
}

/** Cuts a stream into HJ 212 packets: from `##` to CR LF. A packet that lost its tail ends where the next begins. */
export function splitHj212(): Splitter {
  return splitByHead(head, {
    stray: refusals.stray,
    // Blank lines between packets are harmless.
    isHarmless: (bytes) => bytes.every((byte) => byte === 13 || byte === 10),
    left: (held) => (held.indexOf(head) === 0 ? refusals.cut : refusals.stray),
    next(held) {
      const end = held.indexOf(tail)
      const next = nextHead(held, end)
      if (next > 0) return { length: next, refused: refusals.cut }
      if (end >= 0) return { length: end + 2 }
      return held.length > frameBytesMax ? { length: held.length, refused: refusals.long } : undefined
    },
  })
}

/** Where another packet begins before this one has ended; `##` within a packet of the length it declares is data. */
function nextHead(held: Buffer, end: number): number {
  const declared = Number(held.toString('latin1', 2, 6))
  const whole = Number.isInteger(declared) ? 6 + declared + 4 : 0
  if (end >= 0 && whole === end) return -1
  const next = held.indexOf(head, 2)
  if (next < 0 || (end >= 0 && next > end)) return -1
  // Bytes that still arrive may belong to the declared length.
  if (end < 0 && next < whole) return -1
  // A third # in a row is not a head of its own.
  return next === 2 && held[4] === 35 ? 3 : next
}
