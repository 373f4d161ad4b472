import { setTimeout as sleep } from 'node:timers/promises'
import type { Sql } from 'postgres'

/** Runs a step of background work, after the rest that earlier steps owe. */
export type Pace = <T>(step: () => Promise<T>) => Promise<T>

/** No rest: where somebody waits for the work itself. */
export const atOnce: Pace = (step) => step()

/** The part of the time that the work takes while people write; it grows as the work falls behind. */
const share = 0.1
/** Up to here behind, the share stays; from `behindSecondsMax` on the work rests no more. */
const behindSecondsGood = 60
const behindSecondsMax = 600
/** A single rest ends after so long, whatever the step before it took. */
const restMsMax = 5000
const lookMs = 200

/** How long a step of `workedMs` is to be followed by rest, where the work is `behindSeconds` behind and people write. */
export function restAfter(workedMs: number, behindSeconds: number): number {
  const late = Math.max(0, behindSeconds - behindSecondsGood) / (behindSecondsMax - behindSecondsGood)
  const part = Math.min(1, share + late * (1 - share))
  return Math.min(restMsMax, workedMs * (1 / part - 1))
}

/** Whether somebody has just written or captured, and for how long the oldest of what they wrote waits for one who may wait. */
async function standing(sql: Sql, followers: readonly string[]): Promise<{ writing: boolean; behindSeconds: number }> {
  const [row] = await sql<{ writing: boolean; behindSeconds: number }[]>`
    with places as (
      select xid, seq from follower where name = any(${followers as string[]})
      union all select xid, seq from ledger_cursor where source = 'change'),
    newest as (
      (select at from change where stream = 0 order by xid desc, seq desc limit 1)
      union all (select at from event_arrival order by xid desc, seq desc limit 1)),
    waiting as (
      select next.at from places p cross join lateral (
        select c.at from change c where c.stream = 0 and (c.xid, c.seq) > (p.xid, p.seq)
        order by c.xid, c.seq limit 1) next
      union all
      select next.at from ledger_cursor p cross join lateral (
        select a.at from event_arrival a where (a.xid, a.seq) > (p.xid, p.seq) order by a.xid, a.seq limit 1) next
      where p.source = 'event')
    select coalesce((select bool_or(at > clock_timestamp() - interval '1 second') from newest), false) as writing,
      coalesce(extract(epoch from clock_timestamp() - (select min(at) from waiting)), 0)::float8 as "behindSeconds"`
  return row ?? { writing: false, behindSeconds: 0 }
}

/**
 * Holds all work that runs through it together to a tenth of the time while people write, so that sealing, sums and audit
 * do not slow them down; what is left over is caught up when they pause, and sooner the further it falls behind.
 * Steps run one at a time. `followers` are the readers of the feed that may wait.
 */
export function openPace(sql: Sql, followers: readonly string[], signal: AbortSignal): Pace {
  let workedMs = 0
  let endedAt = 0
  let line: Promise<unknown> = Promise.resolve()
  const rest = async () => {
    // Waiting for the next thing to do is rest, too.
    const owes = (behindSeconds: number) => endedAt + restAfter(workedMs, behindSeconds) - performance.now()
    while (owes(0) > 0 && !signal.aborted) {
      const { writing, behindSeconds } = await standing(sql, followers)
      const owed = owes(behindSeconds)
      if (!writing || owed <= 0) return
      await sleep(Math.min(lookMs, owed), undefined, { signal }).catch(() => {})
    }
  }
  return (step) => {
    const run = async () => {
      await rest()
      const began = performance.now()
      try {
        return await step()
      } finally {
        endedAt = performance.now()
        workedMs = endedAt - began
      }
    }
    const done = line.then(run, run)
    line = done.catch(() => {})
    return done
  }
}
