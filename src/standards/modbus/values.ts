/** Where a quantity lies among registers, as a device's manual tells: data, not code. */
export type RegisterValue = {
  property: string
  /** From the first register that was read. */
  offset: number
  type: 'u16' | 'i16' | 'u32' | 'i32' | 'f32'
  /** Which of the two registers of a wide value comes first; big: the high one. */
  words?: 'big' | 'little'
  scale?: number
  /** The raw value that says "nothing measured". */
  absent?: number
}

/** Takes the declared quantities out of registers; those that lie beyond them or are absent are left out. */
export function valuesOf(registers: readonly number[], declared: readonly RegisterValue[]): Record<string, number> {
  const values: Record<string, number> = {}
  for (const { property, offset, type, words = 'big', scale = 1, absent } of declared) {
    const wide = type !== 'u16' && type !== 'i16'
    const pair = registers.slice(offset, offset + (wide ? 2 : 1))
    if (pair.length < (wide ? 2 : 1)) continue
    if (wide && words === 'little') pair.reverse()
    const bytes = Buffer.alloc(4)
    pair.forEach((register, index) => void bytes.writeUInt16BE(register, index * 2))
    const raw = readers[type](bytes)
    if (raw === absent || !Number.isFinite(raw)) continue
    const steps = Math.round(1 / scale)
    values[property] = scale < 1 && Math.abs(1 / scale - steps) < 1e-9 ? raw / steps : raw * scale
  }
  return values
}

const readers: Readonly<Record<RegisterValue['type'], (bytes: Buffer) => number>> = {
  u16: (bytes) => bytes.readUInt16BE(0),
  i16: (bytes) => bytes.readInt16BE(0),
  u32: (bytes) => bytes.readUInt32BE(0),
  i32: (bytes) => bytes.readInt32BE(0),
  f32: (bytes) => bytes.readFloatBE(0),
}
