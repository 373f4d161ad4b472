export type { Episode, Moment, State } from './evaluate.ts'
export { evaluate, freshState, nextChange } from './evaluate.ts'
export { type Condition, type Entry, type Figure, missedIntervals, type Rule, type Values } from './rule.ts'
export { freshTrack, type History, inOrder, packed, type Settled, settle, type Track, unpacked } from './track.ts'
