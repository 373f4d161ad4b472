/**
 * The written form of a code: 70 bits (44 of permuted index, 26 of check) as 14 characters of Crockford's base32.
 * The alphabet lacks I, L, O and U, so nothing in it can be mistaken for another when read aloud or typed; a reader who
 * types them anyway is understood. All characters lie in GS1's set 82, so the text is a valid AI (21) serial.
 */
export const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
export const SERIAL_LENGTH = 14

const bytes = Buffer.from(ALPHABET, 'latin1')

/** One half of the permuted index has 22 bits; the check has 26. */
export type CodeBits = { left: number; right: number; check: number }

/** Writes 14 ASCII bytes at `at`. */
export function writeSerial(into: Uint8Array, at: number, left: number, right: number, check: number): void {
  into[at] = bytes[left >>> 17] as number
  into[at + 1] = bytes[(left >>> 12) & 31] as number
  into[at + 2] = bytes[(left >>> 7) & 31] as number
  into[at + 3] = bytes[(left >>> 2) & 31] as number
  into[at + 4] = bytes[((left & 3) << 3) | (right >>> 19)] as number
  into[at + 5] = bytes[(right >>> 14) & 31] as number
  into[at + 6] = bytes[(right >>> 9) & 31] as number
  into[at + 7] = bytes[(right >>> 4) & 31] as number
  into[at + 8] = bytes[((right & 15) << 1) | (check >>> 25)] as number
  into[at + 9] = bytes[(check >>> 20) & 31] as number
  into[at + 10] = bytes[(check >>> 15) & 31] as number
  into[at + 11] = bytes[(check >>> 10) & 31] as number
  into[at + 12] = bytes[(check >>> 5) & 31] as number
  into[at + 13] = bytes[check & 31] as number
}

/** By ASCII code; 255 is no character of ours. */
const values = new Uint8Array(128).fill(255)
for (let value = 0; value < ALPHABET.length; value++) values[ALPHABET.charCodeAt(value)] = value

/** What a person may have typed -> the serial as printed: capitals, O read as 0, I and L as 1. */
export function tidySerial(typed: string): string {
  return typed.toUpperCase().replaceAll('O', '0').replace(/[IL]/g, '1')
}

/** The bits of a serial, or undefined where it is not one of ours (another length or a character outside the set). */
export function readSerial(serial: string): CodeBits | undefined {
  if (serial.length !== SERIAL_LENGTH) return undefined
  let wrong = 0
  const at = (i: number) => {
    const code = serial.charCodeAt(i)
    const value = code < 128 ? (values[code] as number) : 255
    wrong |= value
    return value
  }
  const [a, b, c, d, e, f, g] = [at(0), at(1), at(2), at(3), at(4), at(5), at(6)]
  const [h, i, j, k, l, m, n] = [at(7), at(8), at(9), at(10), at(11), at(12), at(13)]
  if (wrong > 31) return undefined
  return {
    left: (a << 17) | (b << 12) | (c << 7) | (d << 2) | (e >> 3),
    right: ((e & 7) << 19) | (f << 14) | (g << 9) | (h << 4) | (i >> 1),
    check: ((i & 1) << 25) | (j << 20) | (k << 15) | (l << 10) | (m << 5) | n,
  }
}
