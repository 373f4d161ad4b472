import { randomUUID } from 'node:crypto'
import type { Sql } from 'postgres'
import { append, history, rollUp } from '../src/telemetry/index.ts'
import { benchDatabase, figure, machine, percentile } from './frame.ts'

/** The 7-day chart of one probe that measures every minute, among sixteen devices, while days (partitions) are added. */
const devices = Array.from({ length: 16 }, () => randomUUID())
const ownerId = randomUUID()
const chartDays = 7
const asked = 200

const { sql, close } = await benchDatabase()
await machine(sql)
const end = new Date(Math.floor(Date.now() / 86_400_000) * 86_400_000)

/** The last whole day of all devices, a reading a minute with four values, rolled up by the job. */
async function firstDay(sql: Sql, at: Date): Promise<void> {
  await sql`select make_telemetry_days(${at}, 1)`
  await sql`
    insert into telemetry (at, p1, p2, p3, p4, device, delay)
    select m, random() * 8, 50 + random() * 40, 0, random() * 1000, d.no, 1
    from telemetry_device d, generate_series(${at}, ${at}::timestamptz + interval '1439 minutes', interval '1 minute') m
    order by d.no, m`
  await sql`
    insert into telemetry_touched
    select d.no, m from telemetry_device d, generate_series(${at}, ${at}::timestamptz + interval '1439 minutes', interval '1 minute') m`
  await rollUp(sql, new Date())
}

/** Days before it, `from` to `to` back: the rows of that day and what the job made of them, set for set, on earlier days. */
async function addDays(sql: Sql, at: Date, from: number, to: number): Promise<void> {
  await sql`select make_telemetry_days(${new Date(at.getTime() - to * 86_400_000)}, ${to - from + 1})`
  await sql`
    insert into telemetry (at, p1, p2, p3, p4, device, delay)
    select at - make_interval(days => d), p1, p2, p3, p4, device, delay
    from generate_series(${to}::int, ${from}::int, -1) d, telemetry where at >= ${at} order by d desc, device, at`
  for (const table of ['telemetry_minute', 'telemetry_hour'])
    await sql`
      insert into ${sql(table)} (device, slot, at, n, lo, hi, total, last)
      select device, slot, at - make_interval(days => d), n, lo, hi, total, last
      from ${sql(table)}, generate_series(${from}::int, ${to}::int) d where at >= ${at} order by 1, 2, 3`
}

await append(
  sql,
  devices.map((deviceId) => {
    const at = new Date(end.getTime() - 1)
    return { deviceId, ownerId, at, receivedAt: at, values: { temp: 4, humidity: 60, door: false, power: 3 } }
  }),
)
const lastDay = new Date(end.getTime() - 86_400_000)
await firstDay(sql, lastDay)
let stored = 1
const steps = [8, 30, Number(process.env.SHISU_BENCH_DAYS ?? 90)]
for (const days of steps) {
  await addDays(sql, lastDay, stored, days - 1)
  stored = days
  await sql`analyze telemetry, telemetry_minute, telemetry_hour`
  const latencies: number[] = []
  for (let n = 0; n < asked; n++) {
    const deviceId = devices[n % devices.length] ?? ''
    const to = new Date(end.getTime() - (n % (days - chartDays)) * 86_400_000)
    const from = new Date(to.getTime() - chartDays * 86_400_000)
    const started = performance.now()
    const chart = await history(sql, deviceId, { property: 'temp', from, to, points: 800 })
    latencies.push(performance.now() - started)
    if (chart.points.length < 100) throw new Error(`chart of ${chart.points.length} points`)
  }
  figure(`history.p95ms.${days}days`, percentile(latencies, 0.95), 'ms')
  if (days !== steps.at(-1)) continue
  figure('history.p50ms', percentile(latencies, 0.5), 'ms')
  figure('history.p95ms', percentile(latencies, 0.95), 'ms')
}
await close()
