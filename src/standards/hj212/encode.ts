import { type CrcVariant, checkOf } from './crc.ts'
import type { Packet } from './decode.ts'

/** A packet around a data segment of ASCII text. Throws a RangeError over the 9999 bytes that four digits can say. */
export function encodeHj212(segment: string, crc: CrcVariant = 'standard'): Buffer {
  const bytes = Buffer.from(segment, 'latin1')
  if (bytes.length > 9999) throw new RangeError(`数据段 ${bytes.length} 字节，最多 9999`)
  const length = String(bytes.length).padStart(4, '0')
  return Buffer.concat([Buffer.from(`##${length}`), bytes, Buffer.from(`${checkOf(bytes, crc)}\r\n`)])
}

/**
 * The platform's answer to a packet that wants one: 9014 to data, 9013 to any other notification; undefined where none
 * is wanted. HJ/T 212-2005 (version 0) names the answered packet within CP†, later versions by the same QN.
 */
export function answerHj212(packet: Packet, crc: CrcVariant = 'standard'): Buffer | undefined {
  const { head, flag } = packet
  if (!flag?.needAck || /^901[1-4]$/.test(head.CN ?? '')) return undefined
  const CN = /^[23]/.test(head.CN ?? '') ? '9014' : '9013'
  const named = `ST=91;CN=${CN};${head.PW === undefined ? '' : `PW=${head.PW};`}MN=${head.MN}`
  const version = flag.version << 2
  const QN = head.QN ?? ''
  if (flag.version === 0) return encodeHj212(`${named};Flag=0;CP=&&QN=${QN};CN=${head.CN}&&`, crc)
  return encodeHj212(`${QN && `QN=${QN};`}${named};Flag=${version};CP=&&&&`, crc)
}
