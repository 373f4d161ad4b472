import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { authority, type Person, personOf } from '../people.ts'
import { startServer, type TestServer } from '../server.ts'
import { at, documentOf, event, type Fields, insertOwners, lot, owners, pallet, party, place, serial } from './chain.ts'

const rice = lot('06901000000103', 'Q1')
const packed = lot('06901000000301', 'Q2')
const bag = serial('06901000000301', 'QBAG')
const box = pallet('069010000000004008')

type Holder = { id: string; title?: string }
type Told = {
  nodes: { key: string; name?: string; layer: number }[]
  holders: { title?: string; ever: { quantity: string; uom?: string }[] }[]
  hidden: number
}
type Journey = {
  timeline: {
    bizStep?: string
    time: string
    holder?: Holder
    things: { key: string; quantity?: string; uom?: string }[]
  }[]
  flows: {
    key: string
    from?: Holder
    to?: Holder
    sentAt?: string
    receivedAt?: string
    goods: { key: string; quantity: string; lot?: string }[]
  }[]
}

let server: TestServer
let officer: Person
let shop: Person
let warehouse: Person

type Owner = 'mill' | 'factory' | 'warehouse' | 'shop'
const step = (time: string, where: Owner, bizStep: string, fields: Fields) =>
  event('ObjectEvent', time, { action: 'OBSERVE', bizStep, bizLocation: place(where), ...fields })
const handed = (from: Owner, to: Owner) => ({
  sourceList: [{ type: 'possessing_party', source: party(from) }],
  destinationList: [{ type: 'possessing_party', destination: party(to) }],
})

before(async () => {
  server = await startServer()
  await insertOwners(server.sql)
  const factory = await personOf(server, owners.factory.id, 'enterprise')
  const mill = await personOf(server, owners.mill.id, 'enterprise')
  shop = await personOf(server, owners.shop.id, 'enterprise')
  warehouse = await personOf(server, owners.warehouse.id, 'enterprise')
  const kilograms = { quantityList: [{ epcClass: rice, quantity: 80, uom: 'KGM' }] }
  const send = async (person: Person, events: Fields[]) => {
    const { status, body } = await person.call('POST', '/epcis/capture', documentOf(events))
    assert.equal(status, 202, JSON.stringify(body))
  }
  await send(mill, [
    step(at(1), 'mill', 'commissioning', {
      action: 'ADD',
      ...kilograms,
      ilmd: { 'cbvmda:descriptionShort': '籼米', 'ex:name': '籼米' },
    }),
    step(at(2), 'mill', 'shipping', { ...kilograms, ...handed('mill', 'factory') }),
  ])
  await send(factory, [
    step(at(3), 'factory', 'receiving', { ...kilograms, ...handed('mill', 'factory') }),
    event('TransformationEvent', at(4), {
      bizStep: 'commissioning',
      bizLocation: place('factory'),
      inputQuantityList: [{ epcClass: rice, quantity: 80, uom: 'KGM' }],
      outputQuantityList: [{ epcClass: packed, quantity: 23 }],
      outputEPCList: [bag],
      ilmd: { 'ex:name': '螺蛳粉', 'cbvmda:lotNumber': 'Q2' },
    }),
    event('AggregationEvent', at(5), {
      action: 'ADD',
      bizStep: 'packing',
      bizLocation: place('factory'),
      parentID: box,
      childEPCs: [bag],
      childQuantityList: [{ epcClass: packed, quantity: 23 }],
    }),
    step(at(6), 'factory', 'shipping', { epcList: [box], ...handed('factory', 'warehouse') }),
  ])
  await send(warehouse, [
    step(at(7), 'warehouse', 'receiving', { epcList: [box], ...handed('factory', 'warehouse') }),
    step(at(8), 'warehouse', 'storing', { epcList: [box] }),
    step(at(9), 'warehouse', 'shipping', { epcList: [box], ...handed('warehouse', 'shop') }),
  ])
  await send(shop, [
    step(at(10), 'shop', 'receiving', { epcList: [box], ...handed('warehouse', 'shop') }),
    step(at(11), 'shop', 'retail_selling', { epcList: [bag], disposition: 'retail_sold' }),
  ])
  officer = await authority(server, 'city', '450200')
})
after(() => server.close())

const ask = async <T>(person: Person, path: string, id: string): Promise<T> => {
  const { status, body } = await person.call<T>('GET', `/api/v1/trace${path}?id=${encodeURIComponent(id)}`)
  assert.equal(status, 200, JSON.stringify(body))
  return body
}
const titles = (all: { title?: string }[]) => all.map(({ title }) => title).sort()

test('[E5.1] [E5.3.5.c] [A8.2.3.a] a regulator asks by a bag’s code: every participant, the product, each handover up and down, storage and sale', async () => {
  const told = await ask<Told>(officer, '', bag)
  assert.deepEqual(titles(told.holders), ['仓库', '便利店', '米粉厂', '螺蛳粉厂'].sort())
  assert.equal(told.hidden, 0)
  assert.ok(
    told.nodes.some(({ key, name, layer }) => key === rice && name === '籼米' && layer < 0),
    'back to the raw material',
  )
  const { timeline, flows } = await ask<Journey>(officer, '/journey', bag)
  const steps = timeline.map(({ bizStep }) => bizStep)
  for (const each of ['receiving', 'commissioning', 'packing', 'shipping', 'storing', 'retail_selling'])
    assert.ok(steps.includes(each), each)
  assert.deepEqual(
    flows.map(({ from, to }) => [from?.title, to?.title]),
    [
      ['米粉厂', '螺蛳粉厂'],
      ['螺蛳粉厂', '仓库'],
      ['仓库', '便利店'],
    ],
  )
  const [first] = flows
  assert.equal(first?.goods[0]?.quantity, '80')
})

test('[E5.2.4.a] of a warehouse: when, where, how much of which lot came in and went out, from whom and to whom', async () => {
  const { flows } = await ask<Journey>(officer, '/journey', packed)
  const [inbound] = flows.filter(({ to }) => to?.title === '仓库')
  const [outbound] = flows.filter(({ from }) => from?.title === '仓库')
  assert.deepEqual([inbound?.from?.title, inbound?.receivedAt], ['螺蛳粉厂', at(7)])
  assert.deepEqual([outbound?.to?.title, outbound?.sentAt], ['便利店', at(9)])
  for (const flow of [inbound, outbound]) {
    const ofLot = flow?.goods.filter(({ lot }) => lot === 'Q2') ?? []
    assert.deepEqual(
      ofLot.map(({ quantity }) => quantity),
      ['23'],
    )
  }
  const { timeline } = await ask<Journey>(officer, '/journey', packed)
  assert.ok(timeline.some(({ bizStep, holder }) => bizStep === 'storing' && holder?.title === '仓库'))
})

test('[E5.3.5.b] an enterprise asks by a case’s code: itself and its direct neighbour, and nobody beyond', async () => {
  const told = await ask<Told>(shop, '', box)
  assert.deepEqual(titles(told.holders), ['仓库', '便利店'].sort())
  assert.ok(!told.nodes.some(({ key }) => key === rice))
})
