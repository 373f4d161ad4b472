import type { LivePart } from './stream.ts'

export type Stretch = {
  startedAt: Date
  headBytes: number
  session: string
  parts: readonly [offset: number, bytes: number, startedMs: number, lastsMs: number][]
}

const seconds = (ms: number) => (ms / 1000).toFixed(3)
const head = (lasts: readonly number[]) => [
  '#EXTM3U',
  '#EXT-X-VERSION:7',
  `#EXT-X-TARGETDURATION:${Math.max(1, Math.ceil(Math.max(0, ...lasts) / 1000))}`,
]

/** The playlist of a live stream (RFC 8216, 6.2.1); addresses are relative and carry the ticket. */
export function livePlaylist(parts: readonly LivePart[], ticket: string): string {
  const lines = head(parts.map(({ part }) => part.durationMs))
  lines.push(`#EXT-X-MEDIA-SEQUENCE:${parts[0]?.no ?? 0}`, '#EXT-X-INDEPENDENT-SEGMENTS')
  // Numbers of generations are counted from 1: a player that comes later still counts as we do.
  lines.push(`#EXT-X-DISCONTINUITY-SEQUENCE:${parts[0]?.generation ?? 0}`)
  let generation: number | undefined
  for (const { part, at, no, generation: own } of parts) {
    if (own !== generation) {
      if (generation !== undefined) lines.push('#EXT-X-DISCONTINUITY')
      lines.push(`#EXT-X-MAP:URI="head-${own}.mp4?ticket=${ticket}"`)
    }
    generation = own
    lines.push(`#EXT-X-PROGRAM-DATE-TIME:${at.toISOString()}`, `#EXTINF:${seconds(part.durationMs)},`)
    lines.push(`part-${no}.m4s?ticket=${ticket}`)
  }
  return `${lines.join('\n')}\n`
}

/** A gap longer than this is a break, also within one session: something was not recorded. */
const gapMsMax = 500

/** The playlist of what was recorded between two moments: whole parts, each by its bytes within its file. */
export function playbackPlaylist(files: readonly Stretch[], from: Date, to: Date, ticket: string): string {
  const wanted = files.map((file) => ({
    ...file,
    parts: file.parts.filter(([, , at, lasts]) => at + lasts > from.getTime() && at < to.getTime()),
  }))
  const lines = head(wanted.flatMap(({ parts }) => parts.map(([, , , lasts]) => lasts)))
  lines.push('#EXT-X-PLAYLIST-TYPE:VOD', '#EXT-X-MEDIA-SEQUENCE:0')
  let before: { session: string; end: number } | undefined
  for (const { startedAt, headBytes, session, parts } of wanted) {
    const [first] = parts
    if (!first) continue
    const name = `files/${startedAt.getTime()}.mp4?ticket=${ticket}`
    if (before && (before.session !== session || Math.abs(first[2] - before.end) > gapMsMax))
      lines.push('#EXT-X-DISCONTINUITY')
    lines.push(`#EXT-X-MAP:URI="${name}",BYTERANGE="${headBytes}@0"`)
    for (const [offset, bytes, at, lasts] of parts) {
      lines.push(`#EXT-X-PROGRAM-DATE-TIME:${new Date(at).toISOString()}`, `#EXTINF:${seconds(lasts)},`)
      lines.push(`#EXT-X-BYTERANGE:${bytes}@${offset}`, name)
      before = { session, end: at + lasts }
    }
  }
  return `${[...lines, '#EXT-X-ENDLIST'].join('\n')}\n`
}
