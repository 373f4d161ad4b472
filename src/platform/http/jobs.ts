import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Failure, notFound } from '../../failure.ts'
import type { Actor } from '../access/actor.ts'
import { note } from '../audit/note.ts'
import { lag } from '../feed/follow.ts'
import { doorOf, requireDuty } from './authenticate.ts'
import type { House } from './house.ts'

const runsShown = 100

/** What an administrator may do with a job, each in one statement that says whether there was anything to do. */
const acts = {
  /** Now, whatever it waits for: also how a failed one is tried again. */
  run: (house: House, name: string, actor: Actor) => house.sql`
    update job set asked_by = ${actor.name}, next_at = ${house.clock()}, paused_at = null, paused_by = null
    where name = ${name} returning name`,
  cancel: (house: House, name: string, actor: Actor) => house.sql`
    update job set cancelled_by = ${actor.name}
    where name = ${name} and started_at is not null and ended_at is null returning name`,
  pause: (house: House, name: string, actor: Actor) => house.sql`
    update job set paused_at = ${house.clock()}, paused_by = ${actor.name}
    where name = ${name} and paused_at is null returning name`,
  resume: (house: House, name: string) => house.sql`
    update job set paused_at = null, paused_by = null where name = ${name} and paused_at is not null returning name`,
} as const

const isAct = (name: string): name is keyof typeof acts => Object.hasOwn(acts, name)

/** 任务调度 and 服务监控 (D4.3.7.8): what runs, ran and failed, and why; run, stop, pause by hand. */
export function jobRoutes(app: FastifyInstance, house: House): void {
  const { sql } = house

  app.get('/api/v1/jobs', async (request) => {
    requireDuty(request, 'system', 'security', 'audit')
    const items = await sql`
      select name, title, schedule, next_at as "nextAt", failures, runs::int, started_at as "startedAt",
        ended_at as "endedAt", done_at as "doneAt", ms, error, paused_at as "pausedAt", paused_by as "pausedBy",
        asked_by as "askedBy", cancelled_by as "cancelledBy",
        case when paused_at is not null then 'paused'
          when started_at is not null and ended_at is null then 'running'
          when failures > 0 then 'failed' else 'waiting' end as state
      from job order by failures > 0 desc, title`
    const runs = await sql`
      select r.id, r.job, j.title, r.started_at as "startedAt", r.ended_at as "endedAt", r.state, r.done, r.total, r.note,
        r.error, r.asked_by as "askedBy"
      from job_run r join job j on j.name = r.job order by r.started_at desc limit ${runsShown}`
    const [queues] = await sql`
      select (select count(*)::int from import where state in ('reading', 'committing')) as imports,
        (select count(*)::int from epcis_subscription where ended_at is null and attempts > 0) as "failingSubscriptions",
        (select count(*)::int from epcis_subscription where ended_at is null) as subscriptions`
    return { asOf: house.clock().toISOString(), items, runs, followers: await lag(sql), queues }
  })

  app.post('/api/v1/jobs/:name/:act', async (request: FastifyRequest, reply) => {
    const actor = requireDuty(request, 'system')
    const { name, act } = request.params as { name: string; act: string }
    if (!isAct(act)) throw notFound('这项操作')
    const [known] = await sql<{ title: string }[]>`select title from job where name = ${name}`
    if (!known) throw notFound('这项任务')
    const [row] = await acts[act](house, name, actor)
    if (!row)
      throw new Failure(409, 'nothing-to-do', act === 'cancel' ? '这项任务现在没有在运行' : '这项任务已经是这样了')
    const { address } = doorOf(request, house)
    await note(sql, { actor, act: `job-${act}`, kind: 'job', id: name, title: known.title, address })
    return reply.code(204).send()
  })
}
