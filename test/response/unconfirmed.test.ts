import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Sql } from 'postgres'
import { settleEvent } from '../../src/areas/response/operations/settle-event.ts'
import { watchEvents } from '../../src/areas/response/operations/watch-events.ts'
import { kinds } from '../../src/catalogue.ts'
import { type Follower, follow } from '../../src/platform/feed/follow.ts'
import type { Timed } from '../../src/platform/operation.ts'
import { openKeyring } from '../../src/platform/protect/keyring.ts'
import { openStore } from '../../src/platform/store/store.ts'
import { authority, enterprise, type Person } from '../people.ts'
import { startServer, type TestServer } from '../server.ts'
import { at, documentOf, event, type Fields, lot, pallet, serial } from '../trace/chain.ts'

const bag = '06901000000301'
const goods = lot(bag, 'U1')
type Asked = { id: string; version: number; state: string; eventId: string; what: string; claim: string }
type Balance = { lots: { key: string; produced: string; destroyed: string; shipped: string; received: string }[] }
let server: TestServer
let city: Person
let county: Person
let factory: Person
let shop: Person
let stranger: Person
const glns = new Map<Person, string>()
let clock: Timed
let follower: Follower

before(async () => {
  server = await startServer({ role: 'web' })
  const keyring = await openKeyring(join(server.dataDir, 'keys/keys.json'), new Date())
  const byName = new Map(kinds.map((kind) => [kind.name, kind]))
  clock = watchEvents((tx, actor, now) => openStore(tx, byName, actor, now, keyring))
  const onError = (error: unknown) => assert.fail(String(error))
  follower = await follow(server.sql as Sql, [settleEvent], { intervalMs: 3_600_000, onError })
  city = await authority(server, 'city', '450200')
  county = await authority(server, 'county', '450204')
  factory = await enterprise(server, city, '450204', '示例螺蛳粉厂')
  shop = await enterprise(server, city, '450204', '示例便利店')
  stranger = await enterprise(server, city, '450204', '示例旁人')
  for (const who of [factory, shop, stranger]) {
    const [owner] = await server.sql<{ gln: string }[]>`select gln from owner where id = ${who.ownerId}`
    glns.set(who, owner?.gln ?? '')
  }
  await capture(factory, [
    event('ObjectEvent', at(1), {
      action: 'ADD',
      bizStep: 'commissioning',
      bizLocation: place(factory),
      quantityList: [{ epcClass: goods, quantity: 100 }],
    }),
    seen('sent', 2, 'shipping', factory, { ...pieces(40), ...towards(shop) }),
  ])
  await judged()
})

after(async () => {
  await follower.stop()
  await server.close()
})

const place = (who: Person) => ({ id: `https://id.gs1.org/414/${glns.get(who)}` })
const towards = (who: Person) => ({
  destinationList: [{ type: 'possessing_party', destination: `https://id.gs1.org/417/${glns.get(who)}` }],
})
const pieces = (quantity: number) => ({ quantityList: [{ epcClass: goods, quantity }] })
const seen = (name: string, day: number, bizStep: string, who: Person, fields: Fields) =>
  event('ObjectEvent', at(day), {
    eventID: `urn:x:u:${name}`,
    action: bizStep === 'destroying' ? 'DELETE' : 'OBSERVE',
    bizStep,
    bizLocation: place(who),
    ...fields,
  })

async function capture(who: Person, events: Fields[]): Promise<void> {
  const { status, body } = await who.call('POST', '/epcis/capture', documentOf(events))
  assert.equal(status, 202, JSON.stringify(body))
}

/** As the application's own role does by the clock, and as the feed is followed, until everything is judged and settled. */
async function judged(): Promise<void> {
  await follower.catchUp()
  await server.sql.begin(async (tx) => {
    await tx`set local role shisu_web`
    while (await clock.run(tx, new Date()));
  })
}

async function asked(who: Person, name: string): Promise<Asked | undefined> {
  const { body } = await who.call<{ items: Asked[] }>('GET', '/api/v1/records/unconfirmed-event?limit=100')
  return body.items.find(({ eventId }) => eventId === `urn:x:u:${name}`)
}

async function answer(who: Person, name: string, step: string, more: Fields = {}): Promise<number> {
  const record = await asked(who, name)
  assert.ok(record, name)
  const path = `/api/v1/records/unconfirmed-event/${record.id}/steps/${step}`
  const { status } = await who.call('POST', path, { version: record.version, ...more })
  return status
}

async function balanceOf(id = goods): Promise<Balance['lots'][number]> {
  const { body } = await city.call<Balance>('GET', `/api/v1/trace/balance?id=${encodeURIComponent(id)}`)
  const found = body.lots.find(({ key }) => key === id)
  assert.ok(found, JSON.stringify(body))
  return found
}

test('[C6.5.3] who has no part in goods can destroy, send, pack or multiply them only on paper that counts for nothing', async () => {
  await capture(stranger, [
    seen('burnt', 3, 'destroying', stranger, pieces(60)),
    seen('sold', 3, 'retail_selling', stranger, pieces(5)),
    seen('gone', 3, 'shipping', factory, { ...pieces(60), ...towards(stranger) }),
    seen('at-theirs', 3, 'receiving', factory, pieces(9)),
    event('AggregationEvent', at(3), {
      eventID: 'urn:x:u:packed',
      action: 'ADD',
      bizLocation: place(stranger),
      parentID: pallet('069010000000009003'),
      childQuantityList: [{ epcClass: goods, quantity: 60 }],
    }),
    event('TransformationEvent', at(3), {
      eventID: 'urn:x:u:used',
      bizLocation: place(stranger),
      inputQuantityList: [{ epcClass: goods, quantity: 50 }],
      outputQuantityList: [{ epcClass: lot('06901000000325', 'X'), quantity: 1 }],
    }),
    event('ObjectEvent', at(3), {
      eventID: 'urn:x:u:false-bag',
      action: 'ADD',
      bizStep: 'commissioning',
      bizLocation: place(stranger),
      epcList: [serial(bag, 'FALSE1')],
      ilmd: { 'cbvmda:lotNumber': 'U1' },
    }),
  ])
  await judged()
  const { produced, shipped, destroyed, received } = await balanceOf()
  assert.deepEqual([produced, shipped, destroyed, received], ['100', '40', '0', '0'])
  for (const name of ['burnt', 'sold', 'gone', 'at-theirs', 'packed', 'used', 'false-bag'])
    assert.equal((await asked(factory, name))?.state, 'open', name)
  const { body: preview } = await county.call<{ unconfirmed: { reporter: string; events: number }[] }>(
    'POST',
    '/api/v1/operations/preview-recall',
    { from: 'lot', id: goods, level: 'first', mode: 'real' },
  )
  assert.deepEqual(
    preview.unconfirmed.map(({ reporter, events }) => [reporter, events]),
    [['示例旁人', 7]],
    'a recall is told of it beside its amounts',
  )
  const { body } = await stranger.call<{ epcisBody: unknown }>('GET', '/epcis/events?EQ_eventID=urn:x:u:burnt')
  assert.match(JSON.stringify(body), /urn:x:u:burnt/, 'it is kept and found all the same')
})

test('an event that does not count yet is told as such to who captured it and to whose goods they are, nobody else', async () => {
  type Doubts = { doubts: { eventId: string; declared: boolean; state: string; reporter: string; bizStep: string }[] }
  const told = async (who: Person, body: Fields) => {
    const answer = await who.call<Doubts>('POST', '/api/v1/trace/doubts', body)
    assert.equal(answer.status, 200, JSON.stringify(answer.body))
    return answer.body.doubts.map(({ eventId, state }) => `${eventId} ${state}`).sort()
  }
  const all = ['at-theirs', 'burnt', 'false-bag', 'gone', 'packed', 'sold', 'used'].map((n) => `urn:x:u:${n} open`)
  const events = ['urn:x:u:burnt', 'urn:x:u:sent', 'urn:x:u:none']
  for (const who of [factory, county, city]) assert.deepEqual(await told(who, { things: [goods] }), all)
  for (const who of [factory, stranger]) assert.deepEqual(await told(who, { events }), ['urn:x:u:burnt open'])
  assert.deepEqual(await told(shop, { events, things: [goods] }), [])
  for (const bad of [{}, { events: 'x' }, { things: [1] }, { events: ['a\0'] }, { things: Array(201).fill('x') }])
    assert.equal((await factory.call('POST', '/api/v1/trace/doubts', bad)).status, 422)
  const record = '/api/v1/records/unconfirmed-event?claim=goods&eventId=urn:x:u:burnt'
  const { body } = await factory.call<{ items: Asked[] }>('GET', record)
  assert.deepEqual(
    body.items.map(({ eventId }) => eventId),
    ['urn:x:u:burnt'],
    'its record is found by the event',
  )
})

test('the holder and its officer are asked, nobody else; what they confirm counts, what they reject does not', async () => {
  assert.equal((await asked(county, 'burnt'))?.what, '示例旁人：销毁')
  assert.equal(await asked(shop, 'burnt'), undefined)
  assert.equal(await asked(stranger, 'burnt'), undefined)
  const told =
    await server.sql`select from notice where owner_id = ${factory.ownerId} and title like '%示例旁人：销毁%'`
  assert.equal(told.length, 1)
  assert.equal(await answer(factory, 'sold', 'reject'), 422, 'a refusal says why')
  assert.equal(await answer(factory, 'sold', 'reject', { reason: '没有卖给他' }), 200)
  assert.equal(await answer(county, 'burnt', 'confirm'), 200)
  await judged()
  assert.equal((await balanceOf()).destroyed, '60', 'what was confirmed counts')
  const asking = { events: ['urn:x:u:burnt', 'urn:x:u:sold'] }
  const { body } = await stranger.call<{ doubts: { eventId: string; state: string }[] }>(
    'POST',
    '/api/v1/trace/doubts',
    asking,
  )
  assert.deepEqual(
    body.doubts.map(({ eventId, state }) => [eventId, state]),
    [['urn:x:u:sold', 'rejected']],
  )
  assert.equal(await answer(county, 'burnt', 'confirm'), 409)
})

test('a receipt counts before its dispatch is known, and gives a part in the goods', async () => {
  await capture(shop, [
    seen('got', 4, 'receiving', shop, pieces(40)),
    seen('till', 5, 'retail_selling', shop, pieces(2)),
  ])
  // A shop that bought from somebody who records nothing here; its receipt is all there is.
  await capture(stranger, [seen('bought', 6, 'receiving', stranger, { epcList: [serial(bag, 'S2')] })])
  await judged()
  for (const name of ['got', 'till', 'bought']) assert.equal(await asked(factory, name), undefined, name)
})

test('an event that came before the dispatch which explains it counts once that arrives', async () => {
  const box = pallet('069010000000009010')
  const pack = event('AggregationEvent', at(7), {
    action: 'ADD',
    bizLocation: place(factory),
    parentID: box,
    childEPCs: [serial(bag, 'S7')],
  })
  await capture(factory, [pack])
  await judged()
  await capture(shop, [seen('opened', 9, 'unpacking', shop, { epcList: [serial(bag, 'S7')] })])
  await judged()
  assert.equal((await asked(factory, 'opened'))?.state, 'open')
  await capture(factory, [seen('box', 8, 'shipping', factory, { epcList: [box], ...towards(shop) })])
  await judged()
  assert.equal((await asked(factory, 'opened'))?.state, 'explained', 'the dispatch explains it')
})

test('a carrier, a packer or a laboratory that the holder vouches for need be confirmed once only', async () => {
  const box = pallet('069010000000009027')
  const pack = event('AggregationEvent', at(10), {
    action: 'ADD',
    bizLocation: place(factory),
    parentID: box,
    childEPCs: [serial(bag, 'S9')],
  })
  await capture(factory, [pack])
  await judged()
  await capture(stranger, [seen('on-road', 11, 'transporting', stranger, { epcList: [box] })])
  await judged()
  assert.equal(await answer(county, 'on-road', 'trust', { reason: '承运' }), 403, 'whom a holder trusts it says itself')
  assert.equal(await answer(factory, 'on-road', 'trust', { reason: '承运单位' }), 200)
  await judged()
  await capture(stranger, [seen('arrived', 12, 'arriving', shop, { epcList: [box] })])
  await judged()
  assert.equal(await asked(factory, 'arrived'), undefined)
})

test('another’s event is declared wrong only when its owner or an officer agrees', async () => {
  const sent = seen('sent', 2, 'shipping', factory, { ...pieces(40), ...towards(shop) })
  await capture(shop, [{ ...sent, errorDeclaration: { declarationTime: at(13), reason: 'did_not_occur' } }])
  await judged()
  assert.deepEqual([(await balanceOf()).shipped, (await asked(factory, 'sent'))?.claim], ['40', 'error'])
  assert.equal(await answer(factory, 'sent', 'confirm'), 200)
  await judged()
  assert.equal((await balanceOf()).shipped, '0', 'agreed, it is wrong')
})

test('whoever recorded an event declares it wrong itself, though another did so before', async () => {
  const id = lot(bag, 'U9')
  const made = seen('twice', 13, 'commissioning', factory, {
    action: 'ADD',
    quantityList: [{ epcClass: id, quantity: 7 }],
  })
  const wrong = (time: string) => ({ ...made, errorDeclaration: { declarationTime: time } })
  await capture(factory, [made])
  await capture(shop, [wrong(at(14))])
  await capture(factory, [wrong(at(15))])
  await judged()
  assert.equal((await asked(factory, 'twice'))?.claim, 'error', 'the other’s is asked about')
  const { body } = await city.call<Partial<Balance>>('GET', `/api/v1/trace/balance?id=${encodeURIComponent(id)}`)
  assert.deepEqual(body.lots ?? [], [], 'its own counts all the same')
})

test('whose number goods bear is never doubted, whoever named them first; nor is an authority', async () => {
  const [, prefix = ''] = /^(\d{7})/.exec(glns.get(shop) ?? '') ?? []
  const body = `0${prefix}00077`
  const sum = [...body].reduce((total, digit, i) => total + Number(digit) * (i % 2 === 0 ? 3 : 1), 0)
  const own = lot(body + String((10 - (sum % 10)) % 10), 'P1')
  const made = (quantity: number) => ({ quantityList: [{ epcClass: own, quantity }] })
  await capture(stranger, [seen('squat', 14, 'commissioning', stranger, { action: 'ADD', ...made(1) })])
  await judged()
  await capture(shop, [seen('made', 15, 'commissioning', shop, { action: 'ADD', ...made(7) })])
  await capture(county, [seen('seized', 16, 'holding', shop, made(7))])
  await judged()
  for (const name of ['made', 'seized']) assert.equal(await asked(city, name), undefined, name)
})
