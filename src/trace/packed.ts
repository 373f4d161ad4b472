import { promisify } from 'node:util'
import { constants, crc32, deflateRaw, inflateRaw } from 'node:zlib'

const deflate = promisify(deflateRaw)
const inflate = promisify(inflateRaw)

/** A text kept compressed, to which a short end is added without compressing it again. */
export type Packed = { body: Buffer; crc: number; length: number }

const gzipHead = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255])

/** Compresses a text that is open at its end. Runs beside the event loop. */
export async function pack(text: Buffer): Promise<Packed> {
  const body = await deflate(text, { level: 4, finishFlush: constants.Z_SYNC_FLUSH })
  return { body, crc: crc32(text), length: text.length }
}

/** The whole as gzip (RFC 1952): what was packed, then the end as a stored block (RFC 1951, 3.2.4). At most 65,535 bytes. */
export function gzipOf({ body, crc, length }: Packed, end: Buffer): Buffer {
  const stored = Buffer.alloc(5)
  stored[0] = 1
  stored.writeUInt16LE(end.length, 1)
  stored.writeUInt16LE(~end.length & 0xffff, 3)
  const foot = Buffer.alloc(8)
  foot.writeUInt32LE(crc32(end, crc), 0)
  foot.writeUInt32LE((length + end.length) % 2 ** 32, 4)
  return Buffer.concat([gzipHead, body, stored, end, foot])
}

/** The whole as it was. */
export async function textOf({ body }: Packed, end: Buffer): Promise<Buffer> {
  return Buffer.concat([await inflate(body, { finishFlush: constants.Z_SYNC_FLUSH }), end])
}
