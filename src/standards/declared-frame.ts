import { type Decoded, FieldList, type FrameProblem, problemAt } from './frame.ts'
import { crc16 } from './modbus/crc.ts'

/** A number in a frame of a maker's own, as its manual tells: data, not code. */
export type DeclaredField = {
  property: string
  title?: string
  offset: number
  type: 'u8' | 'i8' | 'u16' | 'i16' | 'u32' | 'i32' | 'f32' | 'bit'
  endian?: 'big' | 'little'
  /** Of a bit: 0 is the lowest. */
  bit?: number
  scale?: number
  add?: number
  /** The raw value that says "nothing measured". */
  absent?: number
}

/** A whole private frame as data. */
export type Declaration = {
  /** Hexadecimal bytes at the start and the end. */
  head?: string
  tail?: string
  length?: number
  /** Over all bytes before it; it stands before the tail. */
  check?: 'sum8' | 'xor8' | 'crc16-modbus'
  fields: DeclaredField[]
  /** Where a Unix time in seconds stands. */
  time?: { offset: number; endian?: 'big' | 'little' }
}

export type DeclaredReading = { at?: Date; values: Record<string, number | boolean> }

const sizes: Readonly<Record<DeclaredField['type'], number>> = {
  u8: 1,
  i8: 1,
  bit: 1,
  u16: 2,
  i16: 2,
  u32: 4,
  i32: 4,
  f32: 4,
}
const hex = /^([0-9a-f]{2})*$/i

/** Whether a value is a declaration that can be followed: every part of its kind, offsets within 4096 bytes. */
export function isDeclaration(value: unknown): value is Declaration {
  if (typeof value !== 'object' || value === null) return false
  const { head = '', tail = '', check, fields, time } = value as Partial<Declaration>
  const offsets = [...(Array.isArray(fields) ? fields : []), ...(time ? [time] : [])].map((each) => each?.offset)
  return (
    Array.isArray(fields) &&
    fields.length > 0 &&
    fields.length <= 64 &&
    [head, tail].every((each) => typeof each === 'string' && hex.test(each)) &&
    (check === undefined || ['sum8', 'xor8', 'crc16-modbus'].includes(check)) &&
    offsets.every((each) => Number.isInteger(each) && each >= 0 && each < 4096) &&
    fields.every((each) => Object.hasOwn(sizes, each.type) && /^[A-Za-z][\w.-]{0,63}$/.test(each.property)) &&
    new Set(fields.map((each) => each.property)).size === fields.length
  )
}

/** Reads a frame as declared. Never throws. */
export function decodeDeclared(bytes: Uint8Array, declaration: Declaration): Decoded<DeclaredReading> {
  const frame = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const fields = new FieldList(frame)
  const wrong = wrongOf(frame, declaration)
  if (wrong) return { ok: false, fields: fields.list, problems: [wrong] }
  const values: DeclaredReading['values'] = {}
  for (const field of declaration.fields) {
    const value = declaredValue(frame, field)
    if (value !== undefined) values[field.property] = value
    fields.add(field.offset, sizes[field.type], field.title ?? field.property, String(value ?? '无'))
  }
  const { time } = declaration
  const seconds = time && (time.endian === 'little' ? frame.readUInt32LE(time.offset) : frame.readUInt32BE(time.offset))
  return { ok: true, fields: fields.list, value: { ...(seconds && { at: new Date(seconds * 1000) }), values } }
}

function wrongOf(
  frame: Buffer,
  { head = '', tail = '', length, check, fields, time }: Declaration,
): FrameProblem | undefined {
  const least = Math.max(...fields.map((each) => each.offset + sizes[each.type]), time ? time.offset + 4 : 0)
  if (length !== undefined && frame.length !== length)
    return problemAt(0, 'length-mismatch', `报文应为 ${length} 字节，实际 ${frame.length}`)
  const tailAt = frame.length - tail.length / 2
  const checkBytes = check === undefined ? 0 : check === 'crc16-modbus' ? 2 : 1
  if (frame.length < least || tailAt - checkBytes < head.length / 2)
    return problemAt(frame.length, 'too-short', `报文太短：应至少有 ${least} 字节`)
  if (frame.toString('hex', 0, head.length / 2) !== head.toLowerCase())
    return problemAt(0, 'no-head', `报文应以 ${head} 开头`)
  if (frame.toString('hex', tailAt) !== tail.toLowerCase()) return problemAt(tailAt, 'no-tail', `报文应以 ${tail} 结尾`)
  if (!check) return undefined
  const checkAt = tailAt - checkBytes
  const right = checks[check](frame.subarray(0, checkAt))
  const sent = checkBytes === 2 ? frame.readUInt16LE(checkAt) : frame.readUInt8(checkAt)
  return sent === right ? undefined : problemAt(checkAt, 'check-mismatch', `校验应为 ${right}，收到 ${sent}`)
}

const checks: Readonly<Record<NonNullable<Declaration['check']>, (bytes: Buffer) => number>> = {
  sum8: (bytes) => bytes.reduce((sum, byte) => (sum + byte) & 0xff, 0),
  xor8: (bytes) => bytes.reduce((sum, byte) => sum ^ byte, 0),
  'crc16-modbus': crc16,
}

function declaredValue(frame: Buffer, field: DeclaredField): number | boolean | undefined {
  const { offset, type, endian = 'big', bit = 0, scale = 1, add = 0, absent } = field
  const size = sizes[type]
  if (type === 'bit') return ((frame.readUInt8(offset) >> (bit & 7)) & 1) === 1
  const raw =
    type === 'f32'
      ? frame[endian === 'big' ? 'readFloatBE' : 'readFloatLE'](offset)
      : type.startsWith('i')
        ? frame[endian === 'big' ? 'readIntBE' : 'readIntLE'](offset, size)
        : frame[endian === 'big' ? 'readUIntBE' : 'readUIntLE'](offset, size)
  if (raw === absent || !Number.isFinite(raw)) return undefined
  const steps = Math.round(1 / scale)
  const scaled = scale < 1 && Math.abs(1 / scale - steps) < 1e-9 ? raw / steps : raw * scale
  return scaled + add
}
