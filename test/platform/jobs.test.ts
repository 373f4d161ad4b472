import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import postgres, { type Sql } from 'postgres'
import type { Job } from '../../src/platform/jobs/job.ts'
import { type Jobs, startJobs } from '../../src/platform/jobs/runner.ts'
import { nextTime, waitAfter } from '../../src/platform/jobs/schedule.ts'
import { type FreshDatabase, freshDatabase } from '../database.ts'
import { eventually } from '../eventually.ts'

let database: FreshDatabase
let sql: Sql
let now: Date
const errors: string[] = []
let opened: Jobs[] = []

before(async () => {
  database = await freshDatabase()
  sql = database.sql
})
beforeEach(async () => {
  await Promise.all(opened.map((jobs) => jobs.stop()))
  opened = []
  errors.length = 0
  await sql`truncate job, job_run, lease`
  now = new Date('2026-11-20T01:00:00Z')
})
after(async () => {
  await Promise.all(opened.map((jobs) => jobs.stop()))
  await database.close()
})

const job = (run: Job['run'], more: Partial<Job> = {}): Job => ({
  name: 'test-job',
  title: '示例任务',
  schedule: { everySeconds: 60 },
  run,
  ...more,
})
const open = async (each: Job, leaseSeconds = 30): Promise<Jobs> => {
  const jobs = await startJobs(sql, [each], {
    clock: () => now,
    onError: (error) => errors.push(String(error)),
    leaseSeconds,
  })
  opened.push(jobs)
  return jobs
}
const later = (seconds: number) => {
  now = new Date(now.getTime() + seconds * 1000)
}
const row = async () => (await sql`select * from job where name = 'test-job'`)[0] ?? {}
const runs = async () => sql`select * from job_run where job = 'test-job' order by id`

test('[D4.3.7.8] a job runs when it is due and not before; what it did is counted and written down', async () => {
  let count = 0
  const jobs = await open(job(async () => ++count))
  await jobs.runDue()
  assert.equal(count, 0)
  later(60)
  await jobs.runDue()
  await jobs.runDue()
  assert.equal(count, 1)
  const [run] = await runs()
  assert.deepEqual([run?.state, run?.done], ['done', 1])
  assert.equal((await row()).next_at.toISOString(), new Date(now.getTime() + 60_000).toISOString())
})

test('a run that did nothing leaves its count and no history', async () => {
  const jobs = await open(job(async () => 0))
  later(60)
  await jobs.runDue()
  assert.equal((await runs()).length, 0)
  assert.equal(Number((await row()).runs), 1)
})

test('[D4.3.7.8] a job that fails waits longer each time, says why, and recovers', async () => {
  let broken = true
  const jobs = await open(
    job(
      async () => {
        if (broken) throw new Error('对方没有应答')
        return 1
      },
      { schedule: { everySeconds: 1 } },
    ),
  )
  const waits: number[] = []
  for (let n = 0; n < 4; n++) {
    later(3600)
    await jobs.runDue()
    waits.push(((await row()).next_at.getTime() - now.getTime()) / 1000)
  }
  assert.deepEqual(waits, [5, 10, 20, 40])
  assert.equal(waitAfter(30), 3600)
  assert.deepEqual([(await row()).failures, (await row()).error], [4, '对方没有应答'])
  assert.deepEqual(
    (await runs()).map((run) => [run.state, run.error]),
    Array(4).fill(['failed', '对方没有应答']),
  )
  assert.equal(errors.length, 4)
  broken = false
  later(40)
  await jobs.runDue()
  assert.deepEqual([(await row()).failures, (await row()).error], [0, null])
})

test('nothing runs twice: of two processes that find the same job due, one runs it', async () => {
  const other = postgres(database.url, { max: 4, onnotice: () => {} })
  let running = 0
  let most = 0
  let count = 0
  const slow = job(async () => {
    most = Math.max(most, ++running)
    count++
    await new Promise((done) => setTimeout(done, 60))
    running--
    return 1
  })
  const options = { clock: () => now, onError: (error: unknown) => errors.push(String(error)) }
  const [here, there] = [await open(slow), await startJobs(other, [slow], options)]
  for (let n = 0; n < 5; n++) {
    later(60)
    await Promise.all([here.runDue(), there.runDue(), here.runDue(), there.runDue()])
  }
  await there.stop()
  await other.end()
  assert.deepEqual([count, most, errors], [5, 1, []])
})

test('a process that lost its lease cannot write any more: its fence is refused and its run is told as lost', async () => {
  let written = false
  const released = Promise.withResolvers<void>()
  const jobs = await open(
    job(async (run) => {
      await run.progress(1, 2)
      // Another process takes the lease over, as when this one slept too long.
      await sql`update lease set holder = 'another', fence = fence + 1, until = now() + interval '1 minute' where name = 'job test-job'`
      released.resolve()
      await sql.begin(async (tx) => {
        await run.guard(tx)
        written = true
      })
      return 1
    }),
  )
  later(60)
  await jobs.runDue()
  await released.promise
  assert.equal(written, false)
  assert.equal((await runs())[0]?.state, 'lost')
})

test('a lease that was given back at the end of a run is not taken again by a heartbeat that was on its way', async () => {
  const [isHeld, isLetGo] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  // The statement of a heartbeat is slow to reach the database: it is one of a single part, the lease it wants.
  const slow = new Proxy(sql, {
    apply(target, self, given: [readonly string[], ...unknown[]]) {
      if (given[0].join('') !== '') return Reflect.apply(target, self, given)
      isHeld.resolve()
      return isLetGo.promise.then(() => Reflect.apply(target, self, given))
    },
  })
  const jobs = await startJobs(slow, [job(() => isHeld.promise.then(() => 1))], {
    clock: () => now,
    onError: (error) => errors.push(String(error)),
    leaseSeconds: 30,
  })
  opened.push(jobs)
  later(60)
  const ran = jobs.runDue()
  await isHeld.promise
  await sleep(300)
  isLetGo.resolve()
  await ran
  await sleep(300)
  const [lease] = await sql`select until < now() as "isFree" from lease where name = 'job test-job'`
  assert.equal(lease?.isFree, true)
})

test('progress is shown while it runs, and a run that is cancelled by hand stops there', async () => {
  const started = Promise.withResolvers<void>()
  const jobs = await open(
    job(async (run) => {
      for (let n = 1; n <= 1000; n++) {
        await run.progress(n, 1000, `第 ${n} 份`)
        if (n === 3) started.resolve()
        await new Promise((done) => setTimeout(done, 5))
      }
      return 1000
    }),
  )
  later(60)
  const working = jobs.runDue()
  await started.promise
  const [seen] = await runs()
  assert.equal(seen?.state, 'running')
  assert.ok(seen?.done >= 3 && seen?.total === 1000)
  await sql`update job set cancelled_by = '示例管理员' where name = 'test-job'`
  await working
  assert.equal((await runs())[0]?.state, 'cancelled')
  assert.ok((await runs())[0]?.done < 1000)
  assert.equal((await row()).failures, 0, 'a cancelled run is no failure')
})

test('a job asked for by hand runs at once and its run says by whom; a paused one does not run', async () => {
  let count = 0
  const jobs = await open(job(async () => void count++))
  await sql`update job set asked_by = '示例管理员', next_at = ${now} where name = 'test-job'`
  await jobs.runDue()
  assert.equal(count, 1)
  assert.equal((await runs())[0]?.asked_by, '示例管理员')
  await sql`update job set paused_at = now() where name = 'test-job'`
  later(600)
  await jobs.runDue()
  assert.equal(count, 1)
})

test('a run whose process died is told as lost by whoever takes it over', async () => {
  const jobs = await open(job(async () => 1))
  await sql`insert into job_run (id, job, started_at, state, fence) values (${crypto.randomUUID()}, 'test-job', ${now}, 'running', 1)`
  later(60)
  await jobs.runDue()
  assert.deepEqual((await runs()).map((run) => run.state).sort(), ['done', 'lost'])
})

test('[A7.3] schedules by the day, week and month hold in Asia/Shanghai', () => {
  const from = new Date('2026-11-20T18:00:00Z') // Saturday 02:00 in Shanghai
  const next = (at: string, each?: 'day' | 'week' | 'month') => nextTime({ at, each }, from).toISOString()
  assert.equal(next('02:30'), '2026-11-20T18:30:00.000Z')
  assert.equal(next('02:00'), '2026-11-21T18:00:00.000Z', 'this very minute has begun')
  assert.equal(next('02:30', 'week'), '2026-11-22T18:30:00.000Z', 'Monday the 23rd')
  assert.equal(next('00:05', 'month'), '2026-11-30T16:05:00.000Z', 'the first of December')
})

test('the platform itself looks: a due job runs without anybody calling', async () => {
  let count = 0
  await open(job(async () => ++count))
  later(60)
  await eventually(async () => count > 0)
  await eventually(async () => Number((await row()).runs) === 1)
})

test('the jobs page is the administrators’: the system administrator alone acts, each act is in the audit', async () => {
  const { openTown } = await import('../people.ts')
  const { administratorsOf } = await import('../access/visitor.ts')
  const town = await openTown()
  try {
    const admins = await administratorsOf(town.server)
    const path = '/api/v1/jobs'
    const { body } = await admins.system.call<{ items: { name: string }[] }>('GET', path)
    assert.ok(body.items.length >= 9, 'what ran before this page existed is seen here too')
    for (const name of ['missed-records', 'recalls', 'partitions', 'audit-gather', 'audit-watch', 'trading-partners'])
      assert.ok(
        body.items.some((each) => each.name === name),
        name,
      )
    for (const person of [town.city, town.factory]) assert.equal((await person.call('GET', path)).status, 403)
    assert.equal((await admins.audit.call('POST', `${path}/partitions/run`)).status, 403)
    assert.equal((await admins.system.call('POST', `${path}/nothing/run`)).status, 404)
    assert.equal((await admins.system.call('POST', `${path}/partitions/explode`)).status, 404)
    assert.equal((await admins.system.call('POST', `${path}/partitions/run`)).status, 204)
    await eventually(async () => {
      const runs = await town.server.sql`select asked_by from job_run where job = 'partitions' and state = 'done'`
      return runs[0]?.asked_by === '示例system'
    })
    assert.equal((await admins.system.call('POST', `${path}/partitions/cancel`)).status, 409, 'nothing runs')
    assert.equal((await admins.system.call('POST', `${path}/partitions/pause`)).status, 204)
    assert.equal((await admins.system.call('POST', `${path}/partitions/pause`)).status, 409)
    assert.equal((await admins.system.call('POST', `${path}/partitions/resume`)).status, 204)
    const acts = await town.server.sql`select act from audit where object_kind = 'job' and result = 'done' order by id`
    assert.deepEqual(
      acts.map((each) => each.act),
      ['job-run', 'job-pause', 'job-resume'],
    )
  } finally {
    await town.server.close()
  }
})
