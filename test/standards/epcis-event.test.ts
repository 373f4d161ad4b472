import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ParsedEvent, parseDocument } from '../../src/standards/epcis/index.ts'
import { documentOf, fullEvent, smallEvent } from './sample-events.ts'

function parse(event: unknown): ParsedEvent {
  const parsed = parseDocument(documentOf(event))
  assert.ok(parsed.ok, JSON.stringify(parsed))
  const [first] = parsed.document.events
  assert.ok(first)
  return first
}

const serial = {
  key: 'https://id.gs1.org/01/06901234567892/21/S1',
  level: 'serial',
  gtin: '06901234567892',
  serial: 'S1',
}
const second = { ...serial, key: 'https://id.gs1.org/01/06901234567892/21/S2', serial: 'S2' }
const lot = {
  key: 'https://id.gs1.org/01/06901234567892/10/L1',
  level: 'lot',
  gtin: '06901234567892',
  lot: 'L1',
  quantity: '12.5',
  uom: 'KGM',
}
const crate = { key: 'https://id.gs1.org/00/069012300000000010', level: 'logistic' }

test('each event type tells its things with role, level, key and quantity', () => {
  assert.deepEqual(parse(fullEvent('ObjectEvent')).things, [
    { ...serial, role: 'epc' },
    { ...second, role: 'epc' },
    { ...lot, role: 'epc' },
  ])
  assert.deepEqual(parse(fullEvent('TransactionEvent')).things, [
    { ...crate, role: 'parent' },
    { ...serial, role: 'epc' },
    { ...lot, role: 'epc' },
  ])
  for (const type of ['AggregationEvent', 'AssociationEvent']) {
    assert.deepEqual(parse(fullEvent(type)).things, [
      { ...crate, role: 'parent' },
      { ...serial, role: 'child' },
      { ...lot, role: 'child' },
    ])
  }
  assert.deepEqual(parse(fullEvent('TransformationEvent')).things, [
    { ...serial, role: 'input' },
    { ...lot, role: 'input' },
    { ...second, role: 'output' },
    { ...lot, key: 'https://id.gs1.org/01/06901234567892/10/L2', lot: 'L2', quantity: '10', role: 'output' },
  ])
})

test('the event as received stays as it was; all else is in normal form', () => {
  const raw = fullEvent('TransformationEvent')
  const event = parse(raw)
  assert.deepEqual(event.raw, fullEvent('TransformationEvent'))
  const { things: _things, raw: _raw, hash, ...rest } = event
  assert.match(hash, /^ni:\/\/\/sha-256;[0-9a-f]{64}\?ver=CBV2\.0$/)
  assert.deepEqual(rest, {
    type: 'TransformationEvent',
    eventTime: '2026-07-21T22:45:00.000Z',
    eventTimeMs: Date.UTC(2026, 6, 21, 22, 45),
    eventTimeZoneOffset: '+08:00',
    eventId: 'urn:uuid:0198f3a0-0000-7000-8000-000000000001',
    hasOwnId: true,
    bizStep: 'commissioning',
    disposition: 'active',
    readPoint: 'https://id.gs1.org/414/6901230000010/254/7',
    bizLocation: 'https://id.gs1.org/414/6901230000010',
    sources: [{ type: 'owning_party', key: 'https://id.gs1.org/417/6901230000010', gln: '6901230000010' }],
    destinations: [{ type: 'possessing_party', key: 'https://id.gs1.org/417/6901230000027', gln: '6901230000027' }],
    glns: ['6901230000010', '6901230000027'],
    transformationId: 'https://id.gs1.org/253/6901230000010T1',
    bizTransactions: [{ type: 'po', id: 'urn:epcglobal:cbv:bt:6901230000010:1' }],
    ilmd: { 'example:grade': 'A' },
    errorDeclaration: {
      declarationTime: '2026-07-23T00:00:00.000Z',
      reason: 'incorrect_data',
      correctiveEventIds: ['urn:uuid:0198f3a0-0000-7000-8000-000000000002'],
    },
  })
})

test('an event without an id gets its hash as id', () => {
  const event = parse(smallEvent())
  assert.equal(event.eventId, event.hash)
  assert.equal(event.hasOwnId, false)
  assert.equal(event.action, 'OBSERVE')
  assert.deepEqual([event.sources, event.destinations, event.glns, event.bizTransactions], [[], [], [], []])
})

test('CBV terms become bare words in whatever form they come; terms of one’s own stay URIs', () => {
  const forms: [field: 'bizStep' | 'disposition', term: string, read: string][] = [
    ['bizStep', 'shipping', 'shipping'],
    ['bizStep', 'urn:epcglobal:cbv:bizstep:shipping', 'shipping'],
    ['bizStep', 'https://ref.gs1.org/cbv/BizStep-shipping', 'shipping'],
    ['bizStep', 'http://ns.gs1.org/cbv/BizStep-shipping', 'shipping'],
    ['bizStep', 'cbv:BizStep-shipping', 'shipping'],
    ['bizStep', 'https://example.cn/steps/frying', 'https://example.cn/steps/frying'],
    ['bizStep', 'example:frying', 'https://ns.example.cn/epcis/frying'],
    ['disposition', 'urn:epcglobal:cbv:disp:recalled', 'recalled'],
    ['disposition', 'https://ref.gs1.org/cbv/Disp-recalled', 'recalled'],
  ]
  for (const [field, term, read] of forms) assert.equal(parse({ ...smallEvent(), [field]: term })[field], read)
})

test('a compact identifier is known by its full URI, so that equal prefixes of two documents do not mix', () => {
  const own = { ...smallEvent(), '@context': { own: 'https://own.example.cn/' }, epcList: ['own:7', 'example:7'] }
  assert.deepEqual(
    parse(own).things.map(({ key }) => key),
    ['https://own.example.cn/7', 'https://ns.example.cn/epcis/7'],
  )
})

test('an instant is rounded to the millisecond and told in UTC', () => {
  const times = [
    ['2026-07-22T06:45:00+08:00', '2026-07-21T22:45:00.000Z'],
    ['2026-07-22T06:45:00.1Z', '2026-07-22T06:45:00.100Z'],
    ['2026-07-22T06:45:00.1234Z', '2026-07-22T06:45:00.123Z'],
    ['2026-07-22T06:45:00.1235Z', '2026-07-22T06:45:00.124Z'],
    ['2026-12-31T23:59:59.9996Z', '2027-01-01T00:00:00.000Z'],
    ['2028-02-29T12:00:00-03:30', '2028-02-29T15:30:00.000Z'],
  ]
  for (const [eventTime, utc] of times) assert.equal(parse({ ...smallEvent(), eventTime }).eventTime, utc)
})

test('a quantity is plain decimal text, however large or small the number', () => {
  const numbers: [number, string][] = [
    [452.0, '452'],
    [0.000001, '0.000001'],
    [1.5e-7, '0.00000015'],
    [999999999999, '999999999999'],
    [0, '0'],
  ]
  for (const [quantity, text] of numbers) {
    const event = { ...smallEvent(), quantityList: [{ epcClass: 'urn:epc:class:lgtin:690123.0456789.L1', quantity }] }
    assert.equal(parse(event).things[1]?.quantity, text)
  }
})

test('a document tells its kind, version, time, context and parties', () => {
  const json = {
    ...documentOf(smallEvent()),
    id: 'https://example.cn/d/1',
    sender: 'a',
    receiver: 'b',
    instanceIdentifier: '7',
  }
  const parsed = parseDocument(json)
  assert.ok(parsed.ok)
  const { events, ...document } = parsed.document
  assert.equal(events.length, 1)
  assert.deepEqual(document, {
    kind: 'EPCISDocument',
    context: json['@context' as keyof typeof json],
    schemaVersion: '2.0',
    creationDate: '2026-07-22T08:00:00+08:00',
    id: 'https://example.cn/d/1',
    sender: 'a',
    receiver: 'b',
    instanceIdentifier: '7',
  })
})
