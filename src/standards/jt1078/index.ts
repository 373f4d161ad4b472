import { chinaClock } from '../china/clock.ts'
import { type Decoded, FieldList, type FrameProblem, problemAt } from '../frame.ts'

/** One packet of JT/T 1078-2016, table 19: a piece of picture, sound or other data of one channel of a vehicle. */
export type MediaPacket = {
  marker: boolean
  payloadType: number
  serial: number
  /** The terminal's phone number, twelve digits. */
  sim: string
  channel: number
  /** 0 I, 1 P, 2 B picture; 3 sound; 4 passed through. */
  dataType: number
  /** 0 whole, 1 first, 2 last, 3 middle piece. */
  subpackage: number
  at?: Date
  timestampMs?: number
  lastKeyMs?: number
  lastFrameMs?: number
  body: Buffer
}

const headBytes = 16
/** The standard's own limit of a packet's data. */
const bodyBytesMax = 950

const dataTypes = ['I 帧', 'P 帧', 'B 帧', '音频帧', '透传数据']
const pieces = ['原子包，不可拆分', '分包的第一个', '分包的最后一个', '分包的中间包']
/** Table 12: coding of sound (1–26) and picture (98–101). */
const payloads: Readonly<Record<number, string>> = {
  6: 'G.711A',
  7: 'G.711U',
  8: 'G.726',
  19: 'AAC',
  25: 'MP3',
  26: 'ADPCMA',
  91: '透传',
  98: 'H.264',
  99: 'H.265',
  100: 'AVS',
  101: 'SVAC',
}

/** Reads one packet, from 30 31 63 64 to the end of its data. Never throws. */
export function decodeJt1078(bytes: Uint8Array): Decoded<MediaPacket> {
  const frame = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const fields = new FieldList(frame)
  const fail = (problem: FrameProblem): Decoded<MediaPacket> => ({
    ok: false,
    fields: fields.list,
    problems: [problem],
  })
  if (frame.toString('latin1', 0, 4) !== '01cd') return fail(problemAt(0, 'no-head', '帧头标识应为 30 31 63 64'))
  fields.add(0, 4, '帧头标识', '01cd')
  if (frame.length < headBytes) return fail(tooShort(frame, headBytes))
  const [flags = 0, payload = 0] = frame.subarray(4, 6)
  const sim = frame.toString('hex', 8, 14)
  const [channel = 0, kind = 0] = frame.subarray(14, 16)
  const packet = {
    marker: payload >> 7 === 1,
    payloadType: payload & 0x7f,
    serial: frame.readUInt16BE(6),
    sim,
    channel,
    dataType: kind >> 4,
    subpackage: kind & 15,
  }
  fields.add(
    4,
    1,
    '版本、填充、扩展、CSRC',
    `V=${flags >> 6} P=${(flags >> 5) & 1} X=${(flags >> 4) & 1} CC=${flags & 15}`,
  )
  fields.add(
    5,
    1,
    '边界标志、负载类型',
    `${packet.marker ? '完整帧边界，' : ''}${payloads[packet.payloadType] ?? `预留 ${packet.payloadType}`}`,
  )
  fields.add(6, 2, '包序号', packet.serial)
  fields.add(8, 6, '终端手机号', sim)
  fields.add(14, 1, '逻辑通道号', channel)
  fields.add(15, 1, '数据类型、分包', `${dataTypes[packet.dataType] ?? '预留'}，${pieces[packet.subpackage] ?? '预留'}`)
  if (flags >> 6 !== 2) return fail(problemAt(4, 'wrong-version', `RTP 版本应为 2，实际是 ${flags >> 6}`))
  if (/[^0-9]/.test(sim)) return fail(problemAt(8, 'not-bcd', '终端手机号应为 BCD 码，每半字节 0 到 9'))
  if (packet.dataType > 4) return fail(problemAt(15, 'unknown-type', `数据类型 ${packet.dataType} 没有定义`))
  if (packet.subpackage > 3) return fail(problemAt(15, 'unknown-piece', `分包处理标记 ${packet.subpackage} 没有定义`))
  const timed = packet.dataType === 4 ? 0 : 8
  const interval = packet.dataType <= 2 ? 4 : 0
  const bodyAt = headBytes + timed + interval + 2
  if (frame.length < bodyAt) return fail(tooShort(frame, bodyAt))
  const times = timesOf(frame, timed > 0, interval > 0, fields)
  const length = frame.readUInt16BE(bodyAt - 2)
  fields.add(bodyAt - 2, 2, '数据体长度', length)
  if (length > bodyBytesMax)
    return fail(problemAt(bodyAt - 2, 'too-long', `数据体最长 ${bodyBytesMax} 字节，写的是 ${length}`))
  if (frame.length - bodyAt !== length)
    return fail(problemAt(bodyAt - 2, 'length-mismatch', `数据体长度写的是 ${length}，实际是 ${frame.length - bodyAt}`))
  const body = frame.subarray(bodyAt)
  fields.add(bodyAt, length, '数据体', `${length} 字节`)
  return { ok: true, fields: fields.list, value: { ...packet, ...times, body } }
}

const tooShort = (frame: Buffer, needed: number) =>
  problemAt(frame.length, 'too-short', `数据包太短：应至少有 ${needed} 字节，只有 ${frame.length}`)

function timesOf(frame: Buffer, timed: boolean, hasIntervals: boolean, fields: FieldList): Partial<MediaPacket> {
  if (!timed) return {}
  const timestampMs = Number(frame.readBigUInt64BE(headBytes))
  // Some terminals count from their own start: only what can be a moment of the calendar is told as one.
  const at = timestampMs > Date.UTC(2010, 0) && timestampMs < Date.UTC(2100, 0) ? new Date(timestampMs) : undefined
  fields.add(headBytes, 8, '时间戳（毫秒）', at ? `${timestampMs}（${chinaClock(at)}）` : timestampMs)
  const known = { timestampMs, ...(at && { at }) }
  if (!hasIntervals) return known
  const lastKeyMs = frame.readUInt16BE(headBytes + 8)
  const lastFrameMs = frame.readUInt16BE(headBytes + 10)
  fields.add(headBytes + 8, 2, '距上一关键帧（毫秒）', lastKeyMs)
  fields.add(headBytes + 10, 2, '距上一帧（毫秒）', lastFrameMs)
  return { ...known, lastKeyMs, lastFrameMs }
}
