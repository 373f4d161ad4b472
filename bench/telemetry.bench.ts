import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Aedes } from 'aedes'
import type { Sql } from 'postgres'
import { benchDevices, startIngestProcess } from './devices.ts'
import { first, properties, run, type Sender, stepMs } from './flow.ts'
import { benchDatabase, figure, machine } from './frame.ts'
import { processorOf, processorOfServer } from './processor.ts'
import { switchOnRules } from './rules.ts'

/**
 * Twenty devices publish four values a message, QoS 1, a window of unacknowledged messages each; the ingest process is
 * killed in the middle and comes back. Afterwards every acknowledged message must be in the database, once.
 */
const seconds = Number(process.env.SHISU_BENCH_SECONDS ?? 300)
const connections = 20

async function bareCopy(sql: Sql, rows: number): Promise<number> {
  await sql`create unlogged table copied (device integer, at timestamptz, p1 float8, p2 float8, p3 float8, p4 float8)`
  await sql`alter table copied set logged`
  const lines = Array.from({ length: 5000 }, (_, n) => `${n % 20}\t2026-07-22 00:00:00+00\t4.1\t60\t0\t${n}\n`).join('')
  const started = performance.now()
  const copy = await sql`copy copied from stdin`.writable()
  for (let n = 0; n < rows; n += 5000) if (!copy.write(lines)) await new Promise((done) => copy.once('drain', done))
  await new Promise<void>((done, failed) => copy.on('finish', done).on('error', failed).end())
  return (rows * properties) / ((performance.now() - started) / 1000)
}

/** The broker with nothing behind it, in this process: what MQTT alone costs. */
async function brokerAlone(): Promise<number> {
  const broker = await Aedes.createBroker()
  const server = createServer(broker.handle)
  await new Promise<void>((done) => server.listen(0, done))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const senders = Array.from({ length: connections }, (_, n) => ({
    device: { deviceId: '', identity: `alone-${n}`, secret: 'x' },
    sent: 0,
    acked: 0,
    stop: false,
  }))
  const lanes = senders.map((sender) => run(port, sender))
  await sleep(8000)
  for (const sender of senders) sender.stop = true
  const acked = senders.reduce((sum, sender) => sum + sender.acked, 0)
  await Promise.race([Promise.all(lanes.map((lane) => lane.over)), sleep(3000)])
  server.close()
  broker.close()
  return (acked * properties) / 8
}

const { url, sql, close } = await benchDatabase()
await machine(sql)
figure('telemetry.copyAlone', await bareCopy(sql, 500_000), 'points/s')
figure('telemetry.brokerAlone', await brokerAlone(), 'points/s')
const devices = await benchDevices(sql, connections)
const rules = await switchOnRules(sql, devices)
const port = 21_883
let ingest = await startIngestProcess(url, port)
const senders: Sender[] = devices.map((device) => ({ device, sent: 0, acked: 0, stop: false }))
const started = performance.now()
const lanes = senders.map((sender) => run(port, sender))
const ackedOf = () => senders.reduce((sum, sender) => sum + sender.acked, 0)
// What a point costs, without the start: it holds beside other work on the machine, as the rate does not.
await sleep(seconds * 100)
const used = async () => ({ ingest: processorOf(ingest.pid), server: await processorOfServer(sql), acked: ackedOf() })
const from = await used()
await sleep(seconds * 400)
const to = await used()
const perPoint = (a: number, b: number) => ((b - a) * 1e6) / ((to.acked - from.acked) * properties)
figure('telemetry.cpuUs.ingest', perPoint(from.ingest, to.ingest), 'us/point')
figure('telemetry.cpuUs.server', perPoint(from.server, to.server), 'us/point')
const rssBefore = ingest.rssMb()
const killedAt = performance.now()
await ingest.kill()
ingest = await startIngestProcess(url, port)
const awayS = (performance.now() - killedAt) / 1000
await sleep(Math.max(1000, seconds * 1000 - (performance.now() - started)))
for (const sender of senders) sender.stop = true
const lasted = (performance.now() - started) / 1000
const acked = ackedOf()
await Promise.race([Promise.all(lanes.map((lane) => lane.over)), sleep(10_000)])
figure('telemetry.rate', (acked * properties) / (lasted - awayS), 'points/s')
figure('telemetry.rules', rules, 'rules')
figure('telemetry.rssMb', Math.max(rssBefore, ingest.rssMb()), 'MB')
await ingest.stop()
let lost = 0
let doubled = 0
let stored = 0
for (const { device, acked } of senders) {
  const [row] = await sql<{ n: number; distinct: number; wrong: number }[]>`
    select count(*)::int as n, count(distinct at)::int as distinct,
      count(*) filter (where p1 is distinct from ((round(extract(epoch from at) * 1000) - ${first})::bigint / ${stepMs}::bigint % 80) / 10.0)::int as wrong
    from telemetry where device = (select no from telemetry_device where device_id = ${device.deviceId})
      and at < ${new Date(first + acked * stepMs)}`
  lost += acked - (row?.distinct ?? 0) + (row?.wrong ?? 0)
  doubled += (row?.n ?? 0) - (row?.distinct ?? 0)
  stored += row?.n ?? 0
}
figure('telemetry.lost', lost, 'messages')
figure('telemetry.doubled', doubled, 'messages')
const [size] = await sql<{ bytes: string; rows: string }[]>`
  select sum(pg_total_relation_size(inhrelid)) as bytes, (select count(*) from telemetry) as rows
  from pg_inherits where inhparent = 'telemetry'::regclass`
figure('telemetry.bytesPerPoint', Number(size?.bytes) / (Number(size?.rows) * properties), 'bytes')
console.log(`${stored} messages stored, ${awayS.toFixed(1)} s away for the kill -9 and restart (left out of the rate)`)
await close()
