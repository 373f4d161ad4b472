import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { parquetReadObjects } from 'hyparquet'
import postgres, { type Sql } from 'postgres'
import {
  append,
  archiveDay,
  clockSkew,
  coldDays,
  history,
  keepFrames,
  keepFramesOf,
  latest,
  noteSkew,
  type Reading,
  readings,
  rollUp,
} from '../../src/telemetry/index.ts'
import { type FreshDatabase, freshDatabase } from '../database.ts'
import { randomOf } from '../standards/mutation.ts'

let database: FreshDatabase
let sql: Sql
before(async () => {
  database = await freshDatabase()
  sql = postgres(database.url, { max: 4, onnotice: () => {}, connection: { role: 'shisu_web', TimeZone: 'UTC' } })
})
after(async () => {
  await sql.end()
  await database.close()
})

const start = new Date('2026-07-20T00:00:00Z').getTime()
const at = (seconds: number) => new Date(start + seconds * 1000)
const ownerId = randomUUID()
const reading = (deviceId: string, seconds: number, values: Reading['values'], late = 1): Reading => ({
  deviceId,
  ownerId,
  at: at(seconds),
  receivedAt: at(seconds + late),
  values,
})
const plain = (list: readonly Reading[]) => list.map(({ at, values }) => [at.toISOString(), values])

test('what is sent again is stored once, and what a second message adds to the same moment joins it', async () => {
  const device = randomUUID()
  const first = [reading(device, 0, { temp: 4.1, open: false }), reading(device, 60, { temp: 4.2 })]
  assert.deepEqual(await append(sql, first), { stored: 2, known: 0, tooFar: [] })
  assert.deepEqual(await append(sql, first), { stored: 0, known: 2, tooFar: [] })
  // The value of the moment stays what it was; only what was missing comes in.
  await append(sql, [reading(device, 60, { temp: 9.9, humidity: 70, note: '除霜' })])
  assert.deepEqual(plain(await readings(sql, device, at(0), at(61))), [
    [at(0).toISOString(), { temp: 4.1, open: false }],
    [at(60).toISOString(), { temp: 4.2, humidity: 70, note: '除霜' }],
  ])
})

test('readings that come late and in any order leave the same series, the same latest values and the same chart', async () => {
  const random = randomOf(7)
  const [ordered, shuffled] = [randomUUID(), randomUUID()]
  const all = Array.from({ length: 300 }, (_, n) => ({
    seconds: n * 20,
    values: { temp: (n % 17) / 10, door: n % 9 === 0 },
  }))
  await append(
    sql,
    all.map(({ seconds, values }) => reading(ordered, seconds, values)),
  )
  await rollUp(sql, at(1_000_000))
  const mixed = [...all]
  for (let n = mixed.length - 1; n > 0; n--) {
    const other = random(n + 1)
    ;[mixed[n], mixed[other]] = [mixed[other] as (typeof all)[0], mixed[n] as (typeof all)[0]]
  }
  for (let from = 0; from < mixed.length; from += 37) {
    await append(
      sql,
      mixed.slice(from, from + 37).map(({ seconds, values }) => reading(shuffled, seconds, values, 9000)),
    )
    if (from % 2 === 0) await rollUp(sql, at(1_000_000))
  }
  const series = async (device: string) => plain(await readings(sql, device, at(0), at(6000)))
  assert.deepEqual(await series(shuffled), await series(ordered))
  const last = await latest(sql, [ordered, shuffled])
  assert.deepEqual(last.get(shuffled)?.temp?.at, at(299 * 20))
  assert.equal(last.get(shuffled)?.temp?.value, last.get(ordered)?.temp?.value)
  const chart = (device: string) => history(sql, device, { property: 'temp', from: at(0), to: at(6000), points: 50 })
  const before = await chart(shuffled)
  await rollUp(sql, at(1_000_000))
  assert.equal(before.resolution, 'minute')
  assert.deepEqual(await chart(shuffled), before)
  assert.deepEqual(await chart(ordered), before)
})

test('the latest value is the one of the device’s latest moment, property by property, whenever it arrives', async () => {
  const device = randomUUID()
  await append(sql, [reading(device, 100, { temp: 5 })])
  await append(sql, [reading(device, 40, { temp: 1, door: true }, 300)])
  await append(sql, [reading(device, 70, { door: false }, 300)])
  const found = (await latest(sql, [device])).get(device)
  assert.deepEqual([found?.temp?.value, found?.temp?.at], [5, at(100)])
  assert.deepEqual([found?.door?.value, found?.door?.at], [false, at(70)])
})

test('a chart keeps the extremes however far it is thinned, and reads raw, minute or hour rows by its width', async () => {
  const device = randomUUID()
  const spike = 4000
  const rows = Array.from({ length: 2 * 8640 }, (_, n) =>
    reading(device, n * 10, { temp: n === spike ? 31.5 : 4 + (n % 7) / 10 }),
  )
  await append(sql, rows)
  await rollUp(sql, at(1_000_000))
  const ask = (from: number, to: number, points: number) =>
    history(sql, device, { property: 'temp', from: at(from), to: at(to), points })
  for (const [from, to, points, resolution] of [
    [spike * 10 - 1000, spike * 10 + 1000, 100, 'raw'],
    [0, 86_400, 400, 'minute'],
    [0, 2 * 86_400, 30, 'hour'],
  ] as const) {
    const chart = await ask(from, to, points)
    assert.equal(chart.resolution, resolution)
    assert.ok(chart.points.length <= points + 1 && chart.points.length > points / 2, `${chart.points.length}`)
    assert.equal(Math.max(...chart.points.map((point) => point.max)), 31.5)
    const n = chart.points.reduce((sum, point) => sum + point.n, 0)
    assert.equal(n, rows.filter((row) => row.at >= at(from) && row.at < at(to)).length)
  }
  assert.deepEqual((await ask(0, 100, 10)).points[0]?.at, at(0))
})

test('a time that cannot be true is not stored, and the clock’s difference is known', async () => {
  const device = randomUUID()
  const ahead = reading(device, 2 * 86_400, { temp: 1 }, -2 * 86_400)
  const old = reading(device, -500 * 86_400, { temp: 1 }, 500 * 86_400)
  const near = reading(device, 100, { temp: 3 }, -90)
  const { stored, tooFar } = await append(sql, [ahead, old, near])
  assert.equal(stored, 1)
  assert.deepEqual(tooFar, [ahead, old])
  await noteSkew(sql, [near])
  assert.deepEqual(await clockSkew(sql, device), { ms: 90_000, at: near.receivedAt })
  assert.deepEqual((await readings(sql, device, at(0), at(200)))[0]?.receivedAt, near.receivedAt)
})

test('a device with more properties than columns keeps them all, and two processes give a property one column', async () => {
  const device = randomUUID()
  const other = postgres(database.url, { max: 1, onnotice: () => {}, connection: { role: 'shisu_web' } })
  const many = Object.fromEntries(Array.from({ length: 25 }, (_, n) => [`probe${n}`, n + 0.5]))
  await Promise.all([append(sql, [reading(device, 0, many)]), append(other, [reading(device, 10, many)])])
  await other.end()
  const found = await readings(sql, device, at(0), at(20))
  assert.deepEqual(
    found.map((each) => each.values),
    [many, many],
  )
})

test('the application may add to the series but not change or remove what was measured', async () => {
  await assert.rejects(sql`update telemetry set p1 = 0`, /permission denied/)
  await assert.rejects(sql`delete from telemetry`, /permission denied/)
  await assert.rejects(sql`delete from telemetry_minute`, /permission denied/)
})

test('a cold day becomes a Parquet file with every value, the rows go, the roll-up stays, and late rows for it are taken', async () => {
  const device = randomUUID()
  const day = new Date('2026-03-01T00:00:00Z')
  const cold = (seconds: number) => Math.floor((day.getTime() - start) / 1000) + seconds
  await append(sql, [
    reading(device, cold(0), { temp: -18.5, door: true, note: '装车' }),
    reading(device, cold(60), { temp: -18.2 }),
  ])
  await rollUp(sql, at(1_000_000))
  assert.deepEqual(await coldDays(sql, at(0), 92), [day])
  const folder = mkdtempSync(join(tmpdir(), 'shisu-archive-'))
  const { file, rows } = await archiveDay(sql, day, folder, at(0))
  assert.equal(rows, 2)
  const bytes = readFileSync(join(folder, file))
  const objects = await parquetReadObjects({
    file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length),
  })
  const told = objects.map(({ device, property, number, value }) => [device, property, number, value])
  assert.deepEqual(
    told.sort((a, b) => String(a).localeCompare(String(b))),
    [
      [device, 'door', 1, null],
      [device, 'note', null, '装车'],
      [device, 'temp', -18.2, null],
      [device, 'temp', -18.5, null],
    ],
  )
  assert.deepEqual(await readings(sql, device, day, new Date(day.getTime() + 86_400_000)), [])
  const chart = { property: 'temp', from: day, to: new Date(day.getTime() + 86_400_000), points: 100 }
  assert.equal((await history(sql, device, chart)).points[0]?.n, 2)
  assert.equal((await append(sql, [reading(device, cold(120), { temp: -17 })])).stored, 1)
})

test('frames around an alarm are kept whole, the others stand under the hash of their hour', async () => {
  const device = randomUUID()
  const keeper = keepFramesOf(sql)
  for (let n = 0; n < 5; n++) keeper.add(device, 'hj212', Buffer.from(`frame ${n}`), at(n * 10))
  assert.equal(await keepFrames(sql, device, at(15), at(60), '冷藏超温'), 3)
  keeper.add(device, 'hj212', Buffer.from('frame 5'), at(50))
  keeper.add(device, 'hj212', Buffer.from('frame 6'), at(90))
  await keeper.flush(at(7200))
  const kept = await sql<{ frame: Buffer; reason: string }[]>`
    select frame, reason from device_frame where device_id = ${device} order by received_at`
  assert.deepEqual(
    kept.map((row) => row.frame.toString()),
    ['frame 2', 'frame 3', 'frame 4', 'frame 5'],
  )
  const roots = await sql`select frames, root from device_frame_root where device_id = ${device}`
  assert.deepEqual(
    roots.map((row) => [row.frames, row.root.length]),
    [[7, 32]],
  )
})
