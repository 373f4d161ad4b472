import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { readings } from '../../src/telemetry/index.ts'
import { callAs } from '../../tools/simulate/file.ts'
import { type Fault, fileAll, type Simulated, type Values } from '../../tools/simulate/fleet.ts'
import { type Wire, wireOf } from '../../tools/simulate/wire.ts'
import { eventually } from '../eventually.ts'
import { anyPorts } from '../ingest/line.ts'
import { openTown, type Person, type Town } from '../people.ts'

/** The simulator's faults, one device each, over real sockets against the real platform: what must alarm, and what must not. */
let town: Town
before(async () => {
  town = await openTown({ ingest: { ports: anyPorts } })
})
after(() => town.server.close())

async function switchOn(by: Person, rule: Record<string, unknown>): Promise<void> {
  const ok = async (method: string, path: string, body: unknown) => {
    const answer = await by.call<{ id: string; version: number }>(method, path, body)
    assert.ok(answer.status < 300, JSON.stringify(answer.body))
    return answer.body
  }
  const all = { model: 'FREEZER', severity: 'instant', clause: 'GB 31654 冷藏', advice: '检查', ...rule }
  const { id } = await ok('POST', '/api/v1/records/alarm-rule', all)
  const { version } = await ok('POST', '/api/v1/operations/try-alarm-rule', { rule: id, days: 1 })
  await ok('POST', `/api/v1/records/alarm-rule/${id}/steps/switch-on`, { version })
}

const faults: readonly (Fault | 'none')[] = ['none', 'power', 'silent', 'drift', 'duplicate', 'late', 'storm']
const device = (fault: string): Simulated => ({
  name: `示例 ${fault}`,
  model: 'FREEZER',
  protocol: 'mqtt',
  identity: `fault-${fault}`,
  room: '仓库',
  say: () => ({ temperature: 4.5, door: false, power: true }),
})

test('[D4.3.5] power loss and a silent probe alarm as silence, drift as warmth, a late batch takes its silence back, doubles and a storm nothing', async () => {
  await switchOn(town.county, {
    name: '超温',
    conditions: [{ group: 1, property: 'temperature', test: 'above', limit: '8' }],
  })
  await switchOn(town.county, { name: '没有数据', conditions: [{ group: 1, property: 'temperature', test: 'silent' }] })
  const devices = faults.map(device)
  // Reports every two seconds: three missed are six.
  await fileAll(callAs(town.server.url, town.factory.token), devices, 2)
  const ports = { host: '127.0.0.1', mqtt: town.server.ports.mqtt ?? 0, hj212: 0, jt808: 0 }
  let answered = 0
  const wires = new Map<string, Wire>(
    devices.map((each, n) => [faults[n] ?? '', wireOf(each, ports, () => answered++)]),
  )
  // The engine looks at rules and devices every two seconds.
  await sleep(2500)
  const kept: { at: number; values: Values }[] = []
  const started = Date.now()
  for (let n = 0; n < 13; n++) {
    const at = started + n * 1000
    for (const [index, fault] of faults.entries()) {
      const [each, wire] = [devices[index], wires.get(fault)]
      const values = each?.say(at, n)
      if (!values || !wire) continue
      const struck = n >= 3
      if (struck && fault === 'power') {
        if (n === 3) wire.drop()
        continue
      }
      if (struck && fault === 'silent') delete values.temperature
      if (struck && fault === 'drift') values.temperature = 4.5 + (n - 2) * 0.8
      if (struck && fault === 'late' && n < 12) {
        kept.push({ at, values })
        continue
      }
      if (fault === 'late') for (const held of kept.splice(0)) wire.say(held.at, held.values)
      if (fault === 'storm' && n === 6) {
        wire.drop()
        wire.again()
      }
      wire.say(at, values)
      if (struck && fault === 'duplicate') wire.say(at, values)
    }
    await sleep(Math.max(0, started + (n + 1) * 1000 - Date.now()))
  }
  const alarmsOf = async (fault: string) => {
    const id = devices[faults.indexOf(fault as Fault)]?.id ?? ''
    const { body } = await town.county.call<{ items: { title: string; withdrawnAt?: string }[] }>(
      'GET',
      `/api/v1/records/device-alarm?device=${id}`,
    )
    return body.items.map(
      ({ title, withdrawnAt }) => `${/没有数据$/.test(title) ? '无数据' : '超温'}${withdrawnAt ? '（撤销）' : ''}`,
    )
  }
  const expected: Record<string, string[]> = {
    none: [],
    power: ['无数据'],
    silent: ['无数据'],
    drift: ['超温'],
    duplicate: [],
    late: ['无数据（撤销）'],
    storm: [],
  }
  const seen = () => Promise.all(faults.map(async (fault) => [fault, await alarmsOf(fault)] as const))
  await eventually(async () => {
    const now = Object.fromEntries(await seen())
    return JSON.stringify(now) === JSON.stringify(expected) || undefined
  }).catch(async () => assert.deepEqual(Object.fromEntries(await seen()), expected))
  for (const fault of ['duplicate', 'late', 'storm']) {
    const id = devices[faults.indexOf(fault as Fault)]?.id ?? ''
    const stored = await readings(town.server.sql, id, new Date(started - 1000), new Date(started + 60_000))
    assert.equal(stored.length, 13, fault)
  }
  assert.ok(answered > 60)
  for (const wire of wires.values()) wire.end()
})
