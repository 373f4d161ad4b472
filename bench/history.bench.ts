import { randomUUID } from 'node:crypto'
import type { Sql } from 'postgres'
import { append, history, rollUp } from '../src/telemetry/index.ts'
import { benchDatabase, figure, machine, percentile } from './frame.ts'

/** The 7-day chart of one probe that measures every minute, among forty devices, while days (partitions) are added. */
const devices = Array.from({ length: 40 }, () => randomUUID())
const ownerId = randomUUID()
const chartDays = 7
const asked = 200

const { sql, close } = await benchDatabase()
await machine(sql)
const end = new Date(Math.floor(Date.now() / 86_400_000) * 86_400_000)

/** One day of all devices, a reading a minute with four values: written by the database itself, the roll-ups by the job. */
async function addDay(sql: Sql, day: number): Promise<void> {
  const at = new Date(end.getTime() - day * 86_400_000)
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

await append(
  sql,
  devices.map((deviceId) => {
    const at = new Date(end.getTime() - 60_000)
    return { deviceId, ownerId, at, receivedAt: at, values: { temp: 4, humidity: 60, door: false, power: 3 } }
  }),
)
let day = 1
for (const days of [8, 30, Number(process.env.SHISU_BENCH_DAYS ?? 60)]) {
  for (; day <= days; day++) await addDay(sql, day + 1)
  await sql`analyze telemetry, telemetry_minute, telemetry_hour`
  const latencies: number[] = []
  for (let n = 0; n < asked; n++) {
    const deviceId = devices[n % devices.length] ?? ''
    const to = new Date(end.getTime() - (n % Math.max(1, days - chartDays)) * 86_400_000)
    const from = new Date(to.getTime() - chartDays * 86_400_000)
    const started = performance.now()
    const chart = await history(sql, deviceId, { property: 'temp', from, to, points: 800 })
    latencies.push(performance.now() - started)
    if (chart.points.length < 100 && days > chartDays) throw new Error(`chart of ${chart.points.length} points`)
  }
  figure(`history.p95ms.${days}days`, percentile(latencies, 0.95), 'ms')
  if (days >= 60 || days === Number(process.env.SHISU_BENCH_DAYS)) {
    figure('history.p50ms', percentile(latencies, 0.5), 'ms')
    figure('history.p95ms', percentile(latencies, 0.95), 'ms')
  }
}
await close()
