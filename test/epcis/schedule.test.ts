import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nextTime, readScheduleField } from '../../src/trace/index.ts'

const next = (schedule: Record<string, string>, after: string) => nextTime(schedule, new Date(after))?.toISOString()

test('a schedule holds next at its first time after an instant, in Asia/Shanghai', () => {
  // 01:05 in Shanghai is 17:05 the day before in UTC.
  assert.equal(next({ hour: '1', minute: '5' }, '2026-07-22T00:00:00Z'), '2026-07-22T17:05:00.000Z')
  assert.equal(next({ hour: '1', minute: '5' }, '2026-07-22T17:05:00Z'), '2026-07-23T17:05:00.000Z')
  assert.equal(next({ minute: '0,30' }, '2026-07-22T10:15:01Z'), '2026-07-22T10:30:00.000Z')
  assert.equal(next({ second: '[10-12]' }, '2026-07-22T10:15:11.500Z'), '2026-07-22T10:15:12.000Z')
  assert.equal(next({ second: '[10-12]' }, '2026-07-22T10:15:12Z'), '2026-07-22T10:16:10.000Z')
  // 22 July 2026 is a Wednesday: the next Monday begins on Sunday evening in UTC.
  assert.equal(next({ dayOfWeek: '1' }, '2026-07-22T00:00:00Z'), '2026-07-26T16:00:00.000Z')
  assert.equal(next({ dayOfMonth: '29', month: '2', hour: '8' }, '2026-07-22T00:00:00Z'), '2028-02-29T00:00:00.000Z')
  assert.equal(next({ dayOfMonth: '30', month: '2' }, '2026-07-22T00:00:00Z'), undefined)
})

test('every next time meets the schedule, and none between is left out', () => {
  const schedule = { second: '0,30', minute: '[5-7]', hour: '2,14' }
  let time = new Date('2026-01-01T00:00:00Z')
  const times = Array.from({ length: 24 }, () => {
    time = nextTime(schedule, time) as Date
    return time.getTime()
  })
  const expected: number[] = []
  for (let t = Date.parse('2026-01-01T00:00:00Z') + 1000; expected.length < 24; t += 1000) {
    const local = new Date(t + 8 * 3600_000)
    const isDue =
      [0, 30].includes(local.getUTCSeconds()) &&
      [5, 6, 7].includes(local.getUTCMinutes()) &&
      [2, 14].includes(local.getUTCHours())
    if (isDue) expected.push(t)
  }
  assert.deepEqual(times, expected)
})

test('fields out of range or out of form are no schedule', () => {
  assert.deepEqual(readScheduleField('hour', '1,[3-5]'), [1, 3, 4, 5])
  assert.deepEqual(readScheduleField('second', '0/30'), [0, 30], 'as the binding’s example has it')
  assert.deepEqual(readScheduleField('month', '*/5,[2-4]/2'), [1, 2, 4, 6, 11])
  assert.equal(readScheduleField('dayOfWeek', '*')?.length, 7)
  for (const [field, text] of [
    ['hour', '24'],
    ['minute', '60'],
    ['dayOfWeek', '0'],
    ['month', '[12-1]'],
    ['second', ''],
    ['second', '*/0'],
    ['second', '60/5'],
    ['second', '**'],
    ['minute', '5/'],
    ['hour', '1,,2'],
  ] as const) {
    assert.equal(readScheduleField(field, text), undefined, `${field} ${text}`)
  }
})
