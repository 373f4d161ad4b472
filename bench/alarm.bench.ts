import { setTimeout as sleep } from 'node:timers/promises'
import { bareClient, benchDevices, publishPacket, startIngestProcess, topicOf } from './devices.ts'
import { flow } from './flow.ts'
import { benchDatabase, figure, latencyFigures, machine } from './frame.ts'
import { switchOnRules } from './rules.ts'

/**
 * From a reading that is out of bounds to the notice that tells of it, while nineteen devices fill the platform under the
 * same rules. The device whose alarms are measured swings between too warm and well, so that each time is an alarm of its own.
 */
const seconds = Number(process.env.SHISU_BENCH_SECONDS ?? 120)

const { url, sql, close } = await benchDatabase()
await machine(sql)
const devices = await benchDevices(sql, 20)
const rules = await switchOnRules(sql, devices)
// Told at once: what is measured is the way, not how long a rule waits.
await sql`update alarm_rule set for_second = null, suppress_by = null, suppress_max_minute = null, grace_minute = null`
const ingest = await startIngestProcess(url, 21_885)
await sleep(3000)
const [measured, ...others] = devices
if (!measured) throw new Error('no device')
const load = flow(ingest.port, others)
const latenciesMs: number[] = []
let wake = () => {}
const socket = bareClient(ingest.port, measured, { connected: () => wake(), acked: () => {}, closed: () => {} })
await new Promise<void>((done) => {
  wake = done
})
await sleep(2000)
const started = performance.now()
let packet = 0
const publish = (temperature: number) =>
  socket.write(publishPacket(topicOf(measured), (++packet % 65_000) + 1, `{"values":{"temperature":${temperature}}}`))
let seen = 0
while (performance.now() - started < seconds * 1000) {
  const sentAt = performance.now()
  publish(12)
  for (;;) {
    const [row] = await sql<{ n: number }[]>`
      select count(*)::int as n from notice n join device_alarm a on a.id = n.record_id where a.device = ${measured.deviceId}`
    if ((row?.n ?? 0) > seen) {
      seen = row?.n ?? 0
      break
    }
    if (performance.now() - sentAt > 20_000) throw new Error('no notice came in twenty seconds')
    await sleep(4)
  }
  latenciesMs.push(performance.now() - sentAt)
  publish(4)
  await sleep(300)
}
const lasted = (performance.now() - started) / 1000
const before = load.acked()
await load.stop()
latencyFigures('alarm', latenciesMs)
figure('alarm.count', latenciesMs.length, 'alarms')
figure('alarm.load', (before * 4) / lasted, 'points/s')
figure('alarm.rules', rules, 'rules')
socket.destroy()
await ingest.stop()
await close()
