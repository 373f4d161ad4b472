import { shanghaiMs } from '../china/clock.ts'
import type { FireHead } from './decode.ts'
import { sumOf } from './sum.ts'

/** A whole packet; the time is China Standard Time. Throws a RangeError over 1024 bytes of application data. */
export function encodeGb26875(packet: {
  serial: number
  version: string
  at: Date
  source: string
  target: string
  command: number
  app?: Uint8Array
}): Buffer {
  const { serial, version, at, source, target, command, app = Buffer.alloc(0) } = packet
  if (app.length > 1024) throw new RangeError(`应用数据单元 ${app.length} 字节，最多 1024`)
  const head = Buffer.alloc(25)
  head.writeUInt16LE(serial & 0xffff, 0)
  const [major = 1, minor = 0] = version.split('.').map(Number)
  head[2] = major
  head[3] = minor
  const clock = new Date(at.getTime() + shanghaiMs)
  const time = [clock.getUTCSeconds(), clock.getUTCMinutes(), clock.getUTCHours(), clock.getUTCDate()]
  Buffer.from([...time, clock.getUTCMonth() + 1, clock.getUTCFullYear() - 2000]).copy(head, 4)
  Buffer.from(source, 'hex').reverse().copy(head, 10)
  Buffer.from(target, 'hex').reverse().copy(head, 16)
  head.writeUInt16LE(app.length, 22)
  head[24] = command
  const summed = Buffer.concat([head, app])
  return Buffer.concat([Buffer.from('@@'), summed, Buffer.of(sumOf(summed)), Buffer.from('##')])
}

/** The platform's confirmation (3) or denial (6) of a packet: same serial, addresses turned round. */
export function answerGb26875(packet: FireHead, command: 3 | 6, now: Date): Buffer {
  const { serial, version, source, target } = packet
  return encodeGb26875({ serial, version, at: now, source: target, target: source, command })
}
