import { freshLeaf, judge, type Leaf, type Verdict, verdict } from './condition.ts'
import { type Entry, type Figure, holdMs, isSilence, type Rule, type Values } from './rule.ts'

/** One line of what happened to an alarm. */
export type Moment = {
  at: number
  what:
    | 'raised'
    | 'escalated'
    | 'eased'
    | 'overdue'
    | 'repeated'
    | 'cleared'
    | 'acknowledged'
    | 'confirmed'
    | 'rejected'
  level: number
  value?: number | string | boolean | null
}

/** One alarm from its beginning to its end. `raisedAt` names it within its rule and device. */
export type Episode = {
  /** When the condition began to hold; the alarm was raised `forMs` later. */
  began: number
  raisedAt: number
  clearedAt?: number
  /** 1, or 2 beyond the severe limit, and one more for every time nobody answered. */
  level: number
  property: string
  value: number | string | boolean | null
  limit?: number
  peak?: number
  acknowledgedAt?: number
  confirmedAt?: number
  rejectedAt?: number
  /** When somebody was last told. */
  toldAt: number
  course: readonly Moment[]
}

type Pause = { since?: number; until?: number }

/** Everything evaluation remembers of one rule on one device, as plain JSON. */
export type State = {
  /** The last instant that changed anything: what speaks of a time at or before it is late. */
  at: number
  leaves: readonly (readonly Leaf[])[]
  run: { since: number; last: number } | null
  /** Since when a condition has held while nothing might begin. */
  hiddenSince: number | null
  pauses: Readonly<Record<string, Pause>>
  alarm: Episode | null
}

export type Outcome = { state: State; episodes: Episode[] }

/** Levels that are reached because nobody answers: the canteen, its county, the city. */
const levelMax = 3

export const freshState = (rule: Rule): State => ({
  at: -1,
  leaves: rule.groups.map((group) => group.map(() => freshLeaf)),
  run: null,
  hiddenSince: null,
  pauses: {},
  alarm: null,
})

const tell = (alarm: Episode, moment: Moment): Episode => ({
  ...alarm,
  level: moment.level,
  toldAt: moment.at,
  course: [...alarm.course, moment].slice(-100),
})

type Due = { at: number; what: 'silent' | 'over' | 'overdue' | 'repeated'; group: number; condition: number }

/** The earliest thing that happens by the clock alone, as the state stands; of two at one instant the one told first here. */
function nextDue(rule: Rule, state: State): Due | undefined {
  let first: Due | undefined
  const consider = (at: number, what: Due['what'], group = 0, condition = 0) => {
    if (!first || at < first.at) first = { at, what, group, condition }
  }
  for (let g = 0; g < rule.groups.length; g++)
    for (let c = 0; c < (rule.groups[g]?.length ?? 0); c++) {
      if (rule.groups[g]?.[c]?.test !== 'silent') continue
      const leaf = state.leaves[g]?.[c]
      if (leaf && leaf.at >= 0 && !leaf.on) consider(leaf.at + holdMs(rule), 'silent', g, c)
    }
  const { alarm } = state
  if (!alarm) return first
  if (rule.quietMs !== undefined && !isSilence(rule)) consider(lastOn(state) + rule.quietMs, 'over')
  const waiting = rule.confirm && alarm.confirmedAt === undefined
  if (alarm.rejectedAt !== undefined || waiting) return first
  if (rule.escalateAfterMs && alarm.acknowledgedAt === undefined && alarm.level < levelMax)
    consider(Math.max(alarm.confirmedAt ?? alarm.toldAt, alarm.toldAt) + rule.escalateAfterMs, 'overdue')
  if (rule.realarmAfterMs && alarm.acknowledgedAt !== undefined)
    consider(Math.max(alarm.toldAt, alarm.acknowledgedAt) + rule.realarmAfterMs, 'repeated')
  return first
}

/** When a condition was last said to hold. */
const lastOn = (state: State): number => Math.max(...state.leaves.flat().map((leaf) => (leaf.on ? leaf.at : -1)))

function fire(rule: Rule, figure: Figure, before: State, due: Due): { state: State; ended?: Episode } {
  const state = { ...before, at: Math.max(before.at, due.at) }
  if (due.what === 'silent') return fallSilent(rule, figure, state, due.group, due.condition)
  if (due.what === 'over') return clear(forget(state), due.at)
  return remind(state, due.what, due.what === 'overdue' ? 1 : 0)
}

function remind(state: State, what: 'overdue' | 'repeated', up: number): { state: State } {
  const { alarm, at } = state
  if (!alarm) return { state }
  const told = tell(alarm, { at, what, level: Math.min(levelMax, alarm.level + up), value: alarm.value })
  return { state: { ...state, alarm: told } }
}

function fallSilent(rule: Rule, figure: Figure, state: State, g: number, c: number): { state: State } {
  const leaves = state.leaves.map((group, i) =>
    group.map((leaf, j) => (i === g && j === c ? { ...leaf, on: true } : leaf)),
  )
  const now = { ...state, leaves }
  if (state.alarm) return { state: now }
  const found = verdict({ ...rule, quietMs: Infinity }, leaves, state.at)
  return { state: found.on ? raise(rule, figure, now, state.at, found) : now }
}

function clear(state: State, at: number): { state: State; ended?: Episode } {
  const { alarm } = state
  if (!alarm) return { state }
  const ended = {
    ...alarm,
    clearedAt: at,
    course: [...alarm.course, { at, what: 'cleared' as const, level: alarm.level }],
  }
  return { state: { ...state, at: Math.max(state.at, at), alarm: null, run: null, hiddenSince: null }, ended }
}

/** What was only ever said to be is no more. */
const forget = (state: State): State => ({
  ...state,
  leaves: state.leaves.map((group) => group.map((leaf) => ({ ...leaf, on: false, level: 1 as const }))),
})

function raise(rule: Rule, figure: Figure, state: State, began: number, { condition, leaf, level }: Verdict): State {
  const { at } = state
  const value = leaf?.value ?? null
  const limit = condition?.figure ? figure(condition.figure, at) : condition?.limit
  const first: Moment = { at, what: 'raised', level, value }
  return {
    ...state,
    run: null,
    hiddenSince: null,
    alarm: {
      began: isSilence(rule) ? (leaf?.at ?? began) : began,
      raisedAt: at,
      level,
      property: condition?.property ?? '',
      value,
      ...(limit === undefined ? {} : { limit }),
      ...(typeof value === 'number' ? { peak: value } : {}),
      toldAt: at,
      course: [first],
    },
  }
}

function pausesAfter(rule: Rule, state: State, at: number, values: Values): State['pauses'] {
  if (!rule.suppressBy?.some((property) => typeof values[property] === 'boolean')) return state.pauses
  const pauses: Record<string, Pause> = { ...state.pauses }
  for (const property of rule.suppressBy) {
    const value = values[property]
    const before = pauses[property] ?? {}
    if (value === true && before.since === undefined) pauses[property] = { since: at }
    if (value === false && before.since !== undefined) {
      const full = before.since + (rule.suppressMaxMs ?? 0)
      pauses[property] = at < full ? { until: at + (rule.graceMs ?? 0) } : {}
    }
  }
  return pauses
}

function paused(rule: Rule, state: State, at: number): boolean {
  // However often the door is opened: what has held for the whole time is hidden no longer.
  if (state.hiddenSince !== null && at - state.hiddenSince >= (rule.suppressMaxMs ?? 0)) return false
  return Object.values(state.pauses).some(
    ({ since, until }) =>
      (since !== undefined && at - since < (rule.suppressMaxMs ?? 0)) || (until !== undefined && at < until),
  )
}

/** The alarm that stands, after a reading under which the condition still holds. */
function goOn(alarm: Episode, found: Verdict, at: number): Episode {
  const value = found.leaf?.value ?? alarm.value
  const worse =
    typeof value === 'number' && alarm.peak !== undefined && found.condition?.property === alarm.property
      ? found.condition.test === 'below'
        ? Math.min(alarm.peak, value)
        : Math.max(alarm.peak, value)
      : alarm.peak
  const now = worse === alarm.peak ? alarm : { ...alarm, peak: worse as number }
  const byValue = [...alarm.course].reverse().find((each) => ['raised', 'escalated', 'eased'].includes(each.what))
  const before = byValue && byValue.what !== 'eased' ? (byValue.what === 'escalated' ? 2 : byValue.level) : 1
  if (found.level > before)
    return tell(now, { at, what: 'escalated', level: Math.min(levelMax, Math.max(alarm.level, 1) + 1), value })
  if (found.level < before)
    return { ...tell(now, { at, what: 'eased', level: Math.max(1, alarm.level - 1), value }), toldAt: now.toldAt }
  return now
}

function read(
  rule: Rule,
  figure: Figure,
  before: State,
  at: number,
  values: Values,
): { state: State; ended?: Episode } {
  const leaves = rule.groups.map((group, g) =>
    group.map((condition, c) => judge(condition, before.leaves[g]?.[c] ?? freshLeaf, at, values, figure)),
  )
  const state = { ...before, at, leaves, pauses: pausesAfter(rule, before, at, values) }
  if (state.alarm) {
    // Only a value that says so ends an alarm: a probe that has gone quiet has not recovered.
    const holds = verdict({ ...rule, quietMs: Infinity }, leaves, at)
    return holds.on ? { state: { ...state, alarm: goOn(state.alarm, holds, at) } } : clear(state, at)
  }
  const found = verdict(rule, leaves, at)
  if (!found.on) return { state: { ...state, run: null, hiddenSince: null } }
  if (state.run === null && paused(rule, state, at))
    return { state: { ...state, hiddenSince: state.hiddenSince ?? at } }
  const unbroken = state.run !== null && at - state.run.last <= holdMs(rule)
  const since = unbroken && state.run ? state.run.since : (state.hiddenSince ?? at)
  const now = { ...state, run: { since, last: at } }
  return { state: at - since >= (rule.forMs ?? 0) ? raise(rule, figure, now, since, found) : now }
}

const acts = { acknowledge: 'acknowledged', confirm: 'confirmed', reject: 'rejected' } as const

function act(state: State, at: number, name: keyof typeof acts): State {
  const { alarm } = state
  if (!alarm) return { ...state, at }
  const what = acts[name]
  const key = `${what}At` as const
  if (alarm[key] !== undefined) return { ...state, at }
  const done = { ...alarm, [key]: at, course: [...alarm.course, { at, what, level: alarm.level }] }
  return { ...state, at, alarm: done }
}

/** When the clock alone will next change something; nothing where it never will. */
export const nextChange = (rule: Rule, state: State): number | undefined => nextDue(rule, state)?.at

/**
 * Takes entries in time order, all later than `state.at`, and then lets time pass to `asOf`. Pure: the same entries give
 * the same alarms, however they are cut into calls. Answers every alarm that ended or stands, as it then is.
 */
export function evaluate(rule: Rule, figure: Figure, from: State, entries: readonly Entry[], asOf: number): Outcome {
  const episodes: Episode[] = []
  let state = from
  const pass = (until: number, inclusive: boolean) => {
    for (;;) {
      const due = nextDue(rule, state)
      if (!due || due.at > until || (due.at === until && !inclusive)) return
      const fired = fire(rule, figure, state, due)
      if (fired.ended) episodes.push(fired.ended)
      state = fired.state
    }
  }
  for (const entry of entries) {
    pass(entry.at, false)
    if ('act' in entry) {
      state = act(state, entry.at, entry.act)
      continue
    }
    const after = read(rule, figure, state, entry.at, entry.values)
    if (after.ended) episodes.push(after.ended)
    state = after.state
  }
  pass(asOf, true)
  if (state.alarm) episodes.push(state.alarm)
  return { state, episodes }
}
