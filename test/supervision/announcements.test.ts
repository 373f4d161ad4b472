import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Announced, AnnouncementText, Reached } from '../../src/areas/supervision/operations/wire.ts'
import { createAccount } from '../../src/platform/access/accounts.ts'
import { strong, type Visitor, visitor } from '../access/visitor.ts'
import { eventually } from '../eventually.ts'
import { give } from '../files.ts'
import { enterprise, openTown, type Person, type Town } from '../people.ts'

let town: Town
/** People of the city, both counties, the factory (production, 450204), its neighbour (450203), and a canteen (450204). */
let mayor: Visitor
let county: Visitor
let otherCounty: Visitor
let keeper: Visitor
let second: Visitor
let neighbour: Visitor
let cook: Visitor
let canteen: Person

async function someone(ownerId: string, role: 'city' | 'county' | 'enterprise'): Promise<Visitor> {
  const login = `a-${Math.random().toString(36).slice(2, 10)}`
  const { server } = town
  await createAccount(server.sql, { ownerId, login, name: `示例${login}`, role, password: strong }, new Date())
  const person = visitor(server.url)
  assert.equal((await person.signIn(login, strong)).status, 200)
  return person
}

before(async () => {
  town = await openTown()
  canteen = await enterprise(town.server, town.city, '450204', '示例食堂')
  const path = `/api/v1/records/subject/${canteen.ownerId}`
  assert.equal((await town.city.call('PATCH', path, { version: 1, activity: 'catering' })).status, 200)
  mayor = await someone(town.city.ownerId, 'city')
  county = await someone(town.county.ownerId, 'county')
  otherCounty = await someone(town.otherCounty.ownerId, 'county')
  keeper = await someone(town.factory.ownerId, 'enterprise')
  second = await someone(town.factory.ownerId, 'enterprise')
  neighbour = await someone(town.neighbour.ownerId, 'enterprise')
  cook = await someone(canteen.ownerId, 'enterprise')
})
after(() => town.server.close())

const run = <T = Record<string, unknown>>(person: Visitor, name: string, body: object) =>
  person.call<T>('POST', `/api/v1/operations/${name}`, body)
const listed = async (person: Visitor, view?: 'past') =>
  (await run<{ items: Announced[] }>(person, 'list-announcements', view ? { view } : {})).body.items
const told = async (person: Visitor, id: string) =>
  (
    await person.call<{ items: { topic: string; recordId: string; title: string; level: string; readAt: string }[] }>(
      'GET',
      '/api/v1/messages?limit=200',
    )
  ).body.items.filter(({ topic, recordId }) => topic === 'bulletin' && recordId === id)

type Made = { id: string; version: number }
async function drafted(by: Visitor, change: object): Promise<Made> {
  const { status, body } = await by.call<Made>('POST', '/api/v1/records/announcement', {
    title: '示例公告',
    form: 'notice',
    audience: 'production',
    body: '请各单位自查。（示例）',
    holds: { from: '2020-01-01' },
    ...change,
  })
  assert.equal(status, 201, JSON.stringify(body))
  return body
}
async function issued(by: Visitor, change: object = {}): Promise<string> {
  const { id, version } = await drafted(by, change)
  const { status } = await by.call('POST', `/api/v1/records/announcement/${id}/steps/issue`, { version })
  assert.equal(status, 200)
  return id
}

test('[D6.2.5.3] [B6.4.a] a published announcement is told to everybody whom it is for, and stands in their list and no other', async () => {
  const everybody = { mayor, county, otherCounty, keeper, second, neighbour, cook }
  const cases: [string, Visitor, object, (keyof typeof everybody)[]][] = [
    ['production of the city', mayor, {}, ['keeper', 'second', 'neighbour']],
    ['production of one county', mayor, { area: '450204' }, ['keeper', 'second']],
    ['catering', mayor, { audience: 'catering' }, ['cook']],
    ['officers', mayor, { audience: 'regulators' }, ['county', 'otherCounty']],
    ['all enterprises of the county that speaks', county, { audience: 'enterprises' }, ['keeper', 'second', 'cook']],
    ['everyone', county, { audience: 'everyone' }, ['keeper', 'second', 'cook']],
    ['another county', county, { audience: 'everyone', area: '450203' }, []],
    ['stall holders', mayor, { audience: 'merchants' }, []],
  ]
  const ids = await Promise.all(cases.map(([, by, change]) => issued(by, change)))
  for (const [index, [what, , , whom]] of cases.entries()) {
    const id = ids[index] as string
    for (const name of whom)
      await eventually(async () => (await told(everybody[name], id)).length === 1, `${what}: ${name}`)
    for (const [name, person] of Object.entries(everybody)) {
      const isFor = whom.includes(name as never)
      assert.equal(
        (await listed(person)).some((each) => each.id === id),
        isFor,
        `${what}: ${name} lists it`,
      )
      const opened = await run(person, 'read-announcement', { announcement: id })
      assert.equal(opened.status, isFor ? 200 : 404, `${what}: ${name} opens it`)
      assert.equal((await told(person, id)).length, isFor ? 1 : 0, `${what}: ${name} is told`)
    }
  }
})

test('[D6.2.5.3] [B6.4.a] the publisher sees how many units have read and confirmed it, and of whom it still waits', async () => {
  const far = { from: '2020-01-01', until: '2099-12-31' }
  const id = await issued(mayor, { title: '示例：请确认', form: 'warning', confirmBy: '2099-01-01', holds: far })
  const reach = async (person = mayor) => (await run<Reached>(person, 'announcement-reach', { announcement: id })).body
  const first = await reach()
  assert.deepEqual([first.units, first.people, first.read, first.confirmed], [2, 5, 0, 0])
  assert.deepEqual(first.missing.map(({ title, hasRead }) => [title, hasRead]).sort(), [
    ['示例食品厂乙', false],
    ['示例食品厂甲', false],
  ])
  await eventually(async () => (await told(second, id)).length === 1, 'the message')
  assert.equal((await told(second, id))[0]?.level, 'bad', 'a warning is said as one')
  const { body } = await run<AnnouncementText>(second, 'read-announcement', { announcement: id })
  assert.deepEqual([body.body, body.confirmBy], ['请各单位自查。（示例）', '2099-01-01'])
  assert.ok((await told(second, id))[0]?.readAt, 'whoever read it has read what told of it')
  assert.deepEqual([(await reach()).read, (await reach()).confirmed], [1, 0])
  for (const person of [keeper, second, keeper])
    assert.equal((await run(person, 'confirm-announcement', { announcement: id })).status, 200)
  const last = await reach()
  assert.deepEqual([last.read, last.confirmed], [1, 1])
  assert.deepEqual(
    last.missing.map(({ title }) => title),
    ['示例食品厂乙'],
  )
  const [row] = (await listed(second)).filter((each) => each.id === id)
  assert.ok(row?.confirmedAt && row.readAt)
  const [confirmed] = await town.server.sql`
    select count(*)::int as n from announcement_reader where announcement_id = ${id} and confirmed_at is not null`
  assert.equal(confirmed?.n, 1, 'a unit confirms once, whoever presses the button')
  for (const [person, status] of [
    [keeper, 403],
    [county, 404],
  ] as const)
    assert.equal((await run(person, 'announcement-reach', { announcement: id })).status, status, 'for its publisher')
})

test('an announcement that asks for nothing is not confirmed; a day outside its validity is refused at its field', async () => {
  const id = await issued(mayor)
  assert.equal((await run(keeper, 'confirm-announcement', { announcement: id })).status, 409)
  const { status, body } = await mayor.call<{ problems: { at: string }[] }>('POST', '/api/v1/records/announcement', {
    title: '示例',
    form: 'notice',
    audience: 'everyone',
    body: '示例',
    holds: { from: '2026-01-01', until: '2026-02-01' },
    confirmBy: '2026-02-02',
  })
  assert.deepEqual([status, body.problems[0]?.at], [422, '/confirmBy'])
})

test('a draft reaches nobody, and says whom it would; one that no longer holds stands under the past; a withdrawn one is told', async () => {
  const draft = await drafted(mayor, {})
  const { body } = await run<Reached>(mayor, 'announcement-reach', { announcement: draft.id })
  assert.equal(body.units, 2)
  assert.equal((await run(keeper, 'read-announcement', { announcement: draft.id })).status, 404)

  const old = await issued(mayor, { holds: { from: '2020-01-01', until: '2020-02-01' } })
  assert.ok(!(await listed(keeper)).some(({ id }) => id === old))
  assert.ok((await listed(keeper, 'past')).some(({ id }) => id === old))

  const wrong = await issued(mayor, { title: '示例：写错的' })
  await eventually(async () => (await told(keeper, wrong)).length === 1, 'told of it')
  const withdraw = { version: 2, reason: '示例：写错了' }
  const step = await mayor.call('POST', `/api/v1/records/announcement/${wrong}/steps/withdraw`, withdraw)
  assert.equal(step.status, 200)
  await eventually(async () => (await told(keeper, wrong)).length === 2, 'told that it is taken back')
  assert.ok((await told(keeper, wrong)).some(({ title }) => title === '已撤回：示例：写错的'))
  assert.equal((await run(keeper, 'read-announcement', { announcement: wrong })).status, 404)
})

test('what is attached is opened by a unit that was sent it, from when it reads the announcement', async () => {
  const sha256 = await give(town.server, town.city, `示例 ${Math.random()}`)
  const id = await issued(mayor, { area: '450204', attachments: [{ sha256, name: '附件.pdf' }] })
  const opens = async (person: Visitor) => (await person.call('GET', `/api/v1/files/${sha256}`)).status
  assert.equal(await opens(keeper), 404)
  assert.equal((await run(keeper, 'read-announcement', { announcement: id })).status, 200)
  assert.equal(await opens(keeper), 200)
  assert.equal(await opens(neighbour), 404, 'nobody else')
})
