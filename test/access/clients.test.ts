import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { eventually } from '../eventually.ts'
import { morning } from '../morning.ts'
import { call, openTown, type Town } from '../people.ts'
import { startServer } from '../server.ts'
import { type Administrators, administratorsOf, type Visitor, visitor } from './visitor.ts'

let town: Town
let admins: Administrators
let keeper: Visitor

before(async () => {
  town = await openTown()
  admins = await administratorsOf(town.server)
  const [account] = await town.server.sql<
    { login: string }[]
  >`select login from account where owner_id = ${town.factory.ownerId}`
  keeper = visitor(town.server.url)
  await keeper.signIn(account?.login ?? '', 'Test-12345')
})
after(() => town.server.close())

const register = (by: Visitor, more: Record<string, unknown> = {}) =>
  by.call<{ id: string; code?: string }>('POST', '/api/v1/clients', {
    name: '示例 ERP',
    purpose: '每日上传进货查验',
    kind: 'system',
    scopes: ['records', 'epcis'],
    ...more,
  })
const token = (by: Visitor, id: string, more: Record<string, unknown> = {}) =>
  by.call<{ id: string; token: string }>('POST', `/api/v1/clients/${id}/tokens`, { days: 30, ...more })
const as = <Body>(secret: string, method: string, path: string, body?: unknown) =>
  call<Body>(town.server.url, secret, method, path, body)

test('[D4.3.8] in the sandbox a client writes records that nobody else sees, captures no event and runs nothing', async () => {
  const { body } = await register(keeper)
  const { body: issued } = await token(keeper, body.id)
  assert.equal((await as(issued.token, 'POST', '/api/v1/records/morning-check', morning)).status, 201)
  assert.equal(
    (await as<{ items: unknown[] }>(issued.token, 'GET', '/api/v1/records/morning-check')).body.items.length,
    1,
  )
  for (const person of [town.factory, town.city, town.county]) {
    const { body: seen } = await person.call<{ items: unknown[] }>('GET', '/api/v1/records/morning-check')
    assert.equal(seen.items.length, 0)
  }
  assert.equal((await as(issued.token, 'POST', '/epcis/capture', {})).status, 403)
  assert.equal((await as(issued.token, 'POST', '/api/v1/operations/issue-codes', {})).status, 403)
})

test('[D4.3.8] a client goes from sandbox to live to deprecated to retired; sandbox tokens end when it goes live', async () => {
  const { body } = await register(keeper)
  const box = (await token(keeper, body.id)).body
  const step = (state: string, more = {}) =>
    keeper.call('POST', `/api/v1/clients/${body.id}/state`, { state, reason: '联调完成', ...more })
  assert.equal((await step('deprecated')).status, 409)
  assert.equal((await step('live')).status, 204)
  assert.equal((await as(box.token, 'GET', '/api/v1/records/morning-check')).status, 401)
  const live = (await token(keeper, body.id)).body
  assert.equal((await as(live.token, 'POST', '/api/v1/records/morning-check', morning)).status, 201)
  assert.equal(
    (await town.factory.call<{ items: unknown[] }>('GET', '/api/v1/records/morning-check')).body.items.length,
    1,
  )
  assert.equal((await step('sandbox')).status, 409)
  assert.equal((await step('deprecated')).status, 422)
  assert.equal((await step('deprecated', { retiresAt: new Date(Date.now() + 86_400_000) })).status, 204)
  assert.equal((await token(keeper, body.id)).status, 409)
  assert.equal((await as(live.token, 'GET', '/api/v1/records/morning-check')).status, 200, 'works until then')
  assert.equal((await step('retired')).status, 204)
  assert.equal((await as(live.token, 'GET', '/api/v1/records/morning-check')).status, 401)
})

test('a client of an authority goes live only with the security administrator’s consent', async () => {
  const { body } = await register(admins.system, { ownerId: town.county.ownerId, scopes: ['records'] })
  const asked = await admins.system.call<{ approval: string }>('POST', `/api/v1/clients/${body.id}/state`, {
    state: 'live',
    reason: '对接省平台',
  })
  assert.equal(asked.status, 202)
  const { body: box } = await token(admins.system, body.id)
  assert.equal(
    (await as<{ items: unknown[] }>(box.token, 'GET', '/api/v1/records/subject')).body.items.length,
    0,
    'still in the sandbox',
  )
  await admins.security.call('POST', `/api/v1/approvals/${asked.body.approval}/decision`, { allow: true })
  const { body: live } = await token(admins.system, body.id)
  const seen = await as<{ items: unknown[] }>(live.token, 'GET', '/api/v1/records/subject')
  assert.equal(seen.body.items.length, 1)
  assert.equal((await register(admins.security)).status, 403)
})

test('a client has at most ten valid tokens, also when more are asked for at once; one that is revoked makes room', async () => {
  const { body } = await register(keeper)
  const asked = await Promise.all(Array.from({ length: 14 }, () => token(keeper, body.id)))
  const made = asked.filter(({ status }) => status === 201)
  assert.equal(made.length, 10)
  assert.deepEqual(new Set(asked.map(({ status }) => status)), new Set([201, 409]))
  await keeper.call('POST', `/api/v1/clients/${body.id}/tokens/${made[0]?.body.id}/revoke`)
  assert.equal((await token(keeper, body.id)).status, 201)
})

test('the name of the scheme is taken in either case', async () => {
  const { body } = await register(keeper)
  const { body: issued } = await token(keeper, body.id)
  for (const scheme of ['bearer', 'BEARER', 'Bearer']) {
    const headers = { authorization: `${scheme} ${issued.token}` }
    assert.equal((await fetch(`${town.server.url}/api/v1/records/morning-check`, { headers })).status, 200, scheme)
  }
})

test('a token has a quota of its own, an end, and its use is counted', async () => {
  const { body } = await register(keeper)
  assert.equal((await token(keeper, body.id, { days: 400 })).status, 422)
  assert.equal((await token(keeper, body.id, { perMinute: 0 })).status, 422)
  const { body: issued } = await token(keeper, body.id, { perMinute: 3 })
  const answers = []
  for (let n = 0; n < 5; n++) answers.push(await as(issued.token, 'GET', '/api/v1/records/morning-check'))
  assert.deepEqual(
    answers.map((answer) => answer.status),
    [200, 200, 200, 429, 429],
  )
  assert.equal(answers[0]?.headers.get('ratelimit-limit'), '3')
  assert.equal(answers[4]?.headers.get('retry-after'), '60')
  const use = async () => {
    const list = await keeper.call<{ items: { id: string; tokens: { calls: number; refused: number }[] }[] }>(
      'GET',
      '/api/v1/clients',
    )
    return list.body.items.find((item) => item.id === body.id)?.tokens[0]
  }
  // Use is counted beside the answers and written now and then.
  await eventually(async () => ((await use())?.calls ?? 0) >= 5, 'the count')
  const counted = await use()
  assert.deepEqual([counted?.calls, counted?.refused], [5, 2])
  assert.equal((await keeper.call('POST', `/api/v1/clients/${body.id}/tokens/${issued.id}/revoke`)).status, 204)
  assert.equal((await as(issued.token, 'GET', '/api/v1/records/morning-check')).status, 401)
})

test('a token does nothing that concerns accounts, and a stranger’s client is not found', async () => {
  const { body } = await register(keeper)
  await keeper.call('POST', `/api/v1/clients/${body.id}/state`, { state: 'live', reason: '上线' })
  const { body: issued } = await token(keeper, body.id)
  for (const path of [
    '/api/v1/accounts',
    '/api/v1/clients',
    '/api/v1/me/factors',
    '/api/v1/approvals',
    '/api/v1/delegations',
  ])
    assert.equal((await as(issued.token, 'GET', path)).status, 403, path)
  const [rival] = await town.server.sql<
    { login: string }[]
  >`select login from account where owner_id = ${town.neighbour.ownerId}`
  const stranger = visitor(town.server.url)
  await stranger.signIn(rival?.login ?? '', 'Test-12345')
  assert.equal((await token(stranger, body.id)).status, 404)
  assert.equal(
    (await stranger.call('POST', `/api/v1/clients/${body.id}/state`, { state: 'retired', reason: '试试' })).status,
    404,
  )
})

test('a route on its way out says so for at least twelve months', async () => {
  await assert.rejects(
    town.server
      .sql`insert into api_deprecation values ('GET', '/api/v1/home', now(), now() + interval '3 months', '/api/v2/home')`,
  )
  const server = await startServer()
  try {
    await server.sql`insert into api_deprecation
      values ('GET', '/api/v1/openapi.json', now(), now() + interval '13 months', '/api/v2/openapi.json')`
    const { headers } = await call(server.url, undefined, 'GET', '/api/v1/openapi.json')
    assert.match(headers.get('deprecation') ?? '', /^@\d+$/)
    assert.ok(Date.parse(headers.get('sunset') ?? '') > Date.now() + 365 * 86_400_000)
    assert.equal(headers.get('link'), '</api/v2/openapi.json>; rel="successor-version"')
  } finally {
    await server.close()
  }
})

test('the system administrator announces a route on its way out and takes it back; programs, their keepers and the documentation are told', async () => {
  const route = '/api/v1/records/:kind/:id/history'
  const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)
  const wish = {
    ...{ method: 'GET', route: route.replace(/:(\w+)/g, '{$1}'), since: day(1), sunset: day(400) },
    ...{ successor: '/api/v2/records', reason: '改用第二版' },
  }
  const announce = (by: Visitor, more = {}) => by.call('POST', '/api/v1/deprecations', { ...wish, ...more })
  const told = async () => {
    const path = '/api/v1/records/subject/01920000-0000-7000-8000-00000000dead/history'
    const { headers } = await admins.system.call('GET', path)
    const { body } = await admins.system.call<{ paths: Record<string, { get?: { deprecated?: boolean } }> }>(
      ...(['GET', '/api/v1/openapi.json'] as const),
    )
    const inDocument = Object.entries(body.paths).filter(([, { get }]) => get?.deprecated)
    return { sunset: headers.get('sunset'), link: headers.get('link'), inDocument: inDocument.map(([each]) => each) }
  }
  for (const by of [keeper, admins.security, admins.audit]) assert.equal((await announce(by)).status, 403)
  for (const [more, at] of [
    [{ method: 'BREW' }, '/method'],
    [{ route: '/api/v1/nothing' }, '/route'],
    [{ route: '/metrics' }, '/route'],
    [{ since: '2020-01-01' }, '/since'],
    [{ since: '2027-02-30' }, '/since'],
    [{ sunset: day(300) }, '/sunset'],
    [{ sunset: 'soon' }, '/sunset'],
    [{ successor: '/x>\r\nset-cookie: a=b' }, '/successor'],
    [{ reason: '' }, '/reason'],
  ] as const) {
    const { status, body } = await announce(admins.system, more)
    assert.equal(status, 422, at)
    assert.equal((body.problems as { at: string }[])[0]?.at, at)
  }
  assert.deepEqual(await told(), { sunset: null, link: null, inDocument: [] })
  assert.equal((await announce(admins.system)).status, 201)
  const now = await told()
  assert.equal(now.link, '</api/v2/records>; rel="successor-version"')
  assert.equal(now.sunset, new Date(`${day(400)}T00:00:00+08:00`).toUTCString())
  assert.ok(now.inDocument.includes('/api/v1/records/subject/{id}/history'))
  assert.ok(now.inDocument.every((path) => path.endsWith('/history')))
  const back = (by: Visitor) =>
    by.call('POST', '/api/v1/deprecations/take-back', { method: 'GET', route, reason: '还没有第二版' })
  assert.equal((await back(admins.security)).status, 403)
  assert.equal((await back(admins.system)).status, 204)
  assert.equal((await back(admins.system)).status, 409)
  assert.deepEqual(await told(), { sunset: null, link: null, inDocument: [] })
  const { body } = await keeper.call<{ items: { history: { act: string; reason: string; name: string }[] }[] }>(
    ...(['GET', '/api/v1/deprecations'] as const),
  )
  assert.deepEqual(
    body.items[0]?.history.map(({ act, reason, name }) => [act, reason, name]),
    [
      ['take-back', '还没有第二版', '示例system'],
      ['announce', '改用第二版', '示例system'],
    ],
  )
  await assert.rejects(town.server.sql`update api_announcement set reason = '改写'`)
})

test('[A8.6.2] how the platform is doing is told to a monitor’s token and the system administrator, and to nobody else', async () => {
  const metrics = (secret?: string) => call<{ text: string }>(town.server.url, secret, 'GET', '/metrics')
  assert.equal((await metrics()).status, 401)
  for (const person of [town.factory, town.city]) assert.equal((await metrics(person.token)).status, 403)
  assert.equal((await keeper.call('GET', '/metrics')).status, 403)
  assert.equal((await register(keeper, { scopes: ['metrics'] })).status, 422, 'an enterprise gives itself none')
  assert.match((await admins.system.call<{ text: string }>('GET', '/metrics')).body.text, /shisu_http_responses_total/)
  const { body } = await register(admins.system, { ownerId: town.city.ownerId, scopes: ['metrics'] })
  const asked = await admins.system.call<{ approval: string }>('POST', `/api/v1/clients/${body.id}/state`, {
    ...{ state: 'live', reason: '监控系统' },
  })
  await admins.security.call('POST', `/api/v1/approvals/${asked.body.approval}/decision`, { allow: true })
  const { body: issued } = await token(admins.system, body.id)
  assert.match((await metrics(issued.token)).body.text, /shisu_follower_behind/)
  assert.equal((await as(issued.token, 'GET', '/api/v1/records/subject')).status, 403, 'and it opens nothing else')
})

test('[A8.6.2] nobody gets a password for a system’s account: it is entered by its tokens alone', async () => {
  const { body } = await register(keeper)
  const [service] = await town.server.sql<{ id: string; login: string }[]>`
    select a.id, a.login from api_client c join account a on a.id = c.account_id where c.id = ${body.id}`
  const { id = '', login = '' } = service ?? {}
  for (const by of [keeper, admins.system]) {
    for (const act of ['recover', 'enable', 'position', 'hand-over']) {
      const to = town.factory.ownerId
      const answer = await by.call('POST', `/api/v1/accounts/${id}/${act}`, {
        ...{ reason: '试探', position: 'enterprise', to },
      })
      assert.ok([404, 422].includes(answer.status), `${act}: ${answer.status}`)
    }
    const listed = await by.call<{ items: { login: string }[] }>('GET', '/api/v1/accounts?q=svc-')
    assert.ok(!listed.body.items.some((each) => each.login === login))
  }
})

test('[A8.6.2] an enterprise that was closed is no authority: neither its systems nor new accounts get an authority’s reach', async () => {
  const { factory, city, server } = town
  const { body: subject } = await city.call<{ version: number }>('GET', `/api/v1/records/subject/${factory.ownerId}`)
  const closed = await city.call('POST', `/api/v1/records/subject/${factory.ownerId}/void`, {
    ...{ version: subject.version, reason: '已注销' },
  })
  assert.equal(closed.status, 200, JSON.stringify(closed.body))
  const { body } = await register(keeper)
  const [service] = await server.sql<{ role: string }[]>`
    select a.role from api_client c join account a on a.id = c.account_id where c.id = ${body.id}`
  assert.equal(service?.role, 'enterprise')
  const { body: listed } = await admins.system.call<{ items: { id: string; title: string }[] }>(
    'GET',
    '/api/v1/authorities',
  )
  const named = listed.items.map(({ title }) => title)
  assert.ok(
    !listed.items.some(({ id }) => id === factory.ownerId) && !named.some((title) => /沙箱/.test(title)),
    `${named}`,
  )
  assert.ok(listed.items.some(({ id }) => id === city.ownerId))
  const opened = await admins.system.call('POST', '/api/v1/accounts', {
    ...{ login: 'closed-county', name: '示例', position: 'county', ownerId: factory.ownerId, reason: '试探' },
  })
  assert.equal(opened.status, 422)
})
