import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Person } from '../people.ts'
import type { TestServer } from '../server.ts'
import { at, documentOf, event, place, serial } from '../trace/chain.ts'
import { openFactory } from './factory.ts'

let server: TestServer
let factory: Person

before(async () => {
  ;({ server, factory } = await openFactory())
  const events = Array.from({ length: 20 }, (_, i) =>
    event('ObjectEvent', at(1 + i), {
      eventID: `urn:x:fuzz:${i}`,
      action: 'ADD',
      bizStep: 'commissioning',
      readPoint: place('factory'),
      epcList: [serial('06901000000301', `F${i}`)],
      ilmd: { 'ex:number': i },
      'ex:text': `${i}`,
    }),
  )
  assert.equal((await factory.call('POST', '/epcis/capture', documentOf(events))).status, 202)
  await factory.call('POST', '/epcis/queries', { name: 'all', query: {} })
})

after(() => server.close())

/** The same numbers every time (mulberry32). */
let state = 20_260_722
function random(): number {
  state = (state + 0x6d2b79f5) | 0
  let t = Math.imul(state ^ (state >>> 15), 1 | state)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296
}
const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T

const names = `eventType GE_eventTime LT_eventTime GE_recordTime LT_recordTime EQ_action EQ_bizStep EQ_disposition
  EQ_persistentDisposition_set EQ_persistentDisposition_unset EQ_readPoint WD_readPoint EQ_bizLocation WD_bizLocation
  EQ_transformationID MATCH_epc MATCH_parentID MATCH_inputEPC MATCH_outputEPC MATCH_anyEPC MATCH_epcClass
  MATCH_inputEPCClass MATCH_outputEPCClass MATCH_anyEPCClass EQ_quantity GT_quantity LT_quantity_KGM EQ_eventID
  EXISTS_errorDeclaration GE_errorDeclarationTime EQ_errorReason EQ_correctiveEventID orderBy orderDirection
  eventCountLimit maxEventCount EXISTS_sensorElementList GE_time LT_startTime GE_endTime EQ_type EQ_deviceID
  EQ_stringValue EQ_booleanValue EQ_hexBinaryValue GE_value_CEL LT_percRank EQ_source_owning_party
  EQ_destination_possessing_party EQ_bizTransaction_po EQ_ex:text GE_ex:text EQ_ILMD_ex:number LT_INNER_ex:a
  EXISTS_ILMD_ex:number EQ_INNER_ILMD_ex:a EQ_SENSORREPORT_ex:a EQ_readPoint_ex:a HASATTR_readPoint EQATTR_bizLocation_a
  perPage nextPageToken EQ_ GE_ MATCH_ EQ_ILMD_ EXISTS_ EQ_constructor EQ___proto__:x toString`.split(/\s+/)

const odd: readonly string[] = [
  '',
  '|',
  '||a|',
  '0',
  '-1',
  '1e400',
  '-0.0',
  '99999999999999999999',
  'NaN',
  'true',
  'null',
  '\0',
  '\ud800',
  '𠮷',
  '%',
  '%00',
  "'; drop table event; --",
  '{}',
  '[]',
  '\u202e',
  'urn:epc:id:sgtin:',
  'urn:epc:id:sgtin:6901000.000030.*',
  'urn:epc:idpat:sgtin:6901000.*.*',
  'https://id.gs1.org/01/06901000000301/21/F1',
  'https://id.gs1.org/414/6901000000028',
  '2026-07-01T00:00:00Z',
  '0000-01-01T00:00:00Z',
  '9999-12-31T23:59:59-14:00',
  '2026-02-30T00:00:00Z',
  'ADD',
  'ASC',
  'eventTime',
  'ex:text',
  'x'.repeat(3000),
  '1.eyJhIjoxfQ',
  '1.zzzzzzzz.WyIxIiwiMSJd',
  '1.zzzzzzzz.WyI5OTk5OTk5OTk5OTk5OTk5OTkiLCIyMDI2LTA3LTAxIDAwOjAwOjAwKzAwIl0',
  '1.zzzzzzzz.WyIxIiwiOTk5OTk5LTk5LTk5Il0',
  '1.zzzzzzzz.AA',
]

async function send(
  method: string,
  path: string,
  init: { headers?: Record<string, string>; body?: string } = {},
): Promise<Response> {
  return fetch(new URL(path, server.url), {
    method,
    headers: { authorization: `Bearer ${factory.token}`, ...init.headers },
    ...(init.body !== undefined && { body: init.body }),
  })
}

async function noDefect(response: Response, what: string): Promise<void> {
  const text = await response.text()
  assert.ok(response.status < 500, `${what}: ${response.status} ${text}`)
  if (response.status < 400 || response.status === 431) return
  const isXml = response.headers.get('content-type')?.includes('xml')
  const title = isXml ? text : String((JSON.parse(text) as { title: string }).title)
  assert.match(title, /[\u4e00-\u9fff]/, what)
}

const encoded = (text: string) =>
  random() < 0.1 ? text.replaceAll(/[^\w%]/g, '') : new URLSearchParams({ x: text }).toString().slice(2)

test('no parameter, whatever its value, is a defect', async () => {
  const paths = [
    '/epcis/events',
    '/epcis/eventTypes/ObjectEvent/events',
    '/epcis/bizSteps/commissioning/events',
    '/epcis/queries/all/events',
    '/epcis/epcs',
    '/epcis/bizSteps',
    '/epcis/capture',
    '/epcis/queries',
  ]
  for (let round = 0; round < 700; round++) {
    const count = 1 + Math.floor(random() * 3)
    const query = Array.from({ length: count }, () => `${encoded(pick(names))}=${encoded(pick(odd))}`).join('&')
    const path = `${random() < 0.7 ? paths[0] : pick(paths)}?${query}`
    const headers: Record<string, string> =
      random() < 0.2 ? { accept: pick(['application/xml', '*/*;q=0', ';;,', 'application/ld+json']) } : {}
    await noDefect(await send('GET', path, { headers }), path)
  }
})

test('no path is a defect', async () => {
  const tops = [
    'epcs',
    'bizSteps',
    'bizLocations',
    'readPoints',
    'dispositions',
    'eventTypes',
    'events',
    'capture',
    'queries',
    'nextPageToken',
    'queries/all/subscriptions',
    '',
  ]
  for (let round = 0; round < 300; round++) {
    const path = `/epcis/${pick(tops)}/${encodeURIComponent(pick(odd).toWellFormed())}${pick(['', '/events', '/', '/events/events', '/subscriptions', '/%00', '/%ff'])}`
    const method = pick(['GET', 'GET', 'DELETE', 'OPTIONS', 'HEAD', 'PUT'])
    const response = await send(method, path)
    if (method === 'HEAD') assert.ok(response.status < 500, path)
    else await noDefect(response, `${method} ${path}`)
  }
})

test('no header is a defect', async () => {
  const headers = [
    'GS1-EPCIS-Version',
    'GS1-EPCIS-Min',
    'GS1-CBV-Max',
    'GS1-EPC-Format',
    'GS1-CBV-XML-Format',
    'GS1-Extensions',
    'GS1-Capture-Error-Behaviour',
    'Accept',
    'Content-Type',
  ]
  const plain = odd.filter((text) => /^[\x20-\x7e]*$/.test(text))
  for (let round = 0; round < 200; round++) {
    const name = pick(headers)
    const value = pick(plain)
    const isPost = random() < 0.4
    const body = isPost ? { body: JSON.stringify(documentOf([])) } : {}
    const response = await send(isPost ? 'POST' : 'GET', isPost ? '/epcis/capture' : '/epcis/events', {
      headers: { ...(isPost && { 'content-type': 'application/json' }), [name]: value },
      ...body,
    })
    await noDefect(response, `${name}: ${value}`)
  }
})

test('no body of a query or subscription is a defect', async () => {
  const json = (depth: number): unknown => {
    const kind = random()
    if (depth > 3 || kind < 0.4) return pick([...odd, 0, -1, 1e300, true, null, 2.5])
    if (kind < 0.6) return Array.from({ length: Math.floor(random() * 4) }, () => json(depth + 1))
    const fields = [
      'name',
      'query',
      'dest',
      'stream',
      'schedule',
      'second',
      'hour',
      'reportIfEmpty',
      'initialRecordTime',
      'signatureToken',
      '@context',
      ...names,
    ]
    return Object.fromEntries(Array.from({ length: Math.floor(random() * 5) }, () => [pick(fields), json(depth + 1)]))
  }
  for (let round = 0; round < 400; round++) {
    const isQuery = random() < 0.5
    const frame = isQuery
      ? { name: `f${round}`, query: json(0) }
      : { dest: pick(['http://192.0.2.1/', 'http://example.org/x', ...odd]), [pick(['stream', 'schedule'])]: json(0) }
    const body = JSON.stringify(random() < 0.8 ? frame : json(0))
    const path = isQuery ? '/epcis/queries' : '/epcis/queries/all/subscriptions'
    await noDefect(await send('POST', path, { headers: { 'content-type': 'application/json' }, body }), body)
    if (isQuery) {
      await noDefect(await send('GET', `/epcis/queries/f${round}/events`), body)
      await noDefect(await send('DELETE', `/epcis/queries/f${round}`), body)
    }
  }
})

test('no broken document in XML or JSON is a defect, and it stores nothing when all or nothing is asked', async () => {
  const whole = JSON.stringify(
    documentOf([event('ObjectEvent', at(1), { action: 'OBSERVE', epcList: [serial('06901000000301', 'Z')] })]),
  )
  const xml = `<?xml version="1.0"?><epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:2" schemaVersion="2.0" creationDate="2026-07-01T00:00:00Z"><EPCISBody><EventList><ObjectEvent><eventTime>2026-07-01T08:00:00Z</eventTime><eventTimeZoneOffset>+08:00</eventTimeZoneOffset><epcList><epc>urn:epc:id:sgtin:6901000.000030.Z</epc></epcList><action>OBSERVE</action></ObjectEvent></EventList></EPCISBody></epcis:EPCISDocument>`
  const broken = (text: string) => {
    const from = Math.floor(random() * text.length)
    const to = from + Math.floor(random() * 40)
    return text.slice(0, from) + pick(['', '<', '"', '&', '\0', '𠮷', '{', ']', 'null']) + text.slice(to)
  }
  for (let round = 0; round < 300; round++) {
    const isXml = random() < 0.5
    const body = broken(isXml ? xml : whole)
    const headers = {
      'content-type': isXml ? 'application/xml' : 'application/json',
      'GS1-Capture-Error-Behaviour': pick(['rollback', 'proceed']),
    }
    await noDefect(await send('POST', pick(['/epcis/capture', '/epcis/events']), { headers, body }), body)
  }
})
