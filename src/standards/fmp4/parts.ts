import type { Media } from '../flv/index.ts'
import type { Problem } from '../problem.ts'
import { type Sound, soundOf } from './aac.ts'
import { type Picture, pictureOf } from './avc.ts'
import { fragmentOf, type Sample } from './fragment.ts'
import { initOf } from './init.ts'

/** What a player needs before the first part of a generation. */
export type Head = { init: Buffer; codecs: string }
/** A stretch of picture and sound that begins with a whole picture; times in milliseconds of the stream. */
export type Part = { head: Head; startMs: number; durationMs: number; data: Buffer }

export type Cutter = { take(ms: number, media: Media): Part | Problem | undefined; end(): Part | undefined }

/** Shorter parts cost more requests, longer ones delay: two seconds at a key frame, ten without one. */
const partMsMin = 1500
const partMsMax = 10_000
/** More waits for nobody: a stream without key frames would fill the memory. */
const bytesMax = 24 * 1024 * 1024
const aacSamples = 1024
const driftMsMax = 60

type Frame = { ms: number; composition: number; isKey: boolean; data: Buffer }

/** Cuts a live stream into parts of fragmented MP4 (CMAF), without touching picture or sound. */
export function openCutter(): Cutter {
  let avcC: Buffer | undefined
  let picture: Picture | undefined
  let sound: Sound | undefined
  let head: Head | undefined
  let frames: Frame[] = []
  let sounds: { ms: number; data: Buffer }[] = []
  let heldBytes = 0
  let sequence = 0
  let soundTicks: number | undefined

  const clear = () => {
    frames = []
    sounds = []
    heldBytes = 0
  }
  const cut = (endMs: number): Part | undefined => {
    const [first] = frames
    if (!avcC || !picture || !first || endMs <= first.ms) return undefined
    head ??= {
      init: initOf(avcC, picture, sound),
      codecs: sound ? `${picture.codec},${sound.codec}` : picture.codec,
    }
    const samples = frames.map(
      ({ ms, composition, isKey, data }, n): Sample => ({
        duration: Math.max(1, (frames[n + 1]?.ms ?? endMs) - ms),
        composition,
        isKey,
        data,
      }),
    )
    const data = fragmentOf(++sequence, { start: first.ms, samples }, soundRun())
    const part = { head, startMs: first.ms, durationMs: endMs - first.ms, data }
    clear()
    return part
  }
  /** Sound has a clock of its own, a frame always 1,024 samples: it is set anew only where it ran away. */
  const soundRun = () => {
    const [first] = sounds
    if (!sound || !first) return undefined
    const wanted = (first.ms * sound.rate) / 1000
    const { rate } = sound
    if (soundTicks === undefined || Math.abs(soundTicks - wanted) > (driftMsMax * rate) / 1000) soundTicks = wanted
    const start = Math.round(soundTicks)
    soundTicks += sounds.length * aacSamples
    return {
      start,
      samples: sounds.map(({ data }): Sample => ({ duration: aacSamples, composition: 0, isKey: true, data })),
    }
  }
  const configure = (media: Extract<Media, { kind: 'video-config' | 'audio-config' }>, ms: number) => {
    if (media.kind === 'audio-config') {
      const found = soundOf(media.config)
      if (!found || (sound && found.config.equals(sound.config))) return undefined
      const part = cut(ms)
      sound = found
      head = undefined
      soundTicks = undefined
      return part
    }
    if (avcC?.equals(media.avcC)) return undefined
    const found = pictureOf(media.avcC)
    if (!found) return { code: 'bad-picture', text: '图像参数读不出来，请重启摄像机的推流', at: '/video' }
    const part = cut(ms)
    avcC = Buffer.from(media.avcC)
    picture = found
    head = undefined
    return part
  }

  return {
    take(ms, media) {
      if (media.kind === 'none') return undefined
      if (media.kind === 'video-config' || media.kind === 'audio-config') return configure(media, ms)
      if (!picture) return undefined
      if (media.kind === 'audio') {
        if (frames.length > 0) sounds.push({ ms, data: Buffer.from(media.data) })
        return undefined
      }
      const [first] = frames
      if (!first && !media.isKey) return undefined
      const backwards = frames.length > 0 && ms < (frames.at(-1)?.ms ?? 0)
      if (backwards) clear()
      const length = first ? ms - first.ms : 0
      const isDue = (media.isKey && length >= partMsMin) || length >= partMsMax || heldBytes > bytesMax
      const part = isDue && !backwards ? cut(ms) : undefined
      if (frames.length === 0 && !media.isKey && backwards) return part
      const data = Buffer.from(media.data)
      heldBytes += data.length
      frames.push({ ms, composition: media.compositionMs, isKey: media.isKey, data })
      return part
    },
    end() {
      const last = frames.at(-1)
      return last ? cut(last.ms + 40) : undefined
    },
  }
}
