import { randomBytes } from 'node:crypto'
import type { Call } from './file.ts'

export type Values = Record<string, number | string | boolean>
export type Fault = 'power' | 'silent' | 'drift' | 'duplicate' | 'late' | 'storm'

/** One made-up device: how it is filed and what it says at a moment of the played day. */
export type Simulated = {
  name: string
  model: string
  protocol: 'mqtt' | 'hj212' | 'jt808'
  identity: string
  room: string
  say(at: number, n: number): Values | undefined
  id?: string
  secret?: string
}

const hourOf = (at: number) => (new Date(at + 8 * 3_600_000).getUTCHours() + new Date(at).getUTCMinutes() / 60) % 24
const around = (value: number, swing: number) => Math.round((value + (Math.random() - 0.5) * swing) * 10) / 10

/** What stands in one kitchen. */
function canteen(n: number): Simulated[] {
  const of = (code: string) => `sim-c${n}-${code}`
  const device = (code: string, model: string, title: string, room: string, say: Simulated['say']): Simulated => ({
    name: `示例模拟 ${n} 号食堂${title}`,
    model,
    protocol: 'mqtt',
    identity: of(code),
    room,
    say,
  })
  return [
    device('freezer', 'FREEZER', '冷藏柜', '仓库', () => ({
      temperature: around(4.5, 2),
      door: Math.random() < 0.02,
      power: true,
    })),
    device('cabinet', 'SAMPLECABINET', '留样柜', '留样间', () => ({ temperature: around(4, 1), door: false })),
    device('gas', 'GAS', '可燃气体探测器', '烹饪间', (at) => ({
      concentration: Math.random() < 0.01 ? 4 : 0,
      valve: hourOf(at) > 6 && hourOf(at) < 19,
      fault: false,
    })),
    device('core', 'CORETEMP', '中心温度仪', '烹饪间', (at, step) =>
      hourOf(at) > 10 && hourOf(at) < 12 && step % 10 === 0
        ? { temperature: around(82, 14), dish: `示例菜 ${step % 7}` }
        : undefined,
    ),
    device('board', 'RATBOARD', '挡鼠板', '仓库门', () => ({ inPlace: Math.random() > 0.05, battery: 80 })),
    {
      name: `示例模拟 ${n} 号食堂油烟监测`,
      model: 'FUMEMONITOR',
      protocol: 'hj212',
      identity: `SIM450200${String(n).padStart(8, '0')}`,
      room: '排烟口',
      say: () => ({ fume: around(1.1, 0.8) }),
    },
  ]
}

/** A van that goes round the city. */
const vehicle = (n: number): Simulated => ({
  name: `示例模拟冷链车 ${n} 号`,
  model: 'VEHICLERECORDER',
  protocol: 'jt808',
  identity: `1390${String(1_000_000 + n)}`,
  room: `桂B·模拟${n}`,
  say: (at) => ({
    lon: 109.41 + 0.1 * Math.sin(at / 2_400_000 + n),
    lat: 24.32 + 0.08 * Math.sin(at / 1_700_000 + n * 2),
    speed: 40,
  }),
})

export const fleet = (canteens: number, vehicles: number): Simulated[] => [
  ...Array.from({ length: canteens }, (_, n) => canteen(n + 1)).flat(),
  ...Array.from({ length: vehicles }, (_, n) => vehicle(n + 1)),
]

/** Files each device and lets it in; a second run finds them again and gives them new secrets. */
export async function fileAll(call: Call, devices: readonly Simulated[], intervalSecond: number): Promise<void> {
  for (const device of devices) {
    const { name, model, protocol, identity, room } = device
    const known = await call('GET', `/api/v1/records/field-device?q=${encodeURIComponent(name)}&limit=5`)
    const same = (known.items as { id: string; identity: string }[]).find((each) => each.identity === identity)
    const filed =
      same ??
      (await call('POST', '/api/v1/records/field-device', {
        code: identity,
        name,
        model,
        protocol,
        identity,
        room,
        intervalSecond,
      }))
    device.id = String(filed.id)
    // HJ 212 has room for 24 characters; what the platform makes up is longer.
    const map =
      protocol === 'hj212' ? { secret: randomBytes(9).toString('hex'), variant: { map: { a34041: 'fume' } } } : {}
    const issued = await call('POST', `/api/v1/devices/${device.id}/credentials`, { protocol, identity, ...map })
    device.secret = 'secret' in map ? map.secret : String(issued.secret ?? '')
  }
}
