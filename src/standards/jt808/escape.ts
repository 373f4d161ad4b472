/** Between the two 0x7e: 0x7e -> 7d 02, 0x7d -> 7d 01 (JT/T 808-2019, 4.4.2). */
export function escapeFrame(bytes: Uint8Array): Buffer {
  const out: number[] = [0x7e]
  for (const byte of bytes) {
    if (byte === 0x7e) out.push(0x7d, 0x02)
    else if (byte === 0x7d) out.push(0x7d, 0x01)
    else out.push(byte)
  }
  out.push(0x7e)
  return Buffer.from(out)
}

/**
 * The bytes between the flags, with the place of each in the frame as it was sent; or the place of a 7d that means nothing.
 */
export function takeEscapesOut(frame: Uint8Array): { bytes: Buffer; sentAt: number[]; badAt?: number } {
  const bytes: number[] = []
  const sentAt: number[] = []
  for (let at = 1; at < frame.length - 1; at++) {
    sentAt.push(at)
    const byte = frame[at] as number
    if (byte !== 0x7d) {
      bytes.push(byte)
      continue
    }
    const next = frame[at + 1]
    if (at + 1 >= frame.length - 1 || (next !== 0x01 && next !== 0x02))
      return { bytes: Buffer.from(bytes), sentAt, badAt: at }
    bytes.push(next === 0x02 ? 0x7e : 0x7d)
    at++
  }
  sentAt.push(frame.length - 1)
  return { bytes: Buffer.from(bytes), sentAt }
}

/** All bytes, one after the other, exclusive or. */
export function xor(bytes: Uint8Array): number {
  let sum = 0
  for (const byte of bytes) sum ^= byte
  return sum
}
