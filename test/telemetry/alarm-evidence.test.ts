import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import mqtt from 'mqtt'
import { frameWords } from '../../src/areas/devices/operations/alarm-frames.ts'
import { lotsThere } from '../../src/areas/devices/operations/alarm-goods.ts'
import type { Watched } from '../../src/areas/devices/operations/alarm-rules.ts'
import type { Episode } from '../../src/telemetry/alarm/index.ts'
import { carriedAt } from '../../src/trace/index.ts'
import { eventually } from '../eventually.ts'
import { anyPorts } from '../ingest/line.ts'
import { openTown, type Person, type Town } from '../people.ts'

/** One real way: a device over MQTT, its alarm, the lots that were there, what people do, and the device's end. */
let town: Town
let deviceId: string
let secret: string
before(async () => {
  town = await openTown({ ingest: { ports: anyPorts } })
})
after(() => town.server.close())

type Row = { id: string; version: number; state: string }
async function ok<Body = Row>(by: Person, method: string, path: string, body?: unknown): Promise<Body> {
  const answer = await by.call<Body>(method, path, body)
  assert.ok(answer.status < 300, `${path} ${JSON.stringify(answer.body)}`)
  return answer.body
}
const lot = 'https://id.gs1.org/01/09506000134352/10/COLD1'

async function arrives(): Promise<void> {
  const [owner] = await town.server.sql<{ gln: string }[]>`select gln from owner where id = ${town.factory.ownerId}`
  const body = {
    '@context': ['https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld'],
    type: 'EPCISDocument',
    schemaVersion: '2.0',
    creationDate: new Date().toISOString(),
    epcisBody: {
      eventList: [
        {
          type: 'ObjectEvent',
          action: 'OBSERVE',
          bizStep: 'storing',
          eventTime: new Date(Date.now() - 3_600_000).toISOString(),
          eventTimeZoneOffset: '+08:00',
          bizLocation: { id: `https://id.gs1.org/414/${owner?.gln}` },
          quantityList: [{ epcClass: lot, quantity: 10, uom: 'KGM' }],
        },
      ],
    },
  }
  const response = await fetch(new URL('/epcis/capture', town.server.url), {
    method: 'POST',
    headers: { authorization: `Bearer ${town.factory.token}`, 'content-type': 'application/ld+json' },
    body: JSON.stringify(body),
  })
  assert.ok(response.ok, await response.text())
}

test('[D4.3.5] an alarm shows the raw frames of its readings and the lots that were in the store then', async () => {
  await arrives()
  const made = await ok(town.factory, 'POST', '/api/v1/records/field-device', {
    code: '示例冷库',
    name: '示例冷库',
    model: 'COLDSTORE',
    protocol: 'mqtt',
    identity: 'evidence-1',
    intervalSecond: 60,
  })
  deviceId = made.id
  const credentials = { protocol: 'mqtt', identity: 'evidence-1' }
  secret = (await ok<{ secret: string }>(town.factory, 'POST', `/api/v1/devices/${deviceId}/credentials`, credentials))
    .secret
  const rule = await ok(town.county, 'POST', '/api/v1/records/alarm-rule', {
    name: '冷冻超温',
    model: 'COLDSTORE',
    severity: 'fix-by',
    fixWithinHour: 4,
    clause: 'GB 31621 冷冻',
    conditions: [{ group: 1, property: 'temp1', test: 'above', limit: '-12' }],
    advice: '转库',
  })
  const tried = await ok(town.county, 'POST', '/api/v1/operations/try-alarm-rule', { rule: rule.id, days: 1 })
  await ok(town.county, 'POST', `/api/v1/records/alarm-rule/${rule.id}/steps/switch-on`, { version: tried.version })
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${town.server.ports.mqtt}`, {
    username: 'evidence-1',
    password: secret,
  })
  const payload = '{"temp1": -5.5, "door": true}'
  const topic = 'devices/evidence-1/telemetry'
  type Alarm = Row & { evidence: { frame?: string; reading: string }[]; goods: { lot: string }[]; raisedAt: string }
  const alarm = await eventually(async () => {
    await client.publishAsync(topic, payload, { qos: 1 })
    const { items } = await ok<{ items: Row[] }>(town.county, 'GET', `/api/v1/records/device-alarm?device=${deviceId}`)
    return items[0] && ok<Alarm>(town.county, 'GET', `/api/v1/records/device-alarm/${items[0].id}`)
  })
  await client.endAsync(true)
  assert.ok(
    alarm.evidence.some(({ frame }) => frame === payload),
    JSON.stringify(alarm.evidence),
  )
  assert.deepEqual(
    alarm.goods.map((each) => each.lot),
    [lot],
  )
})

test('[A8.2.1.g] the excursion is found from the lot, by the store’s owner and its authority, and by nobody else', async () => {
  type Found = { excursions: { title: string; bound: string; lots: { lot: string }[] }[] }
  const ask = (by: Person) => ok<Found>(by, 'POST', '/api/v1/operations/excursions-of-lots', { lots: [{ lot }] })
  for (const by of [town.factory, town.county, town.city]) {
    const { excursions } = await ask(by)
    assert.equal(excursions.length, 1)
    assert.equal(excursions[0]?.lots[0]?.lot, lot)
  }
  for (const by of [town.neighbour, town.otherCounty]) assert.deepEqual((await ask(by)).excursions, [])
})

const van = 'https://id.gs1.org/8004/0950600013430000123'
const pallet = 'https://id.gs1.org/00/095060001343520003'

/** Goods on a pallet, the pallet in the van, the van on its way, the pallet received at the shop. */
async function travels(hoursAgo: { loaded: number; received: number }): Promise<void> {
  const at = (hours: number) => ({
    eventTime: new Date(Date.now() - hours * 3_600_000).toISOString(),
    eventTimeZoneOffset: '+08:00',
  })
  const eventList = [
    {
      ...{ type: 'AggregationEvent', action: 'ADD', bizStep: 'packing', parentID: pallet, ...at(hoursAgo.loaded + 1) },
      childQuantityList: [{ epcClass: lot.replace('COLD1', 'VAN1'), quantity: 5, uom: 'KGM' }],
    },
    {
      ...{ type: 'AssociationEvent', action: 'ADD', bizStep: 'loading', parentID: van, ...at(hoursAgo.loaded) },
      childEPCs: [pallet],
    },
    { type: 'ObjectEvent', action: 'OBSERVE', bizStep: 'shipping', epcList: [pallet], ...at(hoursAgo.loaded - 0.1) },
    { type: 'ObjectEvent', action: 'OBSERVE', bizStep: 'receiving', epcList: [pallet], ...at(hoursAgo.received) },
  ]
  const body = {
    '@context': ['https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld'],
    ...{
      type: 'EPCISDocument',
      schemaVersion: '2.0',
      creationDate: new Date().toISOString(),
      epcisBody: { eventList },
    },
  }
  const response = await fetch(new URL('/epcis/capture', town.server.url), {
    method: 'POST',
    headers: { authorization: `Bearer ${town.factory.token}`, 'content-type': 'application/ld+json' },
    body: JSON.stringify(body),
  })
  assert.ok(response.ok, await response.text())
}

test('[A8.2.1.g] goods in a vehicle are found by what was loaded under its asset code, within pallets, from loading to receipt', async () => {
  await travels({ loaded: 5, received: 2 })
  const during = (from: number, to: number) =>
    carriedAt(town.server.sql, van, new Date(Date.now() - from * 3_600_000), new Date(Date.now() - to * 3_600_000))
  const [found, ...more] = await during(4, 3)
  assert.deepEqual([found?.key, more.length], [lot.replace('COLD1', 'VAN1'), 0])
  assert.ok(found?.until && Math.abs(found.until.getTime() - (Date.now() - 2 * 3_600_000)) < 60_000)
  assert.equal((await during(10, 6)).length, 0, 'not before it was loaded')
  assert.equal((await during(1, 0)).length, 0, 'nor after it was received')
  const made = await ok(town.factory, 'POST', '/api/v1/records/field-device', {
    ...{ code: '示例冷藏车', name: '示例冷藏车', model: 'VEHICLERECORDER', protocol: 'jt808', identity: '13800009999' },
    ...{ intervalSecond: 60, asset: '0950600013430000123' },
  })
  const [device] = await town.server.sql<{ id: string; ownerId: string; model: string; site: string | null }[]>`
    select id, owner_id as "ownerId", model, site from field_device where id = ${made.id}`
  const began = Date.now() - 4 * 3_600_000
  const there = await lotsThere(
    town.server.sql,
    device as unknown as Watched,
    { began, raisedAt: began, clearedAt: began + 3_600_000, course: [] } as unknown as Episode,
  )
  assert.ok(
    there.some((each) => each.lot === lot.replace('COLD1', 'VAN1')),
    JSON.stringify(there),
  )
})

test('[D4.2.5] rectification is counted by class, unit and rule: assigned, with evidence, closed, overdue', async () => {
  type Counts = Record<'total' | 'waiting' | 'assigned' | 'closed' | 'overdue' | 'withEvidence', number>
  type Statistics = { all: Counts; byClass: (Counts & { key: string })[]; byUnit: (Counts & { title: string })[] }
  const count = (by: Person) => ok<Statistics>(by, 'POST', '/api/v1/operations/alarm-statistics', {})
  const before = await count(town.county)
  assert.deepEqual([before.all.total, before.all.waiting, before.all.closed], [1, 1, 0])
  const { items } = await ok<{ items: Row[] }>(town.county, 'GET', `/api/v1/records/device-alarm?device=${deviceId}`)
  const id = items[0]?.id ?? ''
  const step = async (by: Person, name: string, more: object = {}) => {
    const { version } = await ok(by, 'GET', `/api/v1/records/device-alarm/${id}`)
    return ok(by, 'POST', `/api/v1/records/device-alarm/${id}/steps/${name}`, { version, ...more })
  }
  await step(town.county, 'assign', { assignee: '示例库管', dueAt: new Date(Date.now() - 60_000).toISOString() })
  const assigned = await count(town.county)
  assert.deepEqual([assigned.all.assigned, assigned.all.overdue], [1, 1])
  await step(town.factory, 'submit', { measure: '货物转到 2 号库，修好门封' })
  const submitted = await count(town.county)
  assert.deepEqual([submitted.all.overdue, submitted.all.withEvidence], [0, 1])
  assert.equal(submitted.byUnit[0]?.title, '示例食品厂甲')
  assert.deepEqual(
    submitted.byClass.map((each) => [each.key, each.total]),
    [['fix-by', 1]],
  )
  assert.equal((await count(town.otherCounty)).all.total, 0)
})

test('[D4.3.5] a device that is put out of use is cut off at once and let in nowhere until it is in use again', async () => {
  const url = `mqtt://127.0.0.1:${town.server.ports.mqtt}`
  const options = { username: 'evidence-1', password: secret, reconnectPeriod: 0, connectTimeout: 4000 }
  const client = await mqtt.connectAsync(url, options)
  const version = async () => (await ok(town.factory, 'GET', `/api/v1/records/field-device/${deviceId}`)).version
  await ok(town.factory, 'POST', `/api/v1/records/field-device/${deviceId}/steps/stop`, { version: await version() })
  await eventually(() => !client.connected || undefined)
  await assert.rejects(mqtt.connectAsync(url, options))
  await ok(town.factory, 'POST', `/api/v1/records/field-device/${deviceId}/steps/start`, { version: await version() })
  const again = await eventually(() => mqtt.connectAsync(url, options).catch(() => undefined))
  await again.endAsync(true)
})

test('a frame is shown as text where it is text, else as its bytes', () => {
  assert.equal(frameWords(Buffer.from('##0101QN=1;ST=32\r\n')), '##0101QN=1;ST=32')
  assert.equal(frameWords(Buffer.from('7e0200ff', 'hex')), '7e0200ff')
  assert.equal(frameWords(Buffer.alloc(3000, 65)).length, 2000)
})
