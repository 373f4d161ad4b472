import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { ISql, Sql } from 'postgres'
import type { Stretch } from './playlist.ts'

/** A stretch of time of which there is video without a break. */
export type Span = { from: Date; to: Date; kept: boolean }

const gapMs = 5000
const spansMax = 5000

/** What was recorded of a camera between two moments, files that follow each other as one. */
export async function recordedSpans(sql: ISql, cameraId: string, from: Date, to: Date): Promise<Span[]> {
  const rows = await sql<Span[]>`
    select started_at as "from", ended_at as "to", kept_for is not null as kept from video_file
    where camera_id = ${cameraId} and ended_at > ${from} and started_at < ${to} order by started_at limit ${spansMax}`
  const spans: Span[] = []
  for (const row of rows) {
    const last = spans.at(-1)
    if (last && last.kept === row.kept && row.from.getTime() - last.to.getTime() <= gapMs) last.to = row.to
    else spans.push({ ...row })
  }
  return spans
}

/** The files that hold a camera's video between two moments. */
export async function recordedFiles(sql: ISql, cameraId: string, from: Date, to: Date): Promise<Stretch[]> {
  return sql<Stretch[]>`
    select started_at as "startedAt", head_bytes as "headBytes", session, parts from video_file
    where camera_id = ${cameraId} and ended_at > ${from} and started_at < ${to} order by started_at limit 1500`
}

/** Keeps what was recorded around a moment for as long as evidence is kept; the number of files. */
export async function keepRecording(sql: ISql, cameraId: string, around: Date, reason: string): Promise<number> {
  const [from, to] = [new Date(around.getTime() - 60_000), new Date(around.getTime() + 60_000)]
  const kept = await sql`
    update video_file set kept_for = ${reason} where camera_id = ${cameraId} and ended_at > ${from}
      and started_at < ${to} and kept_for is null`
  return kept.count
}

/** Whether there was a picture of a camera at a moment: recorded, or streamed live just then. */
export async function wasSeen(sql: ISql, cameraId: string, at: Date): Promise<boolean> {
  const rows = await sql`
    select from video_file where camera_id = ${cameraId} and started_at <= ${at} and ended_at >= ${at}
    union all select from video_stream where camera_id = ${cameraId} and live_since <= ${at}
      and seen_at >= ${at}::timestamptz - interval '15 seconds' limit 1`
  return rows.length > 0
}

const perRound = 500

/**
 * Takes away recordings whose time is over (the rules table says after how many days), then the oldest until all of them
 * fit the disk's limit; evidence stays for its own time. The number of files.
 */
export async function clearRecordings(sql: Sql, folder: string, bytesMax: number, now: Date): Promise<number> {
  const [figure] = await sql<{ days: string; evidence: string }[]>`
    select rule_value('video.keep-days', day) as days, rule_value('video.evidence-days', day) as evidence
    from (select (${now}::timestamptz at time zone 'Asia/Shanghai')::date as day) d`
  const before = (days: string | undefined) => new Date(now.getTime() - Number(days) * 86_400_000)
  const [sum] = await sql<{ bytes: string }[]>`select coalesce(sum(bytes), 0)::text as bytes from video_file`
  let over = Number(sum?.bytes) - bytesMax
  let count = 0
  for (;;) {
    const rows = await sql<{ cameraId: string; startedAt: Date; path: string; bytes: string; old: boolean }[]>`
      select camera_id as "cameraId", started_at as "startedAt", path, bytes::text,
        started_at < case when kept_for is null then ${before(figure?.days)}::timestamptz else ${before(figure?.evidence)} end as old
      from video_file where ended_at < ${new Date(now.getTime() - 120_000)}
        and (kept_for is null or started_at < ${before(figure?.evidence)})
      order by started_at limit ${perRound}`
    let gone = 0
    for (const { cameraId, startedAt, path, bytes, old } of rows) {
      if (!old && over <= 0) break
      // First the file: a row without one is found again, a file without a row never.
      await rm(join(folder, path), { force: true })
      await sql`delete from video_file where camera_id = ${cameraId} and started_at = ${startedAt}`
      over -= Number(bytes)
      gone++
    }
    count += gone
    if (gone < perRound) return count
  }
}
