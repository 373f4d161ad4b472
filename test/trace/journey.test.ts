import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Person, personOf } from '../people.ts'
import { startServer, type TestServer } from '../server.ts'
import { at, documentOf, event, type Fields, insertOwners, lot, owners, pallet, party, place, serial } from './chain.ts'

const rice = '06901000000103'
const bag = '06901000000301'
const flour = lot(rice, 'J1')
const packed = lot(bag, 'J2')
const box = pallet('069010000000003001')
const stray = serial(bag, 'STRAY')
type Named = { key?: string; title?: string }
type Row = {
  state: string
  key: string
  from?: Named
  to?: Named
  sentAt?: string
  receivedAt?: string
  goods: Named[]
}
type Told = {
  timeline: { eventId: string; time: string; bizStep?: string }[]
  flows: Row[]
  routes: { from: Named; to: Named; movements: number; quantities: { quantity: string; uom?: string }[] }[]
  gaps: { kind: string; key: string; events: string[]; to?: Named }[]
}
let server: TestServer
let factory: Person
let stranger: Person

const handover = (time: string, where: 'mill' | 'factory' | 'shop' | 'warehouse', bizStep: string, fields: Fields) =>
  event('ObjectEvent', time, { action: 'OBSERVE', bizStep, bizLocation: place(where), ...fields })
const towards = (to: 'factory' | 'shop' | 'warehouse') => ({
  destinationList: [{ type: 'possessing_party', destination: party(to) }],
})

before(async () => {
  server = await startServer()
  await insertOwners(server.sql)
  factory = await personOf(server, owners.factory.id, 'enterprise')
  stranger = await personOf(server, owners.stranger.id, 'enterprise')
  const kilograms = (quantity: number) => ({ quantityList: [{ epcClass: flour, quantity, uom: 'KGM' }] })
  const list = [
    handover(at(2), 'factory', 'receiving', {
      ...kilograms(50),
      sourceList: [{ type: 'possessing_party', source: party('mill') }],
    }),
    event('TransformationEvent', at(3), {
      bizLocation: place('factory'),
      inputQuantityList: [{ epcClass: flour, quantity: 50, uom: 'KGM' }],
      outputQuantityList: [{ epcClass: packed, quantity: 30 }],
    }),
    event('AggregationEvent', at(4), {
      action: 'ADD',
      bizLocation: place('factory'),
      parentID: box,
      childQuantityList: [{ epcClass: packed, quantity: 20 }],
      childEPCs: [stray],
    }),
    handover(at(5), 'factory', 'shipping', { epcList: [box], ...towards('shop') }),
    handover(at(5, 9), 'factory', 'departing', { epcList: [box], ...towards('shop') }),
    handover(at(6), 'shop', 'receiving', { epcList: [box] }),
    handover(at(7), 'factory', 'shipping', {
      quantityList: [{ epcClass: packed, quantity: 6 }],
      ...towards('warehouse'),
    }),
  ]
  const answer = await factory.call('POST', '/epcis/capture', documentOf(list))
  assert.equal(answer.status, 202, JSON.stringify(answer.body))
})

after(() => server.close())

const ask = <T>(person: Person, path: string, parameters: Record<string, string>) =>
  person.call<T>('GET', `/api/v1/trace/${path}?${new URLSearchParams(parameters)}`)

test('[C6.5.3] the flow table tells who gave how much to whom and when, the time line what happened', async () => {
  const { status, body } = await ask<Told>(factory, 'journey', { id: packed, direction: 'forward' })
  assert.equal(status, 200)
  assert.deepEqual(
    body.flows.map(({ state, key, from, to, sentAt, receivedAt }) => [
      state,
      key,
      from?.title,
      to?.title,
      sentAt,
      receivedAt,
    ]),
    [
      // Shipped and departed are one movement.
      ['received', box, '螺蛳粉厂', '便利店', at(5), at(6)],
      ['on-the-way', packed, '螺蛳粉厂', '仓库', at(7), undefined],
    ],
  )
  // The stray bag in the same box is no part of this lot's way.
  assert.deepEqual(
    body.flows[0]?.goods.map(({ key }) => key),
    [packed],
  )
  assert.deepEqual(
    body.timeline.map(({ time }) => time),
    body.timeline.map(({ time }) => time).sort(),
  )
  assert.deepEqual(
    body.routes.map(({ from, to, quantities }) => [from.title, to.title, quantities[0]?.quantity]),
    [
      ['螺蛳粉厂', '便利店', '20'],
      ['螺蛳粉厂', '仓库', '6'],
    ],
  )
})

test('a carrier’s legs are joined: taken over with the first word from the road, handed over with the receipt', async () => {
  const carried = pallet('069010000000003002')
  const named = pallet('069010000000003003')
  const list = [
    handover(at(8), 'factory', 'commissioning', { action: 'ADD', epcList: [carried, named] }),
    handover(at(9), 'factory', 'shipping', { epcList: [carried], ...towards('warehouse') }),
    handover(at(10), 'warehouse', 'transporting', { epcList: [carried] }),
    handover(at(11), 'shop', 'receiving', {
      epcList: [carried],
      sourceList: [{ type: 'possessing_party', source: party('warehouse') }],
    }),
    // This carrier wrote nothing himself: the receipt names him.
    handover(at(9), 'factory', 'shipping', { epcList: [named], ...towards('warehouse') }),
    handover(at(11), 'shop', 'receiving', {
      epcList: [named],
      sourceList: [{ type: 'possessing_party', source: party('warehouse') }],
    }),
  ]
  assert.equal((await factory.call('POST', '/epcis/capture', documentOf(list))).status, 202)
  const way = async (id: string) => {
    const { body } = await ask<Told>(factory, 'journey', { id })
    assert.deepEqual(body.gaps, [])
    return body.flows.map(({ state, from, to, sentAt, receivedAt }) => [
      state,
      from?.title,
      to?.title,
      sentAt,
      receivedAt,
    ])
  }
  assert.deepEqual(await way(carried), [
    ['received', '螺蛳粉厂', '仓库', at(9), at(10)],
    ['received', '仓库', '便利店', at(10), at(11)],
  ])
  assert.deepEqual(await way(named), [['received', '螺蛳粉厂', '便利店', at(9), at(11)]])
})

test('gaps name a receipt that nobody sent, a shipment that nobody received, and what appears from nowhere', async () => {
  const { body } = await ask<Told>(factory, 'journey', { id: flour, direction: 'forward' })
  const other = await ask<Told>(factory, 'journey', { id: stray, direction: 'forward' })
  const kinds = [...body.gaps, ...other.body.gaps].map(({ kind, key }) => [kind, key])
  assert.deepEqual(kinds, [
    ['receipt-without-shipment', flour],
    ['never-received', packed],
    ['from-nowhere', stray],
  ])
  assert.ok(body.gaps.every(({ events }) => events.length > 0))
})

test('paths between two things name every step with its evidence', async () => {
  const { body } = await ask<{ paths: { from: string; to: string; events: string[] }[][] }>(factory, 'paths', {
    from: flour,
    to: box,
  })
  assert.deepEqual(
    body.paths.map((path) => path.map(({ from, to }) => [from, to])),
    [
      [
        [flour, packed],
        [packed, box],
      ],
    ],
  )
  const none = await ask<{ paths: unknown[] }>(factory, 'paths', { from: box, to: flour })
  assert.deepEqual(none.body.paths, [])
})

test('whoever was no party to it learns nothing, and bad questions are refused at their field', async () => {
  for (const path of ['journey', 'balance']) {
    assert.equal((await ask(stranger, path, { id: packed })).status, 404)
    assert.equal((await ask(factory, path, {})).status, 400)
  }
  assert.equal((await ask(stranger, 'paths', { from: flour, to: box })).status, 404)
  const { status, body } = await ask<{ problems: { at: string }[] }>(factory, 'paths', { from: flour })
  assert.deepEqual([status, body.problems[0]?.at], [400, '/to'])
})

test('who holds how much now, by lot and holder, and on the way', async () => {
  const { body } = await ask<{ items: { lot?: string; quantity: string; state: string; holder?: Named }[] }>(
    factory,
    'frontier',
    { id: packed },
  )
  assert.deepEqual(
    body.items.map(({ lot: number, quantity, state, holder }) => [number, quantity, state, holder?.title]).sort(),
    [
      ['J2', '20', 'here', '便利店'],
      ['J2', '4', 'here', '螺蛳粉厂'],
      ['J2', '6', 'in_transit', '仓库'],
    ],
  )
})

test('all events that a reader may see come as lines of JSON, and nobody else’s', async () => {
  const lines = async (person: Person, parameters: Record<string, string> = {}) => {
    const response = await fetch(`${server.url}/api/v1/trace/events.ndjson?${new URLSearchParams(parameters)}`, {
      headers: { authorization: `Bearer ${person.token}` },
    })
    assert.equal(response.status, 200)
    const text = await response.text()
    return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Fields]))
  }
  const all = await lines(factory)
  assert.equal(all.length, 13)
  assert.ok(all.every(({ eventID }) => typeof eventID === 'string'))
  assert.equal((await lines(factory, { since: at(5), before: at(6) })).length, 2)
  assert.deepEqual(await lines(stranger), [])
  assert.equal((await ask(factory, 'events.ndjson', { since: 'yesterday' })).status, 400)
})

test('what began with somebody whose events are hidden did not come from nowhere', async () => {
  const bought = lot(rice, 'J9')
  const kilograms = { quantityList: [{ epcClass: bought, quantity: 5, uom: 'KGM' }] }
  const from = { sourceList: [{ type: 'possessing_party', source: party('mill') }] }
  const sent = [handover(at(1), 'mill', 'shipping', { ...kilograms, ...towards('factory') })]
  const received = [handover(at(2), 'factory', 'receiving', { ...kilograms, ...from })]
  const mill = await personOf(server, owners.mill.id, 'enterprise')
  for (const [who, list] of [
    [mill, sent],
    [factory, received],
  ] as const)
    assert.equal((await who.call('POST', '/epcis/capture', documentOf(list))).status, 202)
  const gapsFor = async (who: Person) =>
    (await ask<Told>(who, 'journey', { id: bought, direction: 'forward' })).body.gaps.map(({ kind }) => kind)
  assert.deepEqual(await gapsFor(factory), ['hidden'])
  assert.deepEqual(await gapsFor(mill), ['from-nowhere'])
})
