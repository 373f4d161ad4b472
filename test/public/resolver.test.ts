import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { Ajv } from 'ajv'
import { compressElements } from '../../src/standards/digital-link/index.ts'
import { corpusFiles, corpusTest } from '../conformance/corpus.ts'
import { type Person, personOf } from '../people.ts'
import { startServer, type TestServer } from '../server.ts'
import { at, documentOf, event, insertOwners, lot, owners, place } from '../trace/chain.ts'

const bag = '06901000000301'
let server: TestServer
let factory: Person
let serial = ''

before(async () => {
  server = await startServer()
  await insertOwners(server.sql)
  factory = await personOf(server, owners.factory.id, 'enterprise', [])
  const made = event('ObjectEvent', at(1), {
    action: 'ADD',
    bizStep: 'commissioning',
    bizLocation: place('factory'),
    quantityList: [{ epcClass: lot(bag, 'B%2F1'), quantity: 5 }],
  })
  assert.equal((await factory.call('POST', '/epcis/capture', documentOf([made]))).status, 202)
  const order = await factory.call<{ serials: string[] }>('POST', '/api/v1/operations/issue-codes', {
    gtin: bag,
    lot: 'B/1',
    quantity: 3,
  })
  serial = order.body.serials[0] ?? ''
})
after(() => server.close())

const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  fetch(server.url + path, { method, headers: { accept: 'text/html', ...headers }, redirect: 'manual' })

test('[C5.4.3.b] a code leads a browser to its page, which says where its links are and lets every page ask', async () => {
  for (const path of [
    `/01/${bag}/10/B%2F1`,
    `/01/${bag}/21/${serial}`,
    `/01/${bag}/10/B%2F1/21/${serial}`,
    `/01/${bag}/10/B%2F1/`,
  ]) {
    const answer = await get(path)
    assert.equal(answer.status, 200, path)
    assert.match(
      answer.headers.get('link') ?? '',
      /\?linkType=linkset>; rel="linkset"; type="application\/linkset\+json"/,
    )
    assert.equal(answer.headers.get('access-control-allow-origin'), '*')
    for (const method of ['GET', 'HEAD', 'OPTIONS'])
      assert.ok(answer.headers.get('access-control-allow-methods')?.includes(method), method)
    assert.equal((await get(path, {}, 'OPTIONS')).status, 204)
    assert.equal((await get(path, {}, 'HEAD')).status, 200)
  }
})

corpusTest('the linkset is valid by the published schema, asked for by media type or link type', 1, async () => {
  const [schema] = corpusFiles('gs1/linkset/gs1-linkset-schema.json')
  const validate = new Ajv({ strict: false }).compile(JSON.parse(schema?.text ?? '{}'))
  for (const [path, accept] of [
    [`/01/${bag}/21/${serial}`, 'application/linkset+json'],
    [`/01/${bag}/10/B%2F1?linkType=linkset`, 'text/html'],
    [`/01/${bag}/10/B%2F1?linkType=all`, '*/*'],
  ] as const) {
    const answer = await get(path, { accept })
    assert.equal(answer.status, 200, path)
    assert.equal(answer.headers.get('content-type'), 'application/linkset+json')
    assert.match(
      answer.headers.get('link') ?? '',
      /rel="http:\/\/www\.w3\.org\/ns\/json-ld#context"; type="application\/ld\+json"/,
    )
    assert.match(answer.headers.get('vary') ?? '', /accept/)
    const body = (await answer.json()) as { linkset: [Record<string, { href: string }[]> & { anchor: string }] }
    assert.ok(validate(body), JSON.stringify(validate.errors))
    const [set] = body.linkset
    assert.equal(set.anchor, server.url.replace('localhost', new URL(server.url).hostname) + path.split('?')[0])
    assert.deepEqual(Object.keys(set['https://gs1.org/voc/defaultLink']?.[0] ?? {}).sort(), ['href', 'title'])
    assert.ok(set['https://gs1.org/voc/recallStatus'] && set['https://gs1.org/voc/traceability'])
  }
})

test('the linkset comes as JSON-LD with its context, and as plain JSON, to whoever asks so', async () => {
  const path = `/01/${bag}/10/B%2F1`
  const linked = await get(path, { accept: 'application/ld+json' })
  assert.equal(linked.headers.get('content-type'), 'application/ld+json')
  const body = (await linked.json()) as { '@context': string; linkset: [{ anchor: string }] }
  assert.equal(body['@context'], 'https://ref.gs1.org/standards/resolver/linkset-context')
  assert.ok(body.linkset[0].anchor.endsWith(path))
  for (const [accept, type] of [
    ['text/html, application/linkset+json;q=0.5', 'text/html; charset=utf-8'],
    ['text/html;q=0.5, application/linkset+json', 'application/linkset+json'],
    ['application/linkset+json;q=0, */*', 'text/html; charset=utf-8'],
  ] as const)
    assert.equal((await get(path, { accept })).headers.get('content-type'), type, accept)
  for (const type of ['linkset', 'all']) {
    const plain = await get(`${path}?linkType=${type}`, { accept: 'application/json' })
    assert.equal(plain.headers.get('content-type'), 'application/json')
    assert.deepEqual(Object.keys((await plain.json()) as object), ['linkset'])
  }
})

test('a link type redirects with 307 and the rest of the query; one that there is not is 404', async () => {
  const path = `/01/${bag}/10/B%2F1`
  for (const type of ['gs1:pip', 'https://gs1.org/voc/pip', 'https://ref.gs1.org/voc/pip']) {
    const { status, headers } = await get(`${path}?linkType=${encodeURIComponent(type)}&foo=bar`)
    assert.equal(status, 307, type)
    assert.ok(headers.get('location')?.endsWith(`${path}?foo=bar`), headers.get('location') ?? '')
    assert.match(headers.get('link') ?? '', /rel="linkset"/)
  }
  assert.equal((await get(`${path}?linkType=gs1:nosuchlt`)).status, 404)
  assert.equal((await get(`${path}?linkType=nonsense%00`)).status, 400)
})

test('a resolver only answers; other methods are 405, and told what there is', async () => {
  for (const path of [`/01/${bag}/10/B%2F1`, '/00/069010000000000011', '/414/x', '/c/x', '/.well-known/gs1resolver'])
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      const { status, headers } = await get(path, {}, method)
      const told = [headers.get('allow'), headers.get('access-control-allow-origin')]
      assert.deepEqual([status, ...told], [405, 'GET, HEAD, OPTIONS', '*'], `${method} ${path}`)
    }
})

test('what is malformed is 400, what is unknown 404, and neither is told with 200', async () => {
  for (const path of [
    `/01/${bag}/10/B%2F1/foo`,
    '/01/06901000000302/10/B1',
    '/00/123',
    '/414/1234567890123',
    `/01/${bag}/10/`,
  ])
    assert.equal((await get(path)).status, 400, path)
  for (const path of [
    `/01/${bag}/10/NONE`,
    `/01/${bag}`,
    '/00/069010000000000011',
    `/01/${bag}/21/NONE?linkType=linkset`,
  ])
    assert.equal((await get(path)).status, 404, path)
})

test('a compressed link is answered as the plain one, and says which it is', async () => {
  const short = compressElements([
    { ai: '01', value: bag },
    { ai: '21', value: serial },
  ])
  for (const path of [`/${short}`, `/01/${bag}/21/${serial}`]) {
    const answer = await get(path)
    assert.equal(answer.status, 200, path)
    assert.ok((await answer.text()).includes(serial))
    assert.equal(/owl:sameAs/.test(answer.headers.get('link') ?? ''), path !== `/01/${bag}/21/${serial}`)
  }
})

test('an owner names links for its product, lot or thing; the finest comes first, and language and media type choose', async () => {
  const add = (body: object) => factory.call('POST', '/api/v1/resolver-links', { id: randomUUID(), ...body })
  const recipe = { linkType: 'gs1:recipeInfo', title: '食谱', href: 'https://example.com/recipe' }
  const link = await add({ key: `/01/${bag}`, ...recipe, language: 'zh' })
  assert.equal(link.status, 201, JSON.stringify(link.body))
  await add({ key: `/01/${bag}`, ...recipe, href: 'https://example.com/recipe-en', language: 'en' })
  await add({ key: `/01/${bag}`, linkType: 'gs1:pip', title: '产品页', href: 'https://example.com/product?a=1' })
  const to = async (path: string, headers?: Record<string, string>) => {
    const answer = await get(path, headers)
    return [answer.status, answer.headers.get('location')]
  }
  const asked = `/01/${bag}/21/${serial}?linkType=gs1:recipeInfo`
  assert.deepEqual(await to(asked, { 'accept-language': 'en-GB,zh;q=0.5' }), [307, 'https://example.com/recipe-en'])
  assert.deepEqual(await to(asked, { 'accept-language': 'zh-CN' }), [307, 'https://example.com/recipe'])
  assert.deepEqual(await to(`${asked}&lang=en`), [307, 'https://example.com/recipe-en'])
  assert.deepEqual(
    await to(`/01/${bag}?x=1`),
    [307, 'https://example.com/recipe?x=1'],
    'a product alone has a default too',
  )
  assert.equal((await get(`/01/${bag}`, { accept: 'application/linkset+json' })).status, 200)
  await add({ key: `/01/${bag}`, ...recipe, href: 'https://example.com/another', language: 'en' })
  assert.equal((await get(`${asked}&lang=en`)).status, 300, 'two that are alike are both told')
  const list = await factory.call<{ items: { id: string; href: string }[] }>('GET', '/api/v1/resolver-links')
  assert.equal(list.body.items.length, 4)
  for (const { id } of list.body.items)
    assert.equal((await factory.call('DELETE', `/api/v1/resolver-links/${id}`)).status, 204)
  assert.equal((await get(asked)).status, 404)
})

test('a link is refused at the field that is wrong, and nobody names links for another’s product', async () => {
  const rival = await personOf(server, owners.shop.id, 'enterprise', [])
  const good = {
    id: randomUUID(),
    key: `/01/${bag}`,
    linkType: 'gs1:pip',
    title: '产品页',
    href: 'https://example.com/',
  }
  assert.equal((await rival.call('POST', '/api/v1/resolver-links', good)).status, 409)
  for (const [change, field] of [
    [{ href: 'http://example.com/' }, '/href'],
    [{ href: 'javascript:alert(1)' }, '/href'],
    [{ href: 'https://user:pass@example.com/' }, '/href'],
    [{ title: '' }, '/title'],
    [{ linkType: 'no type' }, '/linkType'],
    [{ language: 'chinese' }, '/language'],
    [{ key: 'nothing' }, '/key'],
    [{ id: 'x' }, '/id'],
  ] as const) {
    const answer = await factory.call<{ problems: { at: string }[] }>('POST', '/api/v1/resolver-links', {
      ...good,
      ...change,
    })
    assert.deepEqual([answer.status, answer.body.problems[0]?.at], [422, field], field)
  }
})

test('[C5.4.3.b] codes of other systems lead to what they mean here: 追溯码, Ecode, OID, Handle and 商品二维码', async () => {
  const target = `https://id.gs1.org/01/${bag}/10/B%2F1`
  const codes = ['追溯码：TSM20261101', 'Ecode:641300001234567', '1.2.156.3088.1.7', '86.1009.2000/9411.2026']
  const added = await factory.call('POST', '/api/v1/code-aliases', { aliases: codes.map((code) => ({ code, target })) })
  assert.deepEqual([added.status, added.body], [200, { added: 4, taken: [] }])
  for (const code of [...codes, `https://example.cn/gtin/${bag}/bat/B%2F1`]) {
    const { status, headers } = await get(`/scan?code=${encodeURIComponent(code)}`)
    assert.deepEqual([status, headers.get('location')], [303, `/01/${bag}/10/B%2F1`], code)
  }
  const unknown = await get(`/scan?code=${encodeURIComponent('Ecode:999999999')}`)
  assert.equal(unknown.status, 400)
  for (const [alias, field] of [
    [{ code: 'plain text', target }, '/aliases/0/code'],
    [{ code: 'Ecode:12345678', target: `/01/${bag}` }, '/aliases/0/target'],
  ] as const) {
    const answer = await factory.call<{ problems: { at: string }[] }>('POST', '/api/v1/code-aliases', {
      aliases: [alias],
    })
    assert.deepEqual([answer.status, answer.body.problems[0]?.at], [422, field])
  }
})

test('the resolver describes itself', async () => {
  const answer = await get('/.well-known/gs1resolver', { accept: 'application/json' })
  const body = (await answer.json()) as Record<string, unknown>
  assert.deepEqual(body.supportedPrimaryKeys, ['all'])
  assert.ok(String(body.resolverRoot).startsWith('http'))
  assert.equal(answer.headers.get('access-control-allow-origin'), '*')
  const preflight = await get('/.well-known/gs1resolver', {}, 'OPTIONS')
  assert.deepEqual([preflight.status, preflight.headers.get('access-control-allow-origin')], [204, '*'])
})

test('a pallet that an event names has its page, its linkset and its links like any other thing', async () => {
  const pallet = '069010000000000011'
  const packed = event('AggregationEvent', at(2), {
    action: 'ADD',
    parentID: `https://id.gs1.org/00/${pallet}`,
    childQuantityList: [{ epcClass: lot(bag, 'B%2F1'), quantity: 5 }],
  })
  assert.equal((await factory.call('POST', '/epcis/capture', documentOf([packed]))).status, 202)
  const page = await get(`/00/${pallet}`)
  assert.equal(page.status, 200)
  assert.match(page.headers.get('link') ?? '', /linkType=linkset>; rel="linkset"/)
  const linkset = (await (await get(`/00/${pallet}?linkType=all`)).json()) as { linkset: Record<string, unknown>[] }
  const anchor = `${server.url}/00/${pallet}`
  assert.equal(linkset.linkset[0]?.anchor, anchor)
  const led = await get(`/00/${pallet}?linkType=gs1:traceability`)
  assert.deepEqual([led.status, led.headers.get('location')], [307, anchor])
  const events = (await get(`/00/${pallet}?linkType=gs1:epcis`)).headers.get('location') ?? ''
  const asked = await factory.call<{ epcisBody: { queryResults: { resultsBody: { eventList: unknown[] } } } }>(
    'GET',
    events.slice(server.url.length),
  )
  assert.equal(asked.body.epcisBody.queryResults.resultsBody.eventList.length, 1)
})

test('a short link is the same code with fewer characters', async () => {
  const orders = await factory.call<{ items: { id: string; shortStem: string }[] }>('GET', '/api/v1/code-orders')
  const stem = orders.body.items[0]?.shortStem ?? ''
  const { status, headers } = await get(new URL(`${stem}${serial.toLowerCase()}`).pathname)
  assert.deepEqual([status, headers.get('location')], [307, `/01/${bag}/21/${serial}`])
  for (const path of ['/c/999999.AAAAAAAAAAAAAA', '/c/x', '/c/1.short'])
    assert.equal((await get(path)).status, 404, path)
})

test('links of a million serials are found by index alone', async () => {
  await server.sql`insert into resolver_link (owner_id, id, key, link_type, href, title, created_at, created_by)
    select ${owners.factory.id}, gen_random_uuid(), 'https://id.gs1.org/01/06901000000301/21/S' || n, 'gs1:pip',
      'https://example.com/' || n, 't', now(), ${randomUUID()} from generate_series(1, 20000) n`
  await server.sql`analyze resolver_link`
  const [plan] =
    await server.sql`explain (format json) select l.* from unnest(array['https://id.gs1.org/01/06901000000301/21/S7', 'https://id.gs1.org/01/06901000000301']) k (key)
    join resolver_link l on l.key = k.key and l.ended_at is null`
  assert.match(JSON.stringify(plan), /resolver_link_of/)
  assert.deepEqual((await get(`/01/${bag}/21/S7`)).headers.get('location'), 'https://example.com/7')
})
