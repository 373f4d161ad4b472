import type { Problem } from '../problem.ts'

/** What one audio or video message of RTMP (the body of an FLV tag) carries; times are milliseconds. */
export type Media =
  | { kind: 'video-config'; avcC: Buffer }
  | { kind: 'video'; isKey: boolean; compositionMs: number; data: Buffer }
  | { kind: 'audio-config'; config: Buffer }
  | { kind: 'audio'; data: Buffer }
  | { kind: 'none' }

const avc = 7
const aac = 10

/**
 * Reads the body of an FLV tag (Video File Format Specification, annex E): H.264 and AAC. Other sound is left out, another
 * picture is a problem: nobody could see it.
 */
export function readMedia(type: 'audio' | 'video', body: Buffer): Media | Problem {
  const head = body[0]
  if (head === undefined || body.length < 2) return { kind: 'none' }
  if (type === 'audio') {
    if (head >> 4 !== aac) return { kind: 'none' }
    const data = body.subarray(2)
    return body[1] === 0 ? { kind: 'audio-config', config: data } : { kind: 'audio', data }
  }
  if (head & 0x80 || (head & 0x0f) !== avc) {
    const said = isHevc(body) ? '图像是 H.265 编码，多数浏览器不能播放' : '图像不是 H.264 编码'
    return { code: 'not-h264', text: `${said}，请在摄像机里把编码改为 H.264`, at: '/video' }
  }
  if (body.length < 5) return { kind: 'none' }
  const data = body.subarray(5)
  if (body[1] === 0) return { kind: 'video-config', avcC: data }
  if (body[1] !== 1 || data.length === 0) return { kind: 'none' }
  // 24 bits with sign.
  return { kind: 'video', isKey: head >> 4 === 1, compositionMs: (body.readUIntBE(2, 3) << 8) >> 8, data }
}

/** H.265 as Chinese makers send it (codec 12), or named by four letters as enhanced RTMP does. */
const isHevc = (body: Buffer): boolean =>
  (body[0] as number) & 0x80 ? /^h(vc|ev)1$/.test(body.toString('latin1', 1, 5)) : ((body[0] as number) & 0x0f) === 12

const types = { audio: 8, video: 9 } as const

/** The head of an FLV file or stream with sound and picture. */
export const flvHead = Buffer.from('464c5601050000000900000000', 'hex')

/** One tag with its trailing length. */
export function flvTag(type: keyof typeof types, ms: number, body: Buffer): Buffer {
  const tag = Buffer.alloc(11 + body.length + 4)
  tag[0] = types[type]
  tag.writeUIntBE(body.length, 1, 3)
  tag.writeUIntBE(ms & 0xffffff, 4, 3)
  tag[7] = (ms >>> 24) & 0xff
  body.copy(tag, 11)
  tag.writeUInt32BE(11 + body.length, 11 + body.length)
  return tag
}
