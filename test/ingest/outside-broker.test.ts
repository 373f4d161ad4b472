import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import mqtt, { type MqttClient } from 'mqtt'
import postgres, { type Sql } from 'postgres'
import { createAuthority } from '../../src/platform/access/accounts.ts'
import { issueCredential } from '../../src/platform/ingest/credentials.ts'
import { openStation, type Station } from '../../src/platform/ingest/index.ts'
import { followBroker } from '../../src/platform/ingest/outside-broker.ts'
import { readings } from '../../src/telemetry/index.ts'
import { freshDatabase } from '../database.ts'
import { eventually } from '../eventually.ts'
import { freePort } from '../free-port.ts'
import { refusal } from './line.ts'

/** An operator's own broker: mosquitto, brought from Debian on CI, where its absence is a failure. */
const mosquitto = '/usr/sbin/mosquitto'
const isThere = () => spawnSync(mosquitto, ['-h'], { stdio: 'ignore' }).error === undefined
if (!isThere() && process.env.CI)
  execFileSync('sh', ['-c', 'apt-get -qq update && apt-get -qq -y install --no-install-recommends mosquitto'], {
    stdio: 'ignore',
  })
const skip = isThere() ? false : '没有 mosquitto（apt-get install mosquitto）'

let database: Awaited<ReturnType<typeof freshDatabase>>
let sql: Sql
let station: Station
let url: string
let sender: MqttClient
let broker: ReturnType<typeof spawn>
let deviceId: string
const wrong: unknown[] = []

before(async () => {
  if (skip) return
  database = await freshDatabase()
  sql = postgres(database.url, { max: 4, onnotice: () => {}, connection: { role: 'shisu_web', TimeZone: 'UTC' } })
  const port = await freePort()
  const conf = join(mkdtempSync(join(tmpdir(), 'shisu-mosquitto-')), 'conf')
  writeFileSync(conf, `listener ${port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 10000\n`)
  broker = spawn(mosquitto, ['-c', conf], { stdio: 'ignore' })
  url = `mqtt://127.0.0.1:${port}`
  sender = mqtt.connect(url, { reconnectPeriod: 100 })
  sender.on('error', () => {})
  await eventually(() => sender.connected || undefined)
  const ownerId = await createAuthority(database.sql, '示例食堂', '450203')
  deviceId = randomUUID()
  await issueCredential(database.sql, { deviceId, ownerId, protocol: 'mqtt', identity: 'outside-1', now: new Date() })
  station = openStation(sql, {
    listeners: { onReadings: [], onDevice: [] },
    clock: () => new Date(),
    onError: (error) => wrong.push(error),
  })
})
after(async () => {
  if (skip) return
  await sender.endAsync(true)
  await station.stop()
  await sql.end()
  broker.kill()
  await database.close()
})

const start = Math.floor(Date.now() / 1000) * 1000 - 3_600_000
const send = (n: number) =>
  sender.publishAsync('devices/outside-1/telemetry', JSON.stringify({ at: start + n * 1000, values: { n } }), {
    qos: 1,
  })
const stored = async () =>
  (await readings(sql, deviceId, new Date(start), new Date(start + 3_600_000))).map(({ values }) => values.n)
const count = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n)

test('[D4.2.4] telemetry from the operator’s own broker is stored, each message once', { skip }, async () => {
  const following = followBroker(station, url)
  await following.ready
  await Promise.all(count(0, 300).map(send))
  await eventually(async () => (await stored()).length === 300 || undefined)
  await Promise.all(count(290, 300).map(send))
  await sender.publishAsync('devices/nobody/telemetry', '{"n":1}', { qos: 1 })
  await refusal(database.sql, 'mqtt', 'unknown-device')
  assert.deepEqual(await stored(), count(0, 300))
  await following.stop()
})

test('[D4.2.5] what was taken from the broker and not stored is not acknowledged: it comes again to the next process', {
  skip,
}, async () => {
  let taken = 0
  const hanging: Station = {
    ...station,
    batcher: {
      ...station.batcher,
      add: () => {
        taken++
        return new Promise(() => {})
      },
    },
  }
  const killed = followBroker(hanging, url)
  await killed.ready
  await Promise.all(count(300, 340).map(send))
  await eventually(() => taken > 0 || undefined)
  await killed.stop()
  assert.equal((await stored()).length, 300)
  const next = followBroker(station, url)
  await eventually(async () => (await stored()).length === 340 || undefined)
  assert.deepEqual(await stored(), count(0, 340))
  await next.stop()
  assert.deepEqual(wrong, [])
})
