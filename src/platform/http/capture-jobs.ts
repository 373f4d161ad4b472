import type { ISql, Sql } from 'postgres'
import { Failure, notFound, type Problem } from '../../failure.ts'
import { writeCaptureJob } from '../../standards/epcis/index.ts'
import type { Actor } from '../access/actor.ts'

const uuid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/

export type ErrorBehaviour = 'rollback' | 'proceed'

/** What was refused of a document, as the standard's problem with our code and place. */
type CaptureError = { type: string; title: string; status: number; detail: string; code: string; at: string }

/** A capture job as the standard shows it, with how many events were new and how many were already there. */
export type CaptureJob = {
  captureID: string
  createdAt: Date
  finishedAt: Date
  running: boolean
  success: boolean
  captureErrorBehaviour: string
  errors: CaptureError[]
  stored: number
  known: number
}

function columns(sql: Sql) {
  return sql`j.id as "captureID", j.created_at as "createdAt", j.finished_at as "finishedAt",
    j.finished_at is null as running, j.success, j.error_behaviour as "captureErrorBehaviour", j.errors, j.stored, j.known`
}

/** Its own for an enterprise, those of its region's or station's owners for an authority. */
function readable(sql: Sql, actor: Actor) {
  if (actor.role === 'city') return sql`left(o.region, 4) = left(${actor.region}, 4)`
  if (actor.station) return sql`o.station = ${actor.station}`
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

type Done = {
  id: string
  startedAt: Date
  finishedAt: Date
  errorBehaviour: ErrorBehaviour
  stored: number
  known: number
  refused: readonly Problem[]
}

/** Records a job that stored what was good. Jobs that store all or nothing are recorded with their events. */
export async function recordJob(tx: ISql, ownerId: string, job: Done): Promise<void> {
  const errors = job.refused.map(({ code, text, at }): CaptureError => {
    return { type: 'epcisException:ValidationException', title: text, status: 400, detail: text, code, at }
  })
  await tx`insert into capture_job (id, owner_id, created_at, finished_at, success, error_behaviour, stored, known, errors)
    values (${job.id}, ${ownerId}, ${job.startedAt}, ${job.finishedAt}, ${errors.length === 0}, ${job.errorBehaviour},
      ${job.stored}, ${job.known}, ${JSON.stringify(errors)}::text::jsonb)`
}

/** A capture job in the XML binding. */
export function jobXml({ createdAt, finishedAt, ...job }: CaptureJob): string {
  return writeCaptureJob({ ...job, createdAt: createdAt.toISOString(), finishedAt: finishedAt?.toISOString() })
}
