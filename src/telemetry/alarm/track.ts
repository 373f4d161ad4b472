import { type Episode, evaluate, freshState, type State } from './evaluate.ts'
import type { Entry, Figure, Rule } from './rule.ts'

/** A point to go back to, packed: as objects a week of them for ten thousand devices filled three gigabytes. */
export type Mark = { at: number; packed: string }

export const packed = (state: State): Mark => ({ at: state.at, packed: JSON.stringify(state) })
export const unpacked = (mark: Mark): State => JSON.parse(mark.packed) as State

/** What is kept of one rule on one device: where it stands, points to go back to, and the alarms lately found. */
export type Track = {
  state: State
  marks: readonly Mark[]
  episodes: readonly Episode[]
  /** Entries taken since the last mark. */
  taken?: number
}

/** Everything later than `after`, in time order: stored readings and what people did. */
export type History = (after: number) => Promise<readonly Entry[]>

export type Settled = {
  track: Track
  /** Alarms that are new or that changed. */
  touched: Episode[]
  /** Alarms that were told and, as late data shows, were none. */
  withdrawn: Episode[]
}

const hour = 3_600_000
/**
 * Points to go back to: of each hour, two hours, four hours and so on to 128 the first of the last two. For whatever age up
 * to a week one lies at most four times as far back, and a dozen are enough where an hour apart took 168.
 */
const scales = [1, 2, 4, 8, 16, 32, 64, 128]
const episodesMax = 200

export const freshTrack = (rule: Rule): Track => ({ state: freshState(rule), marks: [], episodes: [] })

/** Entries in time order, readings of one instant as one, people's acts after the reading of their instant. */
export function inOrder(entries: readonly Entry[]): Entry[] {
  const sorted = [...entries].sort((a, b) => a.at - b.at || Number('act' in a) - Number('act' in b))
  const merged: Entry[] = []
  for (const entry of sorted) {
    const last = merged.at(-1)
    if (last && last.at === entry.at && 'values' in last && 'values' in entry)
      merged[merged.length - 1] = { at: entry.at, values: { ...last.values, ...entry.values } }
    else merged.push(entry)
  }
  return merged
}

/** So many entries apart stand finer marks, a few of them: what comes a little late on a quick device costs little. */
const fineEvery = 1000
const fineMax = 8

/** The marks that are kept: the first ones of the last two blocks of each scale, and the newest of the finer ones. */
function thinned(marks: readonly Mark[]): Mark[] {
  const firstsOf = (scale: number) => {
    const block = (mark: Mark) => Math.floor(mark.at / (scale * hour))
    return marks.filter((mark, n) => n === 0 || block(mark) !== block(marks[n - 1] as Mark))
  }
  const hourly = new Set(firstsOf(1))
  const fine = marks.filter((mark) => !hourly.has(mark)).slice(-fineMax)
  const kept = new Set([...scales.flatMap((scale) => firstsOf(scale).slice(-2)), ...fine])
  return marks.filter((mark) => kept.has(mark))
}

/** Evaluates in steps, so that there are points to go back to. */
function onward(rule: Rule, figure: Figure, from: Track, entries: readonly Entry[], asOf: number) {
  let { state, marks, taken = 0 } = from
  const found = new Map<number, Episode>()
  for (let start = 0; start < entries.length; ) {
    const until = (entries[start]?.at ?? 0) + hour
    let end = start
    while (end < entries.length && end - start < fineEvery && (entries[end]?.at ?? 0) < until) end++
    const last = entries[end - 1]?.at ?? 0
    const part = evaluate(rule, figure, state, entries.slice(start, end), last - 1)
    for (const episode of part.episodes) found.set(episode.raisedAt, episode)
    state = part.state
    taken += end - start
    const before = marks.at(-1)
    if (state.at >= 0 && (!before || state.at - before.at >= hour || taken >= fineEvery)) {
      marks = thinned([...marks, packed(state)])
      taken = 0
    }
    start = end
  }
  const rest = evaluate(rule, figure, state, [], asOf)
  for (const episode of rest.episodes) found.set(episode.raisedAt, episode)
  return { state: rest.state, marks, taken, episodes: [...found.values()] }
}

const same = (a: Episode, b: Episode): boolean => JSON.stringify(a) === JSON.stringify(b)

/**
 * Takes what has arrived, in whatever order, and answers what became of the alarms. What speaks of the past is judged in
 * its place: from the last point before it everything is derived again, so that any order of arrival ends with the
 * alarms of the right order. An alarm that late data moves keeps its name only where its instant stays.
 */
export async function settle(
  rule: Rule,
  figure: Figure,
  track: Track,
  arrived: readonly Entry[],
  asOf: number,
  history: History,
): Promise<Settled> {
  const entries = inOrder(arrived)
  const first = entries[0]
  const late = first !== undefined && first.at <= track.state.at
  const base = late ? track.marks.findLast((mark) => mark.at < first.at) : undefined
  const state = base ? unpacked(base) : late ? freshState(rule) : track.state
  const marks = track.marks.filter((mark) => mark.at <= state.at)
  const todo = late ? inOrder(await history(state.at)) : entries
  const taken = late ? 0 : track.taken
  const found = onward(rule, figure, { state, marks, episodes: [], taken }, todo, asOf)
  const known = new Map(track.episodes.map((episode) => [episode.raisedAt, episode]))
  const touched = found.episodes.filter((episode) => {
    const before = known.get(episode.raisedAt)
    return !before || !same(before, episode)
  })
  const standing = new Set(found.episodes.map((episode) => episode.raisedAt))
  // Raised before the point gone back to, they are as they were; one that stood then is found again above.
  const withdrawn = late
    ? track.episodes.filter((each) => each.raisedAt > state.at && !standing.has(each.raisedAt))
    : []
  const gone = new Set(withdrawn.map((each) => each.raisedAt))
  for (const episode of found.episodes) known.set(episode.raisedAt, episode)
  const episodes = [...known.values()]
    .filter((each) => !gone.has(each.raisedAt))
    .sort((a, b) => a.raisedAt - b.raisedAt)
    .slice(-episodesMax)
  return { track: { state: found.state, marks: found.marks, episodes, taken: found.taken }, touched, withdrawn }
}
