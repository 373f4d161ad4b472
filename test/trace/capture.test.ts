import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openFactory } from '../epcis/factory.ts'
import { call, type Person, personOf } from '../people.ts'
import type { TestServer } from '../server.ts'
import { at, context, documentOf, event, type Fields, lot, owners, place, serial } from './chain.ts'

type Job = { captureID: string; running: boolean; success: boolean; stored: number; known: number; errors: unknown[] }
type Failed = { captureID: string; success: boolean; stored: number } & Pick<Refusal, 'problems'>
type Refusal = { code: string; title: string; problems: { at: string; code: string; text: string }[] }
type Found = { epcisBody: { queryResults: { resultsBody: { eventList: Fields[] } } } }

let server: TestServer
let factory: Person
let stranger: Person

before(async () => {
  ;({ server, factory } = await openFactory())
  stranger = await personOf(server, owners.stranger.id, 'enterprise')
})

after(() => server.close())

let number = 0
const gtin = '06901000000301'

function observed(fields: Fields = {}): Fields {
  number++
  return event('ObjectEvent', at(1), {
    action: 'OBSERVE',
    bizStep: 'storing',
    bizLocation: place('factory'),
    epcList: [serial(gtin, `S${number}`)],
    ...fields,
  })
}

const id = () => `urn:uuid:00000000-0000-4000-8000-${String(++number).padStart(12, '0')}`

async function captureOf(person: Person, events: Fields[]): Promise<Job> {
  const { status, headers, body } = await person.call('POST', '/epcis/capture', documentOf(events))
  assert.equal(status, 202, JSON.stringify(body))
  const job = await person.call<Job>('GET', String(headers.get('location')))
  assert.equal(job.status, 200)
  return job.body
}

async function read(person: Person, eventId: string): Promise<Fields[]> {
  const { status, body } = await person.call<Found>('GET', `/epcis/events/${encodeURIComponent(eventId)}`)
  return status === 200 ? body.epcisBody.queryResults.resultsBody.eventList : []
}

async function eventCount(): Promise<number> {
  const [row] = await server.sql<{ count: number }[]>`select count(*)::int as count from event`
  return row?.count ?? 0
}

async function quarantined(): Promise<{ owner_id: string; body: string; reason: { problems: unknown[] } }[]> {
  return server.sql`select owner_id, body, reason from quarantine order by id`
}

test('a captured document is a job that tells how many events were new', async () => {
  const job = await captureOf(factory, [observed(), observed()])
  assert.deepEqual([job.running, job.success, job.stored, job.known, job.errors], [false, true, 2, 0, []])
  const list = await factory.call<Job[]>('GET', '/epcis/capture')
  assert.ok(Array.isArray(list.body) && list.body.some(({ captureID }) => captureID === job.captureID))
  assert.equal((await stranger.call('GET', `/epcis/capture/${job.captureID}`)).status, 404)
  assert.equal((await stranger.call('GET', '/epcis/capture/no-uuid')).status, 404)
})

test('the same document again stores nothing and succeeds saying so', async () => {
  const events = [observed({ eventID: id() }), observed()]
  await captureOf(factory, events)
  const before = await eventCount()
  const job = await captureOf(factory, events)
  assert.deepEqual([job.success, job.stored, job.known], [true, 0, 2])
  assert.equal(await eventCount(), before)
})

test('the same content under another eventID is not another event, yet is found by that id as it was sent', async () => {
  const content = observed()
  const [one, other] = [id(), id()]
  await captureOf(factory, [{ ...content, eventID: one }])
  const job = await captureOf(factory, [{ ...content, eventID: other }])
  assert.deepEqual([job.stored, job.known], [0, 1])
  assert.equal((await read(factory, other))[0]?.eventID, other)
  for (const [asked, told] of [
    [one, one],
    [other, other],
    [`${one}|${other}`, one],
  ] as const) {
    const found = await factory.call<Found>('GET', `/epcis/events?EQ_eventID=${asked}&EQ_action=${content.action}`)
    const { eventList } = found.body.epcisBody.queryResults.resultsBody
    assert.deepEqual(
      eventList.map(({ eventID }) => eventID),
      [told],
    )
    assert.equal((await factory.call('GET', `/epcis/events?EQ_eventID=${asked}&maxEventCount=0`)).status, 413)
  }
  const query = `/epcis/events?MATCH_epc=${encodeURIComponent(String((content.epcList as string[])[0]))}`
  const { body } = await factory.call<Found>('GET', query)
  assert.equal(body.epcisBody.queryResults.resultsBody.eventList.length, 1)
})

test('an event repeated within one document is stored once', async () => {
  const one = observed({ eventID: id() })
  const job = await captureOf(factory, [one, one, observed()])
  assert.deepEqual([job.stored, job.known], [2, 1])
})

test('an eventID that is taken by other content fails the job naming the event, and nothing of the document is stored', async () => {
  const eventID = id()
  await captureOf(factory, [observed({ eventID })])
  const before = await eventCount()
  const bad = documentOf([observed(), observed({ eventID, bizStep: 'shipping' })])
  const { status, body } = await factory.call<Failed>('POST', '/epcis/capture', bad)
  assert.deepEqual([status, body.success, body.stored], [202, false, 0], 'it was received')
  const [problem] = body.problems
  assert.deepEqual([problem?.at, problem?.code], ['/epcisBody/eventList/1/eventID', 'event-id-taken'])
  assert.ok(problem?.text.includes(eventID))
  const job = await factory.call<{ success: boolean; errors: { at: string; type: string }[] }>(
    'GET',
    `/epcis/capture/${body.captureID}`,
  )
  assert.deepEqual(
    [job.body.success, job.body.errors.map(({ at: place, type }) => [place, type])],
    [false, [['/epcisBody/eventList/1/eventID', 'epcisException:ValidationException']]],
  )
  assert.equal(await eventCount(), before)
  const kept = (await quarantined()).at(-1)
  assert.equal(kept?.body, JSON.stringify(bad))
  assert.equal(kept?.owner_id, owners.factory.id)
})

test('one eventID with two contents in one document is refused', async () => {
  const eventID = id()
  const bad = documentOf([observed({ eventID }), observed({ eventID })])
  const { status, body } = await factory.call<Failed>('POST', '/epcis/capture', bad)
  assert.deepEqual([status, body.stored, body.problems[0]?.at], [202, 0, '/epcisBody/eventList/1/eventID'])
})

test('an eventID that is another name of a stored event is taken too', async () => {
  const content = observed()
  const alias = id()
  await captureOf(factory, [{ ...content, eventID: id() }])
  await captureOf(factory, [{ ...content, eventID: alias }])
  const { body } = await factory.call<Failed>('POST', '/epcis/capture', documentOf([observed({ eventID: alias })]))
  assert.deepEqual([body.success, body.problems[0]?.code], [false, 'event-id-taken'])
})

test('the declaration of an error comes beside the event it repeats, in whatever order, and nothing follows from either', async () => {
  const made = (eventID: string) => ({
    ...event('TransformationEvent', at(2), {
      eventID,
      bizLocation: place('factory'),
      inputEPCList: [serial(gtin, `in-${eventID.slice(-6)}`)],
      outputEPCList: [serial(gtin, `out-${eventID.slice(-6)}`)],
    }),
  })
  const declaration = { errorDeclaration: { declarationTime: at(3), reason: 'did_not_occur' } }
  const [before, after] = [made(id()), made(id())]
  await captureOf(factory, [before])
  await captureOf(factory, [{ ...before, ...declaration }])
  await captureOf(factory, [{ ...after, ...declaration }])
  await captureOf(factory, [after])
  for (const one of [before, after]) {
    assert.equal((await read(factory, String(one.eventID))).length, 2, 'both are returned')
    const from = encodeURIComponent((one.inputEPCList as string[])[0] as string)
    const { body } = await factory.call<{ nodes: unknown[] }>('GET', `/api/v1/trace?direction=forward&id=${from}`)
    assert.equal(body.nodes?.length, 1)
  }
  const other = { ...before, ...declaration, bizLocation: place('shop') }
  const { body } = await factory.call<Failed>('POST', '/epcis/capture', documentOf([other]))
  assert.deepEqual([body.success, body.stored], [false, 0])
})

test('the error of one event may be declared again with another reason, and all that was said of it is returned', async () => {
  const eventID = id()
  const original = { ...observed({ eventID }) }
  const declared = (declarationTime: string, more: Fields = {}) => ({
    ...original,
    errorDeclaration: { declarationTime, ...more },
  })
  const correction = id()
  await captureOf(factory, [original, declared(at(3)), declared(at(4), { reason: 'incorrect_data' })])
  const third = declared(at(5), { correctiveEventIDs: [correction] })
  assert.equal((await captureOf(factory, [third])).stored, 1)
  assert.equal((await captureOf(factory, [third])).known, 1, 'the same again is known')
  const one = await factory.call('POST', '/epcis/events', { '@context': context, ...declared(at(6)) })
  assert.equal(one.status, 201)
  assert.equal((await read(factory, eventID)).length, 5)
  const good = { 'GS1-Capture-Error-Behaviour': 'proceed' }
  const both = documentOf([declared(at(7)), declared(at(8)), { ...declared(at(9)), bizLocation: place('shop') }])
  const { body } = await call<{ stored: number; refused: number }>(
    server.url,
    factory.token,
    'POST',
    '/epcis/capture',
    both,
    good,
  )
  assert.deepEqual([body.stored, body.refused], [2, 1], 'a declaration still repeats the event it is of')
})

test('an event without an eventID gets its hash as eventID', async () => {
  const { status, headers, body } = await factory.call('POST', '/epcis/events', { '@context': context, ...observed() })
  assert.equal(status, 201)
  assert.match(String(body.eventID), /^ni:\/\/\/sha-256;[0-9a-f]{64}\?ver=CBV2\.0$/)
  assert.equal((await factory.call('GET', String(headers.get('location')))).status, 200)
  // Also where the client put the id into the path as it is.
  assert.equal((await factory.call('GET', `/epcis/events/${body.eventID}`)).status, 200)
})

test('a single event is created, and the same again is known', async () => {
  const eventID = id()
  const one = { '@context': context, ...observed({ eventID }) }
  assert.equal((await factory.call('POST', '/epcis/events', one)).status, 201)
  const { status, body, headers } = await factory.call('POST', '/epcis/events', one)
  assert.deepEqual([status, body.eventID, headers.get('shisu-outcome')], [201, eventID, 'known'])
  assert.equal(headers.get('location'), `/epcis/events/${encodeURIComponent(eventID)}`)
  const other = await factory.call('POST', '/epcis/events', { ...one, bizStep: 'shipping' })
  assert.deepEqual([other.status, other.body.type], [409, 'epcisException:ResourceAlreadyExistsException'])
})

test('a wrong value is refused naming every place', async () => {
  const bad = documentOf([observed({ action: 'MOVE' }), observed({ bizStep: 'flying' })])
  const { status, body } = await factory.call<Refusal>('POST', '/epcis/capture', bad)
  assert.equal(status, 400)
  assert.deepEqual(
    body.problems.map((problem) => problem.at),
    ['/epcisBody/eventList/0/action', '/epcisBody/eventList/1/bizStep'],
  )
})

test('what does not fit the store is refused with its place, not with a defect', async () => {
  const quantityList = [{ epcClass: lot(gtin, 'L'), quantity: 1e15 }]
  for (const [fields, code] of [
    [{ epcList: undefined, quantityList }, 'range'],
    [{ eventID: 'urn:x:a\u0001b' }, 'uri'],
    [{ 'ex:note': 'a\u0000b' }, 'characters'],
  ] as const) {
    const { status, body } = await factory.call<Refusal>('POST', '/epcis/capture', documentOf([observed(fields)]))
    assert.deepEqual([status, body.problems?.[0]?.code], [400, code], JSON.stringify([fields, body]))
    assert.ok(body.problems[0]?.at.startsWith('/epcisBody/eventList/0'))
  }
})

test('characters that part columns on the way to the database do no harm inside an event', async () => {
  const odd = 'a\u0001b\u0002c'
  const one = observed({
    action: 'ADD',
    eventID: id(),
    'ex:note': odd,
    ilmd: { 'cbvmda:descriptionShort': odd, 'cbvmda:lotNumber': odd },
  })
  await captureOf(factory, [one, observed()])
  const [found] = await read(factory, String(one.eventID))
  assert.equal(found?.['ex:note'], odd)
  assert.deepEqual(found?.ilmd, one.ilmd)
})

test('malformed, over-deep and over-large input is refused in Chinese and put aside where it could be read', async () => {
  const count = (await quarantined()).length
  for (const [body, status] of [
    ['{"type":', 400],
    ['', 400],
    ['[]', 400],
    ['null', 400],
    [`${'['.repeat(100)}${']'.repeat(100)}`, 400],
    [`{"type":"EPCISDocument","x":"${'x'.repeat(16 * 1024 * 1024)}"}`, 413],
  ] as const) {
    const answer = await factory.call<Refusal>('POST', '/epcis/capture', body)
    assert.equal(answer.status, status)
    assert.match(answer.body.title, /[\u4e00-\u9fff]/)
  }
  assert.equal((await quarantined()).length, count + 5)
})

test('times that no calendar shares are refused or kept, never a defect', async () => {
  for (const time of [
    '0000-01-01T00:00:00Z',
    '0001-01-01T00:00:00+14:00',
    '9999-12-31T23:59:59-14:00',
    '2026-02-30T00:00:00Z',
  ]) {
    const { status } = await factory.call('POST', '/epcis/capture', documentOf([observed({ eventTime: time })]))
    assert.ok(status === 202 || status === 400, `${time}: ${status}`)
  }
})

test('an answer of another repository can be captured as it is', async () => {
  const one = observed({ eventID: id() })
  const results = { queryName: 'SimpleEventQuery', resultsBody: { eventList: [one] } }
  const document = { ...documentOf([]), type: 'EPCISQueryDocument', epcisBody: { queryResults: results } }
  const { status, body } = await factory.call('POST', '/epcis/capture', document)
  assert.deepEqual([status, body.stored], [202, 1], JSON.stringify(body))
  const { recordTime: _, ...found } = (await read(factory, String(one.eventID)))[0] as Fields
  assert.deepEqual(found, one)
})

test('a document at the single event’s door, and an event at the document’s, are refused', async () => {
  const one = { '@context': context, ...observed() }
  assert.equal((await factory.call('POST', '/epcis/capture', one)).status, 400)
  assert.equal((await factory.call('POST', '/epcis/events', documentOf([observed()]))).status, 400)
})

test('nobody captures or reads without a token, or with one for something else', async () => {
  const other = await personOf(server, owners.factory.id, 'enterprise', ['records'])
  for (const [method, path, body] of [
    ['POST', '/epcis/capture', documentOf([observed()])],
    ['POST', '/epcis/events', { '@context': context, ...observed() }],
    ['GET', '/epcis/events', undefined],
    ['GET', '/epcis/capture', undefined],
    ['GET', '/api/v1/trace?id=x', undefined],
  ] as const) {
    const answer = await fetch(new URL(path, server.url), {
      method,
      headers: body ? { 'content-type': 'application/json' } : {},
      ...(body && { body: JSON.stringify(body) }),
    })
    assert.equal(answer.status, 401, path)
    assert.equal((await other.call(method, path, body)).status, 403, path)
  }
})

test('unfit media types, versions and error behaviours are refused', async () => {
  const body = JSON.stringify(documentOf([observed()]))
  for (const [headers, status] of [
    [{ 'content-type': 'text/plain' }, 415],
    [{ 'content-type': 'application/json', 'gs1-epcis-version': '3.0.0' }, 406],
    [{ 'content-type': 'application/json', 'gs1-capture-error-behaviour': 'perhaps' }, 400],
  ] as const) {
    const authorization = `Bearer ${factory.token}`
    const answer = await fetch(`${server.url}/epcis/capture`, {
      method: 'POST',
      headers: { ...headers, authorization },
      body,
    })
    assert.equal(answer.status, status)
    assert.match(((await answer.json()) as Refusal).title, /[\u4e00-\u9fff]/)
  }
})

test('OPTIONS tells versions and limits', async () => {
  const { status, headers } = await fetch(`${server.url}/epcis/capture`, { method: 'OPTIONS' })
  assert.equal(status, 204)
  assert.equal(headers.get('gs1-epcis-version'), '2.0.0')
  assert.equal(headers.get('gs1-epcis-capture-file-size-limit'), String(16 * 1024 * 1024))
})

test('the same documents captured by several at once end in one store of each event', async () => {
  const events = Array.from({ length: 60 }, () => observed({ eventID: id() }))
  const before = await eventCount()
  const shuffled = Array.from({ length: 6 }, (_, i) => [...events.slice(i * 10), ...events.slice(0, i * 10)])
  const jobs = await Promise.all(shuffled.map((list) => captureOf(factory, list)))
  assert.equal(await eventCount(), before + 60)
  assert.equal(
    jobs.reduce((sum, job) => sum + job.stored, 0),
    60,
  )
})
