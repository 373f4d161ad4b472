const constants = new Uint32Array(64)
const initial = new Uint32Array(8)

// The first 32 bits of the fractional parts of cube and square roots of the first primes (FIPS 180-4, 4.2.2 and 5.3.3).
for (let candidate = 2, count = 0; count < 64; candidate++) {
  let isPrime = true
  for (let factor = 2; factor * factor <= candidate; factor++) if (candidate % factor === 0) isPrime = false
  if (!isPrime) continue
  constants[count] = (Math.cbrt(candidate) % 1) * 2 ** 32
  if (count < 8) initial[count] = (Math.sqrt(candidate) % 1) * 2 ** 32
  count++
}

const turn = (word: number, bits: number) => (word >>> bits) | (word << (32 - bits))

function padded(bytes: Uint8Array): DataView {
  const length = Math.ceil((bytes.length + 9) / 64) * 64
  const message = new Uint8Array(length)
  message.set(bytes)
  message[bytes.length] = 0x80
  const view = new DataView(message.buffer)
  view.setUint32(length - 8, Math.floor(bytes.length / 2 ** 29))
  view.setUint32(length - 4, (bytes.length << 3) >>> 0)
  return view
}

/**
 * SHA-256 in lower-case hex (FIPS 180-4). The browser's own digest exists only over https, and phones on a shop's own
 * network often reach us without it.
 */
export function sha256(bytes: Uint8Array): string {
  const message = padded(bytes)
  const state = Int32Array.from(initial)
  const words = new Int32Array(64)
  const at = (array: Int32Array | Uint32Array, index: number) => array[index] as number
  for (let block = 0; block < message.byteLength; block += 64) {
    for (let i = 0; i < 16; i++) words[i] = message.getInt32(block + i * 4)
    for (let i = 16; i < 64; i++) {
      const a = at(words, i - 15)
      const b = at(words, i - 2)
      const small0 = turn(a, 7) ^ turn(a, 18) ^ (a >>> 3)
      const small1 = turn(b, 17) ^ turn(b, 19) ^ (b >>> 10)
      words[i] = at(words, i - 16) + small0 + at(words, i - 7) + small1
    }
    let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state
    for (let i = 0; i < 64; i++) {
      const big1 = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)
      const first = (h + big1 + ((e & f) ^ (~e & g)) + at(constants, i) + at(words, i)) | 0
      const big0 = turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)
      const second = (big0 + ((a & b) ^ (a & c) ^ (b & c))) | 0
      h = g
      g = f
      f = e
      e = (d + first) | 0
      d = c
      c = b
      b = a
      a = (first + second) | 0
    }
    for (const [i, word] of [a, b, c, d, e, f, g, h].entries()) state[i] = at(state, i) + word
  }
  return Array.from(state, (word) => (word >>> 0).toString(16).padStart(8, '0')).join('')
}
