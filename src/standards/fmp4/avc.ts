/** The picture of an H.264 stream as its decoder configuration (ISO/IEC 14496-15, avcC) tells it. */
export type Picture = { codec: string; width: number; height: number }

/** Reads avcC; undefined where it holds no sequence parameter set that can be read. */
export function pictureOf(avcC: Buffer): Picture | undefined {
  const length = avcC.length > 8 ? avcC.readUInt16BE(6) : 0
  const sps = avcC.subarray(8, 8 + length)
  if (avcC[0] !== 1 || ((avcC[5] ?? 0) & 0x1f) === 0 || sps.length < 4 || sps.length < length) return undefined
  const codec = `avc1.${sps.toString('hex', 1, 4)}`
  try {
    const size = sizeOf(sps)
    return size.width > 0 && size.height > 0 && size.width <= 8192 && size.height <= 8192
      ? { codec, ...size }
      : undefined
  } catch {
    return undefined
  }
}

/** Profiles whose parameter set says more about colour (7.3.2.1.1). */
const withColour = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128])

function sizeOf(sps: Buffer): { width: number; height: number } {
  const bits = bitsOf(sps.subarray(4))
  bits.golomb()
  let chroma = 1
  if (withColour.has(sps[1] ?? 0)) {
    chroma = bits.golomb()
    if (chroma === 3) bits.take(1)
    bits.golomb()
    bits.golomb()
    bits.take(1)
    if (bits.take(1)) skipScaling(bits, chroma === 3 ? 12 : 8)
  }
  bits.golomb()
  const order = bits.golomb()
  if (order === 0) bits.golomb()
  else if (order === 1) {
    bits.take(1)
    bits.golomb()
    bits.golomb()
    for (let left = Math.min(255, bits.golomb()); left > 0; left--) bits.golomb()
  }
  bits.golomb()
  bits.take(1)
  const columns = bits.golomb() + 1
  const rows = bits.golomb() + 1
  const isFrame = bits.take(1)
  if (!isFrame) bits.take(1)
  bits.take(1)
  const crop = bits.take(1) ? [bits.golomb(), bits.golomb(), bits.golomb(), bits.golomb()] : [0, 0, 0, 0]
  const [left = 0, right = 0, top = 0, bottom = 0] = crop
  const x = chroma === 1 || chroma === 2 ? 2 : 1
  const y = (chroma === 1 ? 2 : 1) * (2 - isFrame)
  return { width: columns * 16 - (left + right) * x, height: (2 - isFrame) * rows * 16 - (top + bottom) * y }
}

type Bits = ReturnType<typeof bitsOf>

function skipScaling(bits: Bits, lists: number): void {
  for (let list = 0; list < lists; list++) {
    if (!bits.take(1)) continue
    let last = 8
    let next = 8
    for (let n = 0; n < (list < 6 ? 16 : 64); n++) {
      if (next !== 0) next = (last + bits.signed() + 256) % 256
      last = next === 0 ? last : next
    }
  }
}

/** Bits of a parameter set, the bytes that prevent emulation taken out; throws past the end. */
function bitsOf(raw: Buffer) {
  const plain: number[] = []
  for (let n = 0; n < raw.length; n++)
    if (!(raw[n] === 3 && n >= 2 && raw[n - 1] === 0 && raw[n - 2] === 0)) plain.push(raw[n] as number)
  let at = 0
  const take = (count: number): number => {
    let value = 0
    for (let n = 0; n < count; n++, at++) {
      const byte = plain[at >> 3]
      if (byte === undefined) throw new RangeError('the parameter set ended')
      value = value * 2 + ((byte >> (7 - (at & 7))) & 1)
    }
    return value
  }
  const golomb = (): number => {
    let zeros = 0
    while (take(1) === 0) if (++zeros > 31) throw new RangeError('no such number')
    return 2 ** zeros - 1 + take(zeros)
  }
  const signed = (): number => {
    const value = golomb()
    return value % 2 === 1 ? (value + 1) / 2 : -value / 2
  }
  return { take, golomb, signed }
}
