import { randomUUID } from 'node:crypto'
import type { Sql } from 'postgres'
import { uuidv7 } from '../id.ts'
import { type Job, type Run, RunEnded } from './job.ts'
import { endLease, holdsLease, takeLease } from './lease.ts'
import { nextTime, spoken, waitAfter } from './schedule.ts'

/** A process that says nothing for so long has lost its run. */
const leaseSeconds = 30
const tickMs = 500
/** A run that takes longer is written down while it runs. */
const longMs = 1000

export type Jobs = {
  /** Runs everything that is due, once; for tests and for the end of a start. */
  runDue(): Promise<void>
  stop(): Promise<void>
}

type Given = { clock: () => Date; onError: (error: unknown, name: string) => void; leaseSeconds?: number }
type Options = Given & { holder: string; leaseSeconds: number }

const key = (job: Job): string => `job ${job.name}`

/** What runs every few seconds would fill the history: of it only troubles and long runs are kept. */
const isFrequent = ({ schedule }: Job): boolean => 'everySeconds' in schedule && schedule.everySeconds < 60

const told = (error: unknown): string => (error instanceof Error ? error.message : String(error)).slice(0, 500)

/** Takes a due job for this process: its lease first, then whether it is still due under it. */
async function claim(sql: Sql, job: Job, now: Date, { holder, leaseSeconds }: Options) {
  const [due] = await sql`select from job where name = ${job.name} and next_at <= ${now} and paused_at is null`
  if (!due) return undefined
  const fence = await takeLease(sql, key(job), leaseSeconds, holder)
  if (fence === undefined) return undefined
  const [row] = await sql<{ askedBy: string | null }[]>`
    update job j set started_at = ${now}, ended_at = null, cancelled_by = null, asked_by = null
    from job old where old.name = j.name and j.name = ${job.name} and j.next_at <= ${now} and j.paused_at is null
    returning old.asked_by as "askedBy"`
  if (!row) {
    await endLease(sql, key(job), holder)
    return undefined
  }
  // Whoever ran it before and never ended has lost it.
  await sql`update job_run set state = 'lost', ended_at = ${now}, error = '进程中断，由另一进程接手'
    where job = ${job.name} and state = 'running'`
  return { fence, askedBy: row.askedBy, id: uuidv7(now.getTime()), startedAt: now }
}

type Claimed = NonNullable<Awaited<ReturnType<typeof claim>>>

/** Runs one claimed job to its end and writes down what came of it. */
async function runOne(sql: Sql, job: Job, claimed: Claimed, stopping: AbortSignal, options: Options): Promise<void> {
  const { holder, leaseSeconds: seconds } = options
  const { id, fence, askedBy, startedAt } = claimed
  const ended = new AbortController()
  const signal = AbortSignal.any([stopping, ended.signal])
  let noted: Promise<unknown> | undefined
  const noteDown = () => {
    noted ??= sql`insert into job_run (id, job, started_at, state, asked_by, fence)
      values (${id}, ${job.name}, ${startedAt}, 'running', ${askedBy}, ${String(fence)}::bigint)`
    return noted
  }
  if (askedBy) await noteDown()
  const heart = setInterval(
    async () => {
      const still = await takeLease(sql, key(job), seconds, holder).catch(() => fence)
      if (still !== fence) return ended.abort(new RunEnded('lost'))
      const [cancelled] = await sql`select from job where name = ${job.name} and cancelled_by is not null`.catch(
        () => [],
      )
      if (cancelled) ended.abort(new RunEnded('cancelled'))
    },
    Math.min(1000, (seconds * 1000) / 3),
  )
  const long = setTimeout(() => noteDown().catch((error) => options.onError(error, job.name)), longMs)
  const run: Run = {
    now: startedAt,
    signal,
    async progress(done, total, note) {
      await noteDown()
      const [row] = await sql<{ cancelled: boolean }[]>`
        update job_run r set done = ${done}, total = ${total ?? null}, note = ${note ?? null}
        from job j where j.name = r.job and r.id = ${id} and r.state = 'running'
        returning j.cancelled_by is not null as cancelled`
      if (!row) throw new RunEnded('lost')
      if (row.cancelled || stopping.aborted) throw new RunEnded('cancelled')
      signal.throwIfAborted()
    },
    async guard(tx) {
      if (!(await holdsLease(tx, key(job), fence, holder))) throw new RunEnded('lost')
    },
  }
  const began = performance.now()
  const outcome = await job.run(run).then(
    (done) => ({ state: 'done' as const, done: done ?? 0, error: null }),
    (error) => {
      const end = error instanceof RunEnded ? error : signal.reason instanceof RunEnded ? signal.reason : undefined
      if (!end) options.onError(error, job.name)
      return { state: end?.state ?? ('failed' as const), done: 0, error: end ? null : told(error) }
    },
  )
  clearInterval(heart)
  clearTimeout(long)
  if (noted || outcome.state !== 'done' || (outcome.done > 0 && !isFrequent(job))) await noteDown()
  await settle(sql, job, claimed, { ...outcome, ms: Math.round(performance.now() - began) }, options)
  await endLease(sql, key(job), holder)
}

type Outcome = { state: 'done' | 'failed' | 'cancelled' | 'lost'; done: number; error: string | null; ms: number }

async function settle(sql: Sql, job: Job, claimed: Claimed, outcome: Outcome, options: Options): Promise<void> {
  const { state, done, error, ms } = outcome
  const now = options.clock()
  await sql`update job_run set state = ${state}, ended_at = ${now}, error = ${error},
    done = greatest(done, ${done}) where id = ${claimed.id} and state = 'running'`
  // What another process has taken over is its own to tell.
  if (state === 'lost' || !(await holdsLease(sql, key(job), claimed.fence, options.holder))) return
  const [row] = await sql<{ failures: number }[]>`
    update job set ended_at = ${now}, ms = ${ms}, runs = runs + 1, error = ${error}, cancelled_by = null,
      failures = case when ${state} = 'failed' then failures + 1 else 0 end,
      done_at = case when ${state} = 'done' then ${now} else done_at end
    where name = ${job.name} returning failures`
  const regular = nextTime(job.schedule, now)
  const retry = new Date(now.getTime() + waitAfter(row?.failures || 1) * 1000)
  const next = state === 'failed' && ('at' in job.schedule ? retry < regular : retry > regular) ? retry : regular
  // A wish that came meanwhile stands.
  await sql`update job set next_at = ${next} where name = ${job.name} and asked_by is null`
}

/** Writes the declared jobs down, so that the page shows them before they first ran; a changed schedule holds at once. */
async function declare(sql: Sql, jobs: readonly Job[], now: Date): Promise<void> {
  for (const { name, title, schedule } of jobs)
    await sql`
      insert into job as j (name, title, schedule, next_at)
      values (${name}, ${title}, ${spoken(schedule)}, ${nextTime(schedule, now)})
      on conflict (name) do update set title = excluded.title, schedule = excluded.schedule,
        next_at = least(j.next_at, excluded.next_at)`
}

/** Runs jobs as they fall due, each in one process at a time. */
export async function startJobs(sql: Sql, jobs: readonly Job[], given: Given): Promise<Jobs> {
  const options: Options = { leaseSeconds, ...given, holder: randomUUID() }
  await declare(sql, jobs, options.clock())
  const stopping = new AbortController()
  const running = new Map<string, Promise<void>>()
  const begin = async (job: Job): Promise<void> => {
    const claimed = await claim(sql, job, options.clock(), options)
    if (claimed) await runOne(sql, job, claimed, stopping.signal, options)
  }
  const runDue = async (): Promise<void> => {
    const due = await sql<{ name: string }[]>`
      select name from job where next_at <= ${options.clock()} and paused_at is null`
    for (const { name } of due) {
      const job = jobs.find((each) => each.name === name)
      if (!job || running.has(name) || stopping.signal.aborted) continue
      const work = begin(job)
        .catch((error) => options.onError(error, name))
        .finally(() => running.delete(name))
      running.set(name, work)
    }
    await Promise.all(running.values())
  }
  let looking = false
  const timer = setInterval(() => {
    if (looking) return
    looking = true
    sql<{ n: number }[]>`select 1 as n from job where next_at <= ${options.clock()} and paused_at is null limit 1`
      .then((rows) => {
        if (rows.length > 0) void runDue().catch((error) => options.onError(error, 'jobs'))
      })
      .catch((error) => options.onError(error, 'jobs'))
      .finally(() => {
        looking = false
      })
  }, tickMs)
  timer.unref()
  return {
    runDue,
    stop: async () => {
      clearInterval(timer)
      stopping.abort(new RunEnded('cancelled'))
      await Promise.allSettled(running.values())
    },
  }
}
