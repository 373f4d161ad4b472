import type { Piece, Splitter } from './frame.ts'

export type Refusal = NonNullable<Piece['refused']>

/** What to cut off the front of what is held, which begins with the head; undefined where more must come first. */
export type Cut = { length: number; refused?: Refusal } | undefined

/**
 * Cuts a stream of packets that begin with a head of two like bytes. What stands before a head is refused as `stray`, what
 * is left at the end as `left` says.
 */
export function splitByHead(
  head: Buffer,
  rule: {
    stray: Refusal
    next(held: Buffer): Cut
    left(held: Buffer): Refusal
    /** Bytes between packets that are refused with no word. */
    isHarmless?(bytes: Buffer): boolean
  },
): Splitter {
  let held: Buffer = Buffer.alloc(0)
  const cut = (pieces: Piece[], length: number, refused?: Refusal) => {
    const bytes = held.subarray(0, length)
    held = held.subarray(length)
    if (refused && rule.isHarmless?.(bytes)) return
    pieces.push(refused ? { bytes, refused } : { bytes })
  }
  const step = (pieces: Piece[]): boolean => {
    const start = held.indexOf(head)
    if (start !== 0) {
      // The last byte may be the first of a head.
      const keep = start < 0 && held.at(-1) === head[0] ? 1 : 0
      const stray = start < 0 ? held.length - keep : start
      if (stray > 0) cut(pieces, stray, rule.stray)
      return start > 0
    }
    const found = rule.next(held)
    if (found) cut(pieces, found.length, found.refused)
    return found !== undefined
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
      if (held.length > 0) cut(pieces, held.length, rule.left(held))
      return pieces
    },
  }
}
