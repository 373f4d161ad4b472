import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { clockOf } from '../../src/areas/response/operations/recall-clock.ts'
import { type FreshDatabase, freshDatabase } from '../database.ts'

let database: FreshDatabase
before(async () => {
  database = await freshDatabase()
})
after(() => database.close())

test('a recall’s last day counts working days past holidays and 调休; a year whose holidays are not entered is told', async () => {
  const endOf = async (from: string) => {
    const { finishBy, holidaysUnknown } = await clockOf(database.sql, 'first', new Date(from))
    return [finishBy, holidaysUnknown]
  }
  // 国庆节 1 to 7 October 2026 rests, Saturday the 10th is worked: the tenth working day is the 16th.
  assert.deepEqual(await endOf('2026-09-28T02:00:00Z'), ['2026-10-16T16:00:00.000Z', undefined])
  assert.deepEqual(await endOf('2035-06-04T02:00:00Z'), ['2035-06-18T16:00:00.000Z', 2035])
})
