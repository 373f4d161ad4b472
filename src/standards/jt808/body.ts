import { chineseText } from '../frame.ts'
import { type Location, readLocation } from './location.ts'
import { messageTitles } from './titles.ts'
import { standardTlv, type TlvMap } from './tlv.ts'

/** What the bodies that a platform must understand say. */
export type Body =
  | { type: 'ack'; serial: number; id: number; result: number }
  | {
      type: 'registration'
      province: number
      city: number
      maker: string
      model: string
      terminalId: string
      colour: number
      plate: string
    }
  | { type: 'registered'; serial: number; result: number; code: string }
  | { type: 'authentication'; code: string; imei?: string; software?: string }
  | { type: 'locations'; late: boolean; locations: Location[]; answers?: number }
  | { type: 'text'; text: string }

export type BodyField = { at: number; length: number; name: string; value: string }
type BodyProblem = { at: number; code: string; text: string }
export type BodyRead = { body?: Body; fields: BodyField[]; problems: BodyProblem[] }
export type BodyOptions = { version2019: boolean; tlv?: TlvMap }

type Reader = (bytes: Buffer, options: BodyOptions, read: BodyRead) => Body | undefined

/** Reads a message body; a message that is not known stays bytes. */
export function readBody(id: number, bytes: Buffer, options: BodyOptions): BodyRead {
  const read: BodyRead = { fields: [], problems: [] }
  const reader = readers[id]
  const least = leastBytes[id] ?? 0
  if (bytes.length < least) {
    read.problems.push({
      at: bytes.length,
      code: 'body-short',
      text: `${messageTitles[id]}的消息体应至少有 ${least} 字节`,
    })
    return read
  }
  const body = reader?.(bytes, options, read)
  if (!reader) add(read, 0, bytes.length, '消息体', bytes.toString('hex'))
  if (body) read.body = body
  return read
}

const leastBytes: Readonly<Record<number, number>> = {
  1: 5,
  256: 25,
  258: 1,
  512: 28,
  513: 30,
  1796: 3,
  32769: 5,
  33024: 3,
}

function add(read: BodyRead, at: number, length: number, name: string, value: string | number): void {
  read.fields.push({ at, length, name, value: String(value) })
}

const acknowledgements = ['成功', '失败', '消息有误', '不支持', '报警处理确认']

function acknowledgement(bytes: Buffer, _: BodyOptions, read: BodyRead): Body {
  const body = {
    type: 'ack' as const,
    serial: bytes.readUInt16BE(0),
    id: bytes.readUInt16BE(2),
    result: bytes.readUInt8(4),
  }
  add(read, 0, 2, '应答流水号', body.serial)
  add(
    read,
    2,
    2,
    '应答 ID',
    `0x${body.id.toString(16).toUpperCase().padStart(4, '0')} ${messageTitles[body.id] ?? ''}`.trim(),
  )
  add(read, 4, 1, '结果', `${body.result}（${acknowledgements[body.result] ?? '未知'}）`)
  return body
}

/** Lengths of maker, model and terminal id: 2011, 2013 and 2019 differ, and only the length of the body tells. */
function registrationLayout(length: number, version2019: boolean): [number, number, number] {
  if (version2019 && length >= 76) return [11, 30, 30]
  return length >= 37 ? [5, 20, 7] : [5, 8, 7]
}

function registration(bytes: Buffer, { version2019 }: BodyOptions, read: BodyRead): Body {
  const [makerLength, modelLength, idLength] = registrationLayout(bytes.length, version2019)
  const modelAt = 4 + makerLength
  const idAt = modelAt + modelLength
  const colourAt = idAt + idLength
  const body = {
    type: 'registration' as const,
    province: bytes.readUInt16BE(0),
    city: bytes.readUInt16BE(2),
    maker: textOf(bytes, 4, makerLength),
    model: textOf(bytes, modelAt, modelLength),
    terminalId: textOf(bytes, idAt, idLength),
    colour: bytes[colourAt] ?? 0,
    plate: textOf(bytes, colourAt + 1, bytes.length - colourAt - 1),
  }
  add(read, 0, 2, '省域 ID', body.province)
  add(read, 2, 2, '市县域 ID', body.city)
  add(read, 4, makerLength, '制造商 ID', body.maker)
  add(read, modelAt, modelLength, '终端型号', body.model)
  add(read, idAt, idLength, '终端 ID', body.terminalId)
  if (colourAt < bytes.length) add(read, colourAt, 1, '车牌颜色', body.colour)
  if (colourAt + 1 < bytes.length) add(read, colourAt + 1, bytes.length - colourAt - 1, '车辆标识', body.plate)
  return body
}

function registered(bytes: Buffer, _: BodyOptions, read: BodyRead): Body {
  const results = ['成功', '车辆已被注册', '数据库中无该车辆', '终端已被注册', '数据库中无该终端']
  const body = {
    type: 'registered' as const,
    serial: bytes.readUInt16BE(0),
    result: bytes.readUInt8(2),
    code: chineseText(bytes.subarray(3)),
  }
  add(read, 0, 2, '应答流水号', body.serial)
  add(read, 2, 1, '结果', `${body.result}（${results[body.result] ?? '未知'}）`)
  if (bytes.length > 3) add(read, 3, bytes.length - 3, '鉴权码', body.code)
  return body
}

function authentication(bytes: Buffer, { version2019 }: BodyOptions, read: BodyRead): Body | undefined {
  const codeLength = bytes.readUInt8(0)
  if (!version2019 || 1 + codeLength > bytes.length) {
    const code = chineseText(bytes)
    add(read, 0, bytes.length, '鉴权码', code)
    return { type: 'authentication', code }
  }
  const code = chineseText(bytes.subarray(1, 1 + codeLength))
  const imei = textOf(bytes, 1 + codeLength, 15)
  const software = textOf(bytes, 16 + codeLength, 20)
  add(read, 0, 1, '鉴权码长度', codeLength)
  add(read, 1, codeLength, '鉴权码', code)
  if (bytes.length > 1 + codeLength)
    add(read, 1 + codeLength, Math.min(15, bytes.length - 1 - codeLength), '终端 IMEI', imei)
  if (bytes.length > 16 + codeLength) add(read, 16 + codeLength, bytes.length - 16 - codeLength, '软件版本号', software)
  return { type: 'authentication', code, imei, software }
}

/** Places a location that was read on its own within the body. */
function locationIn(
  bytes: Buffer,
  at: number,
  length: number,
  options: BodyOptions,
  read: BodyRead,
): Location | undefined {
  const { location, fields, problem } = readLocation(bytes.subarray(at, at + length), options.tlv ?? standardTlv)
  for (const field of fields) read.fields.push({ ...field, at: at + field.at })
  if (problem) read.problems.push({ ...problem, at: at + problem.at })
  return location
}

function location(bytes: Buffer, options: BodyOptions, read: BodyRead): Body | undefined {
  const found = locationIn(bytes, 0, bytes.length, options, read)
  return found && { type: 'locations', late: false, locations: [found] }
}

function locationAnswer(bytes: Buffer, options: BodyOptions, read: BodyRead): Body | undefined {
  add(read, 0, 2, '应答流水号', bytes.readUInt16BE(0))
  const found = locationIn(bytes, 2, bytes.length - 2, options, read)
  return found && { type: 'locations', late: false, locations: [found], answers: bytes.readUInt16BE(0) }
}

function locationBatch(bytes: Buffer, options: BodyOptions, read: BodyRead): Body | undefined {
  const count = bytes.readUInt16BE(0)
  const late = bytes.readUInt8(2) === 1
  add(read, 0, 2, '数据项个数', count)
  add(read, 2, 1, '位置数据类型', late ? '1（盲区补报）' : `${bytes[2]}（正常位置批量汇报）`)
  const locations: Location[] = []
  let at = 3
  for (let n = 0; n < count; n++) {
    const length = at + 2 <= bytes.length ? bytes.readUInt16BE(at) : -1
    if (length < 0 || at + 2 + length > bytes.length) {
      read.problems.push({ at, code: 'body-short', text: `写明 ${count} 个位置，第 ${n + 1} 个不完整` })
      return undefined
    }
    add(read, at, 2, `位置 ${n + 1} 长度`, length)
    const found = locationIn(bytes, at + 2, length, options, read)
    if (!found) return undefined
    locations.push(found)
    at += 2 + length
  }
  if (at < bytes.length) add(read, at, bytes.length - at, '多余的字节', bytes.toString('hex', at))
  return { type: 'locations', late, locations }
}

const readers: Readonly<Record<number, Reader>> = {
  1: acknowledgement,
  256: registration,
  258: authentication,
  512: location,
  513: locationAnswer,
  1796: locationBatch,
  32769: acknowledgement,
  33024: registered,
}

function textOf(bytes: Buffer, at: number, length: number): string {
  return chineseText(bytes.subarray(at, Math.max(at, Math.min(at + length, bytes.length)))).trim()
}
