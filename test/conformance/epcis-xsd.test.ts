import assert from 'node:assert/strict'
import { after, before } from 'node:test'
import { parseDocument, readXml, writeXml } from '../../src/standards/epcis/index.ts'
import { openFactory } from '../epcis/factory.ts'
import type { Person } from '../people.ts'
import type { TestServer } from '../server.ts'
import { mutate, randomOf } from '../standards/mutation.ts'
import { plain } from '../standards/plain-json.ts'
import { documentOf, eventTypes, fullEvent, smallEvent } from '../standards/sample-events.ts'
import { corpusFiles, corpusTest } from './corpus.ts'
import { schemaProblems } from './xsd.ts'

type Json = Record<string, unknown>

let server: TestServer
let factory: Person

before(async () => {
  ;({ server, factory } = await openFactory())
})

after(() => server.close())

/** A header of EPCIS 1.2 had a place for elements of others, that of 2.0 has none. */
const headerOfOthers = /xml-1\.2\/(?:EPCISDocument_with_comment|GS1_US_Pharma_Example_2_2_1_1)\.xml$/

corpusTest('every public document is written as XML that GS1’s schemas take', 179, () => {
  const files = corpusFiles(
    '{epcis/json-examples/**/*.jsonld,openepcis/json-capture/*.json,hash/*.jsonld,epcis/xml-examples/**/*.xml,openepcis/xml-*/*.xml,hash/*.xml}',
  )
  let count = 0
  for (const { name, text } of files) {
    // Capture jobs are no documents; a single event is none to the schemas.
    if (/CaptureJob|Single_event/.test(name) || headerOfOthers.test(name)) continue
    const read = name.endsWith('.xml') ? readXml(text) : { ok: true as const, value: JSON.parse(text) as Json }
    assert.ok(read.ok, name)
    for (const words of ['urn', 'web'] as const) assert.equal(schemaProblems(writeXml(read.value, words)), '', name)
    count++
  }
  assert.equal(count, 179)
})

/** What JSON may say and XML has no plain place for. */
const odd: Json[] = [
  { certificationInfo: ['https://example.cn/c/1', 'https://example.cn/c/2', 'https://example.cn/c/3'] },
  { bizTransactionList: [], sourceList: [], destinationList: [], sensorElementList: [] },
  {
    'example:none': null,
    'example:many': [1, 'two', [false]],
    'example:空 格': { 'a b': 1e21, '@type': 'x', '': 'y' },
  },
  { ilmd: {}, action: 'ADD', persistentDisposition: { set: ['active'] } },
  {
    sensorElementList: [
      {
        sensorMetadata: { 'example:list': ['a', 'b'], 'example:place': 'wall', deviceID: 'urn:x:1' },
        sensorReport: [
          { type: 'Temperature', value: 1e-7, 'example:probe': { 'example:depth': 3, plain: [null, '<&>\u0001'] } },
          { type: 'Temperature', minValue: -1, maxValue: 1e21, 'example:limit': 'x', 'example:none': null },
        ],
        'example:more': [{ 'example:a': true }, 2],
      },
    ],
  },
  { errorDeclaration: { declarationTime: '2026-07-23T00:00:00.123456789Z', 'example:form': { 'example:page': 3 } } },
  { '@context': { example: 'https://example.org/other#', epcis: 'https://example.org/mine/' }, 'epcis:own': 'x' },
  { readPoint: { id: 'urn:x:1', 'example:gate': { 'example:no': [1, 2] } }, quantityList: [{ epcClass: 'urn:x:c' }] },
]

corpusTest('what XML has no plain place for is valid all the same, and comes back', odd.length, () => {
  for (const fields of odd) {
    const json = documentOf({ ...smallEvent(), ...fields })
    const parsed = parseDocument(json)
    assert.ok(parsed.ok, JSON.stringify(parsed))
    const xml = writeXml({ ...json, schemaVersion: '2.0.0' })
    assert.equal(schemaProblems(xml), '', xml)
    const back = readXml(xml)
    assert.ok(back.ok, xml)
    const again = parseDocument(back.value)
    assert.ok(again.ok, xml)
    assert.deepEqual(again.document.events[0]?.hash, parsed.document.events[0]?.hash, xml)
    const lists = Object.entries(fields).some(([, value]) => Array.isArray(value) && value.length === 0)
    if (!lists) assert.deepEqual(plain(back.value), plain(json), xml)
  }
})

corpusTest('whatever JSON is accepted is written as XML that GS1’s schemas take', 250, () => {
  const random = randomOf(20261122)
  let accepted = 0
  for (let round = 0; round < 900; round++) {
    const json = documentOf(fullEvent(eventTypes[round % 5] ?? ''))
    for (let i = random(3); i >= 0; i--) mutate(json, random)
    const text = JSON.stringify(json)
    const document = JSON.parse(text) as Json
    // Half an octet is one in JSON’s schema, and none in XML’s; a namespace there is plain ASCII.
    if (/"hexBinaryValue":"(?:\w\w)*\w",|:"https:[^"]*[^\0-~"]/.test(text) || !parseDocument(document).ok) continue
    accepted++
    assert.equal(schemaProblems(writeXml(document)), '', text)
  }
  assert.ok(accepted > 100, String(accepted))
})

async function xmlOf(path: string, headers: Record<string, string> = {}): Promise<{ status: number; xml: string }> {
  const response = await fetch(server.url + path, {
    headers: { authorization: `Bearer ${factory.token}`, accept: 'application/xml', ...headers },
  })
  assert.match(response.headers.get('content-type') ?? '', /^application\/(?:problem\+)?xml/, path)
  return { status: response.status, xml: await response.text() }
}

corpusTest('what the server answers in XML is what GS1’s schemas take', 46, async () => {
  for (const { text } of corpusFiles('epcis/json-examples/**/*.jsonld')) {
    if ((JSON.parse(text) as { type: string }).type !== 'EPCISDocument') continue
    assert.equal((await factory.call('POST', '/epcis/capture', text)).status, 202)
  }
  const fields = odd.map((one, index) => ({ ...smallEvent(), ...one, eventID: `urn:x:odd${index}` }))
  const captured = await factory.call<{ stored: number }>('POST', '/epcis/capture', documentOf(...fields))
  assert.deepEqual([captured.status, captured.body.stored], [202, odd.length])
  const query = { name: 'all', query: { eventType: ['ObjectEvent', 'AggregationEvent'] } }
  assert.equal((await factory.call('POST', '/epcis/queries', query)).status, 201)
  const refused = documentOf({ ...smallEvent(), action: 'MOVE' })
  const failed = await fetch(`${server.url}/epcis/capture`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${factory.token}`,
      'content-type': 'application/json',
      'GS1-Capture-Error-Behaviour': 'proceed',
    },
    body: JSON.stringify(refused),
  })
  for (const [path, headers] of [
    ['/epcis/events?perPage=1000', {}],
    ['/epcis/events?perPage=1000', { 'GS1-CBV-XML-Format': 'Always_Web_URI' }],
    ['/epcis/events?perPage=1000', { 'GS1-EPC-Format': 'Always_EPC_URN' }],
    ['/epcis/events?perPage=1000', { 'GS1-EPC-Format': 'Never_Translates' }],
    ['/epcis/events?EQ_action=DELETE&EQ_bizStep=void_shipping', {}],
    ['/epcis/events/urn:x:odd4', {}],
    ['/epcis/eventTypes/ObjectEvent/events?perPage=1000', {}],
    ['/epcis/queries/all/events?perPage=1000', {}],
    [String(captured.headers.get('location')), {}],
    [String(failed.headers.get('location')), {}],
  ] as [string, Record<string, string>][]) {
    const { status, xml } = await xmlOf(path, headers)
    assert.equal(status, 200, path)
    assert.equal(schemaProblems(xml), '', `${path}: ${xml.slice(0, 2000)}`)
  }
  for (const [path, status, headers] of [
    ['/epcis/events', 401, { authorization: '' }],
    ['/epcis/events', 406, { 'GS1-EPCIS-Min': '3.0' }],
    ['/epcis/events?maxEventCount=0', 413],
    [`/epcis/events?EQ_eventID=${'x'.repeat(9000)}`, 414],
    ['/epcis/queries', 406],
    ['/epcis/events/urn:x:nothing', 404],
    ['/epcis/events?EQ_action=MOVE&EQ_bizStep=no', 400],
    ['/epcis/capture/nothing', 404],
  ] as [string, number, Record<string, string>?][]) {
    const answer = await xmlOf(path, headers)
    assert.deepEqual([answer.status, schemaProblems(answer.xml)], [status, ''], answer.xml)
  }
})
