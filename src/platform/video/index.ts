import { randomUUID } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import type { Sql } from 'postgres'
import type { Problem } from '../../standards/problem.ts'
import type { Station } from '../ingest/station.ts'
import { openRecorder } from './recorder.ts'
import { clearRecordings } from './recordings.ts'
import type { Publisher } from './rtmp.ts'
import { type LiveStream, openLiveStream } from './stream.ts'

export type VideoOptions = {
  /** Where cameras publish by RTMP; 0 takes any free port. */
  port: number
  /** Where recordings lie. */
  folder: string
  /** All recordings together; the oldest make room. */
  bytesMax: number
}

export type Video = {
  port: number
  live(cameraId: string): LiveStream | undefined
  folder: string
  stop(): Promise<void>
}

const seenEveryMs = 5000
const clearEveryMs = 60_000

/** As `startVideo`; a port that is taken is told, and the rest goes on. */
export async function tryVideo(
  sql: Sql,
  station: Station,
  options: VideoOptions,
  say: (text: string) => void,
): Promise<Video | undefined> {
  try {
    return await startVideo(sql, station, options)
  } catch (error) {
    const why = (error as { code?: string }).code === 'EADDRINUSE' ? '已被占用' : String(error)
    say(`RTMP 的端口 ${options.port} ${why}，摄像机不能推流；可用环境变量 SHISU_RTMP_PORT 更换`)
    return undefined
  }
}

/** Receives what cameras publish: each under its own stream key, one publisher a camera; records what is to be recorded. */
export async function startVideo(sql: Sql, station: Station, options: VideoOptions): Promise<Video> {
  const { folder, bytesMax } = options
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const streams = new Map<string, LiveStream>()
  const closing = new Set<Promise<void>>()

  const admit = async (publisher: Publisher): Promise<boolean> => {
    const { gate, clock } = station
    const { stream, key, address } = publisher
    if (gate.isBarred(address)) return false
    const credential = stream ? await gate.find(['rtmp'], stream) : undefined
    const refuse = (code: string, text: string) => {
      gate.blame(address)
      station.refusals.add({
        protocol: 'rtmp',
        bytes: Buffer.from(`rtmp publish ${stream.slice(0, 200)}`),
        code,
        text,
        ...(credential ? { credential } : { identity: stream }),
        address,
        at: clock(),
      })
      return false
    }
    if (!credential) return refuse('unknown-device', '没有登记这个推流名')
    if (!(await gate.admits(credential, key, address))) return refuse('wrong-secret', '推流密钥不对')
    const { deviceId: cameraId, ownerId } = credential
    if (streams.has(cameraId)) return refuse('already-there', '这台摄像机已在推流')
    const session = randomUUID()
    const recorder =
      credential.variant.record === false ? undefined : openRecorder(sql, { folder, cameraId, ownerId, session })
    const note = noteOf(sql, cameraId, ownerId)
    const record = (work: Promise<void> | undefined) =>
      work?.catch((error) => {
        station.onError(error)
        note.problem({ code: 'not-recorded', text: '录像写不进磁盘，直播照常', at: '/disk' })
      })
    const live = openLiveStream(clock, {
      part: (moment) => {
        note.seen(clock(), moment.part.head.codecs)
        void record(recorder?.add(moment))
      },
      problem: note.problem,
    })
    streams.set(cameraId, live)
    const offline = station.online(credential, { send: () => false, close: publisher.close })
    publisher.media = live.take
    publisher.gone = () => {
      live.end()
      streams.delete(cameraId)
      offline()
      const done = Promise.resolve(record(recorder?.close()))
        .then(() => note.over(clock()))
        .catch(station.onError)
      closing.add(done)
      void done.finally(() => closing.delete(done))
    }
    await note.begun(clock())
    return true
  }

  // The RTMP library takes a quarter of a second to load: only where cameras publish.
  const { listenRtmp } = await import('./rtmp.ts')
  const server = await listenRtmp(options.port, { admit, onError: station.onError })
  let clearing = Promise.resolve()
  const clear = () => {
    clearing = clearRecordings(sql, folder, bytesMax, station.clock()).then(() => {}, station.onError)
  }
  const timer = setInterval(clear, clearEveryMs)
  timer.unref()
  return {
    port: server.port,
    folder,
    live: (cameraId) => streams.get(cameraId),
    async stop() {
      clearInterval(timer)
      await server.stop()
      await Promise.all(closing)
      await clearing
    },
  }
}

/** Keeps how a camera's stream stands where every process can see it. */
function noteOf(sql: Sql, cameraId: string, ownerId: string) {
  let seenAt = 0
  let told: string | undefined
  const write = async (change: { since?: Date | null; at: Date; codecs?: string; problem?: string | null }) => {
    const { since, at, codecs, problem } = change
    await sql`
      insert into video_stream (camera_id, owner_id, live_since, seen_at, codecs, problem)
      values (${cameraId}, ${ownerId}, ${since ?? null}, ${at}, ${codecs ?? null}, ${problem ?? null})
      on conflict (camera_id) do update set seen_at = excluded.seen_at,
        live_since = ${since === undefined ? sql`video_stream.live_since` : sql`excluded.live_since`},
        codecs = coalesce(excluded.codecs, video_stream.codecs),
        problem = ${problem === undefined ? sql`video_stream.problem` : sql`excluded.problem`}`
  }
  return {
    begun: (at: Date) => write({ since: at, at, problem: null }),
    over: (at: Date) => write({ since: null, at }),
    seen(at: Date, codecs: string) {
      if (at.getTime() - seenAt < seenEveryMs) return
      seenAt = at.getTime()
      void write({ at, codecs }).catch(() => {})
    },
    problem({ code, text }: Problem) {
      if (told === code) return
      told = code
      void write({ at: new Date(), problem: text }).catch(() => {})
    },
  }
}
