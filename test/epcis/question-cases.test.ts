import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Person } from '../people.ts'
import type { TestServer } from '../server.ts'
import { documentOf, event, type Fields } from '../trace/chain.ts'
import { openFactory } from './factory.ts'

/** Questions as somebody asks them who knows the standard and not this house, over one event of each kind. */

type Found = { epcisBody: { queryResults: { resultsBody: { eventList: Fields[] } } } }

let server: TestServer
let factory: Person

const lotOf = (text: string) => `urn:epc:class:lgtin:${text}`
const gtin = '6901000.000030'
const crate = 'urn:epc:id:sscc:6901000.0000000001'
const named = (name: string, type: string, hour: string, fields: Fields) =>
  event(type, `2026-07-01T${hour}+08:00`, { eventID: `urn:x:${name}`, ...fields })

const events = [
  named('a', 'ObjectEvent', '08:00:00.001', {
    action: 'ADD',
    bizStep: 'commissioning',
    disposition: 'active',
    epcList: [`urn:epc:id:sgtin:${gtin}.100`, 'https://id.gs1.org/01/06901000000301/21/101'],
    readPoint: { id: 'urn:epc:id:sgln:6901000.00002.5' },
    bizLocation: { id: 'https://example.com/414/6901000000028' },
    quantityList: [
      { epcClass: lotOf(`${gtin}.L%2F1`), quantity: 5, uom: 'KGM' },
      { epcClass: `urn:epc:idpat:sgtin:${gtin}.*`, quantity: 7.1234567 },
    ],
    ilmd: {
      'cbvmda:lotNumber': 'L/1',
      'ex:n': 5,
      'ex:o': { 'ex:p': 'q', r: 's' },
      'cbvmda:itemExpirationDate': '2027-01-31',
    },
    'ex:num': 1e21,
    'ex:str': 'Ünïcode 螺蛳粉',
    'ex:bool': true,
    'ex:list': [1, 'two', { 'ex:deep': 'd' }],
    'ex:t': '2026-07-01t08:00:00+08:00',
  }),
  named('b', 'AggregationEvent', '08:00:00.002', {
    action: 'ADD',
    bizStep: 'packing',
    parentID: crate,
    childEPCs: [`urn:epc:id:sgtin:${gtin}.100`],
    childQuantityList: [{ epcClass: lotOf('6901000.000031.L2'), quantity: 10 }],
  }),
  named('c', 'TransformationEvent', '09:00:00', {
    transformationID: 'urn:epc:id:gdti:6901000.00001.T1',
    inputEPCList: [`urn:epc:id:sgtin:${gtin}.100`],
    inputQuantityList: [{ epcClass: lotOf(`${gtin}.L%2F1`), quantity: 2.5, uom: 'KGM' }],
    outputEPCList: ['urn:epc:id:sgtin:6901000.000032.1'],
    outputQuantityList: [{ epcClass: 'https://id.gs1.org/01/06901000000325/10/OUT', quantity: 3, uom: 'KGM' }],
    sourceList: [{ type: 'owning_party', source: 'urn:epc:id:pgln:6901000.00002' }],
    destinationList: [{ type: 'ex:dt', destination: 'urn:x:dest' }],
    bizTransactionList: [
      { type: 'po', bizTransaction: 'urn:epcglobal:cbv:bt:6901000000028:PO1' },
      { bizTransaction: 'urn:x:untyped' },
    ],
  }),
  named('d', 'TransactionEvent', '10:00:00', {
    action: 'OBSERVE',
    parentID: crate,
    bizTransactionList: [{ type: 'inv', bizTransaction: 'urn:epcglobal:cbv:bt:6901000000028:INV1' }],
    quantityList: [{ epcClass: lotOf(`${gtin}.L%2F1`), quantity: 1 }],
    persistentDisposition: { set: ['ex:ps'], unset: ['damaged'] },
    errorDeclaration: {
      declarationTime: '2026-07-02T00:00:00Z',
      reason: 'ex:reason',
      correctiveEventIDs: ['urn:x:a'],
    },
  }),
  named('e', 'AssociationEvent', '11:00:00', {
    action: 'ADD',
    bizStep: 'ex:assoc',
    disposition: 'ex:disp',
    parentID: 'urn:epc:id:grai:6901000.00010.77',
    childEPCs: ['urn:epc:id:giai:6901000.55'],
  }),
  named('f', 'ObjectEvent', '12:00:00', {
    action: 'OBSERVE',
    epcList: [],
    readPoint: { id: 'geo:22.3,108.4' },
    sensorElementList: [
      {
        sensorMetadata: { time: '2026-07-01T12:00:00+08:00', deviceID: 'https://id.gs1.org/8004/69010001' },
        sensorReport: [
          {
            type: 'Temperature',
            value: 20,
            uom: 'CEL',
            minValue: 18,
            percRank: 90,
            percValue: 21,
            deviceID: 'urn:x:dev2',
            dataProcessingMethod: 'https://a.b/m',
          },
          { type: 'ex:Glow', stringValue: 'glow|y', booleanValue: false, hexBinaryValue: '0aFF' },
        ],
      },
    ],
  }),
]

before(async () => {
  ;({ server, factory } = await openFactory())
  const { status, body } = await factory.call('POST', '/epcis/capture', documentOf(events))
  assert.deepEqual([status, body.stored], [202, 6], JSON.stringify(body))
})

after(() => server.close())

/** The names of the events in the order of the answer, else the status. */
async function answerTo(path: string, headers: Record<string, string> = {}): Promise<string | number> {
  const response = await fetch(server.url + path, {
    headers: { authorization: `Bearer ${factory.token}`, ...headers },
  })
  const body = (await response.json()) as Found
  if (response.status !== 200) return response.status
  return body.epcisBody.queryResults.resultsBody.eventList.map(({ eventID }) => String(eventID).slice(6)).join('')
}

const all = 'abcdef'
const questions: [string, string | number][] = [
  // Types, as a list or repeated.
  ['eventType=ObjectEvent|AggregationEvent', 'abf'],
  ['eventType=ObjectEvent&eventType=AggregationEvent', 'abf'],
  ['eventType=objectEvent', 400],
  // Times: bounds, offsets, plus signs not encoded, small letters, the beginning and the end of all time.
  ['GE_eventTime=2026-07-01T00:00:00.002Z', 'bcdef'],
  ['LT_eventTime=2026-07-01T00:00:00.002Z', 'a'],
  ['GE_eventTime=2026-07-01T08:00:00.002%2B08:00', 'bcdef'],
  ['GE_eventTime=2026-07-01T08:00:00.002+08:00', 'bcdef'],
  ['GE_eventTime=2026-07-01t00:00:00.002z', 'bcdef'],
  ['GE_eventTime=0001-01-01T00:00:00Z', all],
  ['GE_eventTime=1753-01-01T00:00:00Z', all],
  ['LT_eventTime=9999-12-31T23:59:59.999Z', all],
  ['GE_eventTime=9999-12-31T23:59:59-14:00', ''],
  ['GE_recordTime=0001-01-01T00:00:00%2B14:00', all],
  ['LT_recordTime=2020-01-01T00:00:00Z', ''],
  ['GE_eventTime=2026-07-01', 400],
  ['GE_eventTime=0000-01-01T00:00:00Z', 400],
  ['GT_eventTime=2026-07-01T00:00:00Z', 400],
  // Words in every form, and of one's own.
  ['EQ_action=ADD|OBSERVE', 'abdef'],
  ['EQ_action=add', 400],
  ['EQ_bizStep=urn:epcglobal:cbv:bizstep:commissioning', 'a'],
  ['EQ_bizStep=https://ref.gs1.org/cbv/BizStep-commissioning', 'a'],
  ['EQ_bizStep=cbv:BizStep-commissioning', 'a'],
  ['EQ_bizStep=https://example.org/assoc', 'e'],
  ['EQ_disposition=https://example.org/disp', 'e'],
  ['EQ_persistentDisposition_set=https://example.org/ps', 'd'],
  ['EQ_persistentDisposition_unset=damaged', 'd'],
  ['EQ_bizStep=commissioning|packing&EQ_action=ADD', 'ab'],
  ['EQ_bizStep=', 400],
  // Places: URN and Digital Link of any domain are one; below a place lies its extension.
  ['EQ_readPoint=https://id.gs1.org/414/6901000000028/254/5', 'a'],
  ['EQ_readPoint=https://other.example/414/6901000000028/254/5', 'a'],
  ['EQ_readPoint=urn:epc:id:sgln:6901000.00002.0', ''],
  ['WD_readPoint=urn:epc:id:sgln:6901000.00002.0', 'a'],
  ['EQ_readPoint=geo:22.3,108.4', 'f'],
  ['EQ_bizLocation=urn:x:1|urn:epc:id:sgln:6901000.00002.0', 'a'],
  // Things and patterns.
  ['EQ_transformationID=https://id.gs1.org/253/6901000000011T1', 'c'],
  [`MATCH_epc=urn:epc:id:sgtin:${gtin}.100`, 'ab'],
  ['MATCH_epc=https://id.gs1.org/01/06901000000301/21/100', 'ab'],
  [`MATCH_epc=urn:epc:id:sgtin:${gtin}.101`, 'a'],
  [`MATCH_epc=urn:epc:idpat:sgtin:${gtin}.*`, 'ab'],
  ['MATCH_epc=urn:epc:idpat:sgtin:6901000.*.*', 'ab'],
  ['MATCH_epc=urn:epc:idpat:sgtin:*.*.*', 'ab'],
  [`MATCH_epc=urn:epc:idpat:sgtin:${gtin}.100`, 'ab'],
  ['MATCH_epc=urn:epc:idpat:sgtin:*.000030.100', 400],
  [`MATCH_anyEPC=urn:epc:id:sgtin:${gtin}.100`, 'abc'],
  ['MATCH_anyEPC=urn:epc:idpat:sgtin:*.*.*', 'abc'],
  ['MATCH_anyEPC=urn:epc:idpat:giai:6901000.*', 'e'],
  ['MATCH_anyEPC=urn:epc:idpat:sscc:6901000.*', 'bd'],
  [`MATCH_parentID=${crate}`, 'bd'],
  ['MATCH_parentID=https://id.gs1.org/00/069010000000000011', 'bd'],
  ['MATCH_parentID=urn:epc:idpat:grai:*.*.*', 'e'],
  [`MATCH_inputEPC=urn:epc:idpat:sgtin:${gtin}.*`, 'c'],
  ['MATCH_outputEPC=urn:epc:idpat:sgtin:6901000.000032.*', 'c'],
  [`MATCH_outputEPC=urn:epc:idpat:sgtin:${gtin}.*`, ''],
  [`MATCH_epc=urn:epc:id:sgtin:${gtin}.100&MATCH_parentID=${crate}`, 'b'],
  // Classes and lots; %252F is the %2F of the URN.
  [`MATCH_epcClass=urn:epc:class:lgtin:${gtin}.L%252F1`, 'ad'],
  ['MATCH_epcClass=https://id.gs1.org/01/06901000000301/10/L%252F1', 'ad'],
  [`MATCH_epcClass=urn:epc:idpat:sgtin:${gtin}.*`, 'a'],
  [`MATCH_epcClass=urn:epc:idpat:lgtin:${gtin}.*`, 'ad'],
  [`MATCH_inputEPCClass=urn:epc:class:lgtin:${gtin}.L%252F1`, 'c'],
  ['MATCH_outputEPCClass=urn:epc:class:lgtin:6901000.000032.OUT', 'c'],
  ['MATCH_anyEPCClass=urn:epc:idpat:lgtin:6901000.*.*', 'abcd'],
  // Quantities: any number that JSON can write, compared as they are kept.
  ['EQ_quantity=5.0', 'a'],
  ['EQ_quantity=5|10', 'ab'],
  ['EQ_quantity=1e1', 'b'],
  ['EQ_quantity=7.1234567', 'a'],
  ['GE_quantity=1e15', ''],
  ['LT_quantity=1e308', 'abcd'],
  ['GE_quantity=-123456789012345', 'abcd'],
  ['LT_quantity=1e309', 400],
  ['GE_quantity_KGM=3', 'ac'],
  ['LT_quantity_KGM=3', 'c'],
  ['EQ_quantity=x', 400],
  // Identity and errors.
  ['EQ_eventID=urn:x:a|urn:x:b', 'ab'],
  ['EXISTS_errorDeclaration=true', 'd'],
  ['EXISTS_errorDeclaration=false', all],
  ['GE_errorDeclarationTime=0001-01-01T00:00:00Z', 'd'],
  ['LT_errorDeclarationTime=2026-07-02T00:00:00Z', ''],
  ['EQ_errorReason=https://example.org/reason', 'd'],
  ['EQ_correctiveEventID=urn:x:a', 'd'],
  // Parties and papers.
  ['EQ_source_owning_party=https://id.gs1.org/417/6901000000028', 'c'],
  ['EQ_source_urn:epcglobal:cbv:sdt:owning_party=urn:epc:id:pgln:6901000.00002', 'c'],
  ['EQ_destination_owning_party=urn:x:dest', ''],
  ['EQ_destination_https://example.org/dt=urn:x:dest', 'c'],
  ['EQ_bizTransaction_po=urn:epcglobal:cbv:bt:6901000000028:PO1', 'c'],
  ['EQ_bizTransaction_inv=urn:epcglobal:cbv:bt:6901000000028:PO1', ''],
  ['EQ_bizTransaction_cbv:BTT-po=urn:epcglobal:cbv:bt:6901000000028:PO1', 'c'],
  // Sensors.
  ['EQ_deviceID=urn:epc:id:giai:6901000.1', 'f'],
  ['EQ_deviceID=urn:x:dev2', 'f'],
  ['EQ_stringValue=glow', ''],
  ['EQ_booleanValue=false', 'f'],
  ['EQ_hexBinaryValue=0AFF', 'f'],
  ['GE_value_CEL=20.0', 'f'],
  ['GT_value_CEL=1e-7', 'f'],
  ['LT_value_CEL=123456789012345678901', 'f'],
  ['LE_percRank=90', 'f'],
  ['GT_percValue_CEL=20', 'f'],
  ['GE_time=2026-07-01T04:00:00Z', 'f'],
  ['LT_time=2026-07-01T04:00:00Z', ''],
  ['GE_time=0001-01-01T00:00:00Z', 'f'],
  ['LT_time=9999-12-31T23:59:59.999Z', 'f'],
  // Extensions and master data of the lot.
  ['EQ_ex:num=1e21', 'a'],
  ['GT_ex:num=1e20', 'a'],
  ['EQ_ex:str=%C3%9Cn%C3%AFcode%20%E8%9E%BA%E8%9B%B3%E7%B2%89', 'a'],
  ['EQ_ex:bool=true', 'a'],
  ['EQ_ex:list=two', 'a'],
  ['EQ_INNER_ex:deep=d', 'a'],
  ['EQ_ex:t=2026-07-01T00:00:00Z', 'a'],
  ['GT_ex:t=0001-01-01T00:00:00Z', 'a'],
  ['EQ_ILMD_cbvmda:lotNumber=L/1', 'a'],
  ['GT_ILMD_ex:n=4.9', 'a'],
  ['EQ_INNER_ILMD_ex:p=q', 'a'],
  ['EQ_INNER_ILMD_ex:n=5', ''],
  ['EXISTS_ILMD_ex:zz=true', ''],
  ['GE_ILMD_cbvmda:itemExpirationDate=2027-01-01', 'a'],
  ['LT_ILMD_cbvmda:itemExpirationDate=2027-01-31T00:00:00Z', ''],
  // Order, limits and pages.
  ['orderBy=eventTime', 'fedcba'],
  ['orderBy=eventTime&orderDirection=ASC&eventCountLimit=2', 'ab'],
  ['orderBy=recordTime&orderDirection=ASC', all],
  ['orderBy=ex:num', all],
  ['orderBy=bizStep', 400],
  ['orderBy=eventTime&orderDirection=UP', 400],
  ['eventCountLimit=2', 400],
  ['orderBy=eventTime&eventCountLimit=2&maxEventCount=5', 400],
  ['orderBy=eventTime&eventCountLimit=-1', 400],
  ['maxEventCount=5', 413],
  ['maxEventCount=6', all],
  ['perPage=2', 'ab'],
  ['perPage=0', 400],
  ['nextPageToken=nonsense', 400],
  // What there is not.
  ['EQ_foo=1', 400],
  ['EQ_epc=urn:x:1', 400],
  ['EQ_foo:bar=1', ''],
]

test(`${questions.length} questions in addresses are answered as the standard says`, async () => {
  const wrong: unknown[] = []
  for (const [question, expected] of questions) {
    const found = await answerTo(`/epcis/events?${question}`)
    if (found !== expected) wrong.push({ question, expected, found })
  }
  assert.deepEqual(wrong, [])
})

const link = encodeURIComponent('https://id.gs1.org/01/06901000000301/21/100')
const paths: [string, string | number][] = [
  [`epcs/urn:epc:id:sgtin:${gtin}.100`, 'abc'],
  [`epcs/${link}`, 'abc'],
  ['epcs/https:%2f%2fid.gs1.org%2f01%2f06901000000301%2f21%2f100', 'abc'],
  ['epcs/https://id.gs1.org/01/06901000000301/21/100', 'abc'],
  [`epcs/${encodeURIComponent(link)}`, 'abc'],
  ['epcs/urn:x:nobody', 404],
  ['bizSteps/commissioning', 'a'],
  [`bizSteps/${encodeURIComponent('https://ref.gs1.org/cbv/BizStep-commissioning')}`, 'a'],
  [`bizSteps/${encodeURIComponent('https://example.org/assoc')}`, 'e'],
  ['bizSteps/shipping', ''],
  ['bizSteps/walking', 404],
  ['dispositions/active', 'a'],
  ['readPoints/urn:epc:id:sgln:6901000.00002.5', 'a'],
  ['readPoints/geo:22.3,108.4', 'f'],
  [`bizLocations/${encodeURIComponent('https://id.gs1.org/414/6901000000028')}`, 'a'],
  ['eventTypes/AggregationEvent', 'b'],
  ['eventTypes/aggregationevent', 404],
]

test('the resources of the top level lead to their events, however a URI is written in the path', async () => {
  const wrong: unknown[] = []
  for (const [path, expected] of paths) {
    const found = await answerTo(`/epcis/${path}/events`)
    const there = await fetch(`${server.url}/epcis/${path}`, { headers: { authorization: `Bearer ${factory.token}` } })
    if (found !== expected || there.status !== (expected === 404 ? 404 : 200)) wrong.push({ path, expected, found })
  }
  assert.deepEqual(wrong, [])
  assert.equal(await answerTo('/epcis/dispositions/active/events?EQ_action=DELETE'), '')
  assert.equal(await answerTo('/epcis/eventTypes/ObjectEvent/events?eventType=AggregationEvent'), '')
  assert.equal(await answerTo('/epcis/bizSteps/commissioning/events?EQ_bizStep=packing'), '')
})

const definitions: [Fields, string | number][] = [
  [{}, all],
  [{ EQ_bizStep: 'packing' }, 'b'],
  [{ GE_quantity: 1e15 }, ''],
  [{ EQ_quantity: [5, 10] }, 'ab'],
  [{ GT_value_CEL: 1e-7 }, 'f'],
  [{ EXISTS_errorDeclaration: null }, 'd'],
  [{ EXISTS_errorDeclaration: 1 }, 'd'],
  [{ EXISTS_errorDeclaration: 0 }, all],
  [{ GE_eventTime: '0001-01-01T00:00:00Z', LT_eventTime: '2026-07-01t01:00:00z' }, 'ab'],
  [{ '@context': { my: 'https://example.org/' }, 'EQ_my:list': ['two'] }, 'a'],
  [{ EQ_stringValue: ['glow|y'] }, 'f'],
  [{ orderBy: 'eventTime', orderDirection: 'ASC', eventCountLimit: 1 }, 'a'],
  [{ EQ_bizStep: [] }, 400],
  [{ perPage: 1 }, 400],
  [{ foo: 1 }, 400],
]

test('the same questions may be kept under a name', async () => {
  for (const [index, [query, expected]] of definitions.entries()) {
    const made = await factory.call('POST', '/epcis/queries', { name: `q${index}`, query })
    const found = made.status === 201 ? await answerTo(`/epcis/queries/q${index}/events`) : made.status
    assert.equal(found, expected, JSON.stringify(query))
  }
})

test('what media and versions a client accepts decides what it gets', async () => {
  for (const [headers, expected] of [
    [{ accept: 'application/*' }, all],
    [{ accept: 'application/json; charset=utf-8' }, all],
    [{ accept: 'image/png, */*;q=0.1' }, all],
    [{ accept: 'image/png' }, 406],
    [{ 'GS1-EPCIS-Version': '2.0' }, all],
    [{ 'GS1-EPCIS-Version': '1.2' }, 406],
    [{ 'GS1-EPCIS-Version': '2.1' }, 406],
    [{ 'GS1-EPCIS-Min': '2.0.0', 'GS1-EPCIS-Max': '2.0.0' }, all],
    [{ 'GS1-EPCIS-Max': '3' }, all],
    [{ 'GS1-EPCIS-Max': '1.2' }, 406],
    [{ 'GS1-CBV-Min': '2.1' }, 406],
    [{ 'GS1-CBV-Version': 'x' }, 406],
  ] as [Record<string, string>, string | number][]) {
    assert.equal(await answerTo('/epcis/events', headers), expected, JSON.stringify(headers))
  }
})
