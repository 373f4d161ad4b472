import type { Sql } from 'postgres'
import { Failure, notFound } from '../../failure.ts'
import type { Actor } from '../access/actor.ts'

const uuid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/

/** A capture job as the standard shows it, with how many events were new and how many were already there. */
export type CaptureJob = {
  captureID: string
  createdAt: Date
  finishedAt: Date
  running: boolean
  success: boolean
  captureErrorBehaviour: string
  errors: unknown[]
  stored: number
  known: number
}

function columns(sql: Sql) {
  return sql`j.id as "captureID", j.created_at as "createdAt", j.finished_at as "finishedAt",
    j.finished_at is null as running, j.success, j.error_behaviour as "captureErrorBehaviour", j.errors, j.stored, j.known`
}

/** Its own for an enterprise, those of its region's owners for an authority. */
function readable(sql: Sql, actor: Actor) {
  if (actor.role === 'city') return sql`left(o.region, 4) = left(${actor.region}, 4)`
  if (actor.role === 'county') return sql`o.region = ${actor.region}`
  return sql`j.owner_id = ${actor.ownerId}`
}

/** A page of capture jobs, newest first. */
export async function captureJobs(
  sql: Sql,
  actor: Actor,
  perPage: number,
  after: string | undefined,
): Promise<{ jobs: CaptureJob[]; next?: string }> {
  if (after !== undefined && !uuid.test(after)) {
    throw new Failure(400, 'bad-page-token', '翻页标记 nextPageToken 无效，请从第一页重新查询')
  }
  const rows = await sql<CaptureJob[]>`
    select ${columns(sql)} from capture_job j join owner o on o.id = j.owner_id
    where ${readable(sql, actor)} ${after ? sql`and j.id < ${after}` : sql``}
    order by j.id desc limit ${perPage + 1}`
  const jobs = rows.slice(0, perPage)
  const next = rows.length > perPage ? jobs.at(-1)?.captureID : undefined
  return { jobs, ...(next && { next }) }
}

/** One capture job; throws 404 where there is none that the actor may see. */
export async function captureJob(sql: Sql, actor: Actor, id: string): Promise<CaptureJob> {
  const [job] = uuid.test(id)
    ? await sql<CaptureJob[]>`
        select ${columns(sql)} from capture_job j join owner o on o.id = j.owner_id
        where j.id = ${id} and ${readable(sql, actor)}`
    : []
  if (!job) throw notFound('这次采集')
  return job
}
