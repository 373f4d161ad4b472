import { shanghaiMs } from './china/clock.ts'
import type { Problem } from './problem.ts'

/** One part of a frame: which bytes (of the frame as it was sent), what they are, what they say. */
export type FrameField = { offset: number; length: number; bytes: string; name: string; value: string }

/** What is wrong with a frame, and at which byte of it. */
export type FrameProblem = Problem & { offset: number }

/** A frame read part by part. What could be read before the trouble is always told. */
export type Decoded<T> =
  | { ok: true; value: T; fields: FrameField[] }
  | { ok: false; fields: FrameField[]; problems: FrameProblem[] }

/** A piece of a byte stream: a candidate for a frame, or bytes that belong to none, with the reason. */
export type Piece = { bytes: Buffer; refused?: { code: string; text: string } }

/** Cuts a stream of bytes into frames, however it was split or joined on the way. */
export type Splitter = {
  push(chunk: Uint8Array): Piece[]
  /** What is left when the connection ends. */
  end(): Piece[]
}

/** A problem at a byte; the pointer names the byte too, so that it fits wherever problems are shown. */
export function problemAt(offset: number, code: string, text: string): FrameProblem {
  return { code, text, at: `/${offset}`, offset }
}

/** Collects the fields of one frame. */
export class FieldList {
  readonly list: FrameField[] = []
  readonly #frame: Buffer
  /** Where each byte stood in the frame as it was sent, where bytes were escaped on the way. */
  readonly #sentAt: readonly number[] | undefined

  constructor(frame: Buffer, sentAt?: readonly number[]) {
    this.#frame = frame
    this.#sentAt = sentAt
  }

  /** Notes that `length` bytes from `offset` are `name` and say `value`. */
  add(offset: number, length: number, name: string, value: string | number): void {
    const first = this.place(offset)
    const end = length === 0 ? first : this.place(offset + length)
    const bytes = this.#frame.toString('hex', first, end)
    this.list.push({ offset: first, length: end - first, bytes, name, value: String(value) })
  }

  place(offset: number): number {
    return this.#sentAt ? (this.#sentAt[offset] ?? this.#frame.length) : offset
  }
}

const gb18030 = new TextDecoder('gb18030')

/** Text as the national protocols send it (GBK and its superset GB 18030), without padding zeros. */
export function chineseText(bytes: Uint8Array): string {
  const end = bytes.indexOf(0)
  return gb18030.decode(end < 0 ? bytes : bytes.subarray(0, end))
}

/** The bytes of a hexadecimal text; spaces, commas, 0x and \x between the bytes are allowed. Undefined where it is none. */
export function bytesOfHex(text: string): Buffer | undefined {
  const bare = text.replace(/0x|\\x/gi, '').replace(/[\s,:-]/g, '')
  return bare.length > 0 && bare.length % 2 === 0 && /^[0-9a-f]+$/i.test(bare) ? Buffer.from(bare, 'hex') : undefined
}

/** The instant of a China Standard Time reading; undefined where the calendar has no such moment. */
export function chinaInstant(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
  millisecond = 0,
): Date | undefined {
  const at = new Date(Date.UTC(year, month - 1, day, hour, minute, second, millisecond))
  const same =
    at.getUTCFullYear() === year &&
    at.getUTCMonth() === month - 1 &&
    at.getUTCDate() === day &&
    at.getUTCHours() === hour &&
    at.getUTCMinutes() === minute &&
    at.getUTCSeconds() === second
  return same ? new Date(at.getTime() - shanghaiMs) : undefined
}
