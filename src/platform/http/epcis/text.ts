import { isUtf8 } from 'node:buffer'
import type { IncomingHttpHeaders } from 'node:http'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { Failure } from '../../../failure.ts'
import { isXml } from './media.ts'

/** Refuses a compressed body: it is not unpacked, and read as it is it would be called broken. */
export function requirePlain(headers: IncomingHttpHeaders): void {
  const coding = headers['content-encoding']
  if (coding !== undefined && coding !== 'identity')
    throw new Failure(415, 'content-encoding', `不接受压缩的内容（Content-Encoding: ${coding}），请直接提交`)
}

const unzip = promisify(gunzip)

/** A body that may have come by gzip, unpacked. Throws 413 where it is larger then than `bytesMax`, 415 for other codings. */
export async function unpacked(body: Buffer, headers: IncomingHttpHeaders, bytesMax: number): Promise<Buffer> {
  const coding = headers['content-encoding']
  if (coding === undefined || !/^(?:x-)?gzip$/i.test(coding)) {
    requirePlain(headers)
    return body
  }
  try {
    return await unzip(body, { maxOutputLength: bytesMax })
  } catch (error) {
    if (error instanceof RangeError)
      throw new Failure(413, 'too-large', `内容解压后最大 ${bytesMax} 字节，请分几次提交`)
    throw new Failure(400, 'content-encoding', '内容不是完整的 gzip 压缩数据')
  }
}

/**
 * The text of a body, in the encoding that its Content-Type, its byte order mark or its XML declaration names, else
 * UTF-8. Throws 415 where that is none we read, 400 where the bytes are not of it: a character
 * lost unseen would be stored for ever.
 */
export function readText(body: Buffer, headers: IncomingHttpHeaders): string {
  const encoding = encodingOf(body, headers['content-type'] ?? '')
  if (/^utf-?8$/i.test(encoding)) {
    if (!isUtf8(body)) throw notIn(encoding)
    const text = body.toString('utf8')
    return text.startsWith('\uFEFF') ? text.slice(1) : text
  }
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(body)
  } catch (error) {
    if (error instanceof RangeError) {
      throw new Failure(415, 'encoding', `不认识字符编码 ${encoding}，请使用 UTF-8`)
    }
    throw notIn(encoding)
  }
}

function notIn(encoding: string): Failure {
  return new Failure(400, 'encoding', `内容中有不属于 ${encoding} 编码的字节，请按 UTF-8 保存后再提交`)
}

function encodingOf(body: Buffer, type: string): string {
  const named = /;\s*charset="?([\w.:-]+)"?/i.exec(type)?.[1]
  if (named !== undefined) return named
  if (body[0] === 0xfe && body[1] === 0xff) return 'utf-16be'
  if (body[0] === 0xff && body[1] === 0xfe) return 'utf-16le'
  // XML begins with `<`, and the two kinds of UTF-16 need no mark where they are told apart by it (XML 1.0, F.1).
  if (isXml(type) && body[0] === 0 && body[1] === 0x3c) return 'utf-16be'
  if (isXml(type) && body[0] === 0x3c && body[1] === 0) return 'utf-16le'
  const declared =
    isXml(type) && /^\s*<\?xml[^>]*\bencoding\s*=\s*["']([\w.:-]+)["']/.exec(body.toString('latin1', 0, 200))
  return declared ? (declared[1] as string) : 'utf-8'
}
