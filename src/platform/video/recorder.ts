import { createHash, type Hash } from 'node:crypto'
import { type FileHandle, mkdir, open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { JSONValue, Sql } from 'postgres'
import type { Part } from '../../standards/fmp4/index.ts'

/** One part of a stream with the moment at which its first picture was taken, by the server's clock. */
export type Moment = { part: Part; at: Date }

export type Recorder = { add(moment: Moment): Promise<void>; close(): Promise<void> }

type Open = {
  handle: FileHandle
  path: string
  startedAt: Date
  endedAt: Date
  bytes: number
  head: Part['head']
  parts: [offset: number, bytes: number, startedMs: number, lastsMs: number][]
  hash: Hash
}

const fileMsMax = 60_000
const listEveryParts = 4

const stamp = (at: Date) => at.toISOString().replace(/[-:]/g, '').replace('.', '')

/**
 * Writes one camera's stream to disk, a file a minute that can be played by itself, and lists it by time. A crash loses what
 * was not listed yet: some seconds.
 */
export function openRecorder(
  sql: Sql,
  { folder, cameraId, ownerId, session }: { folder: string; cameraId: string; ownerId: string; session: string },
): Recorder {
  let current: Open | undefined
  let last = Promise.resolve()
  /** One thing after another; a failure is its caller's, and the next begins all the same. */
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const done = last.then(work)
    last = done.catch(() => {})
    return done
  }

  const list = async (file: Open, sha256: string | null) => {
    await sql`
      insert into video_file (camera_id, started_at, ended_at, owner_id, session, path, bytes, head_bytes, parts, codecs, sha256)
      values (${cameraId}, ${file.startedAt}, ${file.endedAt}, ${ownerId}, ${session}, ${file.path}, ${file.bytes},
        ${file.head.init.length}, ${sql.json(file.parts as JSONValue)}, ${file.head.codecs}, ${sha256})
      on conflict (camera_id, started_at) do update set ended_at = excluded.ended_at, bytes = excluded.bytes,
        parts = excluded.parts, sha256 = excluded.sha256`
  }
  const close = async () => {
    const file = current
    current = undefined
    if (!file) return
    await file.handle.close()
    if (file.parts.length > 0) await list(file, file.hash.digest('hex'))
  }
  const begin = async (at: Date, head: Part['head']): Promise<Open> => {
    const path = join(cameraId, stamp(at).slice(0, 8), `${stamp(at)}.mp4`)
    await mkdir(dirname(join(folder, path)), { recursive: true, mode: 0o700 })
    const handle = await open(join(folder, path), 'w', 0o600)
    await handle.write(head.init)
    const hash = createHash('sha256').update(head.init)
    return { handle, path, startedAt: at, endedAt: at, bytes: head.init.length, head, parts: [], hash }
  }
  const write = async ({ part, at }: Moment) => {
    if (current && (current.head !== part.head || at.getTime() - current.startedAt.getTime() >= fileMsMax))
      await close()
    current ??= await begin(at, part.head)
    const file = current
    await file.handle.write(part.data)
    file.hash.update(part.data)
    file.parts.push([file.bytes, part.data.length, at.getTime(), Math.round(part.durationMs)])
    file.bytes += part.data.length
    file.endedAt = new Date(at.getTime() + part.durationMs)
    if (file.parts.length % listEveryParts === 1) await list(file, null)
  }
  return { add: (moment) => inTurn(() => write(moment)), close: () => inTurn(close) }
}
