import { crc16 } from './crc.ts'

/** What to read: 1 coils, 2 inputs, 3 holding or 4 input registers. */
export type ReadRequest = { unit: number; function: 1 | 2 | 3 | 4; address: number; count: number }

function pduOf({ function: code, address, count }: ReadRequest): Buffer {
  const pdu = Buffer.alloc(5)
  pdu[0] = code
  pdu.writeUInt16BE(address, 1)
  pdu.writeUInt16BE(count, 3)
  return pdu
}

/** A request in the RTU envelope, CRC low byte first. */
export function encodeModbusRtu(request: ReadRequest): Buffer {
  return withCrc(Buffer.concat([Buffer.of(request.unit), pduOf(request)]))
}

/** Address and PDU with their CRC. */
export function withCrc(bytes: Uint8Array): Buffer {
  const crc = crc16(bytes)
  return Buffer.concat([bytes, Buffer.of(crc & 0xff, crc >> 8)])
}

/** A request in the MBAP envelope. */
export function encodeModbusTcp(request: ReadRequest, transaction: number): Buffer {
  const head = Buffer.alloc(7)
  head.writeUInt16BE(transaction & 0xffff, 0)
  head.writeUInt16BE(6, 4)
  head[6] = request.unit
  return Buffer.concat([head, pduOf(request)])
}
