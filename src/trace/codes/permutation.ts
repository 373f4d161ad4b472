import { createCipheriv } from 'node:crypto'
import { productWords } from './aes.ts'
import { indexOf } from './aes-rounds.ts'
import { type CodeBits, readSerial, SERIAL_LENGTH, writeSerial } from './serial.ts'

/**
 * The n-th code of a GTIN, by calculation instead of a table: index -> 14 characters and back.
 *
 * A Feistel network of ten rounds over two halves of 22 bits permutes the 44-bit index (so no two indexes share a
 * serial, and neighbours look unrelated); its round function is AES-256 over (GTIN, round, half). One more AES block
 * over (GTIN, permuted index) gives a check of 26 bits. The GTIN is in every block: a serial of one product is no
 * serial of another.
 *
 * What guessing costs without the key: a blind guess meets an issued code with probability issued / 2^70, that is
 * 2^-40 for a product with 10^9 issued codes (some 700 years at 50 tries a second, 7 at 5,000); a reader who knew a
 * valid permuted index would still miss the check in all but one of 2^26 tries. Seeing other codes of the order helps
 * in neither: ten rounds stand beyond the generic attacks on Feistel networks of this width (4 rounds do not).
 */
export const INDEX_LIMIT = 2 ** 44
const ROUNDS = 10
const HALF = 22
const HALF_SIZE = 2 ** HALF
const HALF_MASK = HALF_SIZE - 1
const CHECK_MASK = 2 ** 26 - 1
const CHECK_ROUND = 255
/** One call of OpenSSL costs as much as some hundred AES blocks: so many codes are computed at a time. */
export const BATCH = 4096

export type Permutation = {
  /** The serials of indexes first .. first+count-1 as consecutive ASCII texts; count <= BATCH. */
  batch(first: number, count: number): Buffer
  /** The index a serial stands for, or undefined where the check does not fit. */
  invert(serial: string): number | undefined
}

/** The permutation of one product's indexes under one key of 32 bytes. */
export function permutation(key: Uint8Array, gtin: string): Permutation {
  const cipher = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false)
  const product = Buffer.alloc(16)
  product.writeUIntBE(Number(gtin), 0, 6)

  /** Blocks of four 32-bit words each: product, product and round, then 8 bytes of data. */
  const blocksFor = (count: number): Int32Array => {
    const blocks = new Int32Array(count * 4)
    const bytes = bytesOf(blocks)
    for (let i = 0; i < count; i++) product.copy(bytes, i * 16)
    return blocks
  }
  const [word0 = 0, productWord = 0] = wordsOf(product)
  const feistel = Array.from({ length: ROUNDS }, (_, round) => productWord | (round << 24))
  const words = productWords(key, word0, feistel, productWord | (CHECK_ROUND << 24))
  let full: Int32Array | undefined

  const batch = (first: number, count: number): Buffer => {
    full ??= blocksFor(BATCH)
    const blocks = full.subarray(0, count * 4)
    const bytes = bytesOf(blocks)
    // The halves stay where they are and change their roles each round; one pass takes what a round mixed in and sets the next.
    const even = new Int32Array(count)
    const odd = new Int32Array(count)
    for (let i = 0; i < count; i++) {
      even[i] = Math.floor((first + i) / HALF_SIZE)
      odd[i] = (first + i) % HALF_SIZE
      blocks[i * 4 + 1] = productWord
      blocks[i * 4 + 2] = 0
      blocks[i * 4 + 3] = odd[i] as number
    }
    for (let round = 0; round < ROUNDS; round++) {
      const mixed = wordsOf(cipher.update(bytes))
      const half = round % 2 === 0 ? even : odd
      const word = productWord | ((round + 1) << 24)
      for (let i = 0; i < count; i++) {
        const next = (half[i] as number) ^ ((mixed[i * 4] as number) & HALF_MASK)
        half[i] = next
        blocks[i * 4 + 1] = word
        blocks[i * 4 + 3] = next
      }
    }
    const word = productWord | (CHECK_ROUND << 24)
    for (let i = 0; i < count; i++) {
      blocks[i * 4 + 1] = word
      blocks[i * 4 + 2] = even[i] as number
      blocks[i * 4 + 3] = odd[i] as number
    }
    const checks = wordsOf(cipher.update(bytes))
    const serials = Buffer.allocUnsafe(count * SERIAL_LENGTH)
    for (let i = 0; i < count; i++) {
      const check = (checks[i * 4] as number) & CHECK_MASK
      writeSerial(serials, i * SERIAL_LENGTH, even[i] as number, odd[i] as number, check)
    }
    return serials
  }

  const invert = (serial: string): number | undefined => {
    const bits: CodeBits | undefined = readSerial(serial)
    if (bits === undefined) return undefined
    const index = indexOf(words, bits.left, bits.right, bits.check)
    return index < 0 ? undefined : index
  }

  return { batch, invert }
}

function bytesOf(words: Int32Array): Buffer {
  return Buffer.from(words.buffer, words.byteOffset, words.byteLength)
}

/** Words in the machine's order: little-endian on every platform Node 24 runs on with the databases we ship (x64, arm64). */
function wordsOf(bytes: Buffer): Int32Array {
  return bytes.byteOffset % 4 === 0
    ? new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4)
    : wordsOf(Buffer.from(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)))
}
