import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import mqtt from 'mqtt'
import type { Sql } from 'postgres'
import { meanKineticTemperature } from '../../src/standards/kinetic-temperature.ts'
import { commandAnswered, commandSent, commandsToSend, expireCommands } from '../../src/telemetry/command/index.ts'
import { append, latest } from '../../src/telemetry/index.ts'
import { give } from '../files.ts'
import { anyPorts } from '../ingest/line.ts'
import { openTown, type Town } from '../people.ts'

let town: Town
let van: string

before(async () => {
  town = await openTown({ ingest: { ports: anyPorts } })
  const { body } = await town.factory.call('POST', '/api/v1/records/field-device', {
    code: '示例车',
    name: '示例车',
    model: 'VEHICLERECORDER',
    protocol: 'jt808',
    identity: '13900000001',
    intervalSecond: 60,
  })
  van = String(body.id)
})
after(() => town.server.close())

const run = <Body>(by: 'factory' | 'county' | 'otherCounty', name: string, body: unknown) =>
  town[by].call<Body>('POST', `/api/v1/operations/${name}`, body)

test('mean kinetic temperature: of one temperature it is that one, of several nearer the warmest', () => {
  assert.equal(meanKineticTemperature([], 83.144), undefined)
  assert.ok(Math.abs((meanKineticTemperature([-18, -18], 83.144) ?? 0) + 18) < 1e-6)
  const mixed = meanKineticTemperature([-20, -20, -20, 0], 83.144) ?? 0
  assert.ok(mixed > -15 && mixed < 0, String(mixed))
})

test('[A8.2.1.g] stores and vehicles stand on the regulator’s board where they are, and on no other county’s', async () => {
  const now = new Date()
  const ownerId = town.factory.ownerId
  await append(
    town.server.sql as Sql,
    [2, 1, 0].map((n) => {
      const at = new Date(now.getTime() - n * 60_000)
      return {
        deviceId: van,
        ownerId,
        at,
        receivedAt: at,
        values: { lon: 109.4 + n / 100, lat: 24.3, temp1: -19 + n, door1: n === 1 },
      }
    }),
  )
  type Board = { devices: { id: string; place: { lng: number; lat: number }; online: boolean }[] }
  const seen = await run<Board>('county', 'device-board', {})
  const [device] = seen.body.devices
  assert.deepEqual([device?.id, device?.place, device?.online], [van, { lng: 109.4, lat: 24.3 }, true])
  assert.deepEqual((await run<Board>('otherCounty', 'device-board', {})).body.devices, [])
  const close = await run<{ track: { temperature: number; door: boolean }[]; meanKineticTemperature: number }>(
    'county',
    'see-device',
    { device: van },
  )
  assert.deepEqual(
    close.body.track.map(({ temperature, door }) => [temperature, door]),
    [
      [-17, false],
      [-18, true],
      [-19, false],
    ],
  )
  assert.ok(close.body.meanKineticTemperature > -19 && close.body.meanKineticTemperature < -17)
  assert.equal((await run('otherCounty', 'see-device', { device: van })).status, 404)
})

test('[D4.3.5] a device stands on its place’s plan with its live state, for its owner and its regulator alone; half a place is none', async () => {
  const sha256 = await give(town.server, town.factory)
  const { body: plan } = await town.factory.call('POST', '/api/v1/records/site-plan', {
    name: '示例厨房',
    picture: [sha256],
  })
  type Seen = {
    chosen: string | null
    plans: { picture: string }[]
    devices: { id: string; version: number; x: number; y: number; online: boolean; values: { words: string }[] }[]
    waiting: { id: string; version: number }[]
  }
  const { body: before } = await run<Seen>('factory', 'see-site-plan', {})
  const waiting = before.waiting.find(({ id }) => id === van)
  assert.deepEqual([before.chosen, before.devices, before.plans[0]?.picture], [plan.id, [], sha256])
  const put = (placing: object) =>
    town.factory.call('PATCH', `/api/v1/records/field-device/${van}`, { version: waiting?.version, ...placing })
  assert.equal((await put({ plan: plan.id })).status, 422, 'a plan without a place on it')
  assert.equal((await put({ plan: plan.id, planX: 1001, planY: 0 })).status, 422, 'beyond the picture')
  assert.equal((await put({ plan: plan.id, planX: 250, planY: 700 })).status, 200)
  for (const by of ['factory', 'county'] as const) {
    const { body } = await run<Seen>(by, 'see-site-plan', { plan: plan.id })
    const [device] = body.devices
    assert.deepEqual([device?.id, device?.x, device?.y, device?.online], [van, 250, 700, true])
    assert.ok(device?.values.some(({ words }) => words === '-19 ℃'))
    assert.deepEqual(body.waiting, [])
  }
  const { body: elsewhere } = await run<Seen>('otherCounty', 'see-site-plan', { plan: plan.id })
  assert.deepEqual([elsewhere.chosen, elsewhere.plans, elsewhere.devices], [null, [], []])
})

test('[E5.3.8] a command is kept until its device answers, sent again when it connects, and given up in the end', async () => {
  const sql = town.server.sql as Sql
  const sent = await run<{ id: string }>('factory', 'send-command', { device: van, command: 'set-time' })
  assert.equal(sent.status, 200, JSON.stringify(sent.body))
  const later = (seconds: number) => new Date(Date.now() + seconds * 1000)
  const [waiting] = await commandsToSend(sql, later(1))
  assert.equal(waiting?.id, sent.body.id)
  assert.ok(waiting?.parameters.at, 'the time to set goes with it')
  await commandSent(sql, sent.body.id, later(1))
  assert.equal((await commandsToSend(sql, later(2))).length, 0)
  assert.equal((await commandsToSend(sql, later(2), van)).length, 1, 'on connect')
  assert.equal((await commandsToSend(sql, later(60))).length, 1, 'unanswered')
  const other = await commandAnswered(sql, { id: sent.body.id, deviceId: town.factory.ownerId, ok: true }, later(3))
  assert.equal(other, false, 'no device answers for another')
  assert.equal(await commandAnswered(sql, { id: sent.body.id, deviceId: van, ok: true }, later(3)), true)
  assert.equal((await commandsToSend(sql, later(60))).length, 0)
  await run('factory', 'send-command', { device: van, command: 'query-state', withinMinute: 1 })
  assert.equal(await expireCommands(sql, later(120)), 1)
})

test('a command that the thing model does not have, or that is out of its range, is refused at its field', async () => {
  type Refusal = { problems: { at: string }[] }
  const at = async (body: Record<string, unknown>) =>
    (await run<Refusal>('factory', 'send-command', { device: van, ...body })).body.problems[0]?.at
  assert.equal(await at({ command: 'fly' }), '/command')
  assert.equal(await at({ command: 'set-interval', value: 1 }), '/value')
  assert.equal((await run('county', 'send-command', { device: van, command: 'set-time' })).status, 403)
  const { body } = await town.factory.call('POST', '/api/v1/records/field-device', {
    code: '示例气',
    name: '示例气',
    model: 'GAS',
    protocol: 'mqtt',
    identity: 'gas-1',
    intervalSecond: 30,
  })
  const open = await run<Refusal>('factory', 'send-command', { device: body.id, command: 'open-valve' })
  assert.equal(open.body.problems[0]?.at, '/sure', 'what is dangerous is asked once more')
})

test('[C6.7.4] a device is filed with type, model, MAC and owner; a MAC of another form is refused', async () => {
  const filing = {
    code: '示例备案',
    name: '示例备案',
    model: 'FREEZER',
    makerModel: 'X-1',
    mac: '00:1A:2B:3C:4D:5E',
    protocol: 'mqtt',
    identity: 'filing-1',
    intervalSecond: 60,
  }
  const wrong = await town.factory.call<{ problems: { at: string }[] }>('POST', '/api/v1/records/field-device', {
    ...filing,
    mac: '001A2B',
  })
  assert.equal(wrong.body.problems[0]?.at, '/mac')
  const right = await town.factory.call('POST', '/api/v1/records/field-device', filing)
  assert.equal(right.status, 201)
  assert.equal(right.body.ownerId, town.factory.ownerId)
})

test('[C6.7.4] a device that a gateway reports is filed in its owner’s name, once, and the gateway speaks for it; what cannot be filed is told', async () => {
  const { body: gateway } = await town.factory.call<{ id: string }>('POST', '/api/v1/records/field-device', {
    ...{
      code: '示例网关',
      name: '示例网关',
      model: 'FREEZER',
      protocol: 'mqtt',
      identity: 'gateway-1',
      intervalSecond: 60,
    },
  })
  const credential = { protocol: 'mqtt', identity: 'gateway-1' }
  const issued = await town.factory.call<{ secret: string }>(
    'POST',
    `/api/v1/devices/${gateway.id}/credentials`,
    credential,
  )
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${town.server.ports.mqtt}`, {
    username: 'gateway-1',
    password: issued.body.secret,
  })
  const node = { identity: 'node-7', name: '示例节点冷柜', model: 'FREEZER', mac: '00:1A:2B:3C:4D:5F', room: '凉菜间' }
  const report = [node, { identity: 'node-8', model: 'NO-SUCH-MODEL' }]
  for (let n = 0; n < 2; n++) await client.publishAsync('devices/gateway-1/nodes', JSON.stringify(report), { qos: 1 })
  const { body } = await town.factory.call<{ items: Record<string, unknown>[] }>(
    'GET',
    '/api/v1/records/field-device?model=FREEZER',
  )
  const filed = body.items.filter(({ identity }) => identity === 'node-7')
  assert.equal(filed.length, 1)
  const { name, mac, source, ownerId, id } = (
    await town.factory.call<Record<string, unknown>>('GET', `/api/v1/records/field-device/${filed[0]?.id}`)
  ).body
  assert.deepEqual([name, mac, source, ownerId], ['示例节点冷柜', '00:1A:2B:3C:4D:5F', 'node', town.factory.ownerId])
  await client.publishAsync('devices/node-7/telemetry', '{"values":{"temperature":4}}', { qos: 1 })
  assert.equal((await latest(town.server.sql, [String(id)])).get(String(id))?.temperature?.value, 4)
  const [told] = await town.server.sql`select title, detail from notice where record_id = ${gateway.id}`
  assert.match(told?.title ?? '', /node-8.*没有登记上/)
  await client.endAsync(true)
})
