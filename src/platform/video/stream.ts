import { flvHead, flvTag, readMedia } from '../../standards/flv/index.ts'
import { openCutter, type Part } from '../../standards/fmp4/index.ts'
import type { Problem } from '../../standards/problem.ts'
import type { Moment } from './recorder.ts'

export type LivePart = Moment & { no: number; generation: number }

/** One camera's live stream: the last parts for HLS, the stream as it comes for HTTP-FLV. */
export type LiveStream = {
  take(type: 'audio' | 'video', ms: number, body: Buffer): void
  parts(): readonly LivePart[]
  /** The head of a generation that still has parts. */
  head(generation: number): Part['head'] | undefined
  /** Sends FLV from the last whole picture on; returns how to stop. */
  watch(send: (bytes: Buffer) => void, over: () => void): () => void
  end(): void
}

/** Six parts of two seconds: a player that starts three behind has room for a slow network. */
const partsMax = 6
const gopBytesMax = 8 * 1024 * 1024
/** A camera's clock that jumps is followed, one that drifts is not. */
const driftMsMax = 3000

export function openLiveStream(
  clock: () => Date,
  on: { part(moment: Moment): void; problem(problem: Problem): void },
): LiveStream {
  const cutter = openCutter()
  const ring: LivePart[] = []
  const watchers = new Set<{ send(bytes: Buffer): void; over(): void }>()
  const configs = new Map<'audio' | 'video', Buffer>()
  let gop: Buffer[] = []
  let gopBytes = 0
  let no = 0
  let generation = 0
  let anchor: { wall: number; ms: number } | undefined

  const wallOf = (ms: number): Date => {
    const now = clock().getTime()
    if (!anchor || Math.abs(anchor.wall + ms - anchor.ms - now) > driftMsMax) anchor = { wall: now, ms }
    return new Date(anchor.wall + ms - anchor.ms)
  }
  const give = (part: Part, nextMs: number) => {
    const now = wallOf(nextMs)
    const at = new Date(now.getTime() - (nextMs - part.startMs))
    if (ring.at(-1)?.part.head !== part.head) generation++
    ring.push({ part, at, no: ++no, generation })
    if (ring.length > partsMax) ring.shift()
    on.part({ part, at })
  }
  /** The FLV way: configurations and the pictures since the last whole one are what a newcomer needs. */
  const forward = (type: 'audio' | 'video', ms: number, body: Buffer, isConfig: boolean, isKey: boolean) => {
    const tag = flvTag(type, ms, body)
    if (isConfig) configs.set(type, tag)
    else {
      if (isKey || gopBytes > gopBytesMax) {
        gop = []
        gopBytes = 0
      }
      gop.push(tag)
      gopBytes += tag.length
    }
    for (const { send } of watchers) send(tag)
  }
  return {
    take(type, ms, body) {
      const media = readMedia(type, body)
      if ('code' in media) return on.problem(media)
      if (media.kind === 'none') return
      const isConfig = media.kind === 'video-config' || media.kind === 'audio-config'
      forward(type, ms, body, isConfig, media.kind === 'video' && media.isKey)
      const done = cutter.take(ms, media)
      if (!done) return
      if ('code' in done) on.problem(done)
      else give(done, ms)
    },
    parts: () => ring,
    head: (wanted) => ring.find((each) => each.generation === wanted)?.part.head,
    watch(send, over) {
      const watcher = { send, over }
      send(Buffer.concat([flvHead, ...configs.values(), ...gop]))
      watchers.add(watcher)
      return () => void watchers.delete(watcher)
    },
    end() {
      const last = cutter.end()
      if (last) give(last, last.startMs + last.durationMs)
      for (const { over } of watchers) over()
      watchers.clear()
    },
  }
}
