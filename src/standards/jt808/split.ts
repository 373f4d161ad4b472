import type { Piece, Splitter } from '../frame.ts'

/** Head of 17, body of 1023, check byte, all of it escaped, between two 0x7e. */
const betweenMax = 2 * (21 + 1023 + 1)
const flag = 0x7e

const refusals = {
  stray: { code: 'no-head', text: '这些字节不在任何消息内（消息以 7E 开头）' },
  cut: { code: 'cut-off', text: '消息不完整：没有等到结束标志 7E' },
  long: { code: 'too-long', text: `超过 ${betweenMax} 字节仍没有结束标志 7E` },
}

/** Cuts a stream into JT/T 808 messages, each with its two 0x7e; one 0x7e may end a message and begin the next. */
export function splitJt808(): Splitter {
  let held: Buffer = Buffer.alloc(0)
  // Whether `held` begins right after a 0x7e.
  let inside = false
  const cut = (pieces: Piece[], length: number) => {
    const bytes = held.subarray(0, length)
    if (length === 0) return
    if (inside) pieces.push({ bytes: Buffer.concat([Buffer.of(flag), bytes, Buffer.of(flag)]) })
    else pieces.push({ bytes, refused: refusals.stray })
  }
  return {
    push(chunk) {
      held = held.length === 0 ? Buffer.from(chunk) : Buffer.concat([held, chunk])
      const pieces: Piece[] = []
      for (let end = held.indexOf(flag); end >= 0; end = held.indexOf(flag)) {
        cut(pieces, end)
        inside = true
        held = held.subarray(end + 1)
      }
      if (!inside && held.length > 0) {
        cut(pieces, held.length)
        held = Buffer.alloc(0)
      } else if (held.length > betweenMax) {
        pieces.push({ bytes: held, refused: refusals.long })
        held = Buffer.alloc(0)
        inside = false
      }
      return pieces
    },
    end() {
      const bytes = held
      held = Buffer.alloc(0)
      return bytes.length > 0 ? [{ bytes, refused: refusals.cut }] : []
    },
  }
}
