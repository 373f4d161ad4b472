import { spawn } from 'node:child_process'
import { constants, setPriority } from 'node:os'
import { fileURLToPath } from 'node:url'
import { takeComplaints } from './areas/co-governance/operations/take-complaints.ts'
import { alarmOfFinding } from './areas/devices/operations/alarm-of-finding.ts'
import { watchEvents } from './areas/response/operations/watch-events.ts'
import { reactions, timed } from './catalogue.ts'
import { clockReaction } from './platform/casework/clock.ts'
import { overdueJob } from './platform/casework/overdue.ts'
import { renewalJob, renewalReaction } from './platform/casework/renewal.ts'
import { follow } from './platform/feed/follow.ts'
import { openPace } from './platform/feed/pace.ts'
import type { House } from './platform/http/house.ts'
import { counting } from './platform/indicators/sums.ts'
import type { Job } from './platform/jobs/job.ts'
import { ownJobs } from './platform/jobs/own.ts'
import { startJobs } from './platform/jobs/runner.ts'
import { sendJob } from './platform/message/send.ts'
import { subscribers } from './platform/message/subscribe.ts'
import { reportJob } from './platform/reports/periodic.ts'
import { reviewing } from './platform/review/run.ts'
import { type OpenDoor, openStore } from './platform/store/store.ts'
import { liuzhou } from './standards/china/index.ts'

/** How code that acts for many actors opens the door for each. */
export const doorOf =
  (house: House): OpenDoor =>
  (sql, actor, now) =>
    openStore(sql, house.catalogue.kinds, actor, now, house.keyring)

export type Background = { started: Promise<void>; stop(): Promise<void> }

/** The work behind the desk: what follows the change feed, and what is done by the clock. */
export async function startWork(house: House, quiet: boolean): Promise<Background> {
  const { sql, clock, catalogue } = house
  const onError = (error: unknown, name: string) => {
    if (!quiet) console.error(`后台任务 ${name} 出错，稍后重试：`, error)
  }
  const stopping = new AbortController()
  const sums = counting(catalogue.kinds, clock)
  // What nobody waits for at a screen keeps to its share; what must be told soon does not.
  const pace = openPace(sql, [sums.name, 'audit'], stopping.signal)
  const prompt = [
    ...reactions,
    clockReaction(catalogue.kinds),
    renewalReaction(catalogue.kinds, clock),
    subscribers(catalogue.kinds),
    reviewing(catalogue.kinds, clock),
    alarmOfFinding(doorOf(house)),
  ]
  const followers = await Promise.all([
    follow(sql, prompt, { intervalMs: 250, onError }),
    follow(sql, [sums], { intervalMs: 500, onError, pace }),
  ])
  const ofAreas = [...timed, takeComplaints(doorOf(house), house.dataDir), watchEvents(doorOf(house))].map(
    ({ run, ...each }): Job => ({
      ...each,
      run: async ({ now }) => {
        const done = await sql.begin((tx) => run(tx, now))
        return typeof done === 'number' ? done : undefined
      },
    }),
  )
  const counties = () => catalogue.regions.map(({ code }) => code).filter((code) => !code.endsWith('00'))
  const reports = reportJob({ sql, words: catalogue, keyring: house.keyring, clock }, counties)
  const jobs = await startJobs(
    sql,
    [
      ...ownJobs(house, liuzhou, pace),
      overdueJob(sql),
      renewalJob(sql, catalogue.kinds),
      sendJob(house),
      reports,
      ...ofAreas,
    ],
    {
      clock,
      onError,
    },
  )
  return {
    started: Promise.resolve(),
    stop: async () => {
      stopping.abort()
      await Promise.all([...followers.map((follower) => follower.stop()), jobs.stop()])
    },
  }
}

const main = fileURLToPath(new URL('main.ts', import.meta.url))
const againMs = 2000
/** Background work holds batches, never files: what it does not need goes to the desks. */
const heapMb = 320

/**
 * Runs the role `jobs` as a process of its own beside this one, with a lower priority, so that sealing, sums and messages
 * never stand in the way of whoever waits at a screen. One that ends is started again; it ends with this process.
 */
export function startBeside(env: Readonly<Record<string, string>>, quiet: boolean): Background {
  let stopping = false
  let child: ReturnType<typeof spawn>
  let again: NodeJS.Timeout | undefined
  const run = () => {
    child = spawn(process.execPath, [`--max-old-space-size=${heapMb}`, main, '--role=jobs', '--empty', '--unheard'], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    child.once('error', (error) => console.error('后台进程没有启动：', error))
    child.once('exit', (code, signal) => {
      if (stopping) return
      if (!quiet) console.error(`后台进程意外停止（${signal ?? `退出码 ${code}`}），正在重新启动`)
      again = setTimeout(run, againMs)
    })
  }
  run()
  const started = new Promise<void>((done) => {
    for (const event of ['message', 'error', 'exit']) child.once(event, () => done())
  })
  return {
    started,
    stop: async () => {
      stopping = true
      clearTimeout(again)
      if (child.exitCode !== null || child.signalCode !== null) return
      const exited = new Promise((done) => child.once('exit', done))
      child.kill('SIGTERM')
      await exited
    },
  }
}

/** Lets the desks' processes go first, where the system allows to say so. */
export function yieldToDesks(): void {
  try {
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL)
  } catch {
    // Only slower, not wrong.
  }
}
