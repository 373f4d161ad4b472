import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { parseDocument } from '../../src/standards/epcis/index.ts'
import { authority, type Person, personOf } from '../people.ts'
import { startServer, type TestServer } from '../server.ts'
import {
  at,
  documentOf,
  event,
  type Fields,
  insertOwners,
  lot,
  type OwnerName,
  owners,
  pallet,
  party,
  place,
  serial,
} from './chain.ts'

type Found = { epcisBody: { queryResults: { resultsBody: { eventList: Fields[] } } } }
type Refusal = { code: string; title: string; problems: { at: string; text: string }[] }

const bag = '06901000000301'
const flour = '06901000000103'
let server: TestServer
const people = {} as Record<OwnerName, Person>

before(async () => {
  server = await startServer()
  await insertOwners(server.sql)
  for (const name of Object.keys(owners) as OwnerName[]) {
    people[name] = await personOf(server, owners[name].id, 'enterprise')
  }
  const captured: [OwnerName, Fields[]][] = [
    [
      'mill',
      [
        named('made', 'ObjectEvent', at(1), {
          action: 'ADD',
          bizStep: 'commissioning',
          disposition: 'active',
          readPoint: place('mill'),
          bizLocation: place('mill'),
          quantityList: [{ epcClass: lot(flour, 'R1'), quantity: 100.5, uom: 'KGM' }],
        }),
        named('shipped', 'ObjectEvent', at(2), {
          action: 'OBSERVE',
          bizStep: 'https://ref.gs1.org/cbv/BizStep-shipping',
          disposition: 'in_transit',
          readPoint: place('mill'),
          quantityList: [{ epcClass: lot(flour, 'R1'), quantity: 60, uom: 'KGM' }],
          sourceList: [{ type: 'owning_party', source: party('mill') }],
          destinationList: [{ type: 'possessing_party', destination: party('factory') }],
          bizTransactionList: [{ type: 'po', bizTransaction: 'urn:epcglobal:cbv:bt:6901000000011:PO1' }],
        }),
      ],
    ],
    [
      'factory',
      [
        named('cooked', 'TransformationEvent', at(3), {
          bizLocation: place('factory'),
          inputQuantityList: [{ epcClass: lot(flour, 'R1'), quantity: 60, uom: 'KGM' }],
          outputEPCList: [serial(bag, 'B1'), serial(bag, 'B2')],
        }),
        named('packed', 'AggregationEvent', at(4), {
          action: 'ADD',
          bizLocation: { id: `${place('factory').id}/254/W1` },
          parentID: pallet('069010000000000011'),
          childEPCs: ['urn:epc:id:sgtin:6901000.000030.B1'],
        }),
        named('seen', 'ObjectEvent', at(5), { action: 'OBSERVE', epcList: [serial(bag, 'B2')] }),
      ],
    ],
  ]
  for (const [name, events] of captured) {
    const answer = await people[name].call('POST', '/epcis/capture', documentOf(events))
    assert.equal(answer.status, 202, JSON.stringify(answer.body))
  }
})

after(() => server.close())

function named(name: string, type: string, time: string, fields: Fields): Fields {
  return event(type, time, { eventID: `urn:x:${name}`, ...fields })
}

async function names(person: Person, parameters: Record<string, string>): Promise<string[]> {
  const { status, body } = await person.call<Found>('GET', `/epcis/events?${new URLSearchParams(parameters)}`)
  assert.equal(status, 200, JSON.stringify(body))
  return body.epcisBody.queryResults.resultsBody.eventList.map(({ eventID }) => String(eventID).slice(6))
}

const questions: [string, Record<string, string>, string[]][] = [
  ['one type', { eventType: 'TransformationEvent' }, ['cooked']],
  ['one of two types', { eventType: 'TransformationEvent|AggregationEvent' }, ['cooked', 'packed']],
  ['a span of time', { GE_eventTime: at(3), LT_eventTime: at(5) }, ['cooked', 'packed']],
  ['a time with a plus that the URL made a space', { GE_eventTime: '2026-07-05T16:00:00.000 08:00' }, ['seen']],
  ['what was recorded before now', { LT_recordTime: '2020-01-01T00:00:00Z' }, []],
  ['an action', { EQ_action: 'ADD' }, ['packed']],
  ['a step as a bare word', { EQ_bizStep: 'shipping' }, ['shipped']],
  ['a step as a Web URI', { EQ_bizStep: 'https://ref.gs1.org/cbv/BizStep-shipping' }, ['shipped']],
  ['a step as a URN', { EQ_bizStep: 'urn:epcglobal:cbv:bizstep:shipping' }, ['shipped']],
  ['a disposition', { EQ_disposition: 'in_transit' }, ['shipped']],
  ['a place as URN', { EQ_readPoint: 'urn:epc:id:sgln:6901000.00001.0' }, ['shipped']],
  ['a place exactly', { EQ_bizLocation: place('factory').id }, ['cooked']],
  ['a place with what is below it', { WD_bizLocation: place('factory').id }, ['cooked', 'packed']],
  ['a single thing as URN', { MATCH_epc: 'urn:epc:id:sgtin:6901000.000030.B1' }, ['packed']],
  ['a single thing as Digital Link', { MATCH_epc: `https://example.com/x/01/${bag}/21/B2` }, ['seen']],
  ['all things of a company', { MATCH_anyEPC: 'urn:epc:idpat:sgtin:6901000.*.*' }, ['cooked', 'packed', 'seen']],
  ['all serials of a product', { MATCH_epc: 'urn:epc:idpat:sgtin:6901000.000030.*' }, ['packed', 'seen']],
  ['a parent', { MATCH_parentID: 'urn:epc:id:sscc:6901000.0000000001' }, ['packed']],
  ['an output', { MATCH_outputEPC: serial(bag, 'B1') }, ['cooked']],
  ['an input', { MATCH_inputEPC: serial(bag, 'B1') }, []],
  ['any role', { MATCH_anyEPC: serial(bag, 'B1') }, ['cooked', 'packed']],
  ['a lot', { MATCH_epcClass: 'urn:epc:class:lgtin:6901000.000010.R1' }, ['shipped']],
  ['a lot that went in', { MATCH_inputEPCClass: lot(flour, 'R1') }, ['cooked']],
  ['a lot in any role', { MATCH_anyEPCClass: lot(flour, 'R1') }, ['shipped', 'cooked']],
  ['two things at once', { MATCH_anyEPC: serial(bag, 'B1'), MATCH_parentID: pallet('069010000000000011') }, ['packed']],
  ['a quantity', { GE_quantity: '60', LT_quantity: '60.1' }, ['shipped', 'cooked']],
  ['a source', { EQ_source_owning_party: 'urn:epc:id:pgln:6901000.00001' }, ['shipped']],
  ['a destination', { EQ_destination_possessing_party: party('factory') }, ['shipped']],
  ['a destination of another type', { EQ_destination_owning_party: party('factory') }, []],
  ['a business document', { EQ_bizTransaction_po: 'urn:epcglobal:cbv:bt:6901000000011:PO1' }, ['shipped']],
  ['an eventID', { EQ_eventID: 'urn:x:seen|urn:x:nothing' }, ['seen']],
  ['error declarations', { EXISTS_errorDeclaration: 'true' }, []],
]

for (const [title, parameters, expected] of questions) {
  test(`events are found by ${title}`, async () => {
    assert.deepEqual(await names(people.factory, parameters), expected)
  })
}

test('the answer is an EPCISQueryDocument that passes our own checks', async () => {
  const { body, headers } = await people.factory.call('GET', '/epcis/events')
  const parsed = parseDocument(body)
  assert.ok(parsed.ok, JSON.stringify(parsed))
  assert.equal(parsed.document.kind, 'EPCISQueryDocument')
  assert.equal(parsed.document.events.length, 4)
  assert.equal(headers.get('gs1-epcis-version'), '2.0.0')
})

test('pages follow each other by Link without gap or repeat, in each order', async () => {
  for (const order of ['', '&orderBy=eventTime&orderDirection=DESC', '&orderBy=eventTime&orderDirection=ASC']) {
    const seen: string[] = []
    let path: string | undefined = `/epcis/events?perPage=1${order}`
    while (path) {
      const answer: { body: Found; headers: Headers } = await people.factory.call<Found>('GET', path)
      seen.push(...answer.body.epcisBody.queryResults.resultsBody.eventList.map(({ eventID }) => String(eventID)))
      path = /<([^>]+)>; rel="next"/.exec(answer.headers.get('link') ?? '')?.[1]
      assert.ok(seen.length <= 4)
    }
    const whole = await names(people.factory, Object.fromEntries(new URLSearchParams(order.slice(1))))
    assert.deepEqual(
      seen.map((name) => name.slice(6)),
      whole,
    )
    assert.equal(whole.length, 4)
  }
})

test('eventCountLimit gives the first of an order, over pages too; maxEventCount refuses more', async () => {
  const latest = { orderBy: 'eventTime', eventCountLimit: '2' }
  assert.deepEqual(await names(people.factory, latest), ['seen', 'packed'])
  const first = await people.factory.call('GET', `/epcis/events?${new URLSearchParams({ ...latest, perPage: '1' })}`)
  const next = /<([^>]+)>/.exec(first.headers.get('link') ?? '')?.[1] ?? ''
  assert.equal((await people.factory.call('GET', next)).headers.get('link'), null)
  const { status, body } = await people.factory.call('GET', '/epcis/events?maxEventCount=3')
  assert.deepEqual([status, body.type], [413, 'epcisException:QueryTooLargeException'])
  assert.equal((await people.factory.call('GET', '/epcis/events?maxEventCount=4')).status, 200)
})

test('unknown and malformed parameters are refused by name', async () => {
  for (const [query, status] of [
    ['EQ_nothing=1', 400],
    ['GE_eventTime=yesterday', 400],
    ['GE_eventTime=2026-07-01T00:00:00', 400],
    ['GE_eventTime=0000-01-01T00:00:00Z', 400],
    ['EQ_eventID=%00', 400],
    ['MATCH_epc=a%00b', 400],
    ['EQ_action=MOVE', 400],
    ['EQ_action=', 400],
    ['EQ_source_=x', 400],
    ['GE_quantity=many', 400],
    ['orderBy=colour', 400],
    ['orderBy=eventTime&orderDirection=UP', 400],
    ['eventCountLimit=2', 400],
    ['orderBy=eventTime&eventCountLimit=2&maxEventCount=2', 400],
    ['perPage=0', 400],
    ['perPage=x', 400],
    ['nextPageToken=x', 400],
    ['nextPageToken=1.e30', 400],
    ['MATCH_epc=urn:epc:idpat:sgtin:*.000030.*', 400],
    ['GE_value_CEL=warm', 400],
    ['GE_startTime=now', 400],
    ['GT_ex:field=much', 400],
  ] as const) {
    const { status: got, body } = await people.factory.call<Refusal>('GET', `/epcis/events?${query}`)
    assert.equal(got, status, query)
    assert.match(body.title, /[\u4e00-\u9fff]/, query)
  }
})

test('an enterprise reads what it captured or is named in, and nothing else', async () => {
  assert.deepEqual(await names(people.mill, {}), ['made', 'shipped'])
  assert.deepEqual(await names(people.factory, {}), ['shipped', 'cooked', 'packed', 'seen'])
  assert.deepEqual(await names(people.stranger, {}), [])
  assert.equal((await people.stranger.call('GET', '/epcis/events/urn:x:made')).status, 404)
  assert.equal((await people.mill.call('GET', '/epcis/events/urn:x:made')).status, 200)
  assert.equal((await people.mill.call('GET', '/epcis/events/%00')).status, 400)
})

test('an authority reads the events of its own region’s owners', async () => {
  const county = await authority(server, 'county', '450202')
  const other = await authority(server, 'county', '450205')
  const city = await authority(server, 'city', '450200')
  assert.deepEqual(await names(county, {}), ['made', 'shipped'])
  assert.deepEqual(await names(other, {}), [])
  assert.equal((await names(city, {})).length, 5)
  assert.equal((await other.call('GET', '/epcis/events/urn:x:made')).status, 404)
})

test('the way of goods is served with scope, direction and limits, and refuses what it cannot read', async () => {
  const id = encodeURIComponent(`https://example.com/01/${bag}/21/B1`)
  type Answer = { nodes: { key: string }[]; hidden: number; direction: string; title: string }
  const { status, body } = await people.factory.call<Answer>('GET', `/api/v1/trace?id=${id}`)
  assert.deepEqual([status, body.direction], [200, 'both'])
  assert.equal(body.nodes.length, 3, 'flour, bag, pallet')
  assert.equal((await people.stranger.call('GET', `/api/v1/trace?id=${id}`)).status, 404)
  for (const query of [
    '',
    'id=',
    `id=${id}&direction=up`,
    `id=${id}&limit=0`,
    `id=${id}&limit=20001`,
    `id=${id}&asOf=now`,
  ]) {
    const refused = await people.factory.call<Answer>('GET', `/api/v1/trace?${query}`)
    assert.equal(refused.status, 400, query)
    assert.match(refused.body.title, /[\u4e00-\u9fff]/)
  }
})
