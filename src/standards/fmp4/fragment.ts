import { box, fullBox, u32, u64 } from './box.ts'
import { audioTrack, videoTrack } from './init.ts'

/** One frame of picture or sound; times in the ticks of its track. */
export type Sample = { duration: number; composition: number; isKey: boolean; data: Buffer }
export type Run = { start: number; samples: readonly Sample[] }

const defaultBaseIsMoof = 0x020000
/** Offset, and of each sample duration, size, flags, composition. */
const everything = 0x000001 | 0x000100 | 0x000200 | 0x000400 | 0x000800
const isSync = 0x02000000
const isNotSync = 0x01010000

/** A fragment (moof, mdat) that follows its init segment; `sequence` counts up from 1. */
export function fragmentOf(sequence: number, video: Run, audio?: Run): Buffer {
  const runs = [{ id: videoTrack, ...video }, ...(audio ? [{ id: audioTrack, ...audio }] : [])].filter(
    (run) => run.samples.length > 0,
  )
  const moofOf = (offsets: readonly number[]) =>
    box(
      'moof',
      fullBox('mfhd', 0, 0, u32(sequence)),
      ...runs.map(({ id, start, samples }, n) =>
        box(
          'traf',
          fullBox('tfhd', 0, defaultBaseIsMoof, u32(id)),
          fullBox('tfdt', 1, 0, u64(start)),
          fullBox('trun', 1, everything, u32(samples.length, offsets[n] ?? 0), tableOf(samples)),
        ),
      ),
    )
  const length = moofOf([]).length + 8
  const sizes = runs.map(({ samples }) => samples.reduce((sum, each) => sum + each.data.length, 0))
  const offsets = sizes.map((_, n) => length + sizes.slice(0, n).reduce((sum, size) => sum + size, 0))
  return Buffer.concat([
    moofOf(offsets),
    box('mdat', ...runs.flatMap(({ samples }) => samples.map((each) => each.data))),
  ])
}

function tableOf(samples: readonly Sample[]): Buffer {
  const table = Buffer.alloc(samples.length * 16)
  for (const [n, { duration, composition, isKey, data }] of samples.entries()) {
    table.writeUInt32BE(Math.max(0, Math.round(duration)) >>> 0, n * 16)
    table.writeUInt32BE(data.length, n * 16 + 4)
    table.writeUInt32BE(isKey ? isSync : isNotSync, n * 16 + 8)
    table.writeInt32BE(Math.round(composition), n * 16 + 12)
  }
  return table
}
