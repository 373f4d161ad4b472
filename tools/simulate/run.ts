import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { callAs } from './file.ts'
import { type Fault, fileAll, fleet, type Simulated, type Values } from './fleet.ts'
import { type Wire, wireOf } from './wire.ts'

const { values: given } = parseArgs({
  options: {
    canteens: { type: 'string', default: '5' },
    vehicles: { type: 'string', default: '2' },
    seconds: { type: 'string', default: '60' },
    /** Seconds between two rounds of readings, and how much faster than the wall the played day goes. */
    interval: { type: 'string', default: '5' },
    speed: { type: 'string', default: '1' },
    fault: { type: 'string', multiple: true, default: [] },
    token: { type: 'string' },
  },
})
const dataDir = resolve(process.env.SHISU_DATA ?? (process.getuid?.() === 0 ? '/var/lib/shisu' : '.data'))
const faults: readonly Fault[] = ['power', 'silent', 'drift', 'duplicate', 'late', 'storm']
const asked = new Set(given.fault)
for (const each of asked)
  if (!faults.includes(each as Fault)) throw new Error(`没有“${each}”这种故障，可选：${faults.join('、')}`)

const demo = JSON.parse(readFileSync(join(dataDir, 'demo.json'), 'utf8')) as {
  url: string
  tokens: { enterprise: string }
}
const url = process.env.SHISU_URL ?? demo.url
const port = (name: string, usual: number) => Number(process.env[`SHISU_${name}_PORT`] ?? usual)
const ports = {
  host: new URL(url).hostname,
  mqtt: port('MQTT', 1883),
  hj212: port('HJ212', 9212),
  jt808: port('JT808', 9808),
}
const [intervalMs, speed] = [Number(given.interval) * 1000, Number(given.speed)]

const devices = fleet(Number(given.canteens), Number(given.vehicles))
console.log(`登记 ${devices.length} 台示例设备 …`)
const stepSecond = Math.max(1, Math.round((intervalMs / 1000) * speed))
await fileAll(callAs(url, given.token ?? demo.tokens.enterprise), devices, Math.min(stepSecond, 86_400))

// Listeners look for new secrets every two seconds.
await wait(3000)
let [sent, answered] = [0, 0]
const wires: { device: Simulated; wire: Wire }[] = devices.map((device) => ({
  device,
  wire: wireOf(device, ports, () => answered++),
}))
await wait(2000)
const started = Date.now()
// A day that goes faster than the wall began earlier, so that no reading lies in the future.
const first = started - Number(given.seconds) * 1000 * (speed - 1)
const late: { wire: Wire; at: number; values: Values }[] = []

for (let n = 0; Date.now() - started < Number(given.seconds) * 1000; n++) {
  const at = first + n * intervalMs * speed
  for (const [index, { device, wire }] of wires.entries()) {
    const values = device.say(at, n)
    // Faults strike one device in five, from the fifth round on.
    const struck = n >= 5 && index % 5 === 0
    if (!values || (struck && asked.has('power'))) {
      if (struck && asked.has('power') && n === 5) wire.drop()
      continue
    }
    if (struck && asked.has('silent')) delete values[Object.keys(values)[0] ?? '']
    if (struck && asked.has('drift') && typeof values.temperature === 'number') values.temperature += (n - 5) * 0.8
    if (struck && asked.has('late') && n % 10 !== 9) {
      late.push({ wire, at, values })
      continue
    }
    wire.say(at, values)
    if (struck && asked.has('duplicate')) wire.say(at, values)
    sent += struck && asked.has('duplicate') ? 2 : 1
  }
  for (const each of n % 10 === 9 ? late.splice(0) : []) {
    each.wire.say(each.at, each.values)
    sent++
  }
  if (asked.has('storm') && n === 8) {
    for (const { wire } of wires) wire.drop()
    for (const { wire } of wires) wire.again()
  }
  await wait(Math.max(0, started + (n + 1) * intervalMs - Date.now()))
}
await wait(2000)
for (const { wire } of wires) wire.end()
console.log(
  `发出 ${sent} 条读数，平台应答 ${answered} 次，${devices.length} 台设备，用时 ${Math.round((Date.now() - started) / 1000)} 秒`,
)
process.exit(0)
