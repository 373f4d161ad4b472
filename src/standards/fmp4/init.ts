import type { Sound } from './aac.ts'
import type { Picture } from './avc.ts'
import { box, bytes, fullBox, u16, u32 } from './box.ts'

export const videoTrack = 1
export const audioTrack = 2
/** Ticks a second of the picture's track: milliseconds, as FLV has them. */
export const videoScale = 1000

const matrix = u32(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
const nothing = [
  fullBox('stts', 0, 0, u32(0)),
  fullBox('stsc', 0, 0, u32(0)),
  fullBox('stsz', 0, 0, u32(0, 0)),
  fullBox('stco', 0, 0, u32(0)),
]
const here = box('dinf', fullBox('dref', 0, 0, u32(1), fullBox('url ', 0, 1)))

/** The head of a fragmented MP4 (ftyp, moov) of one picture and, where there is one, one sound. */
export function initOf(avcC: Buffer, picture: Picture, sound?: Sound): Buffer {
  const tracks = [
    track(videoTrack, videoScale, picture, 'vide', fullBox('vmhd', 0, 1, u16(0, 0, 0, 0)), videoEntry(avcC, picture)),
  ]
  if (sound)
    tracks.push(track(audioTrack, sound.rate, undefined, 'soun', fullBox('smhd', 0, 0, u16(0, 0)), audioEntry(sound)))
  const extends_ = (sound ? [videoTrack, audioTrack] : [videoTrack]).map((id) =>
    fullBox('trex', 0, 0, u32(id, 1, 0, 0, 0)),
  )
  const moov = box(
    'moov',
    fullBox(
      'mvhd',
      0,
      0,
      u32(0, 0, videoScale, 0, 0x10000),
      u16(0x100, 0),
      u32(0, 0),
      matrix,
      u32(0, 0, 0, 0, 0, 0, 3),
    ),
    ...tracks,
    box('mvex', ...extends_),
  )
  return Buffer.concat([box('ftyp', Buffer.from('iso5'), u32(512), Buffer.from('iso5iso6mp41')), moov])
}

function track(
  id: number,
  scale: number,
  picture: Picture | undefined,
  handler: string,
  mediaHead: Buffer,
  entry: Buffer,
): Buffer {
  const size = u32((picture?.width ?? 0) << 16, (picture?.height ?? 0) << 16)
  const head = fullBox('tkhd', 0, 3, u32(0, 0, id, 0, 0, 0, 0), u16(0, 0, picture ? 0 : 0x100, 0), matrix, size)
  const table = box('stbl', fullBox('stsd', 0, 0, u32(1), entry), ...nothing)
  const media = box(
    'mdia',
    fullBox('mdhd', 0, 0, u32(0, 0, scale, 0), u16(0x55c4, 0)),
    fullBox('hdlr', 0, 0, u32(0), Buffer.from(handler), u32(0, 0, 0), bytes(0)),
    box('minf', mediaHead, here, table),
  )
  return box('trak', head, media)
}

function videoEntry(avcC: Buffer, { width, height }: Picture): Buffer {
  return box(
    'avc1',
    bytes(0, 0, 0, 0, 0, 0),
    u16(1, 0, 0),
    u32(0, 0, 0),
    u16(width, height),
    u32(0x480000, 0x480000, 0),
    u16(1),
    Buffer.alloc(32),
    u16(0x18, 0xffff),
    box('avcC', avcC),
  )
}

function audioEntry({ rate, channels, config }: Sound): Buffer {
  const specific = Buffer.concat([bytes(5, config.length), config])
  const decoder = Buffer.concat([bytes(4, 13 + specific.length, 0x40, 0x15, 0, 0, 0), u32(0, 0), specific])
  const descriptor = Buffer.concat([bytes(3, 3 + decoder.length + 3, 0, 0, 0), decoder, bytes(6, 1, 2)])
  return box(
    'mp4a',
    bytes(0, 0, 0, 0, 0, 0),
    u16(1),
    u32(0, 0),
    u16(channels, 16, 0, 0),
    u32((rate << 16) >>> 0),
    fullBox('esds', 0, 0, descriptor),
  )
}
