import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type Administrators, administratorsOf, type Visitor } from '../access/visitor.ts'
import { call, openTown, type Person, type Town } from '../people.ts'
import { closeSwarm, credentials, forAll, send } from './swarm.ts'

let town: Town
let admins: Administrators
type Route = { method: string; path: string; isOpen?: boolean }
let routes: Route[]

/** Doors of identity, rights and audit, which no declaration derives. */
const doors: Route[] = [
  'GET /accounts',
  'POST /accounts',
  'POST /accounts/{id}/position',
  'POST /accounts/{id}/disable',
  'POST /accounts/{id}/enable',
  'POST /accounts/{id}/recover',
  'POST /accounts/{id}/hand-over',
  'PUT /accounts/{id}/identities',
  'GET /approvals',
  'POST /approvals/{id}/decision',
  'POST /approvals/{id}/withdraw',
  'GET /policies',
  'GET /policies/{id}/history',
  'PUT /policies/{id}',
  'GET /roles',
  'POST /roles',
  'PUT /roles/{id}',
  'POST /areas',
  'PATCH /areas/{id}',
  'GET /authorities',
  'POST /authorities',
  'PUT /owners/{id}/station',
  'GET /relation-grants',
  'POST /relation-grants',
  'POST /relation-grants/{id}/end',
  'GET /clients',
  'POST /clients',
  'POST /clients/{id}/state',
  'POST /clients/{id}/tokens',
  'POST /clients/{id}/signing-keys',
  'POST /clients/{id}/signing-keys/{id}/revoke',
  'POST /clients/{id}/certificates',
  'POST /clients/{id}/certificates/{id}/revoke',
  'POST /clients/{id}/tokens/{id}/revoke',
  'GET /oidc-clients',
  'POST /oidc-clients',
  'POST /oidc-clients/{id}/retire',
  'GET /identities',
  'POST /identities/end',
  'POST /oidc-keys/rotate',
  'POST /code-keys/rotate',
  'GET /code-orders',
  'GET /code-orders/{id}',
  'GET /code-orders/{id}/account',
  'POST /code-orders/{id}/marks',
  'GET /code-orders/{id}/file',
  'GET /code-orders/{id}/checksum',
  'GET /code-orders/{id}/labels',
  'GET /code-ranges',
  'POST /code-ranges',
  'GET /sscc-orders',
  'POST /sscc-orders',
  'GET /sscc-orders/{id}/codes.txt',
  'POST /codes/verify',
  'POST /looks',
  'GET /code-signals',
  'GET /resolver-links',
  'POST /resolver-links',
  'DELETE /resolver-links/{id}',
  'POST /code-aliases',
  'POST /epcis-check',
  'GET /keys',
  'POST /keys/rotate',
  'POST /history-sealing',
  'GET /me/data',
  'POST /me/data/requests',
  'POST /own-data-requests/{id}/answer',
  'GET /audit',
  'GET /audit/people',
  'POST /audit/leaks',
  'GET /audit/compare',
  'GET /audit/alarms',
  'POST /audit/alarms/{id}/answer',
  'POST /audit/log',
  'GET /delegations',
  'POST /delegations',
  'POST /delegations/{id}/end',
  'GET /view-as',
  'POST /view-as',
  'GET /site-points',
  'POST /site-points',
  'POST /site-points/{id}/revoke',
  'PUT /site-points/people/{id}/pin',
  'POST /exports',
  'POST /prints',
  'GET /records/practitioner/{id}/person',
  'POST /records/practitioner/{id}/person/consents',
  'POST /records/practitioner/{id}/person/consents/face/withdraw',
  'POST /records/practitioner/{id}/person/erasure',
  'GET /records/practitioner/{id}/signatures',
  'GET /me/signing-keys',
  'POST /me/signing-keys',
  'POST /me/signing-keys/{id}/revoke',
  'GET /me/factors',
  'POST /me/factors/totp',
  'POST /me/factors/totp/confirm',
  'POST /me/factors/passkey',
  'POST /me/factors/passkey/confirm',
  'POST /me/factors/remove',
  'GET /me/sessions',
  'DELETE /me/sessions/{id}',
  'GET /tasks',
  'GET /tasks/{id}/moves',
  'POST /tasks/{id}/take',
  'POST /tasks/{id}/hand-on',
  'POST /tasks/{id}/done',
  'POST /tasks/{id}/cancel',
  'GET /records/practitioner/{id}/casework',
  'POST /records/practitioner/{id}/tasks',
  'POST /records/practitioner/{id}/comments',
  'GET /records/practitioner/{id}/comments/{id}/files/{id}',
  'POST /records/practitioner/{id}/flows',
  'POST /records/practitioner/{id}/clocks',
  'POST /flows/{id}/decision',
  'POST /flows/{id}/withdraw',
  'GET /clocks',
  'POST /clocks/{id}/pause',
  'POST /clocks/{id}/resume',
  'POST /clocks/{id}/stop',
  'GET /messages',
  'POST /messages/read',
  'GET /message-settings',
  'PUT /me/contacts/{id}',
  'DELETE /me/contacts/{id}',
  'POST /me/contacts/email/confirm',
  'PUT /me/message-wish',
  'POST /subscriptions',
  'POST /subscriptions/{id}/end',
  'GET /message-channels',
  'PUT /message-channels/{id}',
  'POST /message-deliveries/{id}/retry',
  'GET /jobs',
  'GET /ledger',
  'GET /rules',
  'GET /rules/{id}/deadline',
  'POST /rules/{id}/versions',
  'GET /calendar',
  'POST /calendar/years',
  'POST /jobs/{id}/run',
  'POST /jobs/{id}/cancel',
  'POST /jobs/{id}/pause',
  'POST /jobs/{id}/resume',
  'GET /sources',
  'GET /review-rules',
  'POST /review-rules',
  'POST /review-rules/try',
  'GET /review-rules/{id}',
  'PUT /review-rules/{id}',
  'POST /review-rules/{id}/state',
  'GET /findings',
  'POST /findings/settle',
  'GET /quality',
  'GET /indicators',
  'POST /indicators',
  'POST /indicators/read',
  'GET /indicators/{id}',
  'PUT /indicators/{id}',
  'GET /indicators/{id}/figures',
  'GET /indicators/{id}/figures.xlsx',
  'GET /indicators/{id}/figures.docx',
  'GET /reports',
  'GET /reports/{id}',
  'GET /reports/{id}/report.docx',
  'GET /reports/{id}/report.xlsx',
  'GET /report-templates',
  'POST /report-templates',
  'POST /report-templates/try',
  'GET /report-templates/{id}',
  'PUT /report-templates/{id}',
  'POST /report-templates/{id}/reports',
  'GET /quarantine',
  'GET /quarantine/{id}',
  'PATCH /quarantine/{id}',
  'POST /quarantine/replace',
  'POST /quarantine/replay',
  'POST /quarantine/drop',
  'GET /quarantine/sheets/{id}',
  'POST /quarantine/sheets/{id}',
  'POST /records/practitioner/{id}/merge',
  'POST /records/retained-sample/{id}/steps/dispose',
  'POST /records/practitioner/check',
  'POST /records/practitioner/batch',
  'GET /records/practitioner/{id}/referrers',
  'GET /references/field-device',
  'GET /references/field-device/{id}',
  'GET /areas',
  'GET /home',
  'GET /partners',
  'GET /code-orders/{id}/codes.csv',
  'GET /code-orders/{id}/qr.svg',
  'GET /code-orders/{id}/qr.png',
  'POST /clocks/{id}/{act}',
  'POST /jobs/{id}/{act}',
  'GET /ledger/search',
  'GET /ledger/consortium',
  'GET /ledger/consortium/blocks/{id}',
  'GET /ledger/consortium/transactions/{id}',
  'POST /session/acting',
  'DELETE /view-as',
  'GET /operations/{name}/document',
  'GET /records/practitioner/{id}/readers',
  'GET /records/practitioner/export/consent',
  'POST /notices/{id}/done',
  'POST /session/factor',
  'POST /session/factor/passkey',
  'POST /session/password',
  'GET /trace/recent',
  'POST /trace/names',
  'GET /trace/chain.xlsx',
  'GET /trace/events.ndjson',
  'GET /views/practitioner',
  'PUT /views/practitioner/columns',
  'PUT /views/practitioner/{id}',
  'DELETE /views/practitioner/{id}',
].map((line) => {
  const [method = '', path = ''] = line.split(' ')
  return { method, path: `/api/v1${path}` }
})

/** Doors beside the API. */
doors.push(
  ...[
    'GET /epcis/events/{id}',
    'DELETE /epcis/nextPageToken/{id}',
    'GET /epcis/capture/{id}',
    'GET /epcis/queries/{id}',
    'DELETE /epcis/queries/{id}',
    'GET /video/{id}/live.m3u8',
    'GET /video/{id}/live.flv',
    'GET /video/{id}/playback.m3u8',
    'GET /video/{id}/files/{name}',
    'GET /video/{id}/{name}',
    'GET /metrics',
  ].map((line) => {
    const [method = '', path = ''] = line.split(' ')
    return { method, path }
  }),
)

/** What anybody may open: pages and proofs for everybody, the ways in, and what answers in its own manner. */
const forEverybody =
  /^(GET \/(\*|healthz|readyz|scan|privacy|verify|complain|c\/|\.well-known|ledger\/|oidc-login\/|epcis$)|POST \/(complain|video\/hooks\/)|(GET|POST) \/api\/v1\/(openapi\.json|session\/(site|outside)))/

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
  const documented = Object.entries(body.paths).flatMap(([path, methods]) =>
    Object.keys(methods)
      .filter((method) => ['get', 'post', 'put', 'patch', 'delete'].includes(method))
      .map((method) => ({ method: method.toUpperCase(), path, isOpen: methods[method]?.security?.length === 0 })),
  )
  routes = [...documented, ...doors]
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

test('no route is left untried: each that the source registers is in the document or among the doors here', () => {
  const folder = fileURLToPath(new URL('../../src/', import.meta.url))
  const shape = (route: string) => route.replace(/\{[^}]+\}|:[A-Za-z0-9]+/g, '*')
  const texts = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /^(platform|public)\/.*\.ts$/.test(file))
    .map((file) => readFileSync(join(folder, file), 'utf8'))
  const route = /\b(?:app|scope)\.(get|post|put|patch|delete)(?:<[^(]*>)?\(\s*['`](\/[^'`$]+)['`]/g
  const registered = texts.flatMap((text) =>
    [...text.matchAll(route)].map(([, method = '', path = '']) => shape(`${method.toUpperCase()} ${path}`)),
  )
  assert.ok(registered.length > 200, `${registered.length} routes`)
  const tried = routes.map(named)
  const isTried = (each: string) => {
    const pattern = new RegExp(`^${each.replace(/[.*]/g, (c) => (c === '*' ? '[^/]+' : '\\.'))}$`)
    return tried.some((one) => pattern.test(shape(one)) || pattern.test(one))
  }
  assert.deepEqual(
    [...new Set(registered)].filter((each) => !forEverybody.test(each) && !isTried(each)),
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
  const tries = routes
    .filter(({ path }) => path.includes('{'))
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
  const tries = routes
    .filter(({ path }) => path.includes('{'))
    .flatMap((route) =>
      people.flatMap(([who, person]) =>
        hostile.slice(0, 6).map((text) => ({ route, who, person, text: String(text) })),
      ),
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
  const tries = routes
    .filter(({ method, path }) => method !== 'GET' && method !== 'DELETE' && !path.includes('rotate'))
    .flatMap((route) =>
      people.flatMap(([who, person]) => {
        const text = hostile[turn++ % hostile.length]
        const values = ['\u0000 0', text, { [String(text)]: [text] }, 1e300]
        const bodies = [...shapes, ...values.map((value) => Object.fromEntries(all.map((name) => [name, value])))]
        return bodies.map((sent) => ({ route, who, person, sent }))
      }),
    )
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
