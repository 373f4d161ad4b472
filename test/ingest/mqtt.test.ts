import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt'
import { createAuthority } from '../../src/platform/access/accounts.ts'
import { issueCredential, type Protocol } from '../../src/platform/ingest/credentials.ts'
import { latest, readings } from '../../src/telemetry/index.ts'
import { eventually } from '../eventually.ts'
import { startServer, type TestServer } from '../server.ts'
import { anyPorts, refusal } from './line.ts'

let server: TestServer
let ownerId: string
const clients: MqttClient[] = []
const folder = mkdtempSync(join(tmpdir(), 'shisu-tls-'))
const tls = () => {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const args = `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ${key} -out ${cert} -days 2 -subj /CN=localhost`
  execFileSync('openssl', args.split(' '), { stdio: 'ignore' })
  return { cert: readFileSync(cert), key: readFileSync(key), ports: anyPorts }
}
before(async () => {
  server = await startServer({ ingest: { ports: anyPorts, tls: tls() } })
  ownerId = await createAuthority(server.sql, '示例食堂', '450203')
})
after(async () => {
  await Promise.all(clients.map((client) => client.endAsync(true)))
  await server.close()
})

async function device(identity: string, protocol: Protocol = 'mqtt', variant = {}) {
  const deviceId = randomUUID()
  const { secret } = await issueCredential(server.sql, {
    deviceId,
    ownerId,
    protocol,
    identity,
    variant,
    now: new Date(),
  })
  return { deviceId, secret: secret ?? '' }
}

async function signedIn(username: string, password: string, more: IClientOptions = {}): Promise<MqttClient> {
  const url = `mqtt://127.0.0.1:${server.ports.mqtt}`
  const client = await mqtt.connectAsync(url, { username, password, reconnectPeriod: 0, connectTimeout: 4000, ...more })
  clients.push(client)
  client.on('error', () => {})
  return client
}

const at = new Date(Math.floor(Date.now() / 1000) * 1000)
const all = (deviceId: string) =>
  readings(server.sql, deviceId, new Date(at.getTime() - 86_400_000), new Date(at.getTime() + 86_400_000))

for (const protocolVersion of [4, 5] as const) {
  test(`[D4.2.4] MQTT ${protocolVersion === 4 ? '3.1.1' : '5'}: QoS 1 is acknowledged after commit, and a batch that was kept back comes with its old times`, async () => {
    const identity = `fridge-${protocolVersion}`
    const { deviceId, secret } = await device(identity)
    const client = await signedIn(identity, secret, { protocolVersion })
    const granted = await client.subscribeAsync(`devices/${identity}/commands`, { qos: 1 })
    assert.equal(granted[0]?.qos, 1)
    await client.publishAsync(
      `devices/${identity}/telemetry`,
      JSON.stringify({ at: at.toISOString(), values: { temp: 4.5, door: false } }),
      { qos: 1 },
    )
    assert.deepEqual(
      (await all(deviceId)).map((each) => each.values),
      [{ temp: 4.5, door: false }],
    )
    // Flat values, and a batch that was kept while the network was away.
    await client.publishAsync(
      `devices/${identity}/telemetry`,
      JSON.stringify([
        { at: at.getTime() - 60_000, temp: 3 },
        { at: at.getTime() - 30_000, temp: 3.5 },
      ]),
      { qos: 1 },
    )
    assert.deepEqual(
      (await all(deviceId)).map((each) => each.values.temp),
      [3, 3.5, 4.5],
    )
    assert.equal((await latest(server.sql, [deviceId])).get(deviceId)?.temp?.value, 4.5)
  })
}

test('nobody is let in with a wrong secret or an unknown name, in 3.1.1 and in 5', async () => {
  const { secret } = await device('oven-1')
  for (const protocolVersion of [4, 5] as const) {
    await assert.rejects(signedIn('oven-1', `${secret}x`, { protocolVersion }), /not authorized|bad user|Bad username/i)
    await assert.rejects(signedIn('nobody', secret, { protocolVersion }), /not authorized|bad user|Bad username/i)
  }
})

test('no device speaks or listens for another, throws it out by its client id, or leaves retained messages', async () => {
  const [one, two] = [await device('probe-1'), await device('probe-2')]
  const first = await signedIn('probe-1', one.secret, { clientId: 'same' })
  const second = await signedIn('probe-2', two.secret, { clientId: 'same' })
  await second.publishAsync('devices/probe-1/telemetry', JSON.stringify({ temp: 99 }), { qos: 1 })
  await refusal(server.sql, 'mqtt', 'other-device')
  await second.publishAsync('devices/probe-2/telemetry', JSON.stringify({ temp: 1 }), { qos: 1, retain: true })
  await refusal(server.sql, 'mqtt', 'bad-topic')
  for (const topic of ['#', 'devices/+/telemetry', 'devices/probe-1/commands', '$SYS/#'])
    await assert.rejects(second.subscribeAsync(topic, { qos: 1 }), topic)
  const heard: string[] = []
  first.on('message', (topic) => heard.push(topic))
  await first.subscribeAsync('devices/probe-1/commands', { qos: 1 })
  await second.publishAsync('devices/probe-1/commands', '{"name":"open"}', { qos: 1 })
  await second.publishAsync('devices/probe-2/events', '{"event":"x"}', { qos: 1 })
  assert.equal(first.connected && second.connected, true)
  await first.publishAsync('devices/probe-1/telemetry', JSON.stringify({ temp: 2 }), { qos: 1 })
  assert.deepEqual(
    (await all(one.deviceId)).map((each) => each.values.temp),
    [2],
  )
  // Its own event is kept, and nothing of what was refused.
  assert.deepEqual(
    (await all(two.deviceId)).filter(({ values }) => 'temp' in values),
    [],
  )
  assert.deepEqual(heard, [])
})

test('[E5.3.8.b] a gateway speaks for the devices that name it, and for no other', async () => {
  const gateway = await device('gateway-1')
  const child = await device('child-1', 'mqtt', { gateway: 'gateway-1' })
  const client = await signedIn('gateway-1', gateway.secret)
  await client.publishAsync('devices/child-1/telemetry', JSON.stringify({ humidity: 61 }), { qos: 1 })
  assert.deepEqual(
    (await all(child.deviceId)).map((each) => each.values),
    [{ humidity: 61 }],
  )
})

test('what cannot be read goes to quarantine whole with the reason, is acknowledged, and the connection lives on', async () => {
  const { deviceId, secret } = await device('scale-2')
  const client = await signedIn('scale-2', secret)
  for (const payload of [
    '{"temp": ',
    '[]',
    '{"values": 3}',
    '{"at": "yesterday", "values": {"t": 1}}',
    '{"t": null}',
    `{"${'x'.repeat(80)}": 1}`,
  ])
    await client.publishAsync('devices/scale-2/telemetry', payload, { qos: 1 })
  const kept = await eventually(async () => {
    const rows = await server.sql<{ reason: string; frame: Buffer }[]>`
      select reason, frame from frame_refused where device_id = ${deviceId} order by received_at, id`
    return rows.length === 6 ? rows : undefined
  })
  assert.ok(kept.some((row) => row.frame.toString() === '{"temp": ' && row.reason === '内容不是 JSON'))
  await client.publishAsync('devices/scale-2/telemetry', '{"weight": 1.25}', { qos: 1 })
  assert.equal((await all(deviceId)).length, 1)
})

test('[D4.2.4] a private frame is read by the declaration in the device’s credential', async () => {
  const declaration = {
    head: 'aa55',
    check: 'sum8',
    fields: [
      { property: 'temp', offset: 2, type: 'i16', scale: 0.1 },
      { property: 'lid', offset: 4, type: 'bit', bit: 2 },
      { property: 'weight', offset: 5, type: 'u16', endian: 'little', scale: 0.01, absent: 65_535 },
    ],
  }
  const { deviceId, secret } = await device('cabinet-1', 'frame', { declaration })
  const client = await signedIn('cabinet-1', secret)
  const body = Buffer.from('aa55ff9b047d00', 'hex')
  const sum = body.reduce((total, byte) => (total + byte) & 0xff, 0)
  await client.publishAsync('devices/cabinet-1/frame', Buffer.concat([body, Buffer.of(sum)]), { qos: 1 })
  assert.deepEqual(
    (await all(deviceId)).map((each) => each.values),
    [{ temp: -10.1, lid: true, weight: 1.25 }],
  )
  await client.publishAsync('devices/cabinet-1/frame', Buffer.concat([body, Buffer.of(sum ^ 1)]), { qos: 1 })
  await refusal(server.sql, 'mqtt', 'check-mismatch')
})

test('a new secret ends the connection of the old one within seconds', async () => {
  const { deviceId, secret } = await device('valve-1')
  const client = await signedIn('valve-1', secret)
  await issueCredential(server.sql, { deviceId, ownerId, protocol: 'mqtt', identity: 'valve-1', now: new Date() })
  await eventually(() => !client.connected || undefined)
  await assert.rejects(signedIn('valve-1', secret), /not authorized|bad user/i)
})

test('over TLS it is the same', async () => {
  const { deviceId, secret } = await device('safe-1')
  const client = await mqtt.connectAsync(`mqtts://127.0.0.1:${server.tlsPorts.mqtt}`, {
    username: 'safe-1',
    password: secret,
    rejectUnauthorized: false,
    reconnectPeriod: 0,
  })
  clients.push(client)
  await client.publishAsync('devices/safe-1/telemetry', '{"temp": 7}', { qos: 1 })
  assert.equal((await all(deviceId)).length, 1)
})

for (const [topic, said] of [
  ['telemetry', '{"values":{"temp":5}}'],
  ['events', '{"event":"no-mask","confidence":0.9}'],
] as const)
  test(`[D4.2.5] ${topic}: nothing is acknowledged while it cannot be stored; what is acknowledged is there at once, and once`, async () => {
    const identity = `keeper-${topic}`
    const { deviceId, secret } = await device(identity)
    const client = await signedIn(identity, secret)
    const send = (at: Date) =>
      client.publishAsync(`devices/${identity}/${topic}`, JSON.stringify({ at, ...JSON.parse(said) }), { qos: 1 })
    await send(at)
    assert.equal((await all(deviceId)).length, 1)
    await send(at)
    assert.equal((await all(deviceId)).length, 1)
    let acknowledged = false
    let sending: Promise<unknown> = Promise.resolve()
    await server.sql.begin(async (tx) => {
      await tx`lock table telemetry_latest in access exclusive mode`
      sending = send(new Date(at.getTime() + 1000)).then(() => {
        acknowledged = true
      })
      await sleep(400)
      assert.equal(acknowledged, false)
    })
    await sending
    assert.equal((await all(deviceId)).length, 2)
  })

test('an event that does not say what happened is quarantined, and does not vanish', async () => {
  const { secret } = await device('gate-1')
  const client = await signedIn('gate-1', secret)
  await client.publishAsync('devices/gate-1/events', '{"confidence":0.9}', { qos: 1 })
  const { reason } = await refusal(server.sql, 'mqtt', 'bad-event')
  assert.match(reason, /什么事件/)
})
