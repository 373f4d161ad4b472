/** A box of ISO/IEC 14496-12: its length, its four letters, its content. */
export function box(name: string, ...content: Uint8Array[]): Buffer {
  const length = content.reduce((sum, each) => sum + each.length, 8)
  const head = Buffer.alloc(8)
  head.writeUInt32BE(length)
  head.write(name, 4, 'latin1')
  return Buffer.concat([head, ...content], length)
}

/** A box with version and flags. */
export const fullBox = (name: string, version: number, flags: number, ...content: Uint8Array[]): Buffer =>
  box(name, u32(((version << 24) | flags) >>> 0), ...content)

export function u32(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4)
  for (const [n, value] of values.entries()) bytes.writeUInt32BE(value >>> 0, n * 4)
  return bytes
}

export function u16(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2)
  for (const [n, value] of values.entries()) bytes.writeUInt16BE(value & 0xffff, n * 2)
  return bytes
}

export function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(Math.max(0, Math.round(value))))
  return bytes
}

export const bytes = (...values: number[]): Buffer => Buffer.of(...values)
