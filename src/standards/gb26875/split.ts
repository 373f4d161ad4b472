import type { Piece, Splitter } from '../frame.ts'

/** Everything before the application data, with the command; then the data, the sum and `##`. */
export const headBytes = 27
export const appBytesMax = 1024
const head = Buffer.from('@@')
const tail = Buffer.from('##')

const refusals = {
  stray: { code: 'no-head', text: '这些字节不在任何数据包内（数据包以 40 40 开头）' },
  cut: { code: 'cut-off', text: '数据包不完整' },
  tail: { code: 'no-tail', text: '按应用数据单元长度应在此结束，但没有结束符 23 23' },
  long: { code: 'too-long', text: `应用数据单元长度超过 ${appBytesMax} 字节` },
}

/** Cuts a stream into GB/T 26875.3 packets by the length each declares; where that is wrong, at the next `@@`. */
export function splitGb26875(): Splitter {
  let held: Buffer = Buffer.alloc(0)
  const cut = (pieces: Piece[], length: number, refused?: Piece['refused']) => {
    const bytes = held.subarray(0, length)
    held = held.subarray(length)
    pieces.push(refused ? { bytes, refused } : { bytes })
  }
  /** Bytes to give up where the packet at the start is none: up to the next head. */
  const given = () => {
    const next = held.indexOf(head, 2)
    return next > 0 ? next : held.at(-1) === 0x40 && held.length > 2 ? held.length - 1 : held.length
  }
  const step = (pieces: Piece[]): boolean => {
    const start = held.indexOf(head)
    if (start !== 0) {
      const keep = start < 0 && held.at(-1) === 0x40 ? 1 : 0
      const stray = start < 0 ? held.length - keep : start
      if (stray > 0) cut(pieces, stray, refusals.stray)
      return start > 0
    }
    if (held.length < headBytes) return false
    const app = held.readUInt16LE(24)
    if (app > appBytesMax) {
      cut(pieces, given(), refusals.long)
      return true
    }
    const whole = headBytes + app + 3
    if (held.length < whole) return false
    if (held.subarray(whole - 2, whole).equals(tail)) cut(pieces, whole)
    else cut(pieces, given(), refusals.tail)
    return true
  }
  return {
    push(chunk) {
      held = held.length === 0 ? Buffer.from(chunk) : Buffer.concat([held, chunk])
      const pieces: Piece[] = []
      while (held.length > 0 && step(pieces)) {}
      return pieces
    },
    end() {
      const pieces: Piece[] = []
      if (held.length > 0) cut(pieces, held.length, refusals.cut)
      return pieces
    },
  }
}
