import { randomUUID } from 'node:crypto'
import type { Sql } from 'postgres'
import { uuidv7 } from '../id.ts'
import { type Job, type Run, RunEnded } from './job.ts'
import { holdsLease, leasing, takeLease } from './lease.ts'
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

/**
 * Takes a due job for this process, its lease with it, in one statement: jobs of every other second are most of what an idle
 * platform does. The job's row goes first here and where a run ends, so that the two never wait for each other crosswise.
 */
async function claim(sql: Sql, job: Job, now: Date, { holder, leaseSeconds }: Options) {
  const [row] = await sql<{ fence: string; askedBy: string | null; failures: number }[]>`
    with due as (
      select name, asked_by, failures from job where name = ${job.name} and next_at <= ${now} and paused_at is null for update
    ), fenced as (
      ${leasing(sql, sql`select ${key(job)}::text, ${holder}::text, 1, now() + ${leaseSeconds} * interval '1 second' from due`)}
    ), taken as (
      update job j set started_at = ${now}, ended_at = null, cancelled_by = null, asked_by = null
      from due, fenced where j.name = due.name
    ), lost as (
      -- Whoever ran it before and never ended has lost it.
      update job_run set state = 'lost', ended_at = ${now}, error = '进程中断，由另一进程接手'
      where job = ${job.name} and state = 'running' and exists (select from fenced)
    )
    select fenced.fence, due.asked_by as "askedBy", due.failures from due, fenced`
  return row && { ...row, fence: BigInt(row.fence), id: uuidv7(now.getTime()), startedAt: now }
}

type Claimed = NonNullable<Awaited<ReturnType<typeof claim>>>

/** Beats every so often, one at a time; the answer stops it and waits for the one under way. */
function beating(beat: () => Promise<void>, ms: number): () => Promise<void> {
  let underWay: Promise<void> | undefined
  const heart = setInterval(() => {
    underWay ??= beat().finally(() => {
      underWay = undefined
    })
  }, ms)
  return async () => {
    clearInterval(heart)
    await underWay
  }
}

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
  const beat = async () => {
    const still = await takeLease(sql, key(job), seconds, holder).catch(() => fence)
    if (still !== fence) return ended.abort(new RunEnded('lost'))
    const [cancelled] = await sql`select from job where name = ${job.name} and cancelled_by is not null`.catch(() => [])
    if (cancelled) ended.abort(new RunEnded('cancelled'))
  }
  const lastBeat = beating(beat, Math.min(1000, (seconds * 1000) / 3))
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
  clearTimeout(long)
  // One that is under way would take the lease again after it was given back.
  await lastBeat()
  if (noted || outcome.state !== 'done' || (outcome.done > 0 && !isFrequent(job))) await noteDown()
  await settle(sql, job, claimed, { ...outcome, ms: Math.round(performance.now() - began) }, options)
}

type Outcome = { state: 'done' | 'failed' | 'cancelled' | 'lost'; done: number; error: string | null; ms: number }

/** Writes down how a run ended and gives its lease back. What another process has taken over is its own to tell. */
async function settle(sql: Sql, job: Job, claimed: Claimed, outcome: Outcome, options: Options): Promise<void> {
  const { state, done, error, ms } = outcome
  const now = options.clock()
  // Only whoever holds the lease counts failures.
  const failures = state === 'failed' ? claimed.failures + 1 : 0
  await sql`
    with ended as (
      update job_run set state = ${state}, ended_at = ${now}, error = ${error}, done = greatest(done, ${done})
      where id = ${claimed.id} and state = 'running'
    ), settled as (
      update job set ended_at = ${now}, ms = ${ms}, runs = runs + 1, error = ${error}, cancelled_by = null,
        failures = ${failures},
        done_at = case when ${state} = 'done' then ${now} else done_at end,
        -- A wish that came meanwhile stands.
        next_at = case when asked_by is null then ${nextAfter(job, failures, now)} else next_at end
      where name = ${job.name} and ${state} <> 'lost' and exists (select from lease l where l.name = ${key(job)}
        and l.holder = ${options.holder} and l.fence = ${String(claimed.fence)}::bigint and l.until > now())
      returning name
    )
    update lease set until = now() - interval '1 millisecond'
    where name = ${key(job)} and holder = ${options.holder} and (select count(*) from settled) >= 0`
}

/** When a job runs again that failed so many times in a row: soon where it is a daily one, ever later where it is a frequent one. */
function nextAfter({ schedule }: Job, failures: number, now: Date): Date {
  const regular = nextTime(schedule, now)
  if (failures === 0) return regular
  const retry = new Date(now.getTime() + waitAfter(failures) * 1000)
  return ('at' in schedule ? retry < regular : retry > regular) ? retry : regular
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
  const look = async (): Promise<void> => {
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
  }
  let looking = false
  const timer = setInterval(() => {
    if (looking) return
    looking = true
    look()
      .catch((error) => options.onError(error, 'jobs'))
      .finally(() => {
        looking = false
      })
  }, tickMs)
  timer.unref()
  return {
    runDue: async () => {
      await look()
      await Promise.all(running.values())
    },
    stop: async () => {
      clearInterval(timer)
      stopping.abort(new RunEnded('cancelled'))
      await Promise.allSettled(running.values())
    },
  }
}
