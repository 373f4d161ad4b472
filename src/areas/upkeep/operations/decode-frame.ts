import { choice, text } from '../../../language/index.ts'
import type { Operation } from '../../../platform/operation.ts'
import { bytesOfHex, type Decoded } from '../../../standards/frame.ts'
import { decodeGb26875 } from '../../../standards/gb26875/index.ts'
import { type CrcVariant, decodeHj212 } from '../../../standards/hj212/index.ts'
import { decodeJt808, standardTlv, vendorTlv } from '../../../standards/jt808/index.ts'
import { decodeJt1078 } from '../../../standards/jt1078/index.ts'
import { decodeModbusRtu, decodeModbusTcp } from '../../../standards/modbus/index.ts'

const protocols = {
  hj212: 'HJ 212（油烟、污水）',
  jt808: 'JT/T 808（车辆）',
  jt1078: 'JT/T 1078（车载视频）',
  gb26875: 'GB/T 26875.3（燃气、消防）',
  'modbus-rtu': 'Modbus RTU',
  'modbus-tcp': 'Modbus TCP',
} as const
type Protocol = keyof typeof protocols

const decoders: Readonly<Record<Protocol, (bytes: Buffer, crc: CrcVariant) => Decoded<unknown>>> = {
  hj212: (bytes, crc) => decodeHj212(bytes, { crc, tail: 'optional' }),
  jt808: (bytes) => decodeJt808(bytes, { tlv: { ...vendorTlv['temp-51'], ...standardTlv }, unescaped: 'tried' }),
  jt1078: decodeJt1078,
  gb26875: decodeGb26875,
  'modbus-rtu': decodeModbusRtu,
  'modbus-tcp': decodeModbusTcp,
}

/**
 * 报文解析: a frame read field by field, for whoever supports devices. A frame that is not right is an answer too:
 * `ok` is false, `problem` tells the byte and the reason, `fields` what could be read before.
 */
export const decodeFrame: Operation = {
  name: 'decode-frame',
  title: '报文解析',
  help: '粘贴设备发来的一帧报文，逐个字段看它说了什么，或者错在哪里。',
  fields: {
    protocol: choice({ title: '协议', required: true, options: protocols }),
    frame: text({
      title: '报文',
      help: '十六进制；HJ 212 也可以直接粘贴文本',
      required: true,
      max: 24_000,
      multiline: true,
    }),
    crc: choice({
      title: 'HJ 212 校验算法',
      options: { standard: '标准', modbus: 'MODBUS', 'modbus-swapped': 'MODBUS 字节交换' },
    }),
  },
  roles: ['city', 'county', 'enterprise', 'system'],
  async run(_, input) {
    const { protocol, frame, crc = 'standard' } = input as { protocol: Protocol; frame: string; crc?: CrcVariant }
    const bytes = protocol === 'hj212' ? bytesOfPacket(frame) : bytesOfHex(frame)
    if (!bytes) return notHex(protocol, frame)
    const decoded = decoders[protocol](bytes, crc)
    const answer = { protocol, length: bytes.length, hex: bytes.toString('hex'), fields: decoded.fields }
    if (decoded.ok) return { ok: true, ...answer, value: plain(decoded.value), problem: null, problems: [] }
    return { ok: false, ...answer, problem: decoded.problems[0], problems: decoded.problems }
  },
}

/** A packet of text, or its bytes in hexadecimal (they begin with 23 23). */
function bytesOfPacket(frame: string): Buffer {
  const hex = bytesOfHex(frame)
  if (hex?.toString('latin1', 0, 2) === '##') return hex
  // Escapes copied out of programs stand for the bytes they name; a long packet was broken into lines on its way here.
  const text = frame.replace(/\\r/g, '\r').replace(/\\n/g, '\n').trim()
  return Buffer.from(`${text.replace(/[\r\n]/g, '')}${/(\\r|\\n)$/.test(frame) ? '\r\n' : ''}`, 'utf8')
}

function notHex(protocol: Protocol, frame: string) {
  const strange = frame.search(/[^0-9a-f\sx\\,:-]/i)
  const offset = strange < 0 ? frame.length - 1 : strange
  const digits = frame.replace(/0x|[^0-9a-f]/gi, '').length
  const why = strange < 0 ? `现在有 ${digits} 位，少了半个字节` : `第 ${offset + 1} 个字符起看不懂`
  const text = `应为十六进制数，每个字节两位（${why}）`
  const problem = { code: 'not-hex', text, at: '/frame', offset }
  return { ok: false, protocol, length: 0, hex: '', fields: [], problem, problems: [problem] }
}

/** A decoded frame as JSON: bytes as hexadecimal, maps as objects. */
function plain(value: unknown): unknown {
  if (Buffer.isBuffer(value)) return value.toString('hex')
  if (value instanceof Date) return value.toISOString()
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, each]) => [key, plain(each)]))
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]))
}
