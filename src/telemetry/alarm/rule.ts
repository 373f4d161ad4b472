/** A figure as it holds at an instant: law changes on a day, and late data is judged by the day it speaks of. */
export type Figure = (name: string, at: number) => number | undefined

/** One comparison. `limit` is a number or the name of a figure of the rules table. */
export type Condition = {
  property: string
  test: 'above' | 'below' | 'is-true' | 'is-false' | 'equals' | 'silent'
  limit?: number
  figure?: string
  /** Beyond this it is of the second level. */
  severe?: number
  /** How far back within the limit a value must come before the condition ends. */
  hysteresis?: number
  word?: string
}

/**
 * When readings are an alarm. Conditions of one group hold together, any group is enough (a disjunction of
 * conjunctions says every AND and OR). All times in milliseconds.
 */
export type Rule = {
  id: string
  version: number
  groups: readonly (readonly Condition[])[]
  /** How often the device reports: three missed in a row are a silence, and no value is held for longer. */
  intervalMs: number
  /** It must have been so for this long, without a gap. */
  forMs?: number
  /** The device says only that something is, never that it is over: over after so long without a word. */
  quietMs?: number
  /** While one of these is true nothing begins, `suppressMaxMs` at most and until `graceMs` after it. */
  suppressBy?: readonly string[]
  suppressMaxMs?: number
  graceMs?: number
  escalateAfterMs?: number
  realarmAfterMs?: number
  /** A machine's opinion: a person confirms it before it counts, so it does not escalate by itself. */
  confirm?: boolean
}

export type Values = Readonly<Record<string, number | string | boolean>>

/** What happens in time order: a reading, or what a person did about the alarm that stood then. */
export type Entry = { at: number; values: Values } | { at: number; act: 'acknowledge' | 'confirm' | 'reject' }

/** Missed in a row before a probe counts as silent (the platform's own proposal). */
export const missedIntervals = 3

export const holdMs = (rule: Rule): number => rule.intervalMs * missedIntervals

export const isSilence = (rule: Rule): boolean =>
  rule.groups.some((group) => group.some((condition) => condition.test === 'silent'))
