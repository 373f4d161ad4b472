import type { ISql } from 'postgres'
import type { Schedule } from './schedule.ts'

/** What a run works with. */
export type Run = {
  now: Date
  /** Aborted when somebody cancels the run or the platform stops: long work looks at it between steps. */
  signal: AbortSignal
  /** Tells how far it has come. Throws where the run was cancelled or another process has taken over. */
  progress(done: number, total?: number, note?: string): Promise<void>
  /** Throws, inside the transaction of a write, where the right to run is lost; else nobody takes it over before the end. */
  guard(sql: ISql): Promise<void>
}

/** Work that is done by the clock, in one process at a time. */
export type Job = {
  /** verb-noun in kebab-case. */
  name: string
  title: string
  schedule: Schedule
  /** Returns how many things it did, so that runs which did nothing are only counted. */
  run(run: Run): Promise<number | undefined>
}

/** The run is no longer ours: cancelled by hand, stopped, or taken over. */
export class RunEnded extends Error {
  readonly state: 'cancelled' | 'lost'
  constructor(state: 'cancelled' | 'lost') {
    super(state)
    this.state = state
  }
}
