import { type Condition, type Figure, holdMs, type Rule, type Values } from './rule.ts'

/** What is known of one condition: whether it holds, and the last value that said so. */
export type Leaf = { on: boolean; level: 1 | 2; at: number; value: number | string | boolean | null }

export const freshLeaf: Leaf = { on: false, level: 1, at: -1, value: null }

export const limitOf = (condition: Condition, figure: Figure, at: number): number | undefined =>
  condition.figure ? figure(condition.figure, at) : condition.limit

/** How far a value lies beyond its limit; negative within it. */
function beyond(condition: Condition, value: number, limit: number): number {
  return condition.test === 'above' ? value - limit : limit - value
}

function compare(condition: Condition, before: Leaf, value: number, figure: Figure, at: number): Leaf {
  const limit = limitOf(condition, figure, at)
  if (limit === undefined) return { ...before, at, value }
  const over = beyond(condition, value, limit)
  const back = condition.hysteresis ?? 0
  // Once on, it stays on until the value is back within the limit by the hysteresis: a freezer must not flap.
  const on = over > 0 || (before.on && over > -back)
  const severe = condition.severe === undefined ? -1 : beyond(condition, value, condition.severe)
  const stillSevere = before.on && before.level === 2 && severe > -back && condition.severe !== undefined
  return { on, level: on && (severe > 0 || stillSevere) ? 2 : 1, at, value }
}

/** The condition after a reading; a reading without its property leaves it as it was. */
export function judge(condition: Condition, before: Leaf, at: number, values: Values, figure: Figure): Leaf {
  const value = values[condition.property]
  if (value === undefined) return before
  if (condition.test === 'silent') return { on: false, level: 1, at, value }
  if (condition.test === 'is-true') return { on: value === true, level: 1, at, value }
  if (condition.test === 'is-false') return { on: value === false, level: 1, at, value }
  if (condition.test === 'equals') return { on: String(value) === condition.word, level: 1, at, value }
  // A broken probe says "no value" in words: that is no temperature.
  return typeof value === 'number' && Number.isFinite(value) ? compare(condition, before, value, figure, at) : before
}

export type Verdict = { on: boolean; level: 1 | 2; condition?: Condition; leaf?: Leaf }

/** Whether any group holds as a whole. A value older than the hold counts for nothing any more. */
export function verdict(rule: Rule, leaves: readonly (readonly Leaf[])[], at: number): Verdict {
  let found: Verdict = { on: false, level: 1 }
  for (const [g, group] of rule.groups.entries()) {
    const own = group.map((_, c) => leaves[g]?.[c] ?? freshLeaf)
    if (!own.every((leaf) => leaf.on && at - leaf.at <= (rule.quietMs ?? holdMs(rule)))) continue
    const level = own.some((leaf) => leaf.level === 2) ? 2 : 1
    if (found.on && found.level >= level) continue
    const worst = own.findIndex((leaf) => leaf.level === level)
    found = { on: true, level, condition: group[worst], leaf: own[worst] }
  }
  return found
}
