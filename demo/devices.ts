import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Sql } from 'postgres'
import { openAlarms } from '../src/areas/devices/operations/alarm-engine.ts'
import { kinds } from '../src/catalogue.ts'
import { issueCredential } from '../src/platform/ingest/credentials.ts'
import type { Keyring } from '../src/platform/protect/keyring.ts'
import { openStore } from '../src/platform/store/store.ts'
import { append, type Reading, type Value } from '../src/telemetry/index.ts'
import { type Story, soonAfter } from './story.ts'

/** How a demonstration device is let in, for whoever wants to try. */
export type DemoDevice = { protocol: 'mqtt' | 'hj212' | 'jt808'; identity: string; secret?: string; name: string }

const minute = 60_000
const hour = 60 * minute
const step = 5 * minute

type Say = (n: number, at: number) => Record<string, Value> | undefined
type Declared = {
  by: string
  model: string
  name: string
  room: string
  place?: { lng: number; lat: number }
  /** On the canteen's plan, in thousandths from the left and from above. */
  spot?: [number, number]
  protocol: DemoDevice['protocol']
  identity: string
  say: Say
}

const wave = (n: number, base: number, swing: number) => Math.round((base + Math.sin(n / 7) * swing) * 10) / 10
const readingsADay = (24 * hour) / step
/** So many readings before the present. */
const ago = (n: number) => readingsADay - n

const declared: readonly Declared[] = [
  {
    by: 'canteen',
    model: 'FREEZER',
    name: '示例 1 号冷藏柜',
    room: '仓库',
    spot: [150, 190],
    protocol: 'mqtt',
    identity: 'demo-freezer-1',
    // The door did not close in the night, and since a while again.
    say: (n) => ({
      temperature: (n > 100 && n < 112) || n > ago(9) ? wave(n, 11.5, 1.5) : wave(n, 4.5, 1),
      door: false,
      power: true,
    }),
  },
  {
    by: 'canteen',
    model: 'SAMPLECABINET',
    name: '示例 1 号留样柜',
    room: '留样间',
    spot: [760, 175],
    protocol: 'mqtt',
    identity: 'demo-cabinet-1',
    say: (n) => ({ temperature: wave(n, 4, 0.8), door: false }),
  },
  {
    by: 'canteen',
    model: 'GAS',
    name: '示例可燃气体探测器',
    room: '烹饪间',
    spot: [460, 380],
    protocol: 'mqtt',
    identity: 'demo-gas-1',
    // Its wire came off two hours ago.
    say: (n) => (n > ago(24) ? undefined : { concentration: n % 40 === 0 ? 3 : 0, valve: n % 100 < 60, fault: false }),
  },
  {
    by: 'canteen',
    model: 'FUMEMONITOR',
    name: '示例油烟在线监测',
    room: '排烟口',
    spot: [500, 150],
    protocol: 'hj212',
    identity: 'DEMO4502000001',
    say: (n) => ({ fume: wave(n, 1.1, 0.6), fan: true, purifier: true }),
  },
  {
    by: 'canteen',
    model: 'BEHAVIOUR',
    name: '示例烹饪间摄像机',
    room: '烹饪间',
    spot: [300, 540],
    protocol: 'mqtt',
    identity: 'demo-camera-1',
    say: (n) => (n === ago(3) ? { event: 'no-mask', confidence: 0.91, track: '示例 7' } : undefined),
  },
  {
    by: 'store',
    model: 'COLDSTORE',
    name: '示例 2 号冷库',
    room: '2 号冷库',
    place: { lng: 109.4121, lat: 24.3901 },
    protocol: 'mqtt',
    identity: 'demo-store-2',
    say: (n) => ({
      temp1: n > 150 && n < 160 ? -11 : wave(n, -21, 1),
      temp2: wave(n, -20.5, 1),
      humidity: 80,
      door: n > 150 && n < 152,
      power: true,
    }),
  },
  {
    by: 'carrier',
    model: 'VEHICLERECORDER',
    name: '示例冷链车 桂B·示例1',
    room: '桂B·示例1',
    protocol: 'jt808',
    identity: '13907720001',
    say: (n) => ({
      lon: Math.round((109.4655 - 0.09 * Math.sin(n / 46)) * 1e6) / 1e6,
      lat: Math.round((24.3052 + 0.08 * Math.sin(n / 29)) * 1e6) / 1e6,
      speed: n % 30 < 22 ? 38 : 0,
      temp1: n > ago(12) ? wave(n, -13, 0.5) : wave(n, -20, 1),
      door1: n % 30 === 25,
    }),
  },
]

/** Cameras are filed; whoever tries publishes to one, e.g. with ffmpeg. */
const filmed = [
  ['canteen', '示例烹饪间摄像机', 'demo-kitchen-1', 'kitchen', '烹饪间'],
  ['canteen', '示例备餐间摄像机', 'demo-kitchen-2', 'kitchen', '备餐间'],
  ['store', '示例 2 号冷库摄像机', 'demo-store-2', 'store', '2 号冷库'],
] as const

/** The picture of the canteen's kitchen that its devices stand on. */
async function canteenPlan(story: Story): Promise<string> {
  const bytes = await readFile(new URL('./canteen-plan.png', import.meta.url))
  const picture = createHash('sha256').update(bytes).digest('hex')
  await story.apis.canteen?.upload(bytes, 'image/png', picture)
  const body = { name: '示例小学一楼后厨', picture: [picture] }
  const made = await story.apis.canteen?.send<{ id: string }>('POST', '/api/v1/records/site-plan', body)
  return made?.id ?? ''
}

/** 示例: devices of a canteen, a cold store and a van with a day of readings, and the alarms that the standard rules find in it. */
export async function deviceDay(story: Story, sql: Sql, keyring: Keyring): Promise<DemoDevice[]> {
  const since = story.now - 26 * hour
  soonAfter(story, since)
  await story.apis.city?.send('POST', '/api/v1/operations/adopt-standard-rules', {})
  const made: DemoDevice[] = []
  const all: Reading[] = []
  const plan = await canteenPlan(story)
  for (const { by, model, name, room, place, spot, protocol, identity, say } of declared) {
    const filed = await story.apis[by]?.send<{ id: string }>('POST', '/api/v1/records/field-device', {
      code: `示例-${identity}`,
      name,
      model,
      protocol,
      identity,
      room,
      ...(place ? { place } : {}),
      ...(spot ? { plan, planX: spot[0], planY: spot[1] } : {}),
      maker: '示例设备厂',
      intervalSecond: step / 1000,
      calibratedOn: '2026-03-01',
      calibrationDue: '2027-02-28',
      firmware: '1.0.3',
    })
    const [deviceId, ownerId] = [filed?.id ?? '', story.ids[by] ?? '']
    const map = protocol === 'hj212' ? { variant: { map: { a34041: 'fume' } } } : {}
    const secret = protocol === 'mqtt' ? `示例-${identity}` : undefined
    await issueCredential(sql, {
      deviceId,
      ownerId,
      protocol,
      identity,
      now: story.clock.now,
      ...(secret ? { secret } : {}),
      ...map,
    })
    made.push({ protocol, identity, name, ...(secret ? { secret } : {}) })
    for (let n = 1; n <= readingsADay; n++) {
      const at = new Date(story.now - (readingsADay - n) * step)
      const values = say(n, at.getTime())
      if (values) all.push({ deviceId, ownerId, at, receivedAt: at, values })
    }
  }
  for (const [by, name, stream, scene, room] of filmed)
    await story.apis[by]?.send('POST', '/api/v1/records/video-camera', { name, stream, scene, room, recording: 'yes' })
  await append(sql, all)
  const byName = new Map(kinds.map((each) => [each.name, each]))
  const engine = openAlarms({
    sql,
    open: (tx, actor, now) => openStore(tx, byName, actor, now, keyring),
    clock: () => new Date(story.now),
    onError: (error) => {
      throw error
    },
  })
  await engine.onReadings(all)
  await engine.tick()
  await engine.stop()
  return made
}
