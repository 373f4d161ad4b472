import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Failure } from '../../src/failure.ts'
import { linksMax } from '../../src/trace/gather.ts'
import { regionFlows, type Scope, trace } from '../../src/trace/index.ts'
import type { FreshDatabase } from '../database.ts'
import { at, capture, chainDatabase, event, lot, owners, pallet, party, place, serial } from './chain.ts'

const rice = '06901000000103'
const noodle = '06901000000202'
const bag = '06901000000301'
const flour = lot(rice, 'R1')
const noodles = lot(noodle, 'N1')
const packed = lot(bag, 'P1')
const case1 = serial('16901000000308', 'C1')
const case2 = serial('16901000000308', 'C2')
const pallet1 = pallet('069010000000000011')
const bag1 = serial(bag, 'B1')
const all: Scope = { all: true }
const now = new Date('2026-08-01T00:00:00.000Z')

let database: FreshDatabase

before(async () => {
  database = await chainDatabase()
  const { sql } = database
  const goods = (epcClass: string, quantity: number, uom?: string) => ({ epcClass, quantity, ...(uom && { uom }) })
  const from = (source: string, destination: string) => ({
    sourceList: [{ type: 'possessing_party', source }],
    destinationList: [{ type: 'possessing_party', destination }],
  })
  await capture(sql, 'mill', [
    event('ObjectEvent', at(1), {
      action: 'ADD',
      bizStep: 'commissioning',
      bizLocation: place('mill'),
      quantityList: [goods(flour, 100, 'KGM')],
      ilmd: { 'cbvmda:descriptionShort': '大米粉', 'cbvmda:lotNumber': 'R1' },
    }),
    event('ObjectEvent', at(2), {
      action: 'OBSERVE',
      bizStep: 'shipping',
      bizLocation: place('mill'),
      quantityList: [goods(flour, 60, 'KGM')],
      ...from(party('mill'), party('factory')),
    }),
  ])
  await capture(sql, 'factory', [
    event('ObjectEvent', at(3), {
      action: 'OBSERVE',
      bizStep: 'receiving',
      bizLocation: place('factory'),
      quantityList: [goods(flour, 60, 'KGM')],
      ...from(party('mill'), party('factory')),
    }),
    // Two events of one making: what went in, what came out.
    event('TransformationEvent', at(4), {
      transformationID: 'urn:uuid:11111111-1111-4111-8111-111111111111',
      bizLocation: place('factory'),
      inputQuantityList: [goods(flour, 50, 'KGM')],
    }),
    event('TransformationEvent', at(4, 10), {
      transformationID: 'urn:uuid:11111111-1111-4111-8111-111111111111',
      bizLocation: place('factory'),
      outputQuantityList: [goods(noodles, 90, 'KGM')],
    }),
    event('TransformationEvent', at(5), {
      bizLocation: place('factory'),
      inputQuantityList: [goods(noodles, 90, 'KGM')],
      outputEPCList: [bag1, serial(bag, 'B2')],
      outputQuantityList: [goods(packed, 40)],
      ilmd: { 'cbvmda:descriptionShort': '袋装螺蛳粉' },
    }),
    event('AggregationEvent', at(6), {
      action: 'ADD',
      bizStep: 'packing',
      bizLocation: place('factory'),
      parentID: case1,
      childEPCs: [bag1],
      childQuantityList: [goods(packed, 19)],
    }),
    event('AggregationEvent', at(6, 9), {
      action: 'ADD',
      bizStep: 'packing',
      bizLocation: place('factory'),
      parentID: case2,
      childQuantityList: [goods(packed, 18)],
    }),
    event('AggregationEvent', at(6, 10), {
      action: 'ADD',
      bizLocation: place('factory'),
      parentID: pallet1,
      childEPCs: [case1, case2],
    }),
    event('ObjectEvent', at(7), {
      action: 'OBSERVE',
      bizStep: 'shipping',
      bizLocation: place('factory'),
      epcList: [pallet1],
      ...from(party('factory'), party('warehouse')),
    }),
  ])
  await capture(sql, 'warehouse', [
    event('ObjectEvent', at(8), {
      action: 'OBSERVE',
      bizStep: 'receiving',
      bizLocation: place('warehouse'),
      epcList: [pallet1],
    }),
    event('AggregationEvent', at(9), { action: 'DELETE', bizLocation: place('warehouse'), parentID: pallet1 }),
    event('ObjectEvent', at(10), {
      action: 'OBSERVE',
      bizStep: 'shipping',
      bizLocation: place('warehouse'),
      epcList: [case1],
      ...from(party('warehouse'), party('shop')),
    }),
  ])
  await capture(sql, 'shop', [
    event('ObjectEvent', at(11), {
      action: 'OBSERVE',
      bizStep: 'receiving',
      bizLocation: place('shop'),
      epcList: [case1],
    }),
  ])
})

after(() => database.close())

const keysOf = (answer: { nodes: { key: string }[] }) => answer.nodes.map((node) => node.key).sort()

test('forward from a raw lot reaches packed lot, cases, pallet and every single bag', async () => {
  const answer = await trace(database.sql, all, { id: flour, direction: 'forward', now })
  assert.deepEqual(keysOf(answer), [flour, noodles, packed, bag1, serial(bag, 'B2'), case1, case2, pallet1].sort())
  assert.equal(answer.truncated, false)
  assert.equal(answer.hidden, 0)
  const made = answer.edges.find((edge) => edge.from === flour && edge.to === noodles)
  assert.equal(made?.kind, 'transformation')
  assert.equal(made?.events.length, 2, 'both events of the one making are evidence')
  const moved = answer.edges.find((edge) => edge.from === case1 && edge.to === pallet1)
  assert.deepEqual([moved?.kind, moved?.time, moved?.until], ['aggregation', at(6, 10), at(9)])
})

test('backward from the scanned bag reaches every raw lot, and tells where the bag is though only its pallet and case moved', async () => {
  const answer = await trace(database.sql, all, { id: bag1, direction: 'backward', now })
  assert.deepEqual(keysOf(answer), [flour, noodles, packed, bag1].sort())
  const node = answer.nodes.find(({ key }) => key === bag1)
  assert.equal(node?.holder?.title, '便利店')
  assert.equal(node?.layer, 0)
  assert.equal(node?.name, '袋装螺蛳粉')
  assert.ok(answer.nodes.every((one) => one.layer <= 0))
})

test('holders say what is there now, what ever arrived, in exact decimals and units', async () => {
  const answer = await trace(database.sql, all, { id: flour, direction: 'forward', now })
  const of = (title: string) => answer.holders.find((holder) => holder.title === title)
  assert.deepEqual(of('米粉厂')?.now, [{ gtin: rice, name: '大米粉', quantity: '40', uom: 'KGM' }])
  assert.deepEqual(of('米粉厂')?.ever, [{ gtin: rice, name: '大米粉', quantity: '100', uom: 'KGM' }])
  assert.deepEqual(of('螺蛳粉厂')?.now, [
    { gtin: rice, name: '大米粉', quantity: '10', uom: 'KGM' },
    // 40 bags less 19 and 18 packed by quantity, and B2; B1, made beside the 40 as well, went with its case.
    { gtin: bag, name: '袋装螺蛳粉', quantity: '4' },
  ])
  // Packing what was made here into cases, and these onto a pallet, brings nothing more.
  assert.deepEqual(of('螺蛳粉厂')?.ever.at(-1), { gtin: bag, name: '袋装螺蛳粉', quantity: '42' })
  assert.deepEqual(of('仓库')?.now, [{ gtin: bag, name: '袋装螺蛳粉', quantity: '18' }])
  assert.deepEqual(of('仓库')?.ever, [{ gtin: bag, name: '袋装螺蛳粉', quantity: '38' }])
  assert.deepEqual(of('便利店')?.now, [{ gtin: bag, name: '袋装螺蛳粉', quantity: '20' }])
  assert.equal(of('便利店')?.firstTime, at(11))
})

test('the frontier names the container that the goods are in', async () => {
  const answer = await trace(database.sql, all, { id: packed, direction: 'forward', now })
  const inCase = answer.frontier.find(({ key, container }) => key === packed && container === case2)
  assert.deepEqual([inCase?.quantity, inCase?.holder?.title, inCase?.state], ['18', '仓库', 'here'])
  const scanned = answer.frontier.find(({ key }) => key === bag1)
  assert.deepEqual([scanned?.container, scanned?.holder?.title], [case1, '便利店'])
})

test('asOf shows the chain as it was: on its way to the warehouse', async () => {
  const asOf = new Date(at(7, 12))
  const answer = await trace(database.sql, all, { id: packed, direction: 'forward', asOf, now })
  assert.equal(answer.asOf, asOf.toISOString())
  const warehouse = answer.holders.find(({ title }) => title === '仓库')
  assert.deepEqual(warehouse?.inTransit, [{ gtin: bag, name: '袋装螺蛳粉', quantity: '38' }])
  assert.equal(
    answer.holders.find(({ title }) => title === '便利店'),
    undefined,
  )
  assert.ok(answer.edges.every((edge) => edge.until === undefined))
})

test('an EPC URN, a Digital Link of any host and the canonical key ask for the same thing', async () => {
  const forms = [bag1, 'urn:epc:id:sgtin:6901000.000030.B1', `https://example.com/shop/01/${bag}/10/P1/21/B1`]
  const answers = await Promise.all(forms.map((id) => trace(database.sql, all, { id, direction: 'both', now })))
  for (const answer of answers) assert.deepEqual(answer, answers[0])
})

test('a code that no event names is followed as its lot where the link tells the lot', async () => {
  const id = `https://example.com/01/${bag}/10/P1/21/NEVER`
  assert.equal((await trace(database.sql, all, { id, direction: 'backward', now })).id, packed)
})

test('asking for a class follows all its lots and serials', async () => {
  const answer = await trace(database.sql, all, { id: `https://id.gs1.org/01/${bag}`, direction: 'backward', now })
  for (const key of [packed, bag1, noodles, flour]) assert.ok(keysOf(answer).includes(key), key)
})

test('an enterprise sees the chain as far as it was party to it, and how many ways lead on unseen', async () => {
  const scope = { ownerId: owners.mill.id }
  const answer = await trace(database.sql, scope, { id: flour, direction: 'forward', now })
  assert.deepEqual(keysOf(answer), [flour])
  assert.equal(answer.hidden, 1)
  assert.ok(answer.holders.every(({ title }) => title === '米粉厂' || title === '螺蛳粉厂'))
})

test('a county sees what its own owners were party to', async () => {
  const answer = await trace(database.sql, { county: '450204' }, { id: case1, direction: 'both', now })
  assert.deepEqual(keysOf(answer), [case1])
  assert.equal(answer.hidden, 3, 'the packed lot, the bag and the pallet')
})

test('a city sees all its counties', async () => {
  const answer = await trace(database.sql, { city: '450200' }, { id: bag1, direction: 'both', now })
  assert.deepEqual(answer, await trace(database.sql, all, { id: bag1, direction: 'both', now }))
})

test('nobody learns of a thing that only others spoke of', async () => {
  for (const scope of [{ ownerId: owners.stranger.id }, { county: '450205' }]) {
    await assert.rejects(
      trace(database.sql, scope, { id: bag1, direction: 'both', now }),
      (error) => error instanceof Failure && error.status === 404,
    )
  }
})

test('[C6.6.3] what went from one county to another is summed by product, out of pallets and cases as they were then', async () => {
  const july = { since: new Date('2026-07-01T00:00:00Z'), before: new Date('2026-08-01T00:00:00Z') }
  const { flows, truncated } = await regionFlows(database.sql, all, july)
  const { mill, factory, warehouse, shop } = owners
  assert.equal(truncated, false)
  assert.deepEqual(
    flows
      .map(({ gtin, name, from, to, quantity, uom, shipments }) => [gtin, name, from, to, quantity, uom, shipments])
      .sort(),
    [
      [rice, '大米粉', mill.region, factory.region, '60', 'KGM', 1],
      [bag, '袋装螺蛳粉', factory.region, warehouse.region, '38', undefined, 1],
      [bag, '袋装螺蛳粉', warehouse.region, shop.region, '20', undefined, 1],
    ],
  )
  const june = { since: new Date('2026-06-01T00:00:00Z'), before: july.since }
  assert.deepEqual((await regionFlows(database.sql, all, june)).flows, [])
  const stranger = await regionFlows(database.sql, { ownerId: owners.stranger.id }, july)
  assert.deepEqual(stranger.flows, [], 'nobody sees others’ shipments')
})

test('whoever may have 20,000 bags in an answer has all their events, eight each', () => {
  assert.equal(linksMax(2000), 50_000)
  assert.equal(linksMax(20_000), 160_000)
})

test('a limit cuts the farthest first and says so', async () => {
  const answer = await trace(database.sql, all, { id: flour, direction: 'forward', now, nodeLimit: 3 })
  assert.equal(answer.nodes.length, 3)
  assert.equal(answer.truncated, true)
  assert.ok(keysOf(answer).includes(noodles))
})
