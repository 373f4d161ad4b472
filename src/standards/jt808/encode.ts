import { escapeFrame, xor } from './escape.ts'

/** A message to a terminal, in the head of its own version. */
export type Outgoing = { id: number; phone: string; serial: number; version?: number; body: Uint8Array }

/** A whole frame. The phone is as the terminal sent it: 12 digits, 20 with a version. Bodies over 1023 bytes throw. */
export function encodeJt808({ id, phone, serial, version, body }: Outgoing): Buffer {
  if (body.length > 1023) throw new RangeError(`消息体 ${body.length} 字节，最多 1023`)
  const digits = version === undefined ? 12 : 20
  const number = phone.padStart(digits, '0').slice(-digits)
  const head = Buffer.alloc(4)
  head.writeUInt16BE(id, 0)
  head.writeUInt16BE(body.length | (version === undefined ? 0 : 0x4000), 2)
  const order = Buffer.alloc(2)
  order.writeUInt16BE(serial & 0xffff)
  const versionByte = version === undefined ? Buffer.alloc(0) : Buffer.of(version)
  const bytes = Buffer.concat([head, versionByte, Buffer.from(number, 'hex'), order, body])
  return escapeFrame(Buffer.concat([bytes, Buffer.of(xor(bytes))]))
}

/** 0x8001: to message `id` of that serial; 0 done, 1 failed, 2 message wrong, 3 not supported. */
export function generalAnswer(answers: number, id: number, result: 0 | 1 | 2 | 3): Buffer {
  const body = Buffer.alloc(5)
  body.writeUInt16BE(answers, 0)
  body.writeUInt16BE(id, 2)
  body[4] = result
  return body
}

/** 0x8100: 0 done with the authentication code, 1 vehicle registered already, 2 no such vehicle, 3 terminal registered already, 4 no such terminal. */
export function registrationAnswer(answers: number, result: 0 | 1 | 2 | 3 | 4, code = ''): Buffer {
  const head = Buffer.alloc(3)
  head.writeUInt16BE(answers, 0)
  head[2] = result
  return result === 0 ? Buffer.concat([head, Buffer.from(code, 'ascii')]) : head
}

/** 0x8003: those parts once more, of the message whose first part had that serial; counted in a byte, since 2019 in two†. */
export function partsRequest(first: number, numbers: readonly number[], version2019: boolean): Buffer {
  const body = Buffer.alloc(2 + (version2019 ? 2 : 1) + 2 * numbers.length)
  body.writeUInt16BE(first, 0)
  body.writeUIntBE(numbers.length, 2, version2019 ? 2 : 1)
  for (const [index, number] of numbers.entries())
    body.writeUInt16BE(number, body.length - 2 * (numbers.length - index))
  return body
}

/** 0x8004: the server's time, BCD, in UTC as JT/T 808-2019 asks†. */
export function serverTime(now: Date): Buffer {
  return Buffer.from(now.toISOString().slice(2, 19).replace(/\D/g, ''), 'hex')
}
