import { type Decoded, FieldList, type FrameProblem, problemAt } from '../frame.ts'
import { crc16 } from './crc.ts'

/** One MODBUS message without its envelope. */
export type Pdu = {
  unit: number
  function: number
  /** Set in an answer that refuses. */
  exception?: number
  /** Set in a request: first register or coil, and how many. */
  request?: { address: number; count: number }
  /** Set in an answer that reads registers, each 0..65535. */
  registers?: number[]
  /** Set in an answer that reads coils or inputs; padded to whole bytes. */
  bits?: boolean[]
  /** Set where something was written: address and value, or address and count. */
  written?: { address: number; value: number }
  /** Set in MODBUS TCP. */
  transaction?: number
}

const functions: Readonly<Record<number, string>> = {
  1: '读线圈',
  2: '读离散输入',
  3: '读保持寄存器',
  4: '读输入寄存器',
  5: '写单个线圈',
  6: '写单个寄存器',
  15: '写多个线圈',
  16: '写多个寄存器',
}
/** Known by name; what they carry stays bytes. */
const others: Readonly<Record<number, string>> = {
  7: '读异常状态',
  8: '诊断',
  11: '读通信事件计数',
  12: '读通信事件记录',
  17: '报告从站标识',
  20: '读文件记录',
  21: '写文件记录',
  22: '屏蔽写寄存器',
  23: '读写多个寄存器',
  24: '读先进先出队列',
  43: '读设备标识',
}
export const exceptions: Readonly<Record<number, string>> = {
  1: '不支持的功能码',
  2: '数据地址无效',
  3: '数据值无效',
  4: '从站设备故障',
  5: '已接受，处理中',
  6: '从站设备忙',
  8: '存储奇偶校验错误',
  10: '网关路径不可用',
  11: '网关目标设备无响应',
}

/** Reads one MODBUS RTU frame with its CRC. Requests and answers of functions 1 to 6, 15 and 16. Never throws. */
export function decodeModbusRtu(bytes: Uint8Array): Decoded<Pdu> {
  const frame = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const fields = new FieldList(frame)
  const fail = (...problems: FrameProblem[]): Decoded<Pdu> => ({ ok: false, fields: fields.list, problems })
  if (frame.length < 4) return fail(problemAt(frame.length, 'too-short', '报文太短：应至少有 4 字节'))
  if (frame.length > 256) return fail(problemAt(256, 'too-long', '报文太长：最多 256 字节'))
  const crcAt = frame.length - 2
  const right = crc16(frame.subarray(0, crcAt))
  fields.add(0, 1, '从站地址', frame[0] as number)
  const read = readPdu(frame.subarray(1, crcAt), 1, fields)
  fields.add(crcAt, 2, 'CRC（低字节在前）', frame.toString('hex', crcAt))
  if (frame.readUInt16LE(crcAt) !== right) {
    const swapped = Buffer.of(right & 0xff, right >> 8).toString('hex')
    return fail(problemAt(crcAt, 'crc-mismatch', `CRC 应为 ${swapped}，收到 ${frame.toString('hex', crcAt)}`))
  }
  if ('problem' in read) return fail(read.problem)
  return { ok: true, fields: fields.list, value: { unit: frame[0] as number, ...read } }
}

/** Reads one MODBUS TCP message (MBAP head). Never throws. */
export function decodeModbusTcp(bytes: Uint8Array): Decoded<Pdu> {
  const frame = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const fields = new FieldList(frame)
  const fail = (...problems: FrameProblem[]): Decoded<Pdu> => ({ ok: false, fields: fields.list, problems })
  if (frame.length < 8) return fail(problemAt(frame.length, 'too-short', '报文太短：应至少有 8 字节'))
  const length = frame.readUInt16BE(4)
  fields.add(0, 2, '事务标识', frame.readUInt16BE(0))
  fields.add(2, 2, '协议标识', frame.readUInt16BE(2))
  fields.add(4, 2, '长度', length)
  if (frame.readUInt16BE(2) !== 0) return fail(problemAt(2, 'bad-protocol', '协议标识应为 0'))
  if (length !== frame.length - 6)
    return fail(problemAt(4, 'length-mismatch', `长度写的是 ${length}，实际是 ${frame.length - 6}`))
  fields.add(6, 1, '单元标识', frame[6] as number)
  const read = readPdu(frame.subarray(7), 7, fields)
  if ('problem' in read) return fail(read.problem)
  const value = { unit: frame[6] as number, transaction: frame.readUInt16BE(0), ...read }
  return { ok: true, fields: fields.list, value }
}

type Read = Omit<Pdu, 'unit'> | { problem: FrameProblem }

function readPdu(pdu: Buffer, at: number, fields: FieldList): Read {
  const code = pdu[0] as number
  const known = code & 0x7f
  fields.add(
    at,
    1,
    '功能码',
    `${code}（${functions[known] ?? others[known] ?? '其他'}${code > 0x7f ? '，异常应答' : ''}）`,
  )
  if (code > 0x7f) {
    const exception = pdu[1] as number
    if (pdu.length !== 2) return { problem: problemAt(at + 1, 'length-mismatch', '异常应答应为 2 字节') }
    fields.add(at + 1, 1, '异常码', `${exception}（${exceptions[exception] ?? '其他'}）`)
    return { function: known, exception }
  }
  if (!functions[known]) {
    fields.add(at + 1, pdu.length - 1, '数据', pdu.toString('hex', 1))
    return { function: code }
  }
  if (code <= 4 && isAnswer(code, pdu)) return readValues(code, pdu, at, fields)
  if (pdu.length !== 5 && code !== 15 && code !== 16)
    return { problem: problemAt(at + 1, 'length-mismatch', '字节数与功能码不符：请求 5 字节，读应答按其字节数') }
  if (pdu.length < 5) return { problem: problemAt(at + 1, 'too-short', '报文太短') }
  if (pdu.length > 5 && pdu[5] !== pdu.length - 6)
    return { problem: problemAt(at + 5, 'length-mismatch', `字节数写的是 ${pdu[5]}，实际是 ${pdu.length - 6}`) }
  const address = pdu.readUInt16BE(1)
  const value = pdu.readUInt16BE(3)
  const wrong = wrongCount(code, value, pdu)
  if (wrong) return { problem: problemAt(at + 3, 'bad-count', wrong) }
  fields.add(at + 1, 2, '起始地址', address)
  fields.add(at + 3, 2, code === 5 || code === 6 ? '写入值' : '数量', value)
  if (pdu.length > 5) fields.add(at + 5, pdu.length - 5, '写入数据', pdu.toString('hex', 5))
  return code <= 4
    ? { function: code, request: { address, count: value } }
    : { function: code, written: { address, value } }
}

/** How many may be read or written at once (MODBUS Application Protocol V1.1b3, 6.1 to 6.12), and that the bytes are as many. */
const countMax: Readonly<Record<number, number>> = { 1: 2000, 2: 2000, 3: 125, 4: 125, 15: 1968, 16: 123 }

function wrongCount(code: number, value: number, pdu: Buffer): string | undefined {
  if (code === 5) return value === 0 || value === 0xff00 ? undefined : '线圈的写入值应为 0000 或 FF00'
  const max = countMax[code]
  if (max === undefined) return undefined
  if (value < 1 || value > max) return `数量应为 1 到 ${max}`
  const needed = code === 15 ? Math.ceil(value / 8) : value * 2
  return pdu.length > 5 && pdu[5] !== needed ? `${value} 个应有 ${needed} 字节数据，写的是 ${pdu[5]}` : undefined
}

/** An answer's second byte counts what follows; where registers' bytes would be odd, it is a request from address 0x03.. on. */
function isAnswer(code: number, pdu: Buffer): boolean {
  const counted = pdu[1] === pdu.length - 2
  return counted && !(code >= 3 && pdu.length === 5)
}

function readValues(code: number, pdu: Buffer, at: number, fields: FieldList): Read {
  const length = pdu[1] as number
  fields.add(at + 1, 1, '字节数', length)
  if (code <= 2) {
    const bits = [...pdu.subarray(2)].flatMap((byte) => Array.from({ length: 8 }, (_, n) => ((byte >> n) & 1) === 1))
    fields.add(at + 2, length, '状态', bits.map(Number).join(''))
    return { function: code, bits }
  }
  if (length % 2 !== 0) return { problem: problemAt(at + 1, 'odd-bytes', '寄存器应答的字节数应为偶数') }
  const registers: number[] = []
  for (let n = 0; n < length / 2; n++) {
    const value = pdu.readUInt16BE(2 + 2 * n)
    registers.push(value)
    const signed = value > 0x7fff ? `${value}（有符号 ${value - 0x10000}）` : `${value}`
    fields.add(at + 2 + 2 * n, 2, `寄存器 ${n + 1}`, signed)
  }
  return { function: code, registers }
}
