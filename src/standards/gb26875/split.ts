import type { Splitter } from '../frame.ts'
import { splitByHead } from '../head-splitter.ts'
import { sumOf } from './sum.ts'

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
  return splitByHead(head, {
    stray: refusals.stray,
    left: () => refusals.cut,
    next(held) {
      if (held.length < headBytes) return undefined
      const app = held.readUInt16LE(24)
      if (app > appBytesMax) return { length: givenUp(held), refused: refusals.long }
      const whole = headBytes + app + 3
      if (held.length < whole) {
        const next = wholeAfter(held)
        return next > 0 ? { length: next, refused: refusals.cut } : undefined
      }
      const isWhole = held.subarray(whole - 2, whole).equals(tail)
      return isWhole ? { length: whole } : { length: givenUp(held), refused: refusals.tail }
    },
  })
}

/** Where a whole packet begins behind one that still wants bytes: that one was cut off, and no more of it will come. */
function wholeAfter(held: Buffer): number {
  for (let at = held.indexOf(head, 2); at > 0; at = held.indexOf(head, at + 1)) {
    if (held.length < at + headBytes) return -1
    const sumAt = at + headBytes + held.readUInt16LE(at + 24)
    const isWhole =
      held.subarray(sumAt + 1, sumAt + 3).equals(tail) && held[sumAt] === sumOf(held.subarray(at + 2, sumAt))
    if (isWhole) return at
  }
  return -1
}

/** Bytes to give up where the packet at the start is none: up to the next head. */
function givenUp(held: Buffer): number {
  const next = held.indexOf(head, 2)
  return next > 0 ? next : held.at(-1) === 0x40 && held.length > 2 ? held.length - 1 : held.length
}
