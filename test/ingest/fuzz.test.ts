import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { connect } from 'node:net'
import { after, before, test } from 'node:test'
import mqtt from 'mqtt'
import { createAuthority } from '../../src/platform/access/accounts.ts'
import { issueCredential } from '../../src/platform/ingest/credentials.ts'
import { readings } from '../../src/telemetry/index.ts'
import { eventually } from '../eventually.ts'
import { startServer, type TestServer } from '../server.ts'
import { anyPorts } from './line.ts'
import { seeds, spoiled } from './spoil.ts'

let server: TestServer
let deviceId: string
let secret: string
before(async () => {
  server = await startServer({ ingest: { ports: anyPorts } })
  const ownerId = await createAuthority(server.sql, '示例食堂', '450203')
  deviceId = randomUUID()
  const issued = await issueCredential(server.sql, {
    deviceId,
    ownerId,
    protocol: 'mqtt',
    identity: 'still-1',
    now: new Date(),
  })
  secret = issued.secret ?? ''
  await issueCredential(server.sql, {
    deviceId: randomUUID(),
    ownerId,
    protocol: 'hj212',
    identity: 'X',
    secret: '123456',
    now: new Date(),
  })
  await issueCredential(server.sql, {
    deviceId: randomUUID(),
    ownerId,
    protocol: 'jt808',
    identity: '13907720001',
    now: new Date(),
  })
})
after(() => server.close())

test('[D4.2.4] listeners outlive whatever is sent to them, by strangers and in a known device’s name, and go on storing', async () => {
  const sent = (port: number, chunks: readonly Buffer[]) =>
    new Promise<void>((done) => {
      const socket = connect(port, '127.0.0.1', () => {
        for (const chunk of chunks) socket.write(chunk)
        socket.end()
      })
      socket.on('error', () => {})
      socket.on('close', () => done())
      socket.resume()
    })
  const hello = Buffer.from('101400044d5154540402003c0008667562617261', 'hex')
  const listeners: [string, Buffer[]][] = [
    ['hj212', seeds.hj212 ?? []],
    ['jt808', seeds.jt808 ?? []],
    ['gb26875', seeds.gb26875 ?? []],
    ['mqtt', [hello, Buffer.concat([hello, Buffer.from('320a0003612f6200017b7d', 'hex')])]],
  ]
  for (const [name, list] of listeners)
    for (let round = 0; round < 6; round++)
      await Promise.all(
        Array.from({ length: 15 }, () =>
          sent(
            server.ports[name] ?? 0,
            Array.from({ length: 4 }, () => spoiled(list)),
          ),
        ),
      )
  const odd = [
    '',
    '{',
    '[]',
    'null',
    '"x"',
    '{"at":1e99,"values":{"a":1}}',
    '{"values":{"__proto__":1}}',
    '{"event":{"a":[1]}}',
    `{"values":{"a":"${'\\u0000'}"}}`,
    '<a><b>',
    `[${'['.repeat(500)}`,
  ]
  for (const path of ['telemetry', 'events', 'frame'])
    for (const body of odd) {
      const answer = await fetch(`${server.url}/api/v1/ingest/${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer still-1:${secret}`, 'content-type': 'application/json' },
        body,
      })
      assert.ok(answer.status < 500, `${path} ${body} ${answer.status}`)
    }
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${server.ports.mqtt}`, {
    username: 'still-1',
    password: secret,
  })
  for (const body of odd)
    for (const topic of ['telemetry', 'events', 'commands/ack', 'state', 'frame'])
      await client.publishAsync(`devices/still-1/${topic}`, body, { qos: 1 })
  const at = new Date(Math.floor(Date.now() / 1000) * 1000)
  await client.publishAsync('devices/still-1/telemetry', JSON.stringify({ at, values: { last: 1 } }), { qos: 1 })
  const kept = await readings(server.sql, deviceId, at, new Date(at.getTime() + 1))
  assert.equal(kept[0]?.values.last, 1)
  await client.endAsync(true)
  await eventually(async () => (await fetch(`${server.url}/healthz`)).ok || undefined)
})
