import assert from 'node:assert/strict'
import { request } from 'node:http'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { Person } from '../people.ts'
import type { TestServer } from '../server.ts'
import { at, context, documentOf, event, type Fields, place, serial } from '../trace/chain.ts'
import { openFactory } from './factory.ts'

type Taken = { captureID: string; success: boolean; stored: number; known: number; refused: number; code?: string }
type Job = Taken & {
  captureErrorBehaviour: string
  errors: { type: string; title: string; status: number; at: string; code: string }[]
}
type Found = { epcisBody: { queryResults: { resultsBody: { eventList: Fields[] } } } }

let server: TestServer
let factory: Person

before(async () => {
  ;({ server, factory } = await openFactory())
})

after(() => server.close())

let number = 0
const gtin = '06901000000301'

function observed(fields: Fields = {}): Fields {
  number++
  return event('ObjectEvent', at(1), {
    eventID: `urn:x:capture:${number}`,
    action: 'OBSERVE',
    bizStep: 'storing',
    bizLocation: place('factory'),
    epcList: [serial(gtin, `P${number}`)],
    ...fields,
  })
}

async function send(
  path: string,
  text: string,
  headers: Record<string, string>,
): Promise<{ status: number; body: Taken; headers: Headers }> {
  const response = await fetch(new URL(path, server.url), {
    method: 'POST',
    headers: { authorization: `Bearer ${factory.token}`, 'content-type': 'application/json', ...headers },
    body: text,
  })
  return { status: response.status, body: (await response.json()) as Taken, headers: response.headers }
}

const proceed = (events: unknown[]) =>
  send('/epcis/capture', JSON.stringify(documentOf(events as Fields[])), { 'GS1-Capture-Error-Behaviour': 'proceed' })

async function get(path: string, headers: Record<string, string> = {}): Promise<{ status: number; text: string }> {
  const response = await fetch(new URL(path, server.url), {
    headers: { authorization: `Bearer ${factory.token}`, ...headers },
  })
  return { status: response.status, text: await response.text() }
}

async function eventsOf(query: string): Promise<Fields[]> {
  const { status, text } = await get(`/epcis/events?${query}`)
  assert.equal(status, 200, text)
  return (JSON.parse(text) as Found).epcisBody.queryResults.resultsBody.eventList
}

async function jobOf(id: string): Promise<Job> {
  return JSON.parse((await get(`/epcis/capture/${id}`)).text) as Job
}

test('proceed stores the good events and tells the place and reason of each refused one', async () => {
  const good = [observed(), observed(), observed()]
  const bad = [observed({ action: 'MOVE' }), observed({ eventTime: 'yesterday' }), 'no event', { type: 'OtherEvent' }]
  const list = [good[0], bad[0], bad[1], good[1], bad[2], bad[3], good[2]]
  const { status, body } = await proceed(list)
  assert.deepEqual([status, body.success, body.stored, body.known], [202, false, 3, 0], JSON.stringify(body))
  const job = await jobOf(body.captureID)
  assert.equal(job.captureErrorBehaviour, 'proceed')
  assert.equal(job.success, false)
  assert.deepEqual(
    job.errors.map(({ at: place }) => place),
    [
      '/epcisBody/eventList/1/action',
      '/epcisBody/eventList/2/eventTime',
      '/epcisBody/eventList/4',
      '/epcisBody/eventList/5/type',
    ],
  )
  for (const { type, title, status } of job.errors) {
    assert.deepEqual([type, status], ['epcisException:ValidationException', 400])
    assert.match(title, /[\u4e00-\u9fff]/)
  }
  const ids = good.map((one) => String(one.eventID))
  assert.deepEqual(
    (await eventsOf(`EQ_eventID=${ids.join('|')}`)).map(({ eventID }) => eventID),
    ids,
  )
  const [kept] = await server.sql`select body from quarantine order by id desc limit 1`
  assert.equal(kept?.body, JSON.stringify(documentOf(list as Fields[])), 'the whole is put aside')
  const { text } = await get(`/epcis/capture/${body.captureID}`, { accept: 'application/xml' })
  assert.match(text, /running="false" success="false".*<captureErrorBehaviour>proceed<.*<error><type>epcisException:/s)
})

test('proceed leaves out an eventID that is taken, in the store or in the document, and keeps the rest', async () => {
  const [taken, twice] = [observed(), observed()]
  await proceed([taken])
  const list = [
    observed(),
    { ...taken, bizStep: 'shipping' },
    twice,
    { ...twice, bizStep: 'shipping' },
    taken,
    observed(),
  ]
  const { body } = await proceed(list)
  assert.deepEqual([body.success, body.stored, body.known, body.refused], [false, 3, 1, 2])
  const job = await jobOf(body.captureID)
  assert.deepEqual(
    job.errors.map(({ at: place, code }) => [place, code]),
    [
      ['/epcisBody/eventList/1/eventID', 'event-id-taken'],
      ['/epcisBody/eventList/3/eventID', 'event-id-taken'],
    ],
  )
})

test('proceed knows an event again that was said under an id of its own after its error had been declared', async () => {
  const wrong = observed()
  const again = { ...wrong, eventID: 'urn:x:said-again' }
  await proceed([wrong, { ...wrong, errorDeclaration: { declarationTime: at(3) } }])
  assert.equal((await proceed([again])).body.stored, 1)
  const { body } = await proceed([again, { ...again, bizStep: 'shipping' }])
  assert.deepEqual([body.stored, body.known, body.refused], [0, 1, 1])
})

test('proceed with a whole document is a job without errors; with a broken frame nothing is stored', async () => {
  const { body } = await proceed([observed(), observed()])
  assert.deepEqual([body.success, body.stored], [true, 2])
  assert.deepEqual((await jobOf(body.captureID)).errors, [])
  const text = JSON.stringify({ ...documentOf([observed()]), schemaVersion: 'two' })
  const refused = await send('/epcis/capture', text, { 'GS1-Capture-Error-Behaviour': 'proceed' })
  assert.equal(refused.status, 400)
})

test('rollback, and nothing said, store all or nothing', async () => {
  for (const headers of [{ 'GS1-Capture-Error-Behaviour': 'rollback' }, {}] as Record<string, string>[]) {
    const good = observed()
    const text = JSON.stringify(documentOf([good, observed({ action: 'MOVE' })]))
    const { status, body } = await send('/epcis/capture', text, headers)
    assert.equal(status, 400, JSON.stringify(body))
    assert.deepEqual(await eventsOf(`EQ_eventID=${good.eventID}`), [])
  }
})

test('the limits that are announced are held', async () => {
  const response = await fetch(`${server.url}/epcis/capture`, { method: 'OPTIONS' })
  const most = Number(response.headers.get('gs1-epcis-capture-limit'))
  assert.equal(response.headers.get('gs1-capture-error-behaviour'), 'all')
  const one = observed()
  const text = JSON.stringify(documentOf(Array.from({ length: most + 1 }, () => one)))
  for (const behaviour of ['rollback', 'proceed']) {
    const { status, body } = await send('/epcis/capture', text, { 'GS1-Capture-Error-Behaviour': behaviour })
    assert.deepEqual(
      [status, (body as unknown as { type: string }).type],
      [413, 'epcisException:CaptureLimitExceededException'],
    )
  }
  assert.deepEqual(await eventsOf(`EQ_eventID=${one.eventID}`), [])
})

const xmlOf = (events: string, version = '2') => `<?xml version="1.0" encoding="UTF-8"?>
<epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:${version}" xmlns:ex="https://example.org/"
  schemaVersion="${version === '1' ? '1.2' : '2.0'}" creationDate="2026-07-01T00:00:00Z">
<EPCISBody><EventList>${events}</EventList></EPCISBody></epcis:EPCISDocument>`

const xmlEvent = (id: string, action = 'OBSERVE') => `<ObjectEvent>
<eventTime>2026-07-01T08:00:00Z</eventTime><eventTimeZoneOffset>+08:00</eventTimeZoneOffset>ID
<epcList><epc>urn:epc:id:sgtin:6901000.000030.${id}</epc></epcList><action>${action}</action>
<bizStep>urn:epcglobal:cbv:bizstep:storing</bizStep>
<bizLocation><id>urn:epc:id:sgln:6901000.00002.0</id></bizLocation>TAIL</ObjectEvent>`

test('XML is captured, given back in either binding, and its event is the same event in JSON', async () => {
  const text = xmlOf(
    xmlEvent('X1').replace('ID', '<eventID>urn:x:xml:1</eventID>').replace('TAIL', '<ex:note>hot</ex:note>'),
  )
  const first = await send('/epcis/capture', text, { 'content-type': 'application/xml' })
  assert.deepEqual([first.status, first.body.stored], [202, 1], JSON.stringify(first.body))
  const [found] = await eventsOf('EQ_eventID=urn:x:xml:1')
  assert.equal(found?.bizStep, 'storing')
  assert.equal(found?.['ex:note'], 'hot')
  const { text: xml } = await get('/epcis/events/urn:x:xml:1', { accept: 'application/xml' })
  assert.match(xml, /urn:epcglobal:cbv:bizstep:storing/)
  assert.match(xml, /<ex:note>hot<\/ex:note>/)
  const web = await get('/epcis/events/urn:x:xml:1', {
    accept: 'application/xml',
    'GS1-CBV-XML-Format': 'Always_Web_URI',
  })
  assert.match(web.text, /https:\/\/ref\.gs1\.org\/cbv\/BizStep-storing/)
  const { recordTime: _, ...same } = found as Fields
  const again = await send('/epcis/capture', JSON.stringify({ ...documentOf([same]) }), {})
  assert.deepEqual([again.status, again.body.known], [202, 1], JSON.stringify(again.body))
})

test('a document of EPCIS 1.2 in XML is upgraded', async () => {
  const one = xmlEvent('OLD')
    .replace('ID', '<baseExtension><eventID>urn:x:xml:old</eventID></baseExtension>')
    .replace('TAIL', '')
  const { status, body } = await send('/epcis/capture', xmlOf(one, '1'), {
    'content-type': 'text/xml',
    'GS1-EPCIS-Version': '1.2',
  })
  assert.deepEqual([status, body.stored], [202, 1], JSON.stringify(body))
  assert.equal((await eventsOf('EQ_eventID=urn:x:xml:old')).length, 1)
})

test('proceed holds for XML too, and a single event may come as XML', async () => {
  const good = xmlEvent('G1').replace('ID', '<eventID>urn:x:xml:good</eventID>').replace('TAIL', '')
  const bad = xmlEvent('B1', 'MOVE').replace('ID', '').replace('TAIL', '')
  const headers = { 'content-type': 'application/xml', 'GS1-Capture-Error-Behaviour': 'proceed' }
  const { body } = await send('/epcis/capture', xmlOf(bad + good), headers)
  assert.deepEqual([body.stored, body.refused], [1, 1], JSON.stringify(body))
  const [error] = (await jobOf(body.captureID)).errors
  assert.equal(error?.at, '/epcisBody/eventList/0/action')
})

test('identifiers are given in the form asked for, and as Digital Links where nothing is said', async () => {
  const one = observed({
    epcList: ['urn:epc:id:sgtin:6901000.000030.F1', 'urn:epc:id:sgtin:0614141.107346.F2'],
    readPoint: place('factory'),
  })
  await proceed([one])
  const ask = async (format?: string) => {
    const { text } = await get(`/epcis/events/${one.eventID}`, format ? { 'GS1-EPC-Format': format } : {})
    return (JSON.parse(text) as Found).epcisBody.queryResults.resultsBody.eventList[0] as {
      epcList: string[]
      readPoint: { id: string }
    }
  }
  const links = await ask('Always_GS1_Digital_Link')
  assert.deepEqual(links.epcList, [
    `https://id.gs1.org/01/06901000000301/21/F1`,
    'https://id.gs1.org/01/10614141073464/21/F2',
  ])
  const urns = await ask('Always_EPC_URN')
  assert.deepEqual(urns.epcList, one.epcList)
  assert.deepEqual(urns.readPoint, { id: 'urn:epc:id:sgln:6901000.00002.0' })
  assert.deepEqual(await ask(), links)
  for (const format of ['No_Preference', 'Never_Translates']) {
    const same = await ask(format)
    assert.deepEqual([same.epcList, same.readPoint], [one.epcList, one.readPoint])
  }
})

test('a prefix that only GS1-Extensions declares serves the document, and is kept with what was captured', async () => {
  const headers = { 'GS1-Extensions': 'mine=https://mine.example/, other=https://other.example/' }
  const made = observed({ 'mine:colour': 'red' })
  const bare = { ...documentOf([made]), '@context': 'https://ref.gs1.org/standards/epcis/epcis-context.jsonld' }
  assert.equal((await send('/epcis/capture', JSON.stringify(bare), {})).status, 400)
  assert.equal((await send('/epcis/capture', JSON.stringify(bare), headers)).status, 202)
  const { text } = await get(`/epcis/events/${made.eventID}`)
  assert.match(text, /"mine":"https:\/\/mine.example\/"/)
  assert.doesNotMatch(text, /other\.example/)
  const found = await eventsOf(new URLSearchParams({ 'EQ_https://mine.example/colour': 'red' }).toString())
  assert.deepEqual(
    found.map(({ eventID }) => eventID),
    [made.eventID],
  )
})

test('words of the standard are bare in JSON however they came; only who wants what was sent gets it so', async () => {
  const urn = 'urn:epcglobal:cbv:bizstep:shipping'
  const set = ['https://ns.gs1.org/cbv/Disp-damaged', 'https://example.org/dusty']
  const sensorReport = [{ type: 'https://gs1.org/voc/Temperature', value: 4, uom: 'CEL' }]
  const made = observed({
    bizStep: urn,
    persistentDisposition: { set },
    sensorElementList: [{ sensorReport }],
    bizTransactionList: [{ type: 'urn:epcglobal:cbv:btt:po', bizTransaction: 'urn:x:1' }],
  })
  assert.equal((await send('/epcis/capture', JSON.stringify(documentOf([made])), {})).status, 202)
  const shown = async (headers: Record<string, string>) =>
    (JSON.parse((await get(`/epcis/events/${made.eventID}`, headers)).text) as Found).epcisBody.queryResults.resultsBody
      .eventList[0] as Fields
  for (const form of ['Always_GS1_Digital_Link', 'Always_EPC_URN', 'No_Preference']) {
    const { bizStep, persistentDisposition, sensorElementList, bizTransactionList } = await shown({
      'GS1-EPC-Format': form,
    })
    assert.equal(bizStep, 'shipping', form)
    assert.deepEqual(persistentDisposition, { set: ['damaged', 'https://example.org/dusty'] })
    assert.deepEqual(sensorElementList, [{ sensorReport: [{ ...sensorReport[0], type: 'Temperature' }] }])
    assert.deepEqual(bizTransactionList, [{ type: 'po', bizTransaction: 'urn:x:1' }])
  }
  assert.equal((await shown({ 'GS1-EPC-Format': 'Never_Translates' })).bizStep, urn)
})

test('master data in the header answers HASATTR, EQATTR and what lies below a place', async () => {
  const product = 'urn:epc:idpat:sgtin:6901000.000039.*'
  const [site, room] = [`${place('factory').id}/254/S1`, 'https://example.org/places/room']
  const document = {
    ...documentOf([
      observed({ bizLocation: { id: room }, eventID: 'urn:x:room', quantityList: [{ epcClass: product }] }),
    ]),
    epcisHeader: {
      epcisMasterData: {
        vocabularyList: [
          {
            type: 'urn:epcglobal:epcis:vtype:BusinessLocation',
            vocabularyElementList: [
              { id: site, children: [room] },
              { id: room, attributes: [{ id: 'urn:epcglobal:cbv:mda:sst', attribute: '204' }] },
            ],
          },
          {
            type: 'urn:epcglobal:epcis:vtype:EPCClass',
            vocabularyElementList: [{ id: product, attributes: [{ id: 'cbvmda:brandName', attribute: '示例' }] }],
          },
        ],
      },
    },
  }
  const { status } = await send('/epcis/capture', JSON.stringify(document), {})
  assert.equal(status, 202)
  for (const [query, expected] of [
    [{ HASATTR_bizLocation: 'urn:epcglobal:cbv:mda:sst' }, 1],
    [{ HASATTR_bizLocation: 'cbvmda:sst' }, 1],
    [{ HASATTR_bizLocation: 'urn:epcglobal:cbv:mda#sst' }, 1],
    [{ EQATTR_bizLocation_sst: '204' }, 1],
    [{ 'EQ_ATTR_bizLocation_cbvmda:sst': '204' }, 1],
    [{ HASATTR_bizLocation: 'urn:epcglobal:cbv:mda:other' }, 0],
    [{ 'EQATTR_bizLocation_urn:epcglobal:cbv:mda:sst': '204' }, 1],
    [{ 'EQATTR_bizLocation_urn:epcglobal:cbv:mda:sst': '205' }, 0],
    [{ WD_bizLocation: site }, 1],
    [{ EQ_bizLocation: site }, 0],
    [{ HASATTR_epcClass: 'cbvmda:brandName' }, 1],
    [{ HASATTR_epcClass: 'cbvmda:sst' }, 0],
    [{ EQATTR_epcClass_brandName: '示例' }, 1],
    [{ EQATTR_epcClass_brandName: 'other' }, 0],
  ] as [Record<string, string>, number][]) {
    assert.equal((await eventsOf(String(new URLSearchParams(query)))).length, expected, JSON.stringify(query))
  }
})

const inXml = (encoding: string, clerk: string) =>
  `<?xml version="1.0" encoding="${encoding}"?><epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:2"
  xmlns:ex="https://example.org/" schemaVersion="2.0" creationDate="2026-07-02T00:00:00Z"><EPCISBody><EventList>
  <ObjectEvent><eventTime>2026-07-01T00:00:00Z</eventTime><eventTimeZoneOffset>+08:00</eventTimeZoneOffset>
  <eventID>urn:x:in-${encoding}</eventID><epcList><epc>urn:epc:id:sgtin:6901000.000030.E1</epc></epcList>
  <action>OBSERVE</action><ex:clerk>${clerk}</ex:clerk></ObjectEvent></EventList></EPCISBody></epcis:EPCISDocument>`

test('a body is read in the encoding it names, and never with characters lost unseen', async () => {
  const post = async (body: Buffer, headers: Record<string, string> = {}) => {
    const answer = await fetch(new URL('/epcis/capture', server.url), {
      method: 'POST',
      headers: { authorization: `Bearer ${factory.token}`, 'content-type': 'application/xml', ...headers },
      body: new Uint8Array(body),
    })
    return answer.status
  }
  // 韦 in GB 18030.
  const [start = '', end = ''] = inXml('GB18030', '|').split('|')
  assert.equal(await post(Buffer.concat([Buffer.from(start), Buffer.from([0xce, 0xa4]), Buffer.from(end)])), 202)
  const [found] = await eventsOf('EQ_eventID=urn:x:in-GB18030')
  assert.equal(found?.['ex:clerk'], '韦')
  assert.equal(await post(Buffer.from(`\uFEFF${inXml('UTF-16', '韦')}`, 'utf16le')), 202)
  // Without a mark, XML tells by its first character (XML 1.0, F.1).
  const bare = Buffer.from(inXml('UTF-16LE', '韦'), 'utf16le')
  assert.deepEqual([await post(bare), await post(Buffer.from(bare).swap16())], [202, 202])
  const json = { 'content-type': 'application/json' }
  const marked = Buffer.from(`\uFEFF${JSON.stringify(documentOf([observed()]))}`)
  assert.equal(await post(marked, json), 202)
  assert.equal(await post(Buffer.concat([marked, Buffer.from([0xff])]), json), 400)
  assert.equal(await post(marked, { 'content-type': 'application/json; charset=klingon' }), 415)
  assert.equal(await post(marked, { ...json, 'content-encoding': 'br' }), 415)
  assert.equal(await post(marked, { ...json, 'content-encoding': 'gzip' }), 400)
})

test('a body may come by gzip, and what is told of limits is told of what it holds', async () => {
  const post = (path: string, body: Buffer, coding: string) =>
    fetch(new URL(path, server.url), {
      method: 'POST',
      headers: {
        authorization: `Bearer ${factory.token}`,
        'content-type': 'application/json',
        'content-encoding': coding,
      },
      body: new Uint8Array(body),
    })
  const one = observed({ 'ex:note': '韦' })
  const packed = gzipSync(JSON.stringify(documentOf([one])))
  assert.equal((await post('/epcis/capture', packed, 'gzip')).status, 202)
  assert.equal((await eventsOf(`EQ_eventID=${one.eventID}`))[0]?.['ex:note'], '韦')
  const single = gzipSync(JSON.stringify({ '@context': context, ...observed() }))
  assert.equal((await post('/epcis/events', single, 'GZIP')).status, 201)
  for (const path of ['/epcis/capture', '/epcis/events']) {
    const large = await post(path, gzipSync(Buffer.alloc(17 * 1024 * 1024, ' ')), 'gzip')
    const { type } = (await large.json()) as { type: string }
    assert.deepEqual([large.status, type], [413, 'epcisException:CaptureLimitExceededException'], path)
    assert.equal(large.headers.get('gs1-epcis-capture-file-size-limit'), String(16 * 1024 * 1024), path)
  }
  assert.equal((await post('/epcis/capture', packed.subarray(0, 50), 'gzip')).status, 400)
  const refused = await post('/epcis/capture', packed, 'deflate')
  assert.deepEqual([refused.status, refused.headers.get('accept-encoding')], [415, 'gzip'])
})

test('a sender who closes the connection afterwards still reads why its document is too large', async () => {
  const body = Buffer.alloc(20 * 1024 * 1024, ' ')
  const status = await new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${factory.token}`,
      'content-type': 'application/json',
      connection: 'close',
    }
    const sending = request(
      new URL('/epcis/capture', server.url),
      { method: 'POST', headers, agent: false },
      (answer) => {
        answer.resume()
        resolve(answer.statusCode)
      },
    )
    sending.on('error', reject)
    sending.setHeader('content-length', body.length)
    sending.end(body)
  })
  assert.equal(status, 413)
})
