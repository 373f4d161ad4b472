import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Person, personOf } from '../people.ts'
import type { TestServer } from '../server.ts'
import { at, event, type Fields, lot, owners, place, serial } from '../trace/chain.ts'
import { openFactory } from './factory.ts'

type Found = { title?: string; type?: string; epcisBody: { queryResults: { resultsBody: { eventList: Fields[] } } } }

const ex = 'https://example.org/'
const flour = '06901000000103'
const bag = '06901000000301'
let server: TestServer
let factory: Person

const named = (name: string, type: string, time: string, fields: Fields) =>
  event(type, time, { eventID: `urn:x:${name}`, ...fields })

const events: Fields[] = [
  named('made', 'ObjectEvent', at(1), {
    action: 'ADD',
    bizStep: 'commissioning',
    bizLocation: { ...place('factory'), 'ex:zone': 'cold', 'ex:room': { 'ex:shelf': 4 } },
    quantityList: [{ epcClass: lot(flour, 'R1'), quantity: 100.5, uom: 'KGM' }],
    ilmd: {
      'cbvmda:lotNumber': 'R1',
      'cbvmda:itemExpirationDate': '2027-04-10',
      'ex:moisture': 12.5,
      'ex:origin': { 'ex:village': 'Sanjiang' },
    },
    'ex:colour': 'white',
    'ex:grade': 2,
  }),
  named('measured', 'ObjectEvent', at(2), {
    action: 'OBSERVE',
    epcList: [serial(bag, 'B1')],
    readPoint: { ...place('factory'), 'ex:gate': 'east' },
    sensorElementList: [
      {
        sensorMetadata: {
          time: at(2, 6),
          startTime: at(2, 5),
          endTime: at(2, 7),
          deviceID: 'urn:epc:id:giai:4000001.111',
          bizRules: 'https://example.org/rules/1',
          'ex:mount': 'wall',
        },
        sensorReport: [
          {
            type: 'Temperature',
            value: 26.5,
            uom: 'CEL',
            minValue: 20,
            maxValue: 30,
            meanValue: 25,
            sDev: 0.5,
            'ex:probe': { 'ex:depth': 3 },
          },
          { type: 'gs1:RelativeHumidity', value: 61, uom: 'A93', percRank: 50, percValue: 12, percUom: undefined },
          { type: 'Count', stringValue: 'many', chemicalSubstance: 'https://example.org/chem/1' },
          {
            type: 'Count',
            booleanValue: true,
            hexBinaryValue: 'AF',
            uriValue: 'https://example.org/u',
            microorganism: 'https://example.org/m/1',
          },
        ],
        'ex:batch': 'S7',
      },
    ],
    persistentDisposition: {
      set: ['completeness_verified'],
      unset: ['https://ref.gs1.org/cbv/Disp-completeness_inferred'],
    },
    'ex:colour': ['red', 'green'],
    'ex:grade': 10,
    'ex:seen': '2026-07-02T08:00:00+08:00',
    'ex:nest': { 'ex:deep': [{ 'ex:leaf': 'x', 'ex:number': 7 }] },
  }),
  named('tray', 'AssociationEvent', at(2), {
    action: 'ADD',
    parentID: 'urn:epc:id:grai:6901000.00010.77',
    childEPCs: [
      'urn:epc:id:cpi:6901000.12.5',
      'urn:epc:id:itip:6901000.000030.01.02.9',
      'urn:epc:id:gid:95100000.12345.4',
      'urn:epc:id:usdod:2S194.8',
    ],
  }),
  named('wrong', 'ObjectEvent', at(3), {
    action: 'OBSERVE',
    epcList: [serial(bag, 'B2')],
    bizLocation: place('factory'),
    errorDeclaration: {
      declarationTime: at(4),
      reason: 'urn:epcglobal:cbv:er:incorrect_data',
      correctiveEventIDs: ['urn:x:measured'],
      'ex:clerk': 'Wei',
      'ex:form': { 'ex:page': 3 },
    },
  }),
]

before(async () => {
  ;({ server, factory } = await openFactory())
  const document = {
    '@context': ['https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld', { ex }],
    type: 'EPCISDocument',
    schemaVersion: '2.0',
    creationDate: at(30),
    epcisBody: { eventList: JSON.parse(JSON.stringify(events)) },
  }
  const { status, body } = await factory.call('POST', '/epcis/capture', document)
  assert.equal(status, 202, JSON.stringify(body))
})

after(() => server.close())

async function ask(path: string, headers: Record<string, string> = {}): Promise<{ status: number; body: Found }> {
  const response = await fetch(new URL(path, server.url), {
    headers: { authorization: `Bearer ${factory.token}`, ...headers },
  })
  return { status: response.status, body: (await response.json()) as Found }
}

const namesIn = (body: Found) =>
  body.epcisBody.queryResults.resultsBody.eventList.map(({ eventID }) => String(eventID).slice(6)).sort()

/** Each parameter of query-schema.json with a value that finds, and one that does not. */
const questions: [string, string | number, string[]][] = [
  ['EQ_quantity', 100.5, ['made']],
  ['EQ_quantity_KGM', 100.5, ['made']],
  ['EQ_quantity_GRM', 100.5, []],
  ['GT_quantity_KGM', 100, ['made']],
  ['LE_quantity_KGM', 100, []],
  ['EQ_persistentDisposition_set', 'completeness_verified', ['measured']],
  ['EQ_persistentDisposition_set', 'urn:epcglobal:cbv:disp:completeness_verified', ['measured']],
  ['EQ_persistentDisposition_unset', 'completeness_inferred', ['measured']],
  ['EQ_persistentDisposition_unset', 'completeness_verified', []],
  ['EXISTS_errorDeclaration', 'true', ['wrong']],
  ['GE_errorDeclarationTime', at(4), ['wrong']],
  ['LT_errorDeclarationTime', at(4), []],
  ['LT_errorDeclaration_Time', at(5), ['wrong']],
  ['EQ_errorReason', 'incorrect_data', ['wrong']],
  ['EQ_errorReason', 'did_not_occur', []],
  ['EQ_correctiveEventID', 'urn:x:measured', ['wrong']],
  ['EQ_correctiveEventID', 'urn:x:other', []],
  ['EXISTS_sensorElementList', 'true', ['measured']],
  ['GE_time', at(2, 6), ['measured']],
  ['LT_time', at(2, 6), []],
  ['GE_startTime', at(2, 5), ['measured']],
  ['LT_startTime', at(2, 5), []],
  ['LT_endTime', at(2, 8), ['measured']],
  ['GE_endTime', at(2, 8), []],
  ['EQ_type', 'Temperature|Mass', ['measured']],
  ['EQ_type', 'gs1:RelativeHumidity', ['measured']],
  ['EQ_type', 'https://gs1.org/voc/Count', ['measured']],
  ['EQ_type', 'Mass', []],
  ['EQ_deviceID', 'urn:epc:id:giai:4000001.111', ['measured']],
  ['EQ_deviceID', 'https://id.gs1.org/8004/4000001111', ['measured']],
  ['EQ_deviceID', 'urn:epc:id:giai:4000001.112', []],
  ['MATCH_anyEPC', 'urn:epc:idpat:grai:6901000.00010.*', ['tray']],
  ['MATCH_anyEPC', 'urn:epc:idpat:grai:6901000.00011.*', []],
  ['MATCH_anyEPC', 'urn:epc:idpat:cpi:6901000.12.*', ['tray']],
  ['MATCH_anyEPC', 'urn:epc:idpat:cpi:6901000.1.*', []],
  ['MATCH_anyEPC', 'urn:epc:idpat:itip:6901000.000030.01.02.*', ['tray']],
  ['MATCH_anyEPC', 'urn:epc:idpat:gid:95100000.12345.*', ['tray']],
  ['MATCH_anyEPC', 'urn:epc:idpat:usdod:2S194.*', ['tray']],
  ['EQ_bizRules', 'https://example.org/rules/1', ['measured']],
  ['EQ_dataProcessingMethod', 'https://example.org/d', []],
  ['EQ_microorganism', 'https://example.org/m/1', ['measured']],
  ['EQ_chemicalSubstance', 'https://example.org/chem/1', ['measured']],
  ['EQ_stringValue', 'few|many', ['measured']],
  ['EQ_booleanValue', 'true', ['measured']],
  ['EQ_booleanValue', 'false', []],
  ['EQ_hexBinaryValue', 'AF', ['measured']],
  ['EQ_hexBinaryValue', 'af', ['measured']],
  ['EQ_uriValue', 'https://example.org/u', ['measured']],
  ['EQ_value_CEL', '26.5', ['measured']],
  ['GT_value_CEL', '26.5', []],
  ['GE_value_CEL', '26.5', ['measured']],
  ['GE_value_KEL', '1', ['measured']],
  ['EQ_value_KEL', '299.65', ['measured']],
  ['EQ_value_FAH', '79.7', ['measured']],
  ['GT_value_FAH', '79.7', []],
  ['GE_value_KGM', '1', []],
  ['GE_maxValue_FAH', '86', ['measured']],
  ['LE_minValue_CEL', '20', ['measured']],
  ['LT_minValue_CEL', '20', []],
  ['GE_maxValue_CEL', '30', ['measured']],
  ['GT_meanValue_CEL', '24', ['measured']],
  ['LT_sDev_CEL', '0.6', ['measured']],
  ['GE_percRank', '50', ['measured']],
  ['GT_percRank', '50', []],
  ['LE_percValue_A93', '12', ['measured']],
  ['EQ_ex:colour', 'green|blue', ['measured']],
  ['EQ_ex:colour', 'white', ['made']],
  ['EQ_https://example.org/colour', 'white', ['made']],
  ['EQ_https://example.org/#colour', 'white', ['made']],
  ['EQ_ex:nothing', 'white', []],
  ['GE_ex:grade', '3', ['measured']],
  ['LT_ex:grade', '3', ['made']],
  ['GT_ex:seen', '2026-07-01T23:00:00Z', ['measured']],
  ['LE_ex:seen', '2026-07-01T23:00:00Z', []],
  ['EXISTS_ex:grade', '', ['made', 'measured']],
  ['EQ_INNER_ex:leaf', 'x', ['measured']],
  ['EQ_INNER_ex:colour', 'white', []],
  ['GT_INNER_ex:number', '6', ['measured']],
  ['EXISTS_INNER_ex:leaf', 'true', ['measured']],
  ['EQ_ILMD_cbvmda:lotNumber', 'R1', ['made']],
  ['EQ_ILMD_urn:epcglobal:cbv:mda:lotNumber', 'R1', ['made']],
  ['EQ_ILMD_cbvmda:lotNumber', 'R2', []],
  ['GT_ILMD_ex:moisture', '12', ['made']],
  ['LT_ILMD_ex:moisture', '12', []],
  ['EXISTS_ILMD_ex:moisture', 'true', ['made']],
  ['EQ_ILMD_cbvmda:itemExpirationDate', '2027-04-10', ['made']],
  ['GE_ILMD_cbvmda:itemExpirationDate', '2027-04-10', ['made']],
  ['LT_ILMD_cbvmda:itemExpirationDate', '2027-04-10', []],
  ['LT_ILMD_cbvmda:itemExpirationDate', '2027-04-10T00:00:01Z', ['made']],
  ['MATCH_anyEPCClass', 'urn:epc:idpat:lgtin:6901000.000010.*', ['made']],
  ['MATCH_anyEPCClass', 'urn:epc:idpat:lgtin:6901000.000011.*', []],
  ['MATCH_epcClass', 'urn:epc:idpat:lgtin:6901000.*.*', ['made']],
  ['MATCH_epcClass', 'urn:epc:idpat:lgtin:6901001.*.*', []],
  ['MATCH_epcClass', 'urn:epc:idpat:sgtin:6901000.*.*', []],
  ['EQ_bizStep', 'shipping,commissioning', ['made']],
  ['EQ_action', 'DELETE,ADD', ['made', 'tray']],
  ['EQ_INNER_ILMD_ex:village', 'Sanjiang', ['made']],
  ['EXISTS_INNER_ILMD_ex:village', 'true', ['made']],
  ['EQ_ERROR_DECLARATION_ex:clerk', 'Wei', ['wrong']],
  ['EXISTS_ERROR_DECLARATION_ex:clerk', 'true', ['wrong']],
  ['LT_INNER_ERROR_DECLARATION_ex:page', '4', ['wrong']],
  ['EQ_SENSORELEMENT_ex:batch', 'S7', ['measured']],
  ['EXISTS_SENSORELEMENT_ex:batch', 'true', ['measured']],
  ['EQ_SENSORMETADATA_ex:mount', 'wall', ['measured']],
  ['EQ_SENSORREPORT_ex:probe', 'x', []],
  ['EXISTS_SENSORREPORT_ex:probe', 'true', ['measured']],
  ['GE_INNER_SENSORREPORT_ex:depth', '3', ['measured']],
  ['EQ_readPoint_ex:gate', 'east', ['measured']],
  ['EQ_bizLocation_ex:zone', 'cold', ['made']],
  ['EQ_INNER_bizLocation_ex:shelf', '4', ['made']],
]

for (const [name, value, expected] of questions) {
  test(`${name}=${value} finds ${expected.join(', ') || 'nothing'}`, async () => {
    const { status, body } = await ask(`/epcis/events?${new URLSearchParams({ [name]: String(value) })}`)
    assert.equal(status, 200, JSON.stringify(body))
    assert.deepEqual(namesIn(body), expected)
  })
}

test('a query is kept under a name that its own address can bear, and found there', async () => {
  const query = { eventType: ['ObjectEvent'] }
  for (const name of ['.', '..', '', ' ', 'a b', 'a/b', 'a\tb', 'a\0b', '\u2028', 'x'.repeat(129), 7]) {
    const { status, body } = await factory.call<Found>('POST', '/epcis/queries', { name, query })
    assert.equal(status, 400, JSON.stringify(name))
    assert.equal((body as { problems?: { at: string }[] }).problems?.[0]?.at, '/name')
  }
  for (const name of ['...', '.a', 'a..', '查询', '%2e', '%', 'a?b#c', '𠮷'.repeat(128)]) {
    const { status, headers } = await factory.call('POST', '/epcis/queries', { name, query })
    assert.equal(status, 201, name)
    const at = headers.get('location') ?? ''
    const kept = await factory.call<{ name: string }>('GET', at)
    assert.deepEqual([kept.status, kept.body.name], [200, name])
    assert.equal((await factory.call('GET', `${at}/events`)).status, 200, name)
    assert.equal((await factory.call('DELETE', at)).status, 204, name)
  }
})

test('the same questions are answered as named queries in JSON', async () => {
  const single = /^(?:GE|GT|LE|LT)_|^EXISTS_|^EQ_booleanValue$/
  for (const [index, [name, value, expected]] of questions.entries()) {
    const values = String(value).split('|')
    const json = name.startsWith('EXISTS_') ? null : single.test(name) ? asJson(values[0] ?? '') : values.map(asJson)
    const query = { '@context': { ex }, [name]: json }
    const made = await factory.call('POST', '/epcis/queries', { name: `q${index}`, query })
    assert.equal(made.status, 201, `${name}: ${JSON.stringify(made.body)}`)
    const { status, body } = await ask(`/epcis/queries/q${index}/events`)
    assert.equal(status, 200, name)
    assert.deepEqual(namesIn(body), expected, name)
  }
})

test('a named query asks what it was stored with: a condition beside it is refused, not passed over', async () => {
  const made = await factory.call('POST', '/epcis/queries', { name: 'alone', query: { EQ_action: ['ADD'] } })
  assert.equal(made.status, 201)
  assert.equal((await ask('/epcis/queries/alone/events?perPage=5')).status, 200)
  const { status, body } = await ask('/epcis/queries/alone/events?EQ_bizStep=shipping')
  assert.deepEqual([status, body.type], [400, 'epcisException:QueryParameterException'])
})

test('in a list of JSON a bar is a character like any other', async () => {
  const query = { '@context': { ex }, 'EQ_ex:colour': ['white|red', 'green'] }
  assert.equal((await factory.call('POST', '/epcis/queries', { name: 'bar', query })).status, 201)
  assert.deepEqual(namesIn((await ask('/epcis/queries/bar/events')).body), ['measured'])
})

test('a definition whose values are of another type than the schema’s is refused', async () => {
  for (const query of [{ EQ_bizStep: 5 }, { eventType: [true] }, { MATCH_epc: [7] }, { EQ_booleanValue: 'maybe' }]) {
    const { status, body } = await factory.call('POST', '/epcis/queries', { name: 'wrong', query })
    assert.deepEqual([status, body.type], [400, 'epcisException:QueryParameterException'], JSON.stringify(query))
  }
})

const asJson = (text: string) =>
  text === 'true' ? true : text === 'false' ? false : /^\d+(\.\d+)?$/.test(text) ? Number(text) : text

test('a word, type or pattern that nothing can have is refused instead of finding nothing', async () => {
  const wrong: Record<string, string> = {
    eventType: 'OtherEvent',
    EQ_bizStep: 'shipping|walking',
    GE_eventTime: `${at(1)}|${at(2)}`,
    EQ_disposition: 'https://ref.gs1.org/cbv/Disp-lost',
    EQ_persistentDisposition_set: 'lost',
    EQ_errorReason: 'boredom',
    EQ_type: 'Warmth',
    MATCH_epc: 'urn:epc:idpat:sgtin:6901000.000030.[1-5]',
    MATCH_anyEPC: 'urn:epc:id:sgtin:690.1.1',
    MATCH_epcClass: 'urn:epc:idpat:lgtin:*.000030.1',
  }
  for (const [name, value] of Object.entries(wrong)) {
    const { status, body } = await ask(`/epcis/events?${new URLSearchParams({ [name]: value })}`)
    assert.deepEqual([status, body.type], [400, 'epcisException:QueryParameterException'], name)
  }
  for (const [name, value] of [
    ['eventType', 'https://example.org/OtherEvent'],
    ['EQ_bizStep', 'https://example.org/walking'],
    ['MATCH_anyEPC', 'urn:epc:id:sgcn:6901000.00001.7'],
  ]) {
    assert.equal(
      (await ask(`/epcis/events?${new URLSearchParams({ [String(name)]: String(value) })}`)).status,
      200,
      name,
    )
  }
})

test('a prefix of the client’s own stands for the namespace it declares, not for the event’s', async () => {
  const path = `/epcis/events?${new URLSearchParams({ 'EQ_mine:colour': 'white' })}`
  assert.deepEqual(namesIn((await ask(path, { 'GS1-Extensions': `mine=${ex}` })).body), ['made'])
  assert.deepEqual(namesIn((await ask(path, { 'GS1-Extensions': 'mine=https://other.example/' })).body), [])
  assert.deepEqual(namesIn((await ask(path)).body), [])
})

test('several conditions must all hold, and pages go on under a filter', async () => {
  const both = new URLSearchParams({ 'EXISTS_ex:grade': 'true', EQ_bizStep: 'commissioning' })
  assert.deepEqual(namesIn((await ask(`/epcis/events?${both}`)).body), ['made'])
  const seen: string[] = []
  let path: string | undefined = '/epcis/events?EXISTS_ex:grade=true&perPage=1'
  while (path) {
    const response: Response = await fetch(new URL(path, server.url), {
      headers: { authorization: `Bearer ${factory.token}` },
    })
    seen.push(...namesIn((await response.json()) as Found))
    path = /<([^>]+)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1]
    assert.ok(seen.length <= 2)
  }
  assert.deepEqual(seen, ['made', 'measured'])
  const many = await ask('/epcis/events?EXISTS_ex:grade=true&maxEventCount=1')
  assert.deepEqual([many.status, many.body.type], [413, 'epcisException:QueryTooLargeException'])
  assert.equal((await ask('/epcis/events?EXISTS_ex:grade=true&maxEventCount=2')).status, 200)
})

test('events are ordered by an extension field, by number, both ways, over pages', async () => {
  const inOrder = async (query: string) =>
    (await ask(`/epcis/events?${query}`)).body.epcisBody.queryResults.resultsBody.eventList.map(({ eventID }) =>
      String(eventID).slice(6),
    )
  assert.deepEqual((await inOrder('EXISTS_ex:grade=&orderBy=ex:grade&orderDirection=ASC')).slice(0, 2), [
    'made',
    'measured',
  ])
  assert.deepEqual(await inOrder('EXISTS_ex:grade=&orderBy=ex:grade'), ['measured', 'made'])
  assert.deepEqual(await inOrder('EXISTS_ex:grade=&orderBy=ex:grade&eventCountLimit=1'), ['measured'])
})

test('one part of the store is asked as well: what a thing, step or place has', async () => {
  const paths: [string, string[]][] = [
    [`/epcis/epcs/${encodeURIComponent('urn:epc:id:sgtin:6901000.000030.B1')}/events`, ['measured']],
    [`/epcis/epcs/${serial(bag, 'B1')}/events`, ['measured']],
    [`/epcis/epcs/${encodeURIComponent(lot(flour, 'R1'))}/events`, ['made']],
    ['/epcis/bizSteps/commissioning/events', ['made']],
    // Encoded twice, as some clients and proxies do.
    [`/epcis/epcs/${encodeURIComponent(encodeURIComponent(serial(bag, 'B1')))}/events`, ['measured']],
    [`/epcis/events/${encodeURIComponent(encodeURIComponent('urn:x:made'))}`, ['made']],
    [`/epcis/bizSteps/${encodeURIComponent('https://ref.gs1.org/cbv/BizStep-commissioning')}/events`, ['made']],
    [`/epcis/bizLocations/${encodeURIComponent('urn:epc:id:sgln:6901000.00002.0')}/events`, ['made', 'wrong']],
    [`/epcis/readPoints/${encodeURIComponent(place('factory').id)}/events?EQ_type=Temperature`, ['measured']],
    ['/epcis/eventTypes/ObjectEvent/events?EQ_action=ADD', ['made']],
    ['/epcis/bizSteps/shipping/events', []],
    ['/epcis/bizSteps/commissioning/events?EQ_bizStep=shipping', []],
  ]
  for (const [path, expected] of paths) {
    const { status, body } = await ask(path)
    assert.equal(status, 200, path)
    assert.deepEqual(namesIn(body), expected, path)
  }
  for (const path of ['/epcis/bizSteps/walking', '/epcis/epcs/urn:x:none/events', '/epcis/eventTypes/OtherEvent']) {
    assert.equal((await ask(path)).status, 404, path)
  }
})

test('lists hold what is known within the reader’s scope, over pages', async () => {
  type Collection = { type: string; member: string[] }
  const members = async (path: string, person = factory) => (await person.call<Collection>('GET', path)).body.member
  const stranger = await personOf(server, owners.stranger.id, 'enterprise')
  assert.deepEqual(await members('/epcis/bizLocations'), [place('factory').id])
  const bags = (list: string[], start: string) => list.filter((one) => one.startsWith(start))
  assert.deepEqual(bags(await members('/epcis/epcs'), 'https://id.gs1.org/01/'), [serial(bag, 'B1'), serial(bag, 'B2')])
  for (const path of ['bizLocations', 'readPoints', 'epcs'])
    assert.deepEqual(await members(`/epcis/${path}`, stranger), [])
  assert.equal((await stranger.call('GET', `/epcis/epcs/${encodeURIComponent(serial(bag, 'B1'))}`)).status, 404)
  assert.equal((await members('/epcis/bizSteps?perPage=1000')).length, 41)
  for (const list of ['bizSteps?perPage=7', 'epcs?perPage=1', 'eventTypes?perPage=2']) {
    const seen: string[] = []
    let path: string | undefined = `/epcis/${list}`
    while (path) {
      const answer: { body: Collection; headers: Headers } = await factory.call<Collection>('GET', path)
      seen.push(...answer.body.member)
      path = /<([^>]+)>; rel="next"/.exec(answer.headers.get('link') ?? '')?.[1]
    }
    assert.deepEqual(seen, await members(`/epcis/${list.split('?')[0]}?perPage=1000`), list)
    assert.equal(new Set(seen).size, seen.length)
  }
  const response = await fetch(`${server.url}/epcis/epcs`, {
    headers: { authorization: `Bearer ${factory.token}`, 'GS1-EPC-Format': 'Always_EPC_URN' },
  })
  assert.deepEqual(bags(((await response.json()) as Collection).member, 'urn:epc:id:sgtin:'), [
    'urn:epc:id:sgtin:6901000.000030.B1',
    'urn:epc:id:sgtin:6901000.000030.B2',
  ])
})
