import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import type { Sql } from 'postgres'
import { createAccount, createAuthority } from '../../src/platform/access/accounts.ts'
import { under } from '../../src/platform/access/roles.ts'
import { enterprise, openTown, type Person, personOf, type Town } from '../people.ts'
import { type Administrators, administratorsOf, strong, type Visitor, visitor } from './visitor.ts'

let town: Town
let admins: Administrators
let sql: Sql

before(async () => {
  town = await openTown()
  admins = await administratorsOf(town.server)
  sql = town.server.sql
})
after(() => town.server.close())

const approve = async (by: 'system' | 'audit', answer: { status: number; body: { approval?: string } }) => {
  assert.equal(answer.status, 202, JSON.stringify(answer.body))
  const decided = await admins[by].call('POST', `/api/v1/approvals/${answer.body.approval}/decision`, { allow: true })
  assert.equal(decided.status, 200, JSON.stringify(decided.body))
}

let count = 0
async function officer(
  ownerId: string,
  role: 'city' | 'county' | 'enterprise',
  position?: string,
): Promise<Visitor & { id: string }> {
  const login = `officer${++count}`
  const id = await createAccount(
    sql,
    { ownerId, login, name: `示例${login}`, role, password: strong, ...(position ? { position } : {}) },
    new Date(),
  )
  const guest = visitor(town.server.url)
  assert.equal((await guest.signIn(login, strong)).status, 200)
  return Object.assign(guest, { id })
}

type List = { items: Record<string, unknown>[]; total: number }

/** One observed thing, as EPCIS 2.0. */
const observed = (epc: string) => ({
  '@context': ['https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld'],
  type: 'EPCISDocument',
  schemaVersion: '2.0',
  creationDate: '2026-11-02T08:00:00Z',
  epcisBody: {
    eventList: [
      {
        type: 'ObjectEvent',
        eventTime: '2026-11-02T08:00:00Z',
        eventTimeZoneOffset: '+08:00',
        action: 'OBSERVE',
        bizStep: 'storing',
        epcList: [epc],
      },
    ],
  },
})

const morning = (person: string) => ({
  day: '2026-11-02',
  person,
  checkedAt: '2026-11-02T00:20:00.000Z',
  temperature: { value: '36.5', unit: 'CEL' },
  symptom: 'none',
  hands: 'clean',
  result: 'fit',
  checker: '示例检查员',
})

test('[C5.4.2.a] [D4.3.7.5] a role of the tree takes verbs and fields away and never gives more than its parent', async () => {
  const made = await admins.security.call('POST', '/api/v1/roles', {
    name: 'county-reader',
    title: '县区只读',
    parent: 'county',
    narrows: { kinds: { '*': { verbs: ['read'] }, subject: { verbs: ['read', 'change'], hide: ['phone'] } } },
  })
  assert.equal(made.status, 201, JSON.stringify(made.body))
  const child = await admins.security.call('POST', '/api/v1/roles', {
    name: 'county-subjects',
    title: '县区主体',
    parent: 'county-reader',
    narrows: { kinds: { subject: { verbs: ['read', 'create', 'void'] } } },
  })
  assert.equal(child.status, 201)
  const reader = await officer(town.county.ownerId, 'county', 'county-reader')
  const lower = await officer(town.county.ownerId, 'county', 'county-subjects')
  const list = await reader.call<List>('GET', '/api/v1/records/subject')
  assert.equal(list.status, 200)
  assert.ok(list.body.items.length > 0 && list.body.items.every((item) => !('phone' in item)))
  const id = String(list.body.items[0]?.id)
  const read = await reader.call('GET', `/api/v1/records/subject/${id}`)
  assert.ok(!('phone' in read.body) && 'contact' in read.body)
  const history = await reader.call<{ items: { image: object }[] }>('GET', `/api/v1/records/subject/${id}/history`)
  assert.ok(history.body.items.every((item) => !('phone' in item.image)))
  assert.equal(
    (await reader.call('PATCH', `/api/v1/records/subject/${id}`, { version: 1, phone: '0772-1111111' })).status,
    403,
  )
  for (const query of ['phone=0772-2860000', 'sort=phone', 'phone.from=0'])
    assert.equal((await reader.call('GET', `/api/v1/records/subject?${query}`)).status, 403, query)
  assert.equal((await reader.call('POST', '/api/v1/records/subject', {})).status, 403)
  assert.equal((await lower.call('POST', '/api/v1/records/subject', {})).status, 403, 'the parent has no create')
  assert.equal((await lower.call('PATCH', `/api/v1/records/subject/${id}`, { version: 1 })).status, 403)
})

test('widening a role needs another administrator, narrowing holds at once', async () => {
  const put = (version: number, narrows: object) =>
    admins.security.call<{ approval?: string }>('PUT', '/api/v1/roles/county-reader', {
      version,
      narrows,
      reason: '调整',
    })
  const wider = await put(1, { kinds: { '*': { verbs: ['read', 'refer', 'create'] } } })
  assert.equal(wider.status, 202)
  assert.equal(
    (await admins.security.call('POST', `/api/v1/approvals/${wider.body.approval}/decision`, { allow: true })).status,
    403,
  )
  const reader = await officer(town.county.ownerId, 'county', 'county-reader')
  assert.equal((await put(1, { kinds: { '*': { verbs: [] } } })).status, 200)
  assert.equal((await reader.call('GET', '/api/v1/records/subject')).status, 403)
  assert.equal(
    (await admins.system.call('PUT', '/api/v1/roles/county-reader', { version: 2, narrows: {} })).status,
    403,
  )
  assert.equal((await put(2, { kinds: { 'no-such': { verbs: ['read'] } } })).status, 422)
  assert.equal((await put(2, { kinds: { subject: { verbs: ['fly'] } } })).status, 422)
  assert.equal(
    (await admins.security.call('PUT', '/api/v1/roles/county', { version: 1, narrows: {}, reason: '改基础角色' }))
      .status,
    404,
  )
})

test('a narrowing under a narrowing is their intersection', () => {
  const whole = under(
    { kinds: { '*': { verbs: ['read', 'create'] } }, operations: ['a', 'b'] },
    { kinds: { subject: { verbs: ['create', 'void'], hide: ['x'] } }, operations: ['b', 'c'] },
  )
  assert.deepEqual(whole.kinds?.subject, { verbs: ['create'], hide: ['x'] })
  assert.deepEqual(whole.kinds?.['*'], { verbs: ['read', 'create'], hide: [] })
  assert.deepEqual(whole.operations, ['b'])
})

test('a district that GB/T 2260 does not have is data: subjects are filed in it and its authority sees them alone', async () => {
  const wrong = await town.city.call('POST', '/api/v1/records/subject', { region: '450291' })
  assert.ok((wrong.body.problems as { at: string }[]).some(({ at }) => at === '/region'))
  assert.equal((await admins.system.call('POST', '/api/v1/areas', { code: '450291', title: '柳东新区' })).status, 201)
  assert.equal(
    (await admins.system.call('POST', '/api/v1/areas', { code: '450204', title: '又一个柳南区' })).status,
    422,
  )
  assert.equal((await admins.system.call('POST', '/api/v1/areas', { code: '110101', title: '东城区' })).status, 422)
  assert.equal((await admins.security.call('POST', '/api/v1/areas', { code: '450292', title: '新区' })).status, 403)
  const factory = await enterprise(town.server, town.city, '450291', '示例新区食品厂')
  const authority = await personOf(town.server, await createAuthority(sql, '示例柳东新区局', '450291'), 'county')
  const list = await authority.call<List>('GET', '/api/v1/records/subject')
  assert.deepEqual(
    list.body.items.map((item) => item.id),
    [factory.ownerId],
  )
  const { body } = await town.city.call<{ regions: { code: string; title: string }[] }>('GET', '/api/v1/catalogue')
  assert.ok(body.regions.some((region) => region.code === '450291' && region.title === '柳东新区'))
})

test('a station below the county sees its own subjects and their records, and nothing else of the county', async () => {
  assert.equal((await admins.system.call('POST', '/api/v1/areas', { code: '450204001', title: '示例站' })).status, 201)
  const other = await enterprise(town.server, town.city, '450204', '示例同区他站厂')
  const county = await officer(town.county.ownerId, 'county')
  const assign = (who: Visitor, id: string, station: unknown) =>
    who.call('PUT', `/api/v1/owners/${id}/station`, { station })
  assert.equal((await assign(county, town.factory.ownerId, '450203001')).status, 422)
  assert.equal((await assign(county, town.neighbour.ownerId, '450204001')).status, 404)
  assert.equal((await assign(county, town.factory.ownerId, '450204001')).status, 204)
  const stationId = await createAuthority(sql, '示例市场监管所', '450204', '450204001')
  const station = await personOf(town.server, stationId, 'county')
  await town.factory.call('POST', '/api/v1/records/morning-check', morning('站内人'))
  const strange = await other.call('POST', '/api/v1/records/morning-check', morning('站外人'))
  const list = await station.call<List>('GET', '/api/v1/records/morning-check')
  assert.deepEqual([...new Set(list.body.items.map((item) => item.ownerId))], [town.factory.ownerId])
  assert.equal((await station.call('GET', `/api/v1/records/morning-check/${strange.body.id}`)).status, 404)
  const home = await station.call<{ kinds: { name: string; total: number }[] }>('GET', '/api/v1/home')
  assert.equal(home.status, 200)
  assert.equal((await station.call('GET', '/api/v1/notices')).status, 200)
  assert.equal((await station.call('GET', '/api/v1/search?q=示例')).status, 200)
  const subjects = await station.call<List>('GET', '/api/v1/records/subject')
  assert.deepEqual(
    subjects.body.items.map((item) => item.id),
    [town.factory.ownerId],
  )
  const officerThere = await officer(stationId, 'county')
  assert.equal((await assign(officerThere, other.ownerId, '450204001')).status, 403)
})

test('[D4.3.7.5] a station follows goods and reads events and captures of its own subjects alone', async () => {
  const { sql } = town.server
  const outside = await enterprise(town.server, town.city, '450204', '示例站外粮油厂')
  const stationId = await createAuthority(sql, '示例第二监管所', '450204', '450204001')
  const station = await personOf(town.server, stationId, 'county')
  await sql`update owner set station = '450204001' where id = ${town.factory.ownerId}`
  const lot = (number: number) => `urn:epc:id:sgtin:690${number}.000001.1`
  const captured: Record<string, string> = {}
  for (const [number, person] of [
    [9991, town.factory],
    [9992, outside],
  ] as const) {
    const { headers, status, body } = await person.call('POST', '/epcis/capture', observed(lot(number)))
    assert.equal(status, 202, JSON.stringify(body))
    captured[number] = new URL(headers.get('location') ?? '', town.server.url).pathname
  }
  type Traced = { nodes: unknown[]; edges: unknown[] }
  const follow = (who: Person, number: number) =>
    who.call<Traced>('GET', `/api/v1/trace?id=${encodeURIComponent(lot(number))}`)
  assert.equal((await follow(town.county, 9992)).status, 200)
  assert.equal((await follow(station, 9991)).status, 200)
  assert.equal((await follow(station, 9992)).status, 404)
  const lines = await station.call<object>('GET', '/api/v1/trace/events.ndjson')
  assert.match(JSON.stringify(lines.body), /6909991/)
  assert.doesNotMatch(JSON.stringify(lines.body), /6909992/)
  const events = await station.call<object>('GET', '/epcis/events')
  assert.doesNotMatch(JSON.stringify(events.body), /6909992/)
  assert.equal((await station.call('GET', captured[9991] as string)).status, 200)
  assert.equal((await station.call('GET', captured[9992] as string)).status, 404)
})

test('[A8.6.3.b] a list shows other people’s personal fields masked, a record whole, and each read is recorded before it is answered', async () => {
  const row = await town.factory.call('POST', '/api/v1/records/morning-check', morning('张三丰'))
  const before = await sql<{ n: number }[]>`select count(*)::int as n from audit where act = 'read'`
  const list = await town.county.call<List>('GET', '/api/v1/records/morning-check')
  const seen = list.body.items.find((item) => item.id === row.body.id)
  assert.equal(seen?.person, '张**')
  assert.equal(seen?.symptom, undefined)
  assert.ok(JSON.stringify(seen?.masked).includes('symptom'))
  const own = await town.factory.call<List>('GET', '/api/v1/records/morning-check')
  assert.equal(own.body.items.find((item) => item.id === row.body.id)?.person, '张三丰')
  const whole = await town.county.call('GET', `/api/v1/records/morning-check/${row.body.id}`)
  assert.equal(whole.body.person, '张三丰')
  const reads = await sql<{ objectId: string; rows: number }[]>`
    select object_id as "objectId", rows from audit where act = 'read' order by id offset ${before[0]?.n ?? 0}`
  assert.deepEqual(
    reads.map((read) => read.objectId),
    ['', '', row.body.id],
  )
  assert.equal(reads[0]?.rows, list.body.items.length)
})

test('a direct trading partner reads the fields that were opened, after four eyes, and nothing without the relation', async () => {
  const partner = (who: Person) =>
    who.call<List>('GET', `/api/v1/records/material-receipt?partner=${town.factory.ownerId}`)
  assert.equal((await partner(town.neighbour)).status, 403)
  const opened = (fields: string[]) =>
    admins.security.call<{ approval?: string }>('POST', '/api/v1/relation-grants', {
      kind: 'material-receipt',
      fields,
      reason: '联调',
    })
  assert.equal((await opened(['no-such'])).status, 422)
  assert.equal(
    (
      await admins.security.call('POST', '/api/v1/relation-grants', {
        kind: 'morning-check',
        fields: ['person'],
        reason: '试试',
      })
    ).status,
    422,
  )
  await approve('system', await opened(['receivedAt', 'lots']))
  assert.equal((await partner(town.neighbour)).status, 403, 'opened, but no relation')
  await sql`insert into trading_partner values (${town.neighbour.ownerId}, ${town.factory.ownerId}, now(), now())`
  await town.factory.call('POST', '/api/v1/records/material-receipt', {
    receivedAt: '2026-11-02T07:20:00.000Z',
    supplier: town.neighbour.ownerId,
    lots: [{ name: '酸笋', lot: 'L1', quantity: { value: '1', unit: 'KGM' }, conformity: 'passed' }],
    receiver: '示例验收员',
  })
  const seen = await partner(town.neighbour)
  assert.equal(seen.status, 200, JSON.stringify(seen.body))
  assert.ok(seen.body.items.every((item) => !('receiver' in item) && item.ownerId === town.factory.ownerId))
  for (const query of ['receiver=x', 'q=验收员', 'sort=receiver'])
    assert.equal(
      (await town.neighbour.call('GET', `/api/v1/records/material-receipt?partner=${town.factory.ownerId}&${query}`))
        .status,
      403,
      query,
    )
  assert.equal(
    (await town.neighbour.call('GET', `/api/v1/records/morning-check?partner=${town.factory.ownerId}`)).status,
    403,
  )
  assert.equal(
    (await town.county.call('GET', `/api/v1/records/material-receipt?partner=${town.factory.ownerId}`)).status,
    403,
  )
  assert.equal((await partner(town.factory)).status, 403)
  await admins.security
    .call<{ items: { id: string }[] }>('GET', '/api/v1/relation-grants')
    .then(({ body }) => admins.security.call('POST', `/api/v1/relation-grants/${body.items[0]?.id}/end`))
  assert.equal((await partner(town.neighbour)).status, 403)
})

test('trading partners are learnt from events with a source or a destination', async () => {
  const other = randomUUID()
  await sql`select gather_trading_partners()`
  const pairs = await sql`select 1 from trading_partner where partner_id = ${other}`
  assert.equal(pairs.length, 0)
})

test('[A8.6.3.a] whoever looks with another’s eyes sees that much and changes nothing, and it is recorded', async () => {
  const city = await officer(town.city.ownerId, 'city')
  const clerk = await officer(town.factory.ownerId, 'enterprise')
  const rival = await officer(town.neighbour.ownerId, 'enterprise')
  assert.equal((await clerk.call('POST', '/api/v1/view-as', { account: rival.id, reason: '好奇' })).status, 404)
  assert.equal((await clerk.call('POST', '/api/v1/view-as', { account: city.id, reason: '好奇' })).status, 404)
  assert.equal(
    (await admins.security.call('POST', '/api/v1/view-as', { account: clerk.id, reason: '好奇' })).status,
    403,
  )
  assert.equal((await city.call('POST', '/api/v1/view-as', { account: clerk.id, reason: '核对企业所见' })).status, 204)
  const session = await city.call<{ actor: { ownerId: string }; viewedBy: string; watermark: string }>(
    'GET',
    '/api/v1/session',
  )
  assert.equal(session.body.actor.ownerId, town.factory.ownerId)
  assert.ok(session.body.viewedBy)
  assert.ok(
    session.body.watermark.startsWith(session.body.viewedBy),
    'a photograph of the screen says who really looked',
  )
  const person = {
    ...{ name: '示例被看人', post: 'cook', certificateNumber: 'H5-001' },
    certificate: { from: '2026-01-01', until: '2027-01-01' },
  }
  const made = await town.factory.call('POST', '/api/v1/records/practitioner', person)
  assert.equal(made.status, 201, JSON.stringify(made.body))
  const list = await city.call<{ items: { name: string }[] }>('GET', '/api/v1/records/practitioner')
  assert.doesNotMatch(JSON.stringify(list.body), /示例被看人|H5-001/, 'names stay masked: his eyes, not his need')
  assert.doesNotMatch(
    JSON.stringify((await city.call('GET', '/api/v1/references/practitioner?q=示例')).body),
    /示例被看人/,
  )
  assert.equal((await city.call('GET', '/api/v1/records/practitioner/export?format=csv')).body.code, 'read-only')
  assert.equal((await city.call('GET', '/api/v1/messages')).status, 403, 'letters are for whom they were written to')
  assert.equal((await city.call('GET', '/api/v1/records/morning-check')).status, 200)
  for (const [method, path] of [
    ['POST', '/api/v1/records/morning-check'],
    ['POST', '/api/v1/operations/issue-codes'],
    ['POST', '/epcis/capture'],
    ['PUT', `/api/v1/files/${'a'.repeat(64)}`],
    ['POST', '/api/v1/view-as'],
    ['POST', '/api/v1/accounts'],
    ['POST', '/api/v1/session/password'],
  ] as const)
    assert.equal((await city.call(method, path, {})).status, 403, path)
  assert.equal((await city.call('DELETE', '/api/v1/view-as')).status, 204)
  assert.equal((await city.call<{ actor: { role: string } }>('GET', '/api/v1/session')).body.actor.role, 'city')
  const [seen] = await sql<{ actorName: string; detail: { viewAs: string } }[]>`
    select actor_name as "actorName", detail from audit where act = 'read' and detail ? 'viewAs' limit 1`
  assert.match(seen?.actorName ?? '', /officer/)
  assert.equal(seen?.detail.viewAs, clerk.id)
})

test('a deputy acts for an absent colleague until the end, and history names both', async () => {
  const absent = await officer(town.factory.ownerId, 'enterprise')
  const deputy = await officer(town.factory.ownerId, 'enterprise')
  const stranger = await officer(town.neighbour.ownerId, 'enterprise')
  const soon = new Date(Date.now() + 86_400_000).toISOString()
  const give = (to: string, endsAt: unknown) =>
    absent.call<{ id: string }>('POST', '/api/v1/delegations', { to, endsAt, reason: '休假' })
  assert.equal((await give(stranger.id, soon)).status, 422)
  assert.equal((await give(deputy.id, undefined)).status, 422)
  assert.equal((await give(deputy.id, new Date(Date.now() + 100 * 86_400_000).toISOString())).status, 422)
  const { body } = await give(deputy.id, soon)
  assert.equal((await stranger.call('POST', '/api/v1/session/acting', { delegation: body.id })).status, 404)
  assert.equal((await deputy.call('POST', '/api/v1/session/acting', { delegation: body.id })).status, 204)
  const row = await deputy.call('POST', '/api/v1/records/morning-check', morning('代班人'))
  assert.equal(row.status, 201, JSON.stringify(row.body))
  const [change] = await sql<{ actor: string }[]>`select actor from change where id = ${String(row.body.id)}`
  assert.equal(JSON.parse(change?.actor ?? '{}').deputy.userId, deputy.id)
  assert.equal((await deputy.call('POST', '/api/v1/site-points', { title: '冒名' })).status, 403)
  await sql`alter table delegation disable trigger all`
  await sql`update delegation set starts_at = now() - interval '2 days', ends_at = now() - interval '1 minute' where id = ${body.id}`
  const back = await deputy.call<{ deputy?: string }>('GET', '/api/v1/session')
  assert.equal(back.body.deputy, undefined, 'over with its end')
})

test('[C5.4.2.a] who leaves hands over: the account, its sessions, tokens and requests end with it, and what waited goes on', async () => {
  const keeper = await officer(town.factory.ownerId, 'enterprise')
  const leaver = await officer(town.factory.ownerId, 'enterprise')
  const rival = await officer(town.neighbour.ownerId, 'enterprise')
  const over = (to: string) => keeper.call('POST', `/api/v1/accounts/${leaver.id}/hand-over`, { to, reason: '离职' })
  assert.equal((await over(rival.id)).status, 422)
  assert.equal((await over(leaver.id)).status, 422)
  const subject = town.factory.ownerId
  const task = (more: object) => ({
    id: randomUUID(),
    owner_id: subject,
    kind: 'subject',
    record_id: subject,
    region: '450204',
    title: '示例待办',
    why: 'hand',
    asked_name: '示例',
    created_at: new Date(),
    ...more,
  })
  const own = task({ for_account: leaver.id })
  const taken = task({ for_owner: subject, state: 'taken', taken_by: leaver.id, taken_name: '示例' })
  const eyes = task({ for_account: leaver.id, why: 'flow' })
  for (const each of [own, taken, eyes]) await sql`insert into task ${sql(each)}`
  assert.equal((await over(keeper.id)).status, 200)
  const left = await sql<{ id: string; state: string; whose: string | null; by: string | null }[]>`
    select id, state, for_account as whose, taken_by as by from task where id = any(${[own.id, taken.id, eyes.id]})`
  const of = (id: string) => left.find((each) => each.id === id)
  assert.deepEqual([of(own.id)?.state, of(own.id)?.whose], ['open', keeper.id])
  assert.deepEqual([of(taken.id)?.state, of(taken.id)?.whose, of(taken.id)?.by], ['open', null, null])
  assert.equal(of(eyes.id)?.state, 'cancelled')
  assert.equal((await leaver.call('GET', '/api/v1/session')).status, 401)
})
