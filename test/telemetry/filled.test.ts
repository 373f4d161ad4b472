import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Sql } from 'postgres'
import { fillFromDevices } from '../../src/areas/kitchen/operations/fill-from-devices.ts'
import { kinds } from '../../src/catalogue.ts'
import type { Kind } from '../../src/language/index.ts'
import { type Keyring, openKeyring } from '../../src/platform/protect/keyring.ts'
import { type OpenDoor, openStore } from '../../src/platform/store/store.ts'
import type { Reading, Value } from '../../src/telemetry/index.ts'
import { give } from '../files.ts'
import { openTown, type Town } from '../people.ts'

let town: Town
let keyring: Keyring
const byName = new Map<string, Kind>(kinds.map((each) => [each.name, each]))
/** A school day at noon in Asia/Shanghai, this year. */
const noon = Date.parse('2026-11-18T04:00:00Z')
const evening = Date.parse('2026-11-18T12:30:00Z')

before(async () => {
  town = await openTown()
  keyring = await openKeyring(join(town.server.dataDir, 'keys/keys.json'), new Date())
})
after(() => town.server.close())

const door: OpenDoor = (tx, actor, at) => openStore(tx, byName, actor, at, keyring)
let serial = 0
async function device(model: string, room = '烹饪间'): Promise<string> {
  const code = `示例设备-${++serial}`
  const { status, body } = await town.factory.call('POST', '/api/v1/records/field-device', {
    code,
    name: code,
    model,
    protocol: 'mqtt',
    identity: `f-${serial}`,
    intervalSecond: 60,
    room,
  })
  assert.equal(status, 201, JSON.stringify(body))
  return String(body.id)
}

const say = (deviceId: string, at: number, values: Record<string, Value>): Reading => ({
  deviceId,
  ownerId: town.factory.ownerId,
  at: new Date(at),
  receivedAt: new Date(at),
  values,
})

const fill = (...readings: Reading[]) => fillFromDevices(town.server.sql as Sql, door, readings, new Date())

async function only(kind: string): Promise<Record<string, unknown>> {
  const { body } = await town.factory.call<{ items: Record<string, unknown>[] }>('GET', `/api/v1/records/${kind}`)
  assert.equal(body.items.length, 1, JSON.stringify(body.items))
  return body.items[0] as Record<string, unknown>
}

test('[D5.4.2] the terminal’s morning check is the person’s, and fever keeps him from work', async () => {
  const terminal = await device('MORNINGCHECK')
  await fill(say(terminal, noon, { temperature: 37.9, person: '示例张师傅', hands: true }))
  const check = await only('morning-check')
  assert.deepEqual(
    [check.person, check.symptom, check.result, check.source, check.device],
    ['示例张师傅', 'fever', 'unfit', 'device', terminal],
  )
})

test('[D5.10.8] a core temperature is recorded as measured, also one that is too low', async () => {
  const probe = await device('CORETEMP')
  await fill(say(probe, noon, { temperature: 64.5, dish: '红烧肉', batch: '3' }))
  const row = await only('core-temperature')
  assert.deepEqual([row.dish, row.temperature], ['红烧肉', { value: '64.5', unit: 'CEL' }])
})

test('a core temperature typed in by hand that is too low is refused until it says what was done', async () => {
  const by = (more: Record<string, unknown>) =>
    town.factory.call<{ source: string; problems: { at: string }[] }>('POST', '/api/v1/records/core-temperature', {
      dish: '红烧肉',
      temperature: { value: '64.5', unit: 'CEL' },
      measuredAt: new Date(noon).toISOString(),
      ...more,
    })
  const refused = await by({})
  assert.equal(refused.status, 422)
  assert.equal(refused.body.problems[0]?.at, '/measure')
  const { status, body } = await by({ measure: '继续加热到 78 ℃' })
  assert.equal(status, 201)
  assert.equal(body.source, 'hand', 'what no device says of itself is a person’s')
})

test('[D5.12.7] the cabinet’s retained sample is recorded; one under 125 g is not, and a person is told', async () => {
  const cabinet = await device('SAMPLECABINET')
  assert.deepEqual(await fill(say(cabinet, noon, { dish: '米饭', meal: 'lunch', mass: 131, temperature: 4.2 })), {
    filled: 1,
    refused: 0,
  })
  assert.deepEqual(await fill(say(cabinet, noon + 1000, { dish: '青菜', meal: 'lunch', mass: 110 })), {
    filled: 0,
    refused: 1,
  })
  assert.equal((await only('retained-sample')).dish, '米饭')
  const { body } = await town.factory.call<{ items: { title: string; detail: string }[] }>('GET', '/api/v1/notices')
  assert.ok(body.items.some((each) => each.title.includes('请人工登记') && each.detail.includes('留样量少于规定')))
})

test('oil quality, UV disinfection, gas and the rat-board are recorded by their devices', async () => {
  const [oil, lamp, gas, board] = [
    await device('OILQUALITY', '1 号炸锅'),
    await device('UVLAMP', '凉菜间'),
    await device('GAS'),
    await device('RATBOARD', '仓库门'),
  ]
  await fill(
    say(oil, noon, { polar: 18.5, temperature: 172 }),
    say(lamp, noon, { lamp: true, occupied: false }),
    say(lamp, noon + 60_000, { lamp: false, occupied: false, minutes: 35 }),
    say(gas, noon, { concentration: 0, valve: true }),
    say(gas, evening, { concentration: 1, valve: false }),
    say(gas, evening + 30_000, { concentration: 0, valve: false }),
    say(board, evening, { inPlace: false }),
  )
  assert.deepEqual((await only('oil-check')).polar, { value: '18.5', unit: 'P1' })
  assert.deepEqual((await only('uv-disinfection')).minutes, 35)
  assert.deepEqual((await only('gas-check')).valve, 'closed')
  assert.deepEqual((await only('rat-board-check')).inPlace, 'no')
})

test('[D5.6.5] what the cloud scale weighs is held against the order', async () => {
  const order = await town.factory.call('POST', '/api/v1/records/purchase-order', {
    number: 'CG-1',
    supplier: '示例菜场',
    deliverOn: '2026-11-18',
    goods: [{ article: '大白菜', quantity: { value: '50', unit: 'KGM' } }],
  })
  assert.equal(order.status, 201)
  const scale = await device('CLOUDSCALE', '收货口')
  await fill(
    say(scale, noon, { mass: 12.1, article: '大白菜', order: 'CG-1', stable: false }),
    say(scale, noon + 5000, { mass: 46.5, article: '大白菜', order: 'CG-1', stable: true, lot: 'B1' }),
  )
  const receipt = await only('scale-receipt')
  assert.deepEqual(
    [receipt.weight, receipt.ordered, receipt.purchase, receipt.supplier, receipt.lot],
    [{ value: '46.5', unit: 'KGM' }, { value: '50', unit: 'KGM' }, order.body.id, '示例菜场', 'B1'],
  )
})

test('a picture goes into the record that a device fills; one that never arrived does not keep the record from being made', async () => {
  const scale = await device('CLOUDSCALE', '收货口')
  const picture = await give(town.server, town.factory, '过秤')
  const weighed = { mass: 3, stable: true }
  await fill(
    say(scale, noon, { ...weighed, article: '带图', picture }),
    say(scale, noon + 5000, { ...weighed, article: '没有图', picture: 'f'.repeat(64) }),
  )
  for (const [article, photo] of [
    ['带图', [picture]],
    ['没有图', undefined],
  ] as const) {
    const { body } = await town.factory.call<{ items: { photo?: string[] }[] }>(
      'GET',
      `/api/v1/records/scale-receipt?q=${encodeURIComponent(article)}`,
    )
    assert.deepEqual(
      body.items.map((row) => row.photo),
      [photo],
      article,
    )
  }
})

test('a reading that is sent again makes no second record', async () => {
  const probe = await device('CORETEMP')
  const reading = say(probe, noon + 60_000, { temperature: 81, dish: '清汤' })
  await fill(reading)
  await fill(reading, reading)
  const { body } = await town.factory.call<{ items: unknown[] }>(
    'GET',
    `/api/v1/records/core-temperature?q=${encodeURIComponent('清汤')}`,
  )
  assert.equal(body.items.length, 1)
})

test('a record that is due from a device or a hand and does not come is told as missed', async () => {
  for (const name of [
    'core-temperature',
    'oil-check',
    'uv-disinfection',
    'gas-check',
    'rat-board-check',
    'morning-check',
  ])
    assert.ok(byName.get(name)?.timing?.due?.by, name)
})
