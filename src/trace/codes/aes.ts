/**
 * AES-256 of single blocks in tables (FIPS 197, in the usual form of four tables a round), for where one code is looked
 * up: a call into OpenSSL costs as much as some hundred blocks, and a code needs eleven of them one after the other. Here are
 * tables and keys; the blocks are in aes-rounds.ts.
 * Words are little-endian: byte n of a column in bits 8n..8n+7. Equal to OpenSSL's (test/codes/serial.test.ts).
 */

import { PRODUCT_WORDS, tables as T } from './aes-rounds.ts'

const box = new Uint8Array(256)
const tables = [0, 1, 2, 3].map((table) => T.subarray(table * 256, table * 256 + 256))

const double = (x: number) => ((x << 1) ^ (x >>> 7 === 1 ? 0x11b : 0)) & 255

/** The S-box: the inverse in GF(2^8), found by running through the powers of 3 and of its inverse, and the affine map. */
function fillTables(): void {
  let p = 1
  let q = 1
  const affine = (x: number) => {
    const twice = x | (x << 8)
    return (x ^ (twice >>> 4) ^ (twice >>> 5) ^ (twice >>> 6) ^ (twice >>> 7) ^ 0x63) & 255
  }
  do {
    p ^= double(p)
    q ^= q << 1
    q ^= q << 2
    q = (q ^ (q << 4)) & 255
    if (q & 0x80) q ^= 0x09
    box[p] = affine(q)
  } while (p !== 1)
  box[0] = 0x63
  for (let x = 0; x < 256; x++) {
    const s = box[x] as number
    const s2 = double(s)
    const column = s2 | (s << 8) | (s << 16) | ((s2 ^ s) << 24)
    for (const [row, table] of tables.entries()) table[x] = (column << (8 * row)) | (row && column >>> (32 - 8 * row))
  }
}
fillTables()

const substituted = (word: number) =>
  (box[word & 255] as number) |
  ((box[(word >>> 8) & 255] as number) << 8) |
  ((box[(word >>> 16) & 255] as number) << 16) |
  ((box[word >>> 24] as number) << 24)

/** The 60 words of the 15 round keys. */
function expandKey(key: Uint8Array): Int32Array {
  const words = new Int32Array(60)
  const bytes = new DataView(key.buffer, key.byteOffset, 32)
  for (let i = 0; i < 8; i++) words[i] = bytes.getInt32(i * 4, true)
  let constant = 1
  for (let i = 8; i < 60; i++) {
    let word = words[i - 1] as number
    if (i % 8 === 0) {
      word = substituted((word >>> 8) | (word << 24)) ^ constant
      constant = double(constant)
    } else if (i % 8 === 4) word = substituted(word)
    words[i] = (words[i - 8] as number) ^ word
  }
  return words
}

/** What the first two rounds make of the blocks w0, w1, 0, x for every x below 2^24: eight words. */
function preparedBlock(keys: Int32Array, w0: number, w1: number): Int32Array {
  const key = (i: number) => keys[i] as number
  const [a, b, c, d] = [w0 ^ key(0), w1 ^ key(1), key(2), key(3)]
  const at = (table: number, word: number) => (tables[table] as Int32Array)[(word >>> (8 * table)) & 255] as number
  const e = at(0, a) ^ at(1, b) ^ at(2, c) ^ at(3, d) ^ key(4)
  return Int32Array.of(
    d,
    at(0, b) ^ at(1, c) ^ at(3, a) ^ key(5),
    at(0, c) ^ at(2, a) ^ at(3, b) ^ key(6),
    at(1, a) ^ at(2, b) ^ at(3, c) ^ key(7),
    at(0, e) ^ key(8),
    at(3, e) ^ key(9),
    at(2, e) ^ key(10),
    at(1, e) ^ key(11),
  )
}

/** The words of a product for `indexOf`: its round keys, its prepared Feistel rounds, the beginning of its check's block. */
export function productWords(key: Uint8Array, word0: number, feistel: readonly number[], check: number): Int32Array {
  const keys = expandKey(key)
  const words = new Int32Array(PRODUCT_WORDS)
  words.set(keys)
  for (const [round, word1] of feistel.entries()) words.set(preparedBlock(keys, word0, word1), keys.length + round * 8)
  words.set([word0 ^ (keys[0] as number), check ^ (keys[1] as number)], PRODUCT_WORDS - 2)
  return words
}
