import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Ajv2019 } from 'ajv/dist/2019.js'
import formats from 'ajv-formats'
import { parseXml } from '../../src/standards/epcis/index.ts'
import { openFactory } from '../epcis/factory.ts'
import { openReceiver, type Receiver } from '../epcis/receiver.ts'
import type { Person } from '../people.ts'
import type { TestServer } from '../server.ts'
import { at, context, documentOf, event, pallet, place, serial } from '../trace/chain.ts'
import { corpusFiles, corpusTest } from './corpus.ts'

type Json = Record<string, unknown>
type Media = Record<string, { schema?: Json }>
type Answer = { content?: Media; $ref?: string; headers?: Json }
type Operation = { responses: Record<string, Answer>; parameters?: Json[]; requestBody?: Json }
type Api = { paths: Record<string, Record<string, Operation>>; components: Json }

const operations = ['get', 'post', 'delete', 'options'] as const
const bag = '06901000000301'
let server: TestServer
let factory: Person
let receiver: Receiver
let jobPath = ''
let subscriptionPath = ''

before(async () => {
  process.env.SHISU_HOOK_NETWORKS = '127.0.0.0/8'
  ;({ server, factory } = await openFactory())
  receiver = await openReceiver()
  const captured = await factory.call('POST', '/epcis/capture', documentOf([shipped('urn:x:one'), packed]))
  assert.equal(captured.status, 202)
  jobPath = String(captured.headers.get('location'))
  const query = { name: 'known', query: { EQ_bizStep: ['shipping'] } }
  assert.equal((await factory.call('POST', '/epcis/queries', query)).status, 201)
  const subscribed = await factory.call('POST', '/epcis/queries/known/subscriptions', {
    dest: receiver.url,
    stream: true,
  })
  subscriptionPath = String(subscribed.headers.get('location'))
})

after(async () => {
  await receiver.close()
  await server.close()
})

const shipped = (eventID: string) =>
  event('ObjectEvent', at(1), {
    eventID,
    action: 'OBSERVE',
    bizStep: 'shipping',
    disposition: 'in_transit',
    readPoint: place('factory'),
    bizLocation: place('factory'),
    epcList: [serial(bag, `C${eventID.length}`)],
  })
const packed = event('AggregationEvent', at(2), {
  action: 'ADD',
  parentID: pallet('069010000000000011'),
  childEPCs: [serial(bag, 'C1')],
})

/** A value for each path parameter that leads somewhere. */
const values: Readonly<Record<string, () => string>> = {
  captureID: () => jobPath.split('/').at(-1) ?? '',
  eventID: () => 'urn:x:one',
  eventType: () => 'ObjectEvent',
  epc: () => 'urn:epc:id:sgtin:6901000.000030.C1',
  bizStep: () => 'shipping',
  bizLocation: () => place('factory').id,
  readPoint: () => place('factory').id,
  disposition: () => 'in_transit',
  queryName: () => 'known',
  subscriptionID: () => subscriptionPath.split('/').at(-1) ?? '',
  token: () => token,
}
let token = ''

const bodies: Readonly<Record<string, () => unknown>> = {
  'post /capture': () => documentOf([shipped('urn:x:three')]),
  'post /events': () => ({ '@context': context, ...shipped('urn:x:second') }),
  'post /queries': () => ({ name: 'another', query: { eventType: ['ObjectEvent'] } }),
  'post /queries/{queryName}/subscriptions': () => ({
    dest: receiver.url,
    signatureToken: 's',
    schedule: { hour: '1' },
  }),
}

function api(): Api {
  const [file] = corpusFiles('epcis/rest/openapi.json')
  return JSON.parse(file?.text ?? '{}') as Api
}

/**
 * The document's schemas for a validator. Its own slips are mended: patterns in another regular expression language,
 * a job's errors that meet both alternatives, and bare words that are no URIs.
 */
function validatorOf({ components }: Api) {
  const text = JSON.stringify(components, (name, value) => {
    if (name === 'example') return undefined
    return name === 'pattern' && typeof value === 'string' && value.includes('\\g<') ? undefined : value
  })
  const root = JSON.parse(text.replaceAll('#/components/', 'api#/')) as { schemas: Record<string, Json> }
  const job = root.schemas.CaptureJob as { allOf: Json[] }
  job.allOf = job.allOf.map(({ oneOf, ...rest }) => (oneOf ? { ...rest, anyOf: oneOf } : rest))
  const ajv = new Ajv2019({ strict: false, allErrors: false, unicodeRegExp: false })
  ;(formats as unknown as (ajv: Ajv2019) => void)(ajv)
  ajv.addSchema(root, 'api')
  return (schema: Json, value: unknown): string => {
    const check = ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('#/components/', 'api#/')) as Json)
    return check(value) ? '' : ajv.errorsText(check.errors)
  }
}

function resolve(document: Api, answer: Answer | undefined): Answer {
  if (!answer?.$ref) return answer ?? {}
  const name = answer.$ref.split('/').at(-1) ?? ''
  return (document.components.responses as Record<string, Answer>)[name] ?? {}
}

/** Queries are shown as the document's example shows one, though its schema says a list. */
const asSchemaSays = (path: string, body: unknown) => (path === '/queries/{queryName}' ? [body] : body)

function pathOf(path: string): string {
  return `/epcis${path === '/' ? '' : path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(values[name]?.() ?? 'x'))}`
}

async function ask(method: string, path: string, headers: Record<string, string>, body?: unknown): Promise<Response> {
  return fetch(new URL(path, server.url), {
    method: method.toUpperCase(),
    headers: {
      authorization: `Bearer ${factory.token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
}

corpusTest(
  'every path and method of the binding answers with a documented status, media type and form',
  63,
  async () => {
    const document = api()
    const validate = validatorOf(document)
    const first = await ask('get', '/epcis/events?perPage=1', {})
    token = /nextPageToken=([^>&]+)/.exec(first.headers.get('link') ?? '')?.[1] ?? ''
    const all = Object.entries(document.paths).flatMap(([path, methods]) =>
      operations.flatMap((method) => (methods[method] ? [{ path, method, operation: methods[method] }] : [])),
    )
    assert.equal(Object.keys(document.paths).length, 29)
    assert.equal(all.length, 63)
    // What removes something comes last, the inner before the outer.
    const order = all.toSorted(
      (a, b) =>
        Number(a.method === 'delete') - Number(b.method === 'delete') ||
        (a.method === 'delete' ? b.path.length - a.path.length : 0),
    )
    for (const { path, method, operation } of order) {
      const title = `${method.toUpperCase()} ${path}`
      const documented = Object.keys(operation.responses)
      const success = documented.filter((status) => status.startsWith('2'))
      const response = await ask(method, pathOf(path), {}, bodies[`${method} ${path}`]?.())
      const text = await response.text()
      assert.ok(success.includes(String(response.status)), `${title}: ${response.status} ${text.slice(0, 300)}`)
      const { content, headers = {} } = resolve(document, operation.responses[response.status])
      for (const name of Object.keys(headers)) {
        // Announced where there is something to tell: a next page, a time of the last run.
        if (!/^(Link|GS1-Next-Page-Token-Expires|GS1-Query-Min-Record-Time)$/.test(name)) {
          assert.ok(response.headers.has(name), `${title} announces ${name}`)
        }
      }
      if (method === 'options') assert.match(response.headers.get('allow') ?? '', /OPTIONS/)
      if (!content || Object.keys(content).length === 0) continue
      const media = response.headers.get('content-type')?.split(';')[0] ?? ''
      assert.ok(media in content, `${title}: ${media}`)
      const problem = validate(content[media]?.schema ?? {}, asSchemaSays(path, JSON.parse(text)))
      assert.equal(problem, '', `${title}: ${text.slice(0, 500)}`)
    }
  },
)

corpusTest('what the binding gives in XML comes in XML, and documents pass our own checks', 15, async () => {
  const document = api()
  await factory.call('POST', '/epcis/queries', { name: 'known', query: { EQ_bizStep: ['shipping'] } })
  let count = 0
  for (const [path, methods] of Object.entries(document.paths)) {
    const { content } = resolve(document, methods.get?.responses['200'])
    if (!content || !('application/xml' in content)) {
      if (methods.get) assert.equal((await ask('get', pathOf(path), { accept: 'application/xml' })).status, 406, path)
      continue
    }
    count++
    const response = await ask('get', pathOf(path), { accept: 'application/xml' })
    const text = await response.text()
    assert.equal(response.status, 200, `${path}: ${text}`)
    assert.match(response.headers.get('content-type') ?? '', /^application\/xml/, path)
    if (!/^\/(|capture.*)$/.test(path)) assert.ok(parseXml(text).ok, `${path}: ${text}`)
  }
  assert.equal(count, 11)
})

corpusTest('every path refuses nobody in particular with 401, and what leads nowhere with 404', 63, async () => {
  const document = api()
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const method of operations) {
      if (!methods[method] || method === 'options') continue
      const body = bodies[`${method} ${path}`]?.()
      const response = await fetch(server.url + pathOf(path), {
        method: method.toUpperCase(),
        ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      })
      assert.equal(response.status, 401, `${method} ${path}`)
      const problem = (await response.json()) as { type: string; title: string; status: number }
      assert.deepEqual([problem.type, problem.status], ['epcisException:SecurityException', 401])
      if (!path.includes('{') || path.includes('{token}')) continue
      const nowhere = `/epcis${path.replace(/\{(\w+)\}/g, 'nothing')}`
      const discovered = await ask('options', nowhere, {})
      assert.equal(discovered.status, 404, `OPTIONS ${nowhere}`)
      const openly = await fetch(server.url + nowhere, { method: 'OPTIONS' })
      assert.equal(openly.status, 204, 'who has not signed in learns nothing of what there is')
      const answer = await ask(method, nowhere, {}, body)
      assert.equal(answer.status, 404, nowhere)
      const { type } = (await answer.json()) as { type: string }
      assert.match(type, /^epcisException:NoSuch(?:Name|Resource)Exception$/)
    }
  }
})

test('a page token that was given back, altered or has expired leads nowhere', async () => {
  await factory.call('POST', '/epcis/capture', documentOf([shipped('urn:x:four4')]))
  const { headers } = await ask('get', '/epcis/events?perPage=1', {})
  const [, next = ''] = /<([^>]+)>; rel="next"/.exec(headers.get('link') ?? '') ?? []
  assert.ok(Date.parse(headers.get('gs1-next-page-token-expires') ?? '') > Date.now())
  assert.equal((await ask('get', next, {})).status, 200)
  const [, given = ''] = /nextPageToken=([^&]+)/.exec(next) ?? []
  const [served, , after] = given.split('.')
  const expired = `${served}.${(Date.now() - 1000).toString(36)}.${after}`
  assert.equal((await ask('get', `/epcis/events?perPage=1&nextPageToken=${expired}`, {})).status, 400)
  const later = given.replace(/\.[0-9a-z]+\./, `.${(Date.now() + 9e8).toString(36)}.`)
  for (const path of [`events?perPage=1&nextPageToken=${later}`, `events?EQ_action=ADD&nextPageToken=${given}`]) {
    const { status, type } = await ask('get', `/epcis/${path}`, {}).then(async (answer) => {
      return { status: answer.status, type: ((await answer.json()) as Json).type }
    })
    assert.deepEqual([status, type], [400, 'epcisException:QueryParameterException'], path)
  }
  assert.equal((await ask('get', next.replace('perPage=1', 'perPage=2'), {})).status, 200, 'other pages of the same')
  assert.equal((await ask('delete', `/epcis/nextPageToken/${given}`, {})).status, 204)
  assert.equal((await ask('get', next, {})).status, 400)
  assert.equal((await ask('delete', '/epcis/nextPageToken/no-token', {})).status, 400)
})

test('whoever wants XML is refused in XML', async () => {
  const answer = await ask('get', '/epcis/events/urn:x:nothing', { accept: 'application/xml' })
  assert.equal(answer.status, 404)
  assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+xml/)
  assert.match(
    await answer.text(),
    /<type>epcisException:NoSuchResourceException<\/type><title>[^<]+<\/title><status>404</,
  )
})

test('versions, media types and formats that are not spoken here are refused with 406', async () => {
  for (const [headers, status] of [
    [{ accept: 'text/html' }, 406],
    [{ accept: 'application/xml;q=0, text/html' }, 406],
    [{ accept: 'application/ld+json' }, 200],
    [{ accept: 'text/html, */*;q=0.1' }, 200],
    [{ 'GS1-EPCIS-Min': '2.1' }, 406],
    [{ 'GS1-EPCIS-Max': '1.2' }, 406],
    [{ 'GS1-EPCIS-Min': '1.2', 'GS1-EPCIS-Max': '2.0.0' }, 200],
    [{ 'GS1-CBV-Min': 'two' }, 406],
    [{ 'GS1-EPC-Format': 'Sometimes' }, 406],
    [{ 'GS1-CBV-XML-Format': 'Sometimes' }, 406],
    [{ 'GS1-Extensions': 'ex' }, 400],
  ] as [Record<string, string>, number][]) {
    assert.equal((await ask('get', '/epcis/events', headers)).status, status, JSON.stringify(headers))
  }
  for (const length of [9000, 40_000])
    assert.equal((await ask('get', `/epcis/events?EQ_eventID=${'x'.repeat(length)}`, {})).status, 414)
  const nothing = await ask('get', '/epcis/nothing', {})
  assert.match(await nothing.text(), /"epcisException:NoSuchResourceException"/)
})

test('a query and a subscription are JSON: anything else is refused with 415, and to who wants no JSON with 406', async () => {
  for (const path of ['/epcis/queries', '/epcis/queries/known/subscriptions']) {
    assert.equal((await ask('post', path, { 'content-type': 'application/xml' }, {})).status, 415, path)
    assert.equal((await ask('post', path, { accept: 'application/xml' }, {})).status, 406, path)
  }
})

test('what a path does not do is refused with 405 and told what it does', async () => {
  for (const [method, path, allow] of [
    ['PUT', '/epcis/events', 'OPTIONS, GET, POST'],
    ['DELETE', '/epcis/events', 'OPTIONS, GET, POST'],
    ['DELETE', '/epcis/events/urn:x:one', 'OPTIONS, GET'],
    ['POST', '/epcis/epcs', 'OPTIONS, GET'],
    ['PATCH', '/epcis/queries/known', 'OPTIONS, GET, DELETE'],
  ] as const) {
    const answer = await ask(method, path, {})
    assert.deepEqual([answer.status, answer.headers.get('allow')], [405, allow], `${method} ${path}`)
  }
})

test('a next page is announced as a whole address, and a missing token asks for one', async () => {
  const { headers } = await ask('get', '/epcis/events?perPage=1', {})
  assert.ok(
    headers.get('link')?.startsWith(`<${server.url.replace('localhost', new URL(server.url).hostname)}/epcis/events?`),
  )
  const nobody = await fetch(`${server.url}/epcis/events`)
  assert.deepEqual([nobody.status, nobody.headers.get('www-authenticate')], [401, 'Bearer realm="epcis"'])
})
