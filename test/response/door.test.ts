import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'

import type { ISql } from 'postgres'
import { parseDocument } from '../../src/standards/epcis/index.ts'
import { append, liftHold, placeHold } from '../../src/trace/index.ts'
import { eventually } from '../eventually.ts'
import { authority, enterprise, type Person } from '../people.ts'
import { startServer, type TestServer } from '../server.ts'
import { at, documentOf, event, type Fields, lot, pallet, serial } from '../trace/chain.ts'

const bag = '06901000000301'
let server: TestServer
let city: Person
let factory: Person
let shop: Person
let stranger: Person
const glns = new Map<Person, string>()

before(async () => {
  server = await startServer()
  city = await authority(server, 'city', '450200')
  factory = await enterprise(server, city, '450204', '示例螺蛳粉厂')
  shop = await enterprise(server, city, '450204', '示例便利店')
  stranger = await enterprise(server, city, '450204', '示例旁人店')
  for (const who of [factory, shop, stranger]) {
    const [owner] = await server.sql<{ gln: string }[]>`select gln from owner where id = ${who.ownerId}`
    glns.set(who, owner?.gln ?? '')
  }
})
after(() => server.close())

const place = (who: Person) => ({ id: `https://id.gs1.org/414/${glns.get(who)}` })
const soon = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString()
const moved = (who: Person, bizStep: string, fields: Fields, time = soon(60)) =>
  event('ObjectEvent', time, { action: 'OBSERVE', bizStep, bizLocation: place(who), ...fields })
const packing = (who: Person, parentID: string, fields: Fields, time: string) =>
  event('AggregationEvent', time, { action: 'ADD', bizStep: 'packing', bizLocation: place(who), parentID, ...fields })
const made = (who: Person, goods: string, quantity = 50) =>
  event('ObjectEvent', at(1), {
    action: 'ADD',
    bizStep: 'commissioning',
    bizLocation: place(who),
    quantityList: [{ epcClass: goods, quantity }],
  })

type Told = { success: boolean; problems: { code: string; text: string; at: string }[] }
async function send(who: Person, events: Fields[]): Promise<Told> {
  const { status, body } = await who.call<Told>('POST', '/epcis/capture', documentOf(events))
  assert.equal(status, 202, JSON.stringify(body))
  return body
}
const passes = async (who: Person, ...events: Fields[]) => (await send(who, events)).success

async function run<T>(who: Person, name: string, fields: Fields): Promise<T> {
  const { status, body } = await who.call<T>('POST', `/api/v1/operations/${name}`, fields)
  assert.equal(status, 200, JSON.stringify(body))
  return body
}

async function recall(goods: string): Promise<string> {
  const order = randomUUID()
  const scope = { from: 'lot', id: goods, level: 'first', mode: 'real' }
  await run(city, 'start-recall', { ...scope, reason: '示例：检出不合格', measures: '追回销毁', order })
  return order
}

async function ended(order: string): Promise<void> {
  const { body } = await city.call('GET', `/api/v1/records/recall-order/${order}`)
  const path = `/api/v1/records/recall-order/${order}/void`
  const voided = await city.call('POST', path, { version: body.version, reason: '录错批次' })
  assert.equal(voided.status, 200, JSON.stringify(voided.body))
  await eventually(
    async () => (await server.sql`select from trace_hold where order_id = ${order} and lifted_at is null`).length === 0,
    'the hold ends',
  )
}

test('a bag whose lot is known by the order of its code alone cannot ship while the lot is held: packed before the hold, packed after it, or loose; bags of other lots can', async () => {
  assert.equal(await passes(factory, made(factory, lot(bag, 'C1')), made(factory, lot(bag, 'C2'))), true)
  const codesOf = async (lot: string) =>
    (await run<{ serials: string[] }>(factory, 'issue-codes', { gtin: bag, lot, quantity: 6 })).serials.map((text) =>
      serial(bag, text),
    )
  const [held, free] = [await codesOf('C1'), await codesOf('C2')]
  const ranged = { gtin: bag, lot: 'C1', prefix: 'OLD', width: 3, first: 1, last: 9, source: '示例' }
  const imported = await factory.call('POST', '/api/v1/code-ranges', { ranges: [{ id: randomUUID(), ...ranged }] })
  assert.ok(imported.status < 300, JSON.stringify(imported.body))
  const boxes = [1, 2, 3].map((n) => pallet(`06901000000001${n}00${n}`))
  const [early = '', late = '', good = ''] = boxes
  const inBox = (box: string, childEPCs: string[], time = at(2)) => packing(factory, box, { childEPCs }, time)
  assert.equal(await passes(factory, inBox(early, held.slice(0, 2)), inBox(good, free.slice(0, 2))), true)
  const ship = (epcList: string[]) => moved(factory, 'shipping', { epcList })
  const order = await recall(lot(bag, 'C1'))

  const { problems } = await send(factory, [ship([early])])
  assert.match(problems[0]?.text ?? '', /C1 已被封存/)
  const loose = await send(factory, [ship([free[2] ?? '']), ship([held[2] ?? ''])])
  assert.deepEqual(
    loose.problems.map(({ code, at }) => [code, at]),
    [['goods-held', '/epcisBody/eventList/1']],
  )
  assert.equal(await passes(factory, inBox(late, [held[3] ?? ''], soon(1))), true, 'packing hands nothing on')
  assert.equal(await passes(factory, ship([late])), false)
  assert.equal(await passes(factory, ship([serial(bag, 'OLD007')])), false, 'the code of another system')
  assert.equal(await passes(factory, ship([serial(bag, 'OLD010')])), true, 'beyond its range')
  assert.equal(await passes(factory, ship([good, ...free.slice(3)])), true)
  assert.equal(await passes(factory, ship([serial(bag, 'ABCDEFGHJKMNPQ')])), true, 'no code of ours')

  await ended(order)
  assert.equal(await passes(factory, ship([early])), true)
})

/** Waits until somebody waits for a lock. */
const waits = () =>
  eventually(async () => (await server.sql`select from pg_locks where not granted`).length > 0, 'somebody waits')

test('a hold is placed between documents: what is being packed meanwhile is in reach, what was read before it and is stored after it is looked at again', async () => {
  const goods = lot(bag, 'TURN')
  const [box = '', other = ''] = [7, 8].map((n) => pallet(`06901000000001${n}00${n}`))
  const inBox = (parent: string) =>
    packing(shop, parent, { childQuantityList: [{ epcClass: goods, quantity: 1 }] }, at(3))
  assert.equal(await passes(shop, made(shop, goods), inBox(other)), true)
  const place = (tx: ISql, orderId: string) =>
    placeHold(tx, {
      ...{ orderId, ownerId: city.ownerId, region: '450200', title: '示例', keys: [goods] },
      ...{ since: new Date(), returnTo: [] },
    })
  const [first, second] = [randomUUID(), randomUUID()]
  let placing: Promise<unknown> = Promise.resolve()
  await server.sql.begin(async (tx) => {
    const read = parseDocument(documentOf([inBox(box)]))
    assert.ok(read.ok)
    const capturer = { ownerId: shop.ownerId, region: '450204' }
    await append(tx, capturer, read.document.events, { context: null, recordTime: new Date() })
    placing = server.sql.begin((inner) => place(inner, first))
    await waits()
  })
  await placing
  const ship = (parent: string) => moved(shop, 'shipping', { epcList: [parent] }, soon(Math.random() * 60))
  assert.equal(await passes(shop, ship(box)), false, 'its packing and the hold were under way together')
  await server.sql.begin((tx) => liftHold(tx, first, new Date()))

  // Nothing is held as the document is read; it waits for the hold that is being placed.
  let shipping: Promise<boolean> = Promise.resolve(true)
  await server.sql.begin(async (tx) => {
    await place(tx, second)
    shipping = passes(shop, ship(other))
    await waits()
  })
  assert.equal(await shipping, false, 'it was looked at again')
  await server.sql.begin((tx) => liftHold(tx, second, new Date()))
  assert.equal(await passes(shop, ship(other)), true)
})

test('what is said under a hold to have left before it is taken, told at once to whoever ordered the hold, and opens no way back; what goes back is no breach', async () => {
  type Progress = { breaches: { bizStep: string; who: string; isBackdated: boolean; recordTime: string }[] }
  const goods = lot(bag, 'DATE')
  const one = { quantityList: [{ epcClass: goods, quantity: 1 }] }
  const towards = (who: Person) => ({
    destinationList: [{ type: 'possessing_party', destination: `https://id.gs1.org/417/${glns.get(who)}` }],
  })
  const arrived = moved(shop, 'receiving', one, at(3))
  assert.equal(
    await passes(factory, made(factory, goods), moved(factory, 'shipping', { ...one, ...towards(shop) }, at(2))),
    true,
  )
  assert.equal(await passes(shop, arrived), true)
  const order = await recall(goods)

  const left = moved(shop, 'shipping', { ...one, ...towards(stranger) }, at(4))
  assert.equal(await passes(shop, left, moved(shop, 'retail_selling', one, at(5))), true, 'it may be so')
  const said = moved(stranger, 'shipping', { ...one, ...towards(shop) }, at(1))
  assert.equal(await passes(stranger, said), true)
  assert.equal(
    await passes(shop, moved(shop, 'shipping', { ...one, ...towards(stranger) })),
    false,
    'a way said too late',
  )
  assert.equal(
    await passes(shop, moved(shop, 'shipping', { ...one, ...towards(factory) })),
    true,
    'back the way it came',
  )

  const told = () => server.sql<{ detail: string }[]>`
    select detail from notice where record_id = ${order} and title like '封存后补报的发货或销售%' and owner_id = ${city.ownerId}`
  await eventually(async () => (await server.sql`select from hold_watch`).length === 0, 'the clock has looked')
  assert.deepEqual((await told()).map(({ detail }) => detail.slice(0, 12)).sort(), [
    '示例便利店，共 2 笔，',
    '示例旁人店，共 1 笔，',
  ])
  const { breaches } = await run<Progress>(city, 'recall-progress', { order })
  assert.deepEqual(breaches.map(({ bizStep, who, isBackdated }) => [bizStep, who, isBackdated]).sort(), [
    ['retail_selling', '示例便利店', true],
    ['shipping', '示例便利店', true],
    ['shipping', '示例旁人店', true],
  ])
  assert.ok(breaches.every(({ recordTime }) => Date.now() - Date.parse(recordTime) < 600_000))
  const path = `/api/v1/operations/recall-report/document?order=${order}&layout=print`
  assert.match(String((await city.call('GET', path)).body.text), /封存后移动.*没有发现，补报 3 起待核对，拦下 1 起/s)
  await ended(order)
})
