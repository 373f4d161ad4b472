import { type Decoded, FieldList, type FrameProblem, problemAt } from '../frame.ts'
import { type Body, readBody } from './body.ts'
import { takeEscapesOut, xor } from './escape.ts'
import { messageTitles } from './titles.ts'
import type { TlvMap } from './tlv.ts'

/** The head of a message, and its body as bytes. */
export type Message = {
  id: number
  /** BCD digits as sent, with leading zeros: 12 in 2013, 20 in 2019. */
  phone: string
  serial: number
  /** Undefined: the 2011/2013 head. */
  version?: number
  encryption: number
  part?: { total: number; number: number }
  body: Buffer
  /** What the body says, where this is the whole of it and its message is known. */
  content?: Body
}

export type DecodeOptions = {
  tlv?: TlvMap
  /** Frames copied out of other programs' logs are often unescaped already: tried where the frame is not right as sent. */
  unescaped?: 'refused' | 'tried'
  /** `left`: only the frame and its head are judged, the body stays bytes. */
  body?: 'read' | 'left'
}

/** Reads one message from 0x7e to 0x7e. Never throws. */
export function decodeJt808(bytes: Uint8Array, options: DecodeOptions = {}): Decoded<Message> {
  const frame = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const decoded = decodeSent(frame, options)
  if (decoded.ok || options.unescaped !== 'tried' || frame.length < 2) return decoded
  const plain = decodeUnescaped(frame, options)
  return plain.ok ? plain : decoded
}

function decodeSent(frame: Buffer, options: DecodeOptions): Decoded<Message> {
  const none = (problem: FrameProblem): Decoded<Message> => ({ ok: false, fields: [], problems: [problem] })
  if (frame[0] !== 0x7e) return none(problemAt(0, 'no-head', '消息应以标志位 7E 开头'))
  if (frame.length < 2 || frame.at(-1) !== 0x7e)
    return none(problemAt(frame.length, 'no-tail', '消息应以标志位 7E 结尾'))
  const within = frame.indexOf(0x7e, 1)
  if (within < frame.length - 1) return none(problemAt(within, 'flag-within', '消息中间出现没有转义的 7E'))
  const { bytes, sentAt, badAt } = takeEscapesOut(frame)
  if (badAt !== undefined) return none(problemAt(badAt, 'bad-escape', '7D 之后应为 01 或 02'))
  return read(frame, bytes, sentAt, options)
}

function decodeUnescaped(frame: Buffer, options: DecodeOptions): Decoded<Message> {
  const bytes = frame.subarray(1, -1)
  const sentAt = Array.from({ length: bytes.length + 1 }, (_, at) => at + 1)
  return read(frame, bytes, sentAt, options)
}

function read(frame: Buffer, bytes: Buffer, sentAt: readonly number[], options: DecodeOptions): Decoded<Message> {
  const fields = new FieldList(frame, sentAt)
  const fail = (...problems: FrameProblem[]): Decoded<Message> => ({ ok: false, fields: fields.list, problems })
  const short = (needed: number) => problemAt(frame.length - 1, 'too-short', `消息太短：应至少有 ${needed} 字节`)
  if (bytes.length < 13) return fail(short(13))
  const id = bytes.readUInt16BE(0)
  fields.add(0, 2, '消息 ID', `0x${hex(id, 4)} ${messageTitles[id] ?? '未知消息'}`)
  const attributes = bytes.readUInt16BE(2)
  const is2019 = (attributes & 0x4000) !== 0
  const isPart = (attributes & 0x2000) !== 0
  const encryption = (attributes >> 10) & 7
  const bodyLength = attributes & 0x3ff
  fields.add(2, 2, '消息体属性', describeAttributes(bodyLength, encryption, isPart, is2019))
  const headLength = (is2019 ? 17 : 12) + (isPart ? 4 : 0)
  if (bytes.length < headLength + 1) return fail(short(headLength + 1))
  const phoneAt = is2019 ? 5 : 4
  const phone = bytes.toString('hex', phoneAt, phoneAt + (is2019 ? 10 : 6))
  if (is2019) fields.add(4, 1, '协议版本号', bytes[4] as number)
  fields.add(phoneAt, phone.length / 2, '终端手机号', phone)
  const serialAt = phoneAt + phone.length / 2
  const serial = bytes.readUInt16BE(serialAt)
  fields.add(serialAt, 2, '消息流水号', serial)
  const part = isPart
    ? { total: bytes.readUInt16BE(serialAt + 2), number: bytes.readUInt16BE(serialAt + 4) }
    : undefined
  if (part) fields.add(serialAt + 2, 4, '分包', `共 ${part.total} 包，第 ${part.number} 包`)
  const body = bytes.subarray(headLength, -1)
  const problems = frameProblems(bytes, body, bodyLength, part, fields)
  const message: Message = {
    id,
    phone,
    serial,
    ...(is2019 && { version: bytes[4] as number }),
    encryption,
    ...(part && { part }),
    body,
  }
  if (problems.length === 0 && options.body !== 'left')
    message.content = readContent(message, headLength, fields, options, problems)
  fields.add(bytes.length - 1, 1, '校验码', `0x${hex(bytes.at(-1) as number, 2)}`)
  return problems.length > 0 ? fail(...problems) : { ok: true, value: message, fields: fields.list }
}

function frameProblems(
  bytes: Buffer,
  body: Buffer,
  bodyLength: number,
  part: Message['part'],
  fields: FieldList,
): FrameProblem[] {
  const problems: FrameProblem[] = []
  if (body.length !== bodyLength) {
    const text = `消息体长度写的是 ${bodyLength}，实际是 ${body.length}`
    problems.push(problemAt(fields.place(2), 'length-mismatch', text))
  }
  const right = xor(bytes.subarray(0, -1))
  if (bytes.at(-1) !== right) {
    const text = `校验码应为 0x${hex(right, 2)}，收到 0x${hex(bytes.at(-1) as number, 2)}`
    problems.push(problemAt(fields.place(bytes.length - 1), 'check-mismatch', text))
  }
  if (part && (part.number < 1 || part.number > part.total))
    problems.push(problemAt(fields.place(bytes.length - body.length - 5), 'bad-part', `包序号应为 1 到 ${part.total}`))
  return problems
}

function readContent(
  message: Message,
  at: number,
  fields: FieldList,
  { tlv }: DecodeOptions,
  problems: FrameProblem[],
): Body | undefined {
  const { body, part, encryption } = message
  if (body.length === 0) return undefined
  if (encryption !== 0 || (part && part.total > 1)) {
    const why = encryption !== 0 ? '加密，没有密钥不能解读' : '分包，收齐后才能解读'
    fields.add(at, body.length, '消息体', why)
    return undefined
  }
  const read = readBody(message.id, body, { version2019: message.version !== undefined, ...(tlv && { tlv }) })
  for (const field of read.fields) fields.add(at + field.at, field.length, field.name, field.value)
  for (const { at: offset, code, text } of read.problems)
    problems.push(problemAt(fields.place(at + offset), code, text))
  return read.body
}

function describeAttributes(length: number, encryption: number, isPart: boolean, is2019: boolean): string {
  const coded = ['不加密', 'RSA 加密'][encryption] ?? `加密方式 ${encryption}`
  return `消息体 ${length} 字节，${coded}，${isPart ? '分包' : '不分包'}，${is2019 ? '2019 版' : '2011/2013 版'}`
}

export function hex(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, '0')
}
