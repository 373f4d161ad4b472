import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import postgres, { type Sql } from 'postgres'
import { type AlarmEngine, openAlarms } from '../../src/areas/devices/operations/alarm-engine.ts'
import { alarmOfFinding } from '../../src/areas/devices/operations/alarm-of-finding.ts'
import { kinds, reactions } from '../../src/catalogue.ts'
import type { Kind } from '../../src/language/index.ts'
import { follow } from '../../src/platform/feed/follow.ts'
import { type Keyring, openKeyring } from '../../src/platform/protect/keyring.ts'
import { type OpenDoor, openStore } from '../../src/platform/store/store.ts'
import { append, type Reading, type Value } from '../../src/telemetry/index.ts'
import { give } from '../files.ts'
import { openTown, type Person, type Town } from '../people.ts'

const minute = 60_000
let town: Town
let sql: Sql
let now = Date.now() - 6 * 3_600_000
const byName = new Map<string, Kind>(kinds.map((each) => [each.name, each]))
const wrong: unknown[] = []
let engine: AlarmEngine
let keyring: Keyring

before(async () => {
  // Without an engine of its own: two would write the same alarms.
  town = await openTown({ role: 'web' })
  keyring = await openKeyring(join(town.server.dataDir, 'keys/keys.json'), new Date())
  sql = postgres(town.server.databaseUrl, {
    max: 3,
    onnotice: () => {},
    connection: { role: 'shisu_web', TimeZone: 'UTC' },
  })
})
after(async () => {
  await sql.end()
  await town.server.close()
})

const door: OpenDoor = (tx, actor, at) => openStore(tx, byName, actor, at, keyring)
const open = () =>
  openAlarms({
    sql,
    open: door,
    clock: () => new Date(now),
    onError: (error) => wrong.push(error),
    refreshMs: 0,
    saveMs: 0,
  })

type Row = Record<string, never> & { id: string; version: number; state: string }

async function made(person: Person, kind: string, body: Record<string, unknown>): Promise<Row> {
  const { status, body: row } = await person.call<Row>('POST', `/api/v1/records/${kind}`, body)
  assert.equal(status, 201, JSON.stringify(row))
  return row
}

async function list(person: Person, kind: string, query = ''): Promise<Record<string, unknown>[]> {
  const { body } = await person.call<{ items: Record<string, unknown>[] }>(
    'GET',
    `/api/v1/records/${kind}?limit=200${query}`,
  )
  return body.items
}

let serial = 0
const device = (model: string, more: Record<string, unknown> = {}) => {
  const code = `示例-${++serial}`
  return made(town.factory, 'field-device', {
    code,
    name: `${code} 号`,
    model,
    protocol: 'mqtt',
    identity: `e-${serial}`,
    intervalSecond: 60,
    ...more,
  })
}

const freezerRule = {
  name: '冷藏超限',
  model: 'FREEZER',
  severity: 'fix-by',
  fixWithinHour: 4,
  clause: 'GB 31654 冷藏',
  conditions: [{ group: 1, property: 'temperature', test: 'above', figure: 'chilled.max', hysteresis: '1' }],
  forSecond: 120,
  escalateAfterMinute: 30,
  advice: '关门',
}

/** Files, tries and switches on. The rule judges readings from that moment on: the clock of the test goes on from there. */
async function switchedOn(person: Person, rule: Record<string, unknown>): Promise<Row> {
  const row = await made(person, 'alarm-rule', rule)
  const tried = await person.call<{ version: number }>('POST', '/api/v1/operations/try-alarm-rule', {
    rule: row.id,
    days: 1,
  })
  assert.equal(tried.status, 200, JSON.stringify(tried.body))
  const on = await person.call<Row>('POST', `/api/v1/records/alarm-rule/${row.id}/steps/switch-on`, {
    version: tried.body.version,
  })
  assert.equal(on.status, 200, JSON.stringify(on.body))
  now = Math.max(now, Date.now())
  return on.body
}

const reading = (deviceId: string, at: number, values: Record<string, Value>): Reading => ({
  deviceId,
  ownerId: town.factory.ownerId,
  at: new Date(at),
  receivedAt: new Date(now),
  values,
})

/** The reactions to what people did, as the background work has them. */
async function feedRead(): Promise<void> {
  const follower = await follow(sql, [...reactions, alarmOfFinding(door)], {
    intervalMs: 60_000,
    onError: (error) => wrong.push(error),
  })
  await follower.catchUp()
  await follower.stop()
}

const noticesOf = (alarm: string | undefined) =>
  sql<{ done: boolean }[]>`select done_at is not null as done from notice where record_id = ${alarm ?? null}
    order by at desc, done`

/** Stored and judged, as ingest does it. */
async function arrive(...all: Reading[]): Promise<void> {
  now = Math.max(now, ...all.map(({ at }) => at.getTime()))
  await append(sql, all)
  await engine.onReadings(all)
  assert.deepEqual(wrong.splice(0), [])
}

test('a rule that was not tried, or was changed since, cannot be switched on', async () => {
  const rule = await made(town.city, 'alarm-rule', freezerRule)
  const path = `/api/v1/records/alarm-rule/${rule.id}`
  assert.equal((await town.city.call('POST', `${path}/steps/switch-on`, { version: 1 })).status, 422)
  const tried = await town.city.call<{ version: number }>('POST', '/api/v1/operations/try-alarm-rule', {
    rule: rule.id,
    days: 1,
  })
  const changed = await town.city.call<Row>('PATCH', path, { version: tried.body.version, forSecond: 60 })
  assert.equal(changed.status, 200)
  const refused = await town.city.call<{ problems: { at: string }[] }>('POST', `${path}/steps/switch-on`, {
    version: changed.body.version,
  })
  assert.equal(refused.status, 422)
  assert.equal(refused.body.problems[0]?.at, '/triedAt')
})

test('a rule that names no property of its thing model is refused where it is tried', async () => {
  const bad = await made(town.city, 'alarm-rule', {
    ...freezerRule,
    conditions: [{ group: 1, property: 'warmth', test: 'above', limit: '8' }],
  })
  const answer = await town.city.call<{ problems: { at: string }[] }>('POST', '/api/v1/operations/try-alarm-rule', {
    rule: bad.id,
    days: 1,
  })
  assert.equal(answer.status, 422)
  assert.equal(answer.body.problems[0]?.at, '/conditions/0/property')
})

test('[D4.3.5] readings beyond the limit become one alarm with its evidence, told to its owner at once', async () => {
  const freezer = await device('FREEZER', { calibrationDue: '2027-01-01' })
  const rule = await switchedOn(town.city, freezerRule)
  engine = open()
  const start = now + minute
  for (const [n, temperature] of [5, 9, 9.5, 10, 9].entries())
    await arrive(reading(freezer.id, start + n * minute, { temperature, door: false }))
  const [alarm, ...others] = await list(town.factory, 'device-alarm', `&device=${freezer.id}`)
  assert.equal(others.length, 0)
  assert.equal(alarm?.rule, rule.id)
  assert.equal(alarm?.beganAt, new Date(start + minute).toISOString())
  assert.equal(alarm?.raisedAt, new Date(start + 3 * minute).toISOString())
  assert.equal(alarm?.bound, '冷藏温度高于 8 ℃')
  assert.equal(alarm?.clause, 'GB 31654 冷藏')
  assert.equal(alarm?.calibrationDue, '2027-01-01')
  assert.match(JSON.stringify(alarm?.evidence), /冷藏温度 9.5 ℃，门 关/)
  const own = await town.factory.call<{ items: { title: string }[] }>('GET', '/api/v1/notices')
  assert.ok(own.body.items.some(({ title }) => title.includes('冷藏超限')))
  const county = await town.county.call<{ items: { title: string }[] }>('GET', '/api/v1/notices')
  assert.ok(!county.body.items.some(({ title }) => title.includes('冷藏超限')), 'the county is not troubled yet')
  await arrive(reading(freezer.id, start + 5 * minute, { temperature: 4, door: false }))
  const [cleared] = await list(town.factory, 'device-alarm', `&device=${freezer.id}`)
  assert.equal(cleared?.clearedAt, new Date(start + 5 * minute).toISOString())
  assert.equal(cleared?.peak, '10 ℃')
})

test('an alarm that nobody answers is put before the county; answered, it rises no further', async () => {
  const freezer = await device('FREEZER')
  await engine.tick()
  const start = now + minute
  for (let n = 0; n < 4; n++) await arrive(reading(freezer.id, start + n * minute, { temperature: 12 }))
  now = start + 40 * minute
  await engine.tick()
  const county = await town.county.call<{ items: { title: string; detail: string }[] }>('GET', '/api/v1/notices')
  assert.match(county.body.items.find(({ title }) => title.includes('冷藏超限'))?.detail ?? '', /无人受理/)
  const [alarm] = (await list(town.factory, 'device-alarm', `&device=${freezer.id}`)) as Row[]
  const [own, earlier] = await noticesOf(alarm?.id)
  assert.deepEqual([own?.done, earlier?.done], [false, true], 'one alarm is one line on a desk: the latest word of it')
  const taken = await town.factory.call('POST', `/api/v1/records/device-alarm/${alarm?.id}/steps/acknowledge`, {
    version: alarm?.version,
  })
  assert.equal(taken.status, 200, JSON.stringify(taken.body))
  await feedRead()
  now = start + 300 * minute
  await engine.tick()
  const [after] = await list(town.factory, 'device-alarm', `&device=${freezer.id}`)
  // The answer was given before the half hour was over, as far as the record knows: nothing was overdue then.
  assert.equal(after?.level, 1)
  assert.deepEqual(wrong.splice(0), [])
})

test('a device that adds to its alarm does not stand in the way of a person who writes about it, another person does', async () => {
  const freezer = await device('FREEZER')
  await engine.tick()
  const start = now + minute
  for (let n = 0; n < 4; n++) await arrive(reading(freezer.id, start + n * minute, { temperature: 12 }))
  const [before] = (await list(town.factory, 'device-alarm', `&device=${freezer.id}`)) as Row[]
  await arrive(reading(freezer.id, start + 5 * minute, { temperature: 4 }))
  const [cleared] = (await list(town.factory, 'device-alarm', `&device=${freezer.id}`)) as Row[]
  assert.ok((cleared?.version ?? 0) > (before?.version ?? 0), 'the alarm ended and was written meanwhile')
  const act = (name: string) =>
    town.factory.call<Row & { clearedAt: string }>('POST', `/api/v1/records/device-alarm/${before?.id}/steps/${name}`, {
      version: before?.version,
    })
  const taken = await act('acknowledge')
  assert.deepEqual([taken.status, typeof taken.body.clearedAt], [200, 'string'], JSON.stringify(taken.body))
  assert.equal((await act('acknowledge')).status, 409, 'what a person did since is not passed over')
  assert.deepEqual(wrong.splice(0), [])
})

test('[D4.2.5] a batch that comes late withdraws the alarm that it shows to have been none, and finds the one that was', async () => {
  const freezer = await device('FREEZER')
  await engine.tick()
  const start = now + minute
  const at = (n: number, temperature: number) => reading(freezer.id, start + n * minute, { temperature })
  await arrive(at(0, 9))
  await arrive(at(2, 9))
  const [alarm] = await list(town.factory, 'device-alarm', `&device=${freezer.id}`)
  assert.equal(alarm?.withdrawnAt ?? null, null)
  await arrive(at(1, 5))
  const [withdrawn] = await list(town.factory, 'device-alarm', `&device=${freezer.id}`)
  assert.ok(withdrawn?.withdrawnAt)
  await arrive(at(10, 5), at(11, 5))
  await arrive(at(5, 9), at(6, 9), at(7, 9))
  const found = await list(town.factory, 'device-alarm', `&device=${freezer.id}`)
  assert.equal(found.length, 2)
  assert.equal(found[0]?.clearedAt, new Date(start + 10 * minute).toISOString())
})

test('an engine that starts again goes on from where it stood, with what was stored meanwhile', async () => {
  const freezer = await device('FREEZER')
  await engine.tick()
  const start = now + minute
  await arrive(reading(freezer.id, start, { temperature: 9 }))
  await engine.stop()
  now = start + 3 * minute
  await append(
    sql,
    [1, 2, 3].map((n) => reading(freezer.id, start + n * minute, { temperature: 9 })),
  )
  engine = open()
  await engine.tick()
  const [alarm] = await list(town.factory, 'device-alarm', `&device=${freezer.id}`)
  assert.equal(alarm?.raisedAt, new Date(start + 2 * minute).toISOString())
  assert.deepEqual(wrong.splice(0), [])
})

test('an enterprise’s own rule is for its own devices alone', async () => {
  await switchedOn(town.neighbour, {
    ...freezerRule,
    name: '邻居的规则',
    conditions: [{ group: 1, property: 'temperature', test: 'above', limit: '0' }],
    forSecond: 0,
  })
  const freezer = await device('FREEZER')
  await engine.tick()
  await arrive(reading(freezer.id, now + minute, { temperature: 5 }))
  assert.deepEqual(await list(town.factory, 'device-alarm', `&device=${freezer.id}`), [])
})

test('[D3.1] what a camera believes to have seen counts when a person has confirmed it, with picture and confidence', async () => {
  const camera = await device('BEHAVIOUR')
  await switchedOn(town.city, {
    name: '厨房吸烟',
    model: 'BEHAVIOUR',
    severity: 'instant',
    clause: 'GB 31654',
    conditions: [{ group: 1, property: 'event', test: 'equals', word: 'smoking' }],
    quietSecond: 300,
    confirm: 'yes',
    advice: '制止',
  })
  await engine.tick()
  const start = now + minute
  const picture = await give(town.server, town.factory)
  for (let n = 0; n < 3; n++)
    await arrive(reading(camera.id, start + n * 1000, { event: 'smoking', confidence: 0.93, picture }))
  const [finding, ...more] = (await list(town.factory, 'ai-finding')) as (Row & Record<string, unknown>)[]
  assert.equal(more.length, 0, 'a camera that repeats itself is one finding')
  assert.deepEqual([finding?.confidence, finding?.picture, finding?.state], [93, [picture], 'unconfirmed'])
  assert.deepEqual(await list(town.factory, 'device-alarm', `&device=${camera.id}`), [])
  const step = await town.factory.call('POST', `/api/v1/records/ai-finding/${finding?.id}/steps/confirm`, {
    version: finding?.version,
  })
  assert.equal(step.status, 200, JSON.stringify(step.body))
  const follower = await follow(sql, [...reactions, alarmOfFinding(door)], {
    intervalMs: 60_000,
    onError: (error) => wrong.push(error),
  })
  await follower.catchUp()
  await follower.stop()
  const [alarm] = await list(town.factory, 'device-alarm', `&device=${camera.id}`)
  assert.deepEqual(alarm?.picture, [picture])
  assert.deepEqual(wrong.splice(0), [])
})

test('an alarm is dealt with to its end: assigned, answered with evidence, signed off; sent back by the county', async () => {
  const [alarm] = (await list(town.factory, 'device-alarm')) as Row[]
  const path = `/api/v1/records/device-alarm/${alarm?.id}`
  const step = (person: Person, name: string, body: Record<string, unknown>) =>
    person.call<Row>('POST', `${path}/steps/${name}`, body)
  const bare = await step(town.factory, 'assign', { version: alarm?.version })
  assert.equal(bare.status, 422)
  const assigned = await step(town.factory, 'assign', {
    version: alarm?.version,
    assignee: '示例张师傅',
    dueAt: new Date(now).toISOString(),
  })
  assert.equal(assigned.status, 200, JSON.stringify(assigned.body))
  const silent = await step(town.factory, 'submit', { version: assigned.body.version })
  assert.equal(silent.status, 422)
  const submitted = await step(town.factory, 'submit', {
    version: assigned.body.version,
    measure: '换了门封条',
    photos: [await give(town.server, town.factory)],
  })
  assert.equal(submitted.body.state, 'submitted')
  const unsigned = await step(town.county, 'close', { version: submitted.body.version })
  assert.equal(unsigned.status, 422)
  const signOff = { name: '示例检查员', at: new Date(now).toISOString(), image: await give(town.server, town.county) }
  const closed = await step(town.county, 'close', { version: submitted.body.version, signOff })
  assert.equal(closed.body.state, 'closed')
  await feedRead()
  assert.deepEqual(
    (await noticesOf(alarm?.id)).filter(({ done }) => !done),
    [],
    'what is closed is off the desks',
  )
  assert.equal((await step(town.factory, 'reopen', { version: closed.body.version })).status, 403)
  assert.equal((await step(town.county, 'reopen', { version: closed.body.version })).body.state, 'rectifying')
})
