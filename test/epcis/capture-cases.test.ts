import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Person } from '../people.ts'
import type { TestServer } from '../server.ts'
import { at, context, documentOf, event, type Fields } from '../trace/chain.ts'
import { openFactory } from './factory.ts'

/** What may be captured and what not, as somebody tries who knows the standard and not this house. */

type Answer = { stored?: number; type?: string; problems?: { code: string; at: string }[] }
type Found = { epcisBody: { queryResults: { resultsBody: { eventList: Fields[] } } } }

let server: TestServer
let factory: Person

before(async () => {
  ;({ server, factory } = await openFactory())
})

after(() => server.close())

let number = 0
const gtin = '6901000.000030'
const lot = { epcClass: `urn:epc:class:lgtin:${gtin}.L` }

function observed(fields: Fields = {}): Fields {
  number++
  return event('ObjectEvent', at(1), {
    eventID: `urn:x:case:${number}`,
    action: 'OBSERVE',
    epcList: [`urn:epc:id:sgtin:${gtin}.C${number}`],
    ...fields,
  })
}

async function post(path: string, body: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(server.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${factory.token}`, 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  const type = response.headers.get('content-type') ?? ''
  const text = await response.text()
  return { status: response.status, type, text, body: (type.includes('json') ? JSON.parse(text) : {}) as Answer }
}

async function eventsOf(id: string, headers: Record<string, string> = {}): Promise<Fields[]> {
  const response = await fetch(`${server.url}/epcis/events/${encodeURIComponent(id)}`, {
    headers: { authorization: `Bearer ${factory.token}`, ...headers },
  })
  return ((await response.json()) as Found).epcisBody.queryResults.resultsBody.eventList
}

const standard = 'https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld'

/** Each document with what it is refused for; undefined where it is taken. */
const documents: [string, Fields, string?][] = [
  ['the context of the working group', { '@context': ['https://gs1.github.io/EPCIS/epcis-context.jsonld'] }],
  ['a later context', { '@context': 'https://ref.gs1.org/standards/epcis/2.0.1/epcis-context.jsonld' }],
  ['a vocabulary for all', { '@context': [standard, { '@vocab': 'https://example.org/' }] }],
  [
    'a prefix defined at length',
    { '@context': [standard, { '@version': 1.1, ex: { '@id': 'https://example.org/' } }] },
  ],
  [
    'a term with a type',
    { '@context': [standard, { ex: 'https://a.b/', day: { '@id': 'ex:day', '@type': 'xsd:date' } }] },
  ],
  ['no standard context', { '@context': { ex: 'https://example.org/' } }, 'context /@context'],
  ['version 2', { schemaVersion: '2' }],
  ['version 2.0.0', { schemaVersion: '2.0.0' }],
  ['version 1.2', { schemaVersion: '1.2' }, 'schema-version /schemaVersion'],
  ['a version as number', { schemaVersion: 2 }, 'wrong-type /schemaVersion'],
  ['no version', { schemaVersion: undefined }, 'missing /schemaVersion'],
  ['a date with small letters', { creationDate: '2026-07-01t00:00:00z' }],
  ['a date without zone', { creationDate: '2026-07-01T00:00:00' }, 'date-time /creationDate'],
  ['sender and receiver', { sender: 'urn:epc:id:pgln:6901000.00002', receiver: 'urn:x:r', instanceIdentifier: '7' }],
  ['an own header', { epcisHeader: { 'ex:h': { 'ex:deep': [1] } } }],
  ['an own field', { 'ex:foo': 1 }],
  ['an unknown field', { foo: 1 }, 'unknown-field /foo'],
  ['no events', { epcisBody: { eventList: [] } }],
  ['no list of events', { epcisBody: {} }, 'missing /epcisBody/eventList'],
  ['an event where a list belongs', { epcisBody: { eventList: {} } }, 'wrong-type /epcisBody/eventList'],
  ['another type', { type: 'EPCISMasterDataDocument' }, 'type /type'],
]

test('documents are taken or refused as the standard has it', async () => {
  const wrong: unknown[] = []
  for (const [title, fields, expected] of documents) {
    const { status, body } = await post('/epcis/capture', { ...documentOf([observed()]), ...fields })
    const found = status === 202 ? undefined : `${body.problems?.[0]?.code} ${body.problems?.[0]?.at}`
    if (found !== expected) wrong.push({ title, expected, found })
  }
  assert.deepEqual(wrong, [])
})

const report = (fields: Fields) => ({ sensorElementList: [{ sensorReport: [fields] }] })
const cases: [Fields, string?][] = [
  // Times.
  [{ eventTime: '2026-07-01t08:00:00.5z' }],
  [{ eventTime: '2026-07-01T08:00:00.12345678901234567890-14:00', eventTimeZoneOffset: '-14:00' }],
  [{ eventTime: '2024-02-29T08:00:00-00:00', eventTimeZoneOffset: '-00:00' }],
  [{ eventTime: '9999-12-31T23:59:59.999Z' }],
  [{ eventTime: '2026-02-29T08:00:00Z' }, 'date-time /eventTime'],
  [{ eventTime: '2016-12-31T23:59:60Z' }, 'date-time /eventTime'],
  [{ eventTime: '2016-12-31T24:00:00Z' }, 'date-time /eventTime'],
  [{ eventTime: '0001-01-01T00:00:00Z' }, 'date-time /eventTime'],
  [{ eventTime: '2026-07-01T08:00Z' }, 'date-time /eventTime'],
  [{ eventTime: '2026-07-01 08:00:00Z' }, 'date-time /eventTime'],
  [{ eventTimeZoneOffset: 'Z' }, 'zone-offset /eventTimeZoneOffset'],
  [{ recordTime: '2020-01-01T00:00:00Z' }],
  // Words.
  [{ bizStep: 'cbv:BizStep-shipping', disposition: 'https://ns.gs1.org/cbv/Disp-in_transit' }],
  [{ bizStep: 'ex:step', disposition: 'https://example.org/d' }],
  [{ bizStep: 'walking' }, 'vocabulary /bizStep'],
  [{ disposition: 'IN_TRANSIT' }, 'vocabulary /disposition'],
  [{ action: 'observe' }, 'action /action'],
  [{ bizStep: null }, 'wrong-type /bizStep'],
  // Places, papers, parties.
  [{ readPoint: { id: 'geo:22.3,108.4', 'ex:gate': { 'ex:no': 3 } } }],
  [{ readPoint: 'urn:epc:id:sgln:6901000.00002.0' }, 'wrong-type /readPoint'],
  [{ bizLocation: { 'ex:a': 1 } }, 'missing /bizLocation/id'],
  [{ bizTransactionList: [{ bizTransaction: 'urn:epcglobal:cbv:bt:0614141073467:A%23123-49' }] }],
  [{ sourceList: [{ source: 'urn:x:s' }] }, 'missing /sourceList/0/type'],
  [{ sourceList: [{ type: 'https://example.org/t', source: 'urn:x:s' }], destinationList: [] }],
  // Things and amounts.
  [{ epcList: ['urn:x:1', 'urn:x:1'] }, 'duplicate /epcList/1'],
  [{ epcList: [] }, 'no-things /epcList'],
  [{ epcList: [], quantityList: [lot] }],
  [{ epcList: ['https://example.com/some/path/01/06901000000301/21/777?17=261231'] }],
  [{ epcList: ['https://id.gs1.org/gtin/06901000000301/ser/780', 'urn:x:螺蛳粉'] }],
  [{ epcList: ['https://example.org/%E8%9E%BA'] }],
  [{ epcList: ['https://example.org/%E8%9E%B'] }, 'uri /epcList/0'],
  [{ epcList: ['urn:epc:id:sgtin:6901000.000030.a b'] }, 'uri /epcList/0'],
  [{ epcList: ['urn:epc:id:sgtin:6901000.30.1'] }, 'epc /epcList/0'],
  [{ quantityList: [{ ...lot, quantity: 0 }] }],
  [{ quantityList: [{ ...lot, quantity: 1e-30, uom: 'KGM' }] }],
  [{ quantityList: [{ ...lot, quantity: '5' }] }, 'number /quantityList/0/quantity'],
  [{ quantityList: [{ ...lot, uom: 'KGM' }] }, 'missing /quantityList/0/quantity'],
  [{ quantityList: [{ ...lot, quantity: 1, uom: 'kgm' }] }, 'uom /quantityList/0/uom'],
  // Master data of the lot.
  [{ action: 'ADD', ilmd: { 'https://example.org/x': 'x', 'cbvmda:lotNumber': 'L' } }],
  [{ action: 'ADD', ilmd: { lotNumber: 'L' } }, 'unknown-field /ilmd/lotNumber'],
  [{ ilmd: { 'cbvmda:lotNumber': 'L' } }, 'ilmd-action /ilmd'],
  // Sensors.
  [{ epcList: [], readPoint: { id: 'urn:x:rp' }, ...report({ type: 'Temperature', value: 1, uom: 'CEL' }) }],
  [report({ type: 'ex:Glow', stringValue: '', exception: 'ALARM_CONDITION', 'ex:list': [1, { 'ex:a': null }] })],
  [report({ type: 'Angle', value: -1e-9, component: 'cbv:Comp-latitude' })],
  [report({ value: 1 }), 'missing /sensorElementList/0/sensorReport/0/type'],
  [report({ type: 'Temperature', value: '1' }), 'number /sensorElementList/0/sensorReport/0/value'],
  [{ sensorElementList: {} }, 'wrong-type /sensorElementList'],
  // Everything else.
  [{ persistentDisposition: { set: ['damaged'], unset: ['conformant'] } }],
  [{ persistentDisposition: {} }, 'missing /persistentDisposition'],
  [{ certificationInfo: ['https://a.b/c', 'urn:x:c'] }],
  [{ errorDeclaration: { declarationTime: '2026-07-02t00:00:00z', reason: 'did_not_occur' } }],
  [{ errorDeclaration: { reason: 'did_not_occur' } }, 'missing /errorDeclaration/declarationTime'],
  [{ eventID: '0198f3a0-0000-7000-8000-000000000001' }, 'uri /eventID'],
  [{ eventID: 'urn:uuid:0198f3a0-0000-7000-8000-000000000001' }],
  [{ type: 'ex:Custom' }, 'type /type'],
  [{ bar: 1 }, 'unknown-field /bar'],
  [{ 'foo:bar': 1 }, 'undeclared-prefix /foo:bar'],
  [{ 'ex:t': { '@type': 'xsd:date', '@value': '2026-01-01' }, 'ex:none': null, 'ex:emoji': '🍜\u0001' }],
]

test('each event that is taken comes back to the letter, in JSON, and each other is refused with its place', async () => {
  const wrong: unknown[] = []
  for (const [fields, expected] of cases) {
    const sent = observed(fields)
    const { status, body } = await post('/epcis/events', { '@context': context, ...sent })
    const found = status === 201 ? undefined : `${body.problems?.[0]?.code} ${body.problems?.[0]?.at}`
    if (found !== expected) wrong.push({ fields, expected, found })
    if (found !== undefined) continue
    const [back] = await eventsOf(String(sent.eventID), { 'GS1-EPC-Format': 'Never_Translates' })
    delete back?.['@context']
    assert.deepEqual({ ...back, recordTime: undefined }, { ...sent, recordTime: undefined })
    assert.notEqual(back?.recordTime, sent.recordTime)
  }
  assert.deepEqual(wrong, [])
})

test('an event may be declared wrong more than once, but not be told otherwise', async () => {
  const one = { '@context': context, ...observed() }
  const declared = (reason: string, time: string) => ({
    ...one,
    errorDeclaration: { declarationTime: time, reason, correctiveEventIDs: ['urn:x:later'] },
  })
  for (const body of [one, one, declared('did_not_occur', at(3)), declared('incorrect_data', at(4))])
    assert.equal((await post('/epcis/events', body)).status, 201)
  const other = await post('/epcis/events', { ...one, bizStep: 'shipping' })
  assert.deepEqual([other.status, other.body.type], [409, 'epcisException:ResourceAlreadyExistsException'])
  const found = await eventsOf(String((one as Fields).eventID))
  assert.deepEqual(
    found.map(({ errorDeclaration }) => (errorDeclaration as Fields | undefined)?.reason),
    [undefined, 'did_not_occur', 'incorrect_data'],
  )
})

test('what is sent decides by its media type, and what is no document is refused', async () => {
  const text = () => JSON.stringify(documentOf([observed()]))
  for (const [type, status] of [
    ['application/ld+json', 202],
    ['application/json;charset=utf-8', 202],
    ['APPLICATION/JSON', 202],
    ['application/vnd.example.epcis+json', 202],
    ['text/plain', 415],
    ['application/octet-stream', 415],
    ['application/xml', 400],
  ] as const) {
    assert.equal((await post('/epcis/capture', text(), { 'content-type': type })).status, status, type)
  }
  for (const body of ['', '{"a":', '[]', 'null', '5', JSON.stringify({ '@context': context, ...observed() })])
    assert.equal((await post('/epcis/capture', body)).status, 400, body)
  for (const [header, value, status] of [
    ['GS1-EPCIS-Version', '2.0.1', 202],
    ['GS1-EPCIS-Version', '2', 202],
    ['GS1-EPCIS-Version', '1.2', 202],
    ['GS1-EPCIS-Version', '2.1', 406],
    ['GS1-CBV-Version', '3.0', 406],
    ['GS1-Capture-Error-Behaviour', 'all', 400],
    ['GS1-Extensions', 'nonsense', 400],
  ] as const) {
    assert.equal((await post('/epcis/capture', text(), { [header]: value })).status, status, `${header}: ${value}`)
  }
})

const xmlEvent = (id: string) => `<ObjectEvent><eventTime>2026-07-01T08:00:00Z</eventTime>
<eventTimeZoneOffset>+08:00</eventTimeZoneOffset><eventID>${id}</eventID>
<epcList><epc>urn:epc:id:sgtin:${gtin}.${id.length}X</epc></epcList><action>OBSERVE</action></ObjectEvent>`
const xmlDocument = (events: string, version = '2.0', namespace = `urn:epcglobal:epcis:xsd:${version.charAt(0)}`) =>
  `<epcis:EPCISDocument xmlns:epcis="${namespace}" xmlns:ex="https://example.org/" xmlns:mda="urn:epcglobal:cbv:mda"
  schemaVersion="${version}" creationDate="2026-07-01T00:00:00Z"><EPCISBody><EventList>${events}</EventList></EPCISBody></epcis:EPCISDocument>`
const old = (fields: string) => `<ObjectEvent><eventTime>2026-07-01T08:00:00Z</eventTime>
<eventTimeZoneOffset>+08:00</eventTimeZoneOffset>${fields}</ObjectEvent>`

const xmls: [string, string, number][] = [
  [
    'every element under the prefix',
    xmlDocument(xmlEvent('urn:x:p')).replaceAll(/<(\/?)([A-Za-z]+)>/g, '<$1epcis:$2>'),
    202,
  ],
  [
    'the default namespace',
    xmlDocument(xmlEvent('urn:x:dn')).replaceAll('epcis:EPCIS', 'EPCIS').replace(':epcis=', '='),
    202,
  ],
  ['1.2 under the namespace of 2', xmlDocument(xmlEvent('urn:x:mixed'), '1.2', 'urn:epcglobal:epcis:xsd:2'), 202],
  [
    '1.1 with a quantity event',
    xmlDocument(
      `<QuantityEvent><eventTime>2026-07-01T08:00:00Z</eventTime><eventTimeZoneOffset>+08:00</eventTimeZoneOffset>
    <epcClass>urn:epc:idpat:sgtin:${gtin}.*</epcClass><quantity>5</quantity></QuantityEvent>`,
      '1.1',
    ),
    202,
  ],
  [
    '1.2 with a transformation in an extension',
    xmlDocument(
      `<extension><TransformationEvent><eventTime>2026-07-01T08:00:00Z</eventTime><eventTimeZoneOffset>+08:00</eventTimeZoneOffset>
    <inputEPCList><epc>urn:x:in</epc></inputEPCList><outputEPCList><epc>urn:x:out</epc></outputEPCList></TransformationEvent></extension>`,
      '1.2',
    ),
    202,
  ],
  [
    '1.2 with an error in the base extension and ilmd in the other',
    xmlDocument(
      old(
        `<baseExtension><eventID>urn:x:old</eventID><errorDeclaration><declarationTime>2026-07-02T00:00:00Z</declarationTime>
    <reason>urn:epcglobal:cbv:er:did_not_occur</reason></errorDeclaration></baseExtension><epcList><epc>urn:x:il</epc></epcList>
    <action>ADD</action><extension><ilmd><mda:lotNumber>OLD</mda:lotNumber></ilmd></extension>`,
      ),
      '1.2',
    ),
    202,
  ],
  ['no version', xmlDocument(xmlEvent('urn:x:nv')).replace('schemaVersion="2.0"', ''), 400],
  ['an entity', `<!DOCTYPE x [<!ENTITY a "b">]>${xmlDocument(xmlEvent('urn:x:en'))}`, 400],
  ['what is not closed', '<a>', 400],
]

test('XML of every age is taken, and refused in XML to whoever wants XML', async () => {
  for (const [title, text, expected] of xmls) {
    const { status, body } = await post('/epcis/capture', text, { 'content-type': 'application/xml' })
    assert.equal(status, expected, `${title}: ${JSON.stringify(body)}`)
  }
  for (const name of ['cbvmda:lotNumber', 'urn:epcglobal:cbv:mda:lotNumber', 'urn:epcglobal:cbv:mda#lotNumber']) {
    const asked = await fetch(`${server.url}/epcis/events?${new URLSearchParams({ [`EQ_ILMD_${name}`]: 'OLD' })}`, {
      headers: { authorization: `Bearer ${factory.token}` },
    })
    const { eventList } = ((await asked.json()) as Found).epcisBody.queryResults.resultsBody
    assert.equal(eventList[0]?.eventID, 'urn:x:old', name)
  }
  const bad = xmlDocument(xmlEvent('urn:x:bad').replace('OBSERVE', 'MOVE'))
  const xml = { 'content-type': 'application/xml', accept: 'application/problem+xml' }
  const refused = await post('/epcis/capture', bad, xml)
  assert.deepEqual([refused.status, refused.type.split(';')[0]], [400, 'application/problem+xml'])
  assert.match(refused.text, /<type>epcisException:ValidationException<\/type>/)
})
