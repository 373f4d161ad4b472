import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type Condition,
  type Entry,
  type Episode,
  evaluate,
  freshState,
  freshTrack,
  inOrder,
  type Rule,
  settle,
} from '../../src/telemetry/alarm/index.ts'

const minute = 60_000
const chilled: Condition = { property: 'temperature', test: 'above', figure: 'chilled.max', hysteresis: 1 }
const figure = (name: string, at: number): number | undefined => ({ 'chilled.max': at < 10_000 * minute ? 8 : 6 })[name]

const ruleOf = (more: Partial<Rule> = {}): Rule => ({
  id: 'r',
  version: 1,
  groups: [[chilled]],
  intervalMs: minute,
  ...more,
})

/** One reading a minute of a property. */
const series = (values: readonly (number | boolean | null)[], property = 'temperature', from = 0): Entry[] =>
  values.flatMap((value, n) => (value === null ? [] : [{ at: (from + n) * minute, values: { [property]: value } }]))

const run = (rule: Rule, entries: readonly Entry[], asOf = entries.at(-1)?.at ?? 0): Episode[] => {
  const found = new Map<number, Episode>()
  for (const each of evaluate(rule, figure, freshState(rule), inOrder(entries), asOf).episodes)
    found.set(each.raisedAt, each)
  return [...found.values()]
}
const times = (episodes: readonly Episode[]) =>
  episodes.map((each) => [each.raisedAt / minute, each.clearedAt === undefined ? null : each.clearedAt / minute])

test('[D4.3.5] a value beyond its limit is an alarm, with its limit, value and worst value', () => {
  const [alarm] = run(ruleOf(), series([5, 9, 12, 10]))
  assert.deepEqual([alarm?.raisedAt, alarm?.limit, alarm?.value, alarm?.peak], [minute, 8, 9, 12])
})

test('a value at its limit is none', () => {
  assert.deepEqual(run(ruleOf(), series([8, 8, 8])), [])
})

test('a freezer that swings around its limit raises one alarm, not a flapping row of them', () => {
  assert.deepEqual(times(run(ruleOf(), series([9, 7.5, 8.2, 7.4, 8.5, 7.9]))), [[0, null]])
  assert.deepEqual(times(run(ruleOf(), series([9, 7.5, 7, 7.5, 9]))), [
    [0, 2],
    [4, null],
  ])
})

test('what must hold for a while is raised when it has, counted from when it began', () => {
  const rule = ruleOf({ forMs: 5 * minute })
  assert.deepEqual(run(rule, series([9, 9, 9, 5, 9, 9])), [])
  const [alarm] = run(rule, series([5, 9, 9, 9, 9, 9, 9]))
  assert.deepEqual([alarm?.began, alarm?.raisedAt], [minute, 6 * minute])
})

test('a gap in the readings proves no duration', () => {
  const rule = ruleOf({ forMs: 6 * minute })
  assert.deepEqual(run(rule, series([9, null, null, null, null, null, null, 9])), [])
})

test('conditions of a group hold together, any group is enough', () => {
  const flame: Condition = { property: 'flame', test: 'is-true' }
  const alone: Condition = { property: 'attended', test: 'is-false' }
  const gas: Condition = { property: 'gas', test: 'above', limit: 25 }
  const rule = ruleOf({ groups: [[flame, alone], [gas]] })
  const say = (values: Record<string, number | boolean>) => run(rule, [{ at: 0, values }]).length
  assert.equal(say({ flame: true, attended: true, gas: 0 }), 0)
  assert.equal(say({ flame: false, attended: false, gas: 0 }), 0)
  assert.equal(say({ flame: true, attended: false, gas: 0 }), 1)
  assert.equal(say({ flame: false, attended: true, gas: 30 }), 1)
})

test('one probe that falls silent is an alarm although its device goes on talking', () => {
  const rule = ruleOf({ groups: [[{ property: 'temp2', test: 'silent' }]] })
  const talking = series([1, 1, 1, 1, 1, 1, 1], 'temp1')
  const [alarm] = run(rule, [...talking, ...series([2, 2], 'temp2')])
  assert.deepEqual([alarm?.began, alarm?.raisedAt], [minute, 4 * minute])
  assert.deepEqual(times(run(rule, [...talking, ...series([2, 2, null, null, null, 2], 'temp2')])), [[4, 5]])
})

test('a device whose power fails is noticed by the clock, after three missed intervals and not before', () => {
  const rule = ruleOf({ groups: [[{ property: 'temperature', test: 'silent' }]] })
  assert.equal(run(rule, series([5, 5]), 4 * minute - 1).length, 0)
  assert.equal(run(rule, series([5, 5]), 4 * minute).length, 1)
})

test('a probe that goes quiet has not recovered: its alarm stands', () => {
  assert.deepEqual(times(run(ruleOf(), series([9]), 60 * minute)), [[0, null]])
})

test('a camera that never says that it is over is over after its quiet period', () => {
  const smoking: Condition = { property: 'event', test: 'equals', word: 'smoking' }
  const rule = ruleOf({ groups: [[smoking]], quietMs: 5 * minute })
  const at = (n: number): Entry => ({ at: n * minute, values: { event: 'smoking' } })
  assert.deepEqual(times(run(rule, [at(0), at(1), at(2), at(20)], 30 * minute)), [
    [0, 7],
    [20, 25],
  ])
})

test('beyond the severe limit it rises, back from it it eases', () => {
  const rule = ruleOf({ groups: [[{ ...chilled, severe: 12 }]] })
  const [alarm] = run(rule, series([9, 13, 11.5, 10, 9]))
  assert.deepEqual(
    alarm?.course.map((each) => [each.what, each.level]),
    [
      ['raised', 1],
      ['escalated', 2],
      ['eased', 1],
    ],
  )
})

test('what nobody answers rises level by level, and no further once somebody has', () => {
  const rule = ruleOf({ escalateAfterMs: 30 * minute })
  const [alone] = run(rule, series([9]), 200 * minute)
  assert.deepEqual(
    alone?.course.map((each) => [each.what, each.at / minute, each.level]),
    [
      ['raised', 0, 1],
      ['overdue', 30, 2],
      ['overdue', 60, 3],
    ],
  )
  const [answered] = run(rule, [...series([9]), { at: 10 * minute, act: 'acknowledge' }], 200 * minute)
  assert.deepEqual(
    answered?.course.map((each) => each.what),
    ['raised', 'acknowledged'],
  )
})

test('a bad value that stays bad after it was acknowledged is told again', () => {
  const rule = ruleOf({ realarmAfterMs: 60 * minute })
  const entries: Entry[] = [...series([9]), { at: 5 * minute, act: 'acknowledge' }]
  const [alarm] = run(rule, entries, 130 * minute)
  assert.deepEqual(
    alarm?.course.map((each) => [each.what, each.at / minute]),
    [
      ['raised', 0],
      ['acknowledged', 5],
      ['repeated', 65],
      ['repeated', 125],
    ],
  )
})

test('a cleared alarm is over: the next one is another', () => {
  const found = run(ruleOf(), series([9, 5, 9]))
  assert.deepEqual(times(found), [
    [0, 1],
    [2, null],
  ])
})

test('[D3.1] a machine’s opinion rises no further before a person confirms it, and not after it was rejected', () => {
  const rule = ruleOf({ confirm: true, escalateAfterMs: 10 * minute })
  assert.deepEqual(run(rule, series([9]), 60 * minute)[0]?.course.length, 1)
  const [confirmed] = run(rule, [...series([9]), { at: minute, act: 'confirm' }], 12 * minute)
  assert.deepEqual(
    confirmed?.course.map((each) => each.what),
    ['raised', 'confirmed', 'overdue'],
  )
  const [rejected] = run(rule, [...series([9]), { at: minute, act: 'reject' }], 60 * minute)
  assert.deepEqual(
    rejected?.course.map((each) => each.what),
    ['raised', 'rejected'],
  )
})

const door = ruleOf({ suppressBy: ['door', 'defrost'], suppressMaxMs: 15 * minute, graceMs: 2 * minute })

test('while the door is open nothing begins, and not just after it', () => {
  const entries = [...series([5, 9, 10, 9, 9, 7]), ...series([true, true, true, false], 'door')]
  assert.deepEqual(run(door, entries), [])
})

test('a door left open hides nothing beyond its limit', () => {
  const entries = [{ at: 0, values: { door: true } }, ...series(Array(30).fill(9))]
  assert.deepEqual(times(run(door, entries)), [[15, null]])
})

test('a door that is opened again and again hides no warm store', () => {
  const flapping = series(
    Array.from({ length: 40 }, (_, n) => n % 5 < 4),
    'door',
  )
  assert.deepEqual(times(run(door, [...flapping, ...series(Array(40).fill(9))])), [[15, null]])
})

test('a figure that changes on a day judges only what is from that day on', () => {
  const before = run(ruleOf(), series([7, 7], 'temperature', 9_990))
  const after = run(ruleOf(), series([7, 7], 'temperature', 10_000))
  assert.deepEqual([before.length, after.length], [0, 1])
})

test('a probe that sends a word instead of a number says nothing about temperature', () => {
  assert.deepEqual(run(ruleOf(), [{ at: 0, values: { temperature: 'FFFF' } }]), [])
})

/** Mulberry32: the same seed, the same day. */
function random(seed: number): () => number {
  let a = seed
  return () => {
    a = (a + 0x6d2b79f5) | 0
    let t = Math.imul(a ^ (a >>> 15), 1 | a)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

function randomRule(next: () => number): Rule {
  const pick = <T>(...from: T[]) => from[Math.floor(next() * from.length)] as T
  const condition = (): Condition => {
    const test = pick<Condition['test']>('above', 'below', 'is-true', 'silent')
    if (test === 'is-true') return { property: 'door', test }
    if (test === 'silent') return { property: pick('temperature', 'temp2'), test }
    return {
      property: pick('temperature', 'temp2'),
      test,
      limit: 8,
      severe: test === 'above' ? 12 : 2,
      hysteresis: pick(0, 1),
    }
  }
  return ruleOf({
    groups: pick([[condition()]], [[condition(), condition()]], [[condition()], [condition()]]),
    forMs: pick(undefined, 3 * minute, 10 * minute),
    quietMs: pick(undefined, undefined, 7 * minute),
    suppressBy: pick(undefined, ['door']),
    suppressMaxMs: 15 * minute,
    graceMs: 2 * minute,
    escalateAfterMs: pick(undefined, 9 * minute),
    realarmAfterMs: pick(undefined, 20 * minute),
    confirm: pick(false, false, true),
  })
}

function randomDay(next: () => number, minutes: number): Entry[] {
  let warmth = 6
  return Array.from({ length: minutes }, (_, n) => n).flatMap((n): Entry[] => {
    warmth += (next() - 0.5) * 3 - (warmth - 7) * 0.05
    const entries: Entry[] = []
    if (next() > 0.15) entries.push({ at: n * minute, values: { temperature: Math.round(warmth * 10) / 10 } })
    if (next() > 0.4)
      entries.push({ at: n * minute + (next() > 0.5 ? 0 : 500), values: { temp2: Math.round(warmth * 9) / 10 } })
    if (next() > 0.85) entries.push({ at: n * minute, values: { door: next() > 0.5 } })
    if (next() > 0.97)
      entries.push({ at: n * minute + 777, act: next() > 0.3 ? 'acknowledge' : next() > 0.5 ? 'confirm' : 'reject' })
    return entries
  })
}

test('[D4.2.5] whatever the order of arrival, late, twice or in batches, the alarms are those of the right order', async () => {
  let alarms = 0
  for (let seed = 1; seed <= 150; seed++) {
    const next = random(seed)
    const rule = randomRule(next)
    const day = inOrder(randomDay(next, 240))
    const end = 400 * minute
    const ordered = run(rule, day, end)
    alarms += ordered.length
    // Most things come in order, some much later, some twice; the clock ticks between.
    const shuffled = day
      .map((entry) => ({ entry, key: entry.at + (next() > 0.8 ? next() * 120 * minute : 0) }))
      .flatMap((each) => (next() > 0.9 ? [each, { ...each, key: each.key + 10 * minute }] : [each]))
      .sort((a, b) => a.key - b.key)
    const stored: Entry[] = []
    let track = freshTrack(rule)
    const told = new Map<number, Episode>()
    for (let start = 0; start < shuffled.length; ) {
      const size = 1 + Math.floor(next() * 8)
      const batch = shuffled.slice(start, start + size)
      start += size
      stored.push(...batch.map(({ entry }) => entry))
      const now = Math.max(...shuffled.slice(0, start).map(({ key }) => key))
      const settled = await settle(
        rule,
        figure,
        track,
        batch.map(({ entry }) => entry),
        now,
        async (after) => stored.filter((entry) => entry.at > after),
      )
      track = JSON.parse(JSON.stringify(settled.track))
      for (const each of settled.withdrawn) told.delete(each.raisedAt)
      for (const each of settled.touched) told.set(each.raisedAt, each)
    }
    const last = await settle(rule, figure, track, [], end, async () => stored)
    for (const each of last.touched) told.set(each.raisedAt, each)
    const found = [...told.values()].sort((a, b) => a.raisedAt - b.raisedAt)
    assert.deepEqual(found, JSON.parse(JSON.stringify(ordered)), `seed ${seed}: ${JSON.stringify(rule)}`)
  }
  assert.ok(alarms > 500, `${alarms} alarms in all`)
})
