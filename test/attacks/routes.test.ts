import assert from 'node:assert/strict'
import { subscribe } from 'node:diagnostics_channel'
import { after, before, test } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { kinds } from '../../src/catalogue.ts'
import { type Administrators, administratorsOf, type Visitor } from '../access/visitor.ts'
import { call, openTown, type Person, type Town } from '../people.ts'
import { closeSwarm, credentials, forAll, send } from './swarm.ts'

let town: Town
let admins: Administrators
type Route = { method: string; path: string; isOpen?: boolean }
let routes: Route[]

/** Every route that an application of this process registers, as it does so. */
const served = new Set<string>()
subscribe('fastify.initialization', (message) => {
  const { fastify } = message as { fastify: FastifyInstance }
  fastify.addHook('onRoute', ({ method, url }) => {
    for (const each of [method].flat())
      if (['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].includes(each)) served.add(`${each} ${url}`)
  })
})

/** Pages and files for people's browsers, the public pages of a code, and what speaks a protocol of its own. */
const forBrowsers =
  /^(GET \/(\*|assets\/|icon|worker\.js|manifest|scan|privacy|verify|complain|c\/|\.well-known|oidc-login\/|\d{2,4}\/|:compressed)|POST \/(complain|video\/hooks\/)|[A-Z]+ \/oidc)/

/** Of the routes that every kind has, each kind some: they are one code, and all of them times all texts take minutes. */
function thinned(list: readonly Route[]): Route[] {
  const kinds: string[] = []
  return list.filter(({ path, method }) => {
    const kind = /^\/api\/v1\/(?:records|references)\/([a-z-]+)/.exec(path)?.[1]
    if (!kind) return true
    if (!kinds.includes(kind)) kinds.push(kind)
    return (kinds.indexOf(kind) + path.length - kind.length + method.length) % 7 === 0
  })
}

const id = '01920000-0000-7000-8000-00000000dead'

before(async () => {
  town = await openTown()
  admins = await administratorsOf(town.server)
  const { body } = await call<{ paths: Record<string, Record<string, { security?: object[] }>> }>(
    town.server.url,
    undefined,
    'GET',
    '/api/v1/openapi.json',
  )
  routes = Object.entries(body.paths).flatMap(([path, methods]) =>
    Object.keys(methods)
      .filter((method) => ['get', 'post', 'put', 'patch', 'delete'].includes(method))
      .map((method) => ({ method: method.toUpperCase(), path, isOpen: methods[method]?.security?.length === 0 })),
  )
})
after(async () => {
  closeSwarm()
  await town.server.close()
})

const at = ({ path }: Route, value = id) => path.replace(/\{[^}]+\}/g, encodeURIComponent(value))
const body = (route: Route, value: unknown) => (['GET', 'DELETE'].includes(route.method) ? undefined : value)
const named = (route: Route) => `${route.method} ${route.path}`

/** Whatever is wrong with a request, the answer says so without showing what is behind it. */
function holds(route: Route, what: string, answer: { status: number; body: unknown }): void {
  assert.ok(
    answer.status < 500 || answer.status === 503,
    `${named(route)} ${what}: ${answer.status} ${JSON.stringify(answer.body)}`,
  )
  const text = JSON.stringify(answer.body)
  assert.doesNotMatch(
    text,
    /PostgresError|node_modules|at Object\.|syntax error|relation "|password_hash|argon2id/i,
    `${named(route)} ${what}`,
  )
}

const asked = (who: Person | Visitor | undefined, method: string, path: string, sent?: unknown) =>
  send(town.server.url, credentials(who), method, path, sent)

test('[D4.3.8] every route that is served is documented, and so tried here', async () => {
  const shape = (route: string) => route.replace(/\{[^}]+\}|:[A-Za-z0-9]+|\*$/g, '*').replace(/(.)\/$/, '$1')
  const documented = routes.map((route) => shape(named(route)))
  const isDocumented = (each: string) => {
    const pattern = new RegExp(`^${shape(each).replace(/[.*]/g, (c) => (c === '*' ? '[^/]+' : '\\.'))}$`)
    return documented.some((one) => pattern.test(one))
  }
  assert.ok(served.size > 250, `${served.size} routes`)
  const left = [...served].filter((each) => !forBrowsers.test(each) && !isDocumented(each))
  // EPCIS and resolvers have a refused method say which ones there are, EPCIS an unknown resource that it is none.
  const answers = await Promise.all(
    left.map(async (each) => {
      const [method = '', path = ''] = each.split(' ')
      return (await asked(town.factory, method, path.replace(/:compressed\(.*/, 'ARHKVAdpQg').replace(/[:*]\w*/g, 'x')))
        .status
    }),
  )
  assert.deepEqual(
    left.filter((each, index) => {
      const isEpcis = /^[A-Z]+ \/epcis(\/|$)/.test(each)
      return answers[index] !== 405 && !(isEpcis && answers[index] === 404)
    }),
    [],
  )
})

test('forced browsing: without a sign-in no route of the document and no door opens', async () => {
  const closed = routes.filter(({ isOpen }) => !isOpen)
  await forAll(closed, async (route) => {
    const answer = await asked(undefined, route.method, at(route), body(route, {}))
    assert.ok([401, 403, 404].includes(answer.status), `${named(route)}: ${answer.status}`)
  })
})

test('[A8.6.2] ids swapped: an id of somebody else’s is not found or refused, on every route that takes one', async () => {
  const strangers: [string, Person][] = [
    ['neighbour', town.neighbour],
    ['other county', town.otherCounty],
  ]
  // What everybody may refer to is said by its kind, and held by the laws.
  const open = kinds.filter(({ grants }) => grants.public?.includes('refer')).map(({ name }) => `/references/${name}/`)
  const tries = routes
    .filter(({ path }) => path.includes('{') && !open.some((each) => path.includes(each)))
    .flatMap((route) => strangers.map(([who, person]) => ({ route, who, person })))
  await forAll(tries, async ({ route, who, person }) => {
    const sent = body(route, { version: 1, reason: '越权试探' })
    const answer = await asked(person, route.method, at(route, town.factory.ownerId), sent)
    holds(route, who, answer)
    assert.ok(answer.status >= 400, `${named(route)} ${who}: ${answer.status}`)
  })
})

test('verbs escalated: a method that a route does not have is not found', async () => {
  const known = new Set(routes.map(named))
  const tries = [...new Map(routes.map((each) => [each.path, each])).values()].flatMap((route) =>
    ['DELETE', 'PUT', 'PATCH']
      .map((method) => ({ route, method }))
      .filter((each) => !known.has(`${each.method} ${each.route.path}`)),
  )
  await forAll(tries, async ({ route, method }) => {
    const answer = await asked(town.city, method, at(route), method === 'DELETE' ? undefined : {})
    assert.ok([401, 403, 404, 405].includes(answer.status), `${method} ${route.path}: ${answer.status}`)
  })
})

const hostile: readonly unknown[] = [
  "' or 1=1 --",
  '"; drop table account; --',
  '../../../etc/passwd',
  '..%2f..%2fetc%2fpasswd',
  '\u0000',
  '%00',
  '\r\nset-cookie: x=1',
  '<script>alert(1)</script>',
  '=cmd|calc!A1',
  '{{7*7}}',
  '$' + '{jndi:ldap://x}',
  '__proto__',
  'constructor',
  '\ud800',
  '9'.repeat(400),
]

test('injection: hostile texts in paths are data on every route, for each kind of person', async () => {
  const people: [string, Person | Visitor][] = [
    ['city', town.city],
    ['factory', town.factory],
    ['security', admins.security],
  ]
  let turn = 0
  const tries = thinned(routes)
    .filter(({ path }) => path.includes('{'))
    .flatMap((route) =>
      hostile.slice(0, 6).map((text) => {
        const [who, person] = people[turn++ % people.length] as (typeof people)[number]
        return { route, who, person, text: String(text) }
      }),
    )
  await forAll(tries, async ({ route, who, person, text }) =>
    holds(route, `${who} ${text}`, await asked(person, route.method, at(route, text), body(route, {}))),
  )
})

test('injection: hostile values and shapes in bodies are refused at their place, never a defect', async () => {
  const people: [string, Person | Visitor][] = [
    ['city', town.city],
    ['factory', town.factory],
    ['system', admins.system],
    ['security', admins.security],
    ['audit', admins.audit],
  ]
  const shapes: unknown[] = [[], null, { a: { b: { c: [] } } }]
  const all = 'id name title login position ownerId reason version value kind to code narrows scopes current'.split(' ')
  let turn = 0
  const tries = thinned(routes)
    .filter(({ method, path }) => method !== 'GET' && method !== 'DELETE' && !path.includes('rotate'))
    .flatMap((route) => {
      const text = hostile[turn % hostile.length]
      const values = ['\u0000 0', text, { [String(text)]: [text] }, 1e300]
      const bodies = [...shapes, ...values.map((value) => Object.fromEntries(all.map((name) => [name, value])))]
      // Each body by two of the five: all pairs come round over the routes.
      return bodies.flatMap((sent) =>
        [0, 2].map((apart) => {
          const [who, person] = people[(turn++ + apart) % people.length] as (typeof people)[number]
          return { route, who, person, sent }
        }),
      )
    })
  await forAll(tries, async ({ route, who, person, sent }) =>
    holds(route, `${who} ${JSON.stringify(sent).slice(0, 80)}`, await asked(person, route.method, at(route), sent)),
  )
})

test('mass assignment: what only the server sets is refused or ignored in every creation', async () => {
  const before = await town.server.sql`select id from account where role = 'city'`
  const extra = {
    role: 'city',
    duty: 'system',
    state: 'approved',
    confirmedAt: '2026-01-01',
    createdAt: '2020-01-01',
    disabledAt: null,
    isAdmin: true,
  }
  const posts = routes.filter(({ method }) => method === 'POST')
  await forAll(posts, async (route) =>
    holds(route, 'extra', await asked(town.factory, 'POST', at(route), { ...extra, ownerId: town.neighbour.ownerId })),
  )
  const afterwards = await town.server.sql`select id from account where role = 'city'`
  assert.equal(afterwards.length, before.length)
  const [planted] = await town.server.sql`select 1 from morning_check where owner_id = ${town.neighbour.ownerId}`
  assert.equal(planted, undefined)
})

test('token confusion: a session’s cookie is no token, a token no cookie, and two at once are not added up', async () => {
  const cookie = admins.security.cookie.split('=')[1] ?? ''
  const as = (headers: Record<string, string>) => fetch(`${town.server.url}/api/v1/policies`, { headers })
  assert.equal((await as({ authorization: `Bearer ${cookie}` })).status, 401)
  assert.equal((await as({ cookie: `shisu_session=${town.city.token}` })).status, 401)
  assert.equal((await as({ authorization: `Bearer ${town.city.token}`, cookie: admins.security.cookie })).status, 403)
  assert.equal((await as({ authorization: `Bearer bad`, cookie: admins.security.cookie })).status, 401)
  assert.equal((await as({ authorization: `Basic ${btoa('a:b')}` })).status, 401)
})

test('headers that claim another address or method change nothing', async () => {
  const answer = await fetch(`${town.server.url}/api/v1/session`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-forwarded-for': '203.0.113.9',
      'x-real-ip': '203.0.113.9',
      'x-http-method-override': 'DELETE',
    },
    body: JSON.stringify({ user: 'forged-address', password: 'Wrong-123' }),
  })
  assert.equal(answer.status, 401)
  const [row] = await town.server.sql<
    { address: string }[]
  >`select address from audit where actor_name = 'forged-address'`
  assert.notEqual(row?.address, '203.0.113.9')
})

test('every answer carries the headers that keep a browser safe, and no script may stand in a page', async () => {
  for (const path of ['/', '/api/v1/session', '/api/v1/openapi.json', '/nowhere']) {
    const { headers } = await fetch(town.server.url + path, { headers: { accept: 'text/html' } })
    const policy = headers.get('content-security-policy') ?? ''
    assert.match(policy, /default-src 'self'|default-src 'none'/, path)
    assert.doesNotMatch(policy, /script-src[^;]*unsafe|default-src[^;]*unsafe/, path)
    assert.equal(headers.get('x-content-type-options'), 'nosniff', path)
    assert.equal(headers.get('x-frame-options') ?? 'DENY', 'DENY')
  }
})
