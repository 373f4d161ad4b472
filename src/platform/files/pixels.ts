/** Width and height as a picture's own header says them; undefined where none is found. */
export type Pixels = { width: number; height: number }

function ofPng(b: Buffer): Pixels | undefined {
  const isHeader = b.length >= 24 && b.subarray(12, 16).toString('latin1') === 'IHDR'
  return isHeader ? { width: b.readUInt32BE(16), height: b.readUInt32BE(20) } : undefined
}

/** The frame header (SOF0 to SOF15 without the tables DHT, JPG, DAC), after segments of any length. */
function ofJpeg(b: Buffer): Pixels | undefined {
  for (let at = 2; at + 9 <= b.length; ) {
    if (b[at] !== 0xff) return undefined
    const marker = b[at + 1] as number
    if (marker === 0xff) {
      at += 1
      continue
    }
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker))
      return { width: b.readUInt16BE(at + 7), height: b.readUInt16BE(at + 5) }
    at += 2 + b.readUInt16BE(at + 2)
  }
  return undefined
}

/** The extended header, the lossless one or the frame of a lossy picture. */
function ofWebp(b: Buffer): Pixels | undefined {
  if (b.length < 30) return undefined
  const chunk = b.subarray(12, 16).toString('latin1')
  if (chunk === 'VP8X') return { width: b.readUIntLE(24, 3) + 1, height: b.readUIntLE(27, 3) + 1 }
  if (chunk === 'VP8 ') return { width: b.readUInt16LE(26) & 0x3fff, height: b.readUInt16LE(28) & 0x3fff }
  if (chunk !== 'VP8L') return undefined
  const bits = b.readUInt32LE(21)
  return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 }
}

const readers: Readonly<Record<string, (bytes: Buffer) => Pixels | undefined>> = {
  'image/png': ofPng,
  'image/jpeg': ofJpeg,
  'image/webp': ofWebp,
}

/** How large a picture of a media type says it is. */
export const pixelsOf = (mediaType: string, bytes: Buffer): Pixels | undefined => readers[mediaType]?.(bytes)
