import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import * as oidc from 'openid-client'
import type { Sql } from 'postgres'
import { createAccount } from '../../src/platform/access/accounts.ts'
import { addSigningKey } from '../../src/platform/access/oidc-keys.ts'
import { eventually } from '../eventually.ts'
import { testKeyring } from '../keys.ts'
import { openTown, type Town } from '../people.ts'
import { startServer } from '../server.ts'
import { type Administrators, administratorsOf, strong, type Visitor, visitor } from './visitor.ts'

process.env.SHISU_ALLOWED_HOSTS = '127.0.0.1 localhost'

let town: Town
let admins: Administrators
/** An application of somebody else: it knows the issuer's address and what it was given, nothing more. */
let other: { server: Server; url: string; logouts: string[] }
let given: { id: string; secret: string }

before(async () => {
  town = await openTown()
  admins = await administratorsOf(town.server)
  const logouts: string[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () => {
      if (request.url === '/logout') logouts.push(new URLSearchParams(body).get('logout_token') ?? '')
      response.end('ok')
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  other = { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, logouts }
  const made = await admins.system.call<{ id: string; secret: string; approval: string }>(
    'POST',
    '/api/v1/oidc-clients',
    {
      name: '示例子平台',
      redirectUris: [`${other.url}/back`],
      backchannelLogoutUri: `${other.url}/logout`,
      reason: '接入',
    },
  )
  assert.equal(made.status, 201, JSON.stringify(made.body))
  given = made.body
  const decided = await admins.security.call('POST', `/api/v1/approvals/${made.body.approval}/decision`, {
    allow: true,
  })
  assert.equal(decided.status, 200)
})
after(async () => {
  other.server.close()
  await town.server.close()
})

const discover = (secret = given.secret) =>
  oidc.discovery(new URL(`${town.server.url}/oidc`), given.id, secret, undefined, {
    execute: [oidc.allowInsecureRequests],
  })

/** A browser: follows redirects and page refreshes with a cookie jar until it leaves for `until`. */
function browser() {
  const jar = new Map<string, string>()
  const visit = async (url: string, until: string): Promise<URL> => {
    for (let n = 0; n < 15; n++) {
      if (url.startsWith(until)) return new URL(url)
      const response = await fetch(url, {
        redirect: 'manual',
        headers: { cookie: [...jar].map(([k, v]) => `${k}=${v}`).join('; '), accept: 'text/html' },
      })
      for (const set of response.headers.getSetCookie()) {
        const [pair = ''] = set.split(';')
        const at = pair.indexOf('=')
        jar.set(pair.slice(0, at), pair.slice(at + 1))
      }
      const refresh = /url=([^"]+)"/.exec(response.status === 200 ? await response.text() : '')?.[1]
      const next = response.headers.get('location') ?? refresh
      if (!next) return new URL(url)
      url = new URL(next, url).href
    }
    throw new Error('too many redirects')
  }
  const signIn = async (user: string) => {
    const response = await fetch(`${town.server.url}/api/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ user, password: strong }),
    })
    assert.equal(response.status, 200)
    const [pair = ''] = (response.headers.getSetCookie()[0] ?? '').split(';')
    jar.set('shisu_session', pair.slice('shisu_session='.length))
  }
  return { jar, visit, signIn }
}

async function login(
  user: string | undefined,
  config: oidc.Configuration,
  who = browser(),
  more: Record<string, string> = {},
) {
  if (user) await who.signIn(user)
  const verifier = oidc.randomPKCECodeVerifier()
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: `${other.url}/back`,
    scope: 'openid profile',
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state: 's1',
    ...more,
  })
  const back = await who.visit(url.href, `${other.url}/back`)
  return {
    back,
    verifier,
    who,
    tokens: () => oidc.authorizationCodeGrant(config, back, { pkceCodeVerifier: verifier, expectedState: 's1' }),
  }
}

let count = 0
async function officer(): Promise<{ login: string; id: string }> {
  const login = `sso${++count}`
  const id = await createAccount(
    town.server.sql as Sql,
    { ownerId: town.county.ownerId, login, name: `示例${login}`, role: 'county', password: strong },
    new Date(),
  )
  return { login, id }
}

test('[A6.3.a] [C5.4.1] an independent application signs its users in here and learns who they are', async () => {
  const person = await officer()
  const { tokens } = await login(person.login, await discover())
  const set = await tokens()
  assert.equal(set.claims()?.sub, person.id)
  const info = await oidc.fetchUserInfo(await discover(), set.access_token, person.id)
  assert.deepEqual([info.name, info.role, info.region], [`示例${person.login}`, 'county', '450204'])
})

test('whoever is not signed in is led to the login page and comes back from there', async () => {
  const { back } = await login(undefined, await discover())
  assert.equal(back.pathname, '/')
  assert.match(back.searchParams.get('return') ?? '', /^\/oidc-login\/[\w-]+\/continue$/)
})

test('a code is good once and for its own client, verifier and address', async () => {
  const person = await officer()
  const first = await login(person.login, await discover())
  await first.tokens()
  await assert.rejects(first.tokens(), 'used twice')
  const second = await login(person.login, await discover())
  await assert.rejects(
    oidc.authorizationCodeGrant(await discover(), second.back, {
      pkceCodeVerifier: 'x'.repeat(43),
      expectedState: 's1',
    }),
  )
  const third = await login(person.login, await discover())
  await assert.rejects(
    oidc.authorizationCodeGrant(await discover('wrong-secret'), third.back, {
      pkceCodeVerifier: third.verifier,
      expectedState: 's1',
    }),
  )
  const config = await discover()
  const elsewhere = oidc.buildAuthorizationUrl(config, {
    redirect_uri: 'https://evil.example/back',
    scope: 'openid',
    code_challenge: await oidc.calculatePKCECodeChallenge('x'.repeat(43)),
    code_challenge_method: 'S256',
  })
  const stay = await browser().visit(elsewhere.href, 'https://evil.example')
  assert.notEqual(stay.hostname, 'evil.example')
})

test('of eight who bring the same code at the same moment one is let in', async () => {
  const { tokens } = await login((await officer()).login, await discover())
  const done = await Promise.allSettled(Array.from({ length: 8 }, tokens))
  assert.equal(done.filter(({ status }) => status === 'fulfilled').length, 1)
})

test('[A8.6.2] [C5.4.1] who sits at a browser is asked of the desk each time: an idle exit and the next person reach the business systems too', async () => {
  const [one, next] = [await officer(), await officer()]
  const { who, tokens } = await login(one.login, await discover())
  const first = await tokens()
  who.jar.delete('shisu_session')
  const nobody = await login(undefined, await discover(), who)
  assert.equal(nobody.back.pathname, '/', 'led to the login page, not in as the one before')
  const told = other.logouts.length
  const second = await login(next.login, await discover(), who)
  assert.equal((await second.tokens()).claims()?.sub, next.id)
  assert.equal(other.logouts.length, told + 1, 'the one before is signed out there')
  await assert.rejects(oidc.fetchUserInfo(await discover(), first.access_token, one.id), 'and the access token is dead')
  const again = await login(undefined, await discover(), who, { prompt: 'login' })
  assert.equal(again.back.pathname, '/', 'a system that wants a sign-in anew gets one')
})

test('a system that asks for a sign-in of at most some age gets one no older, and is told when it was', async () => {
  const person = await officer()
  const { who } = await login(person.login, await discover())
  const config = await discover()
  const asked = async (most: number) => {
    const attempt = await login(undefined, config, who, { max_age: String(most) })
    return { ...attempt, isIn: attempt.back.href.startsWith(other.url) }
  }
  const told = async ({ back, verifier }: { back: URL; verifier: string }, maxAge: number) => {
    const checks = { pkceCodeVerifier: verifier, expectedState: 's1', maxAge }
    return (await oidc.authorizationCodeGrant(config, back, checks)).claims()?.auth_time
  }
  const fresh = await asked(3600)
  assert.ok(fresh.isIn, 'just signed in')
  const first = Number(await told(fresh, 3600))
  assert.ok(Math.abs(first - Date.now() / 1000) < 120)
  const { sql } = town.server
  await sql`update session set created_at = created_at - interval '2 hours' where account_id = ${person.id}`
  assert.ok((await asked(10_800)).isIn, 'young enough still')
  const old = await asked(3600)
  assert.equal(old.back.pathname, '/', 'led to the login page')
  const shown = new URL(old.back.searchParams.get('return') ?? '', town.server.url)
  assert.equal(
    (await who.visit(shown.href, other.url)).pathname,
    '/',
    'the old sign-in has ended: it does not help to ask again',
  )
  await who.signIn(person.login)
  const back = await who.visit(shown.href, `${other.url}/back`)
  assert.ok(back.href.startsWith(other.url), 'who signed in anew comes back to the system')
  assert.ok(Number(await told({ back, verifier: old.verifier }, 3600)) >= first)
  const always = await asked(0)
  assert.equal(always.back.pathname, '/', 'nothing is young enough')
})

test('[A6.3.a] whose account is disabled is signed out of every business system', async () => {
  const person = await officer()
  const { tokens } = await login(person.login, await discover())
  const set = await tokens()
  const told = other.logouts.length
  const done = await admins.system.call('POST', `/api/v1/accounts/${person.id}/disable`, { reason: '已调离' })
  assert.equal(done.status, 204)
  await eventually(() => other.logouts.length > told, 'told of the end')
  await assert.rejects(oidc.fetchUserInfo(await discover(), set.access_token, person.id))
})

test('signing out here signs out everywhere: each application is told by a signed notice', async () => {
  const person = await officer()
  const { who, tokens } = await login(person.login, await discover())
  const set = await tokens()
  const told = other.logouts.length
  const out = await fetch(`${town.server.url}/api/v1/session`, {
    method: 'DELETE',
    headers: { cookie: `shisu_session=${who.jar.get('shisu_session')}`, 'x-shisu': '1' },
  })
  assert.equal(out.status, 204)
  await eventually(() => other.logouts.length > told, 'told of the sign-out')
  const jwks = createRemoteJWKSet(new URL(`${town.server.url}/oidc/jwks`))
  const { payload } = await jwtVerify(other.logouts.at(-1) ?? '', jwks, { audience: given.id })
  assert.equal(payload.sub, person.id)
  await assert.rejects(oidc.fetchUserInfo(await discover(), set.access_token, person.id), 'its access token is dead')
})

test('[A6.3.a] who signs out at a business system is asked in Chinese, and signed out here too', async () => {
  const person = await officer()
  const { who, tokens } = await login(person.login, await discover())
  const { id_token: hint = '' } = await tokens()
  const cookie = () => [...who.jar].map(([k, v]) => `${k}=${v}`).join('; ')
  const end = `${town.server.url}/oidc/session/end?id_token_hint=${hint}`
  const asked = await fetch(end, { headers: { cookie: cookie(), accept: 'text/html' } })
  for (const set of asked.headers.getSetCookie()) {
    const [name = '', value = ''] = (set.split(';')[0] ?? '').split('=')
    who.jar.set(name, value)
  }
  const page = await asked.text()
  assert.match(page, /要退出食溯吗/)
  assert.equal(asked.headers.get('x-frame-options'), 'DENY')
  const here = () => fetch(`${town.server.url}/api/v1/home`, { headers: { cookie: cookie() } })
  const confirm = (xsrf: string) =>
    fetch(`${town.server.url}/oidc/session/end/confirm`, {
      method: 'POST',
      redirect: 'manual',
      headers: { cookie: cookie() },
      body: new URLSearchParams({ xsrf, logout: 'yes' }),
    })
  assert.equal((await confirm('guessed')).status, 400, 'another site’s form has not the secret')
  assert.equal((await here()).status, 200)
  assert.equal((await confirm(/name="xsrf" value="([^"]+)"/.exec(page)?.[1] ?? '')).status, 303)
  await eventually(async () => (await here()).status === 401, 'signed out at the desk')
})

test('[A8.6.4] keys rotate: what was signed before verifies still, what comes after is signed anew', async () => {
  const keys = async () =>
    ((await (await fetch(`${town.server.url}/oidc/jwks`)).json()) as { keys: { kid: string }[] }).keys.map(
      (key) => key.kid,
    )
  const before = await keys()
  const rotated = await admins.system.call<{ kid: string }>('POST', '/api/v1/oidc-keys/rotate')
  assert.equal(rotated.status, 200)
  const now = await keys()
  assert.equal(now[0], rotated.body.kid)
  assert.ok(before.every((kid) => now.includes(kid)))
  assert.equal((await admins.security.call('POST', '/api/v1/oidc-keys/rotate')).status, 403)
  const person = await officer()
  const set = await (await login(person.login, await discover())).tokens()
  assert.equal(
    JSON.parse(Buffer.from((set.id_token ?? '').split('.')[0] ?? '', 'base64url').toString()).kid,
    rotated.body.kid,
  )
  const retire = (kid: string, reason?: string) =>
    admins.security.call('POST', `/api/v1/oidc-keys/${kid}/retire`, { reason })
  assert.equal((await retire(rotated.body.kid, '在用的不能停')).status, 404)
  assert.equal((await retire(before[0] ?? '')).status, 422)
  assert.equal((await retire(before[0] ?? '', '怀疑泄露')).status, 204)
  assert.ok(!(await keys()).includes(before[0] ?? ''), 'a stolen key is trusted no more')
  const elsewhere = await addSigningKey(
    town.server.sql as Sql,
    await testKeyring(town.server.dataDir),
    new Date(Date.now() + 1000),
  )
  assert.equal((await keys())[0], elsewhere, 'a key that another process made is published here at once')
  const stored = await town.server.sql<{ jwk: Buffer }[]>`select jwk from oidc_key`
  assert.ok(
    stored.every(({ jwk }) => !jwk.toString('latin1').includes('"d"')),
    'keys lie sealed',
  )
})

test('a system registers only by two administrators, and not with a stranger’s or an inner address', async () => {
  const register = (more: object) =>
    admins.system.call('POST', '/api/v1/oidc-clients', {
      name: '示例',
      redirectUris: ['https://x.example/cb'],
      reason: '接入',
      ...more,
    })
  for (const bad of [
    { redirectUris: [] },
    { redirectUris: ['http://x.example/cb'] },
    { redirectUris: ['javascript:alert(1)'] },
    { redirectUris: ['https://x.example/#a'] },
    { backchannelLogoutUri: 'https://169.254.169.254/latest' },
    { backchannelLogoutUri: 'https://10.0.0.1/x' },
    { reason: '' },
  ])
    assert.equal((await register(bad)).status, 422, JSON.stringify(bad))
  assert.equal((await admins.security.call('POST', '/api/v1/oidc-clients', {})).status, 403)
  const waiting = await register({})
  assert.equal(waiting.status, 201)
  const unconfirmed = oidc.discovery(new URL(`${town.server.url}/oidc`), String(waiting.body.id), 'x', undefined, {
    execute: [oidc.allowInsecureRequests],
  })
  const url = oidc.buildAuthorizationUrl(await unconfirmed, {
    redirect_uri: 'https://x.example/cb',
    scope: 'openid',
    code_challenge: 'x'.repeat(43),
    code_challenge_method: 'S256',
  })
  const answer = await fetch(url, { redirect: 'manual' })
  assert.equal(answer.status, 400)
})

test('[A6.3.a] whose outside identity is which account is listed, and ends at once with a reason', async () => {
  const made = await officer()
  const person = Object.assign(visitor(town.server.url), made)
  await person.signIn(made.login, strong)
  const issuer = 'https://id.example.gov.cn'
  const bind = (by: Visitor, id: string) =>
    by.call('PUT', `/api/v1/accounts/${id}/identities`, { issuer, subject: 'u-1001' })
  assert.equal((await bind(admins.security, person.id)).status, 403)
  assert.equal((await bind(admins.system, admins.audit.id)).status, 404, 'an administrator signs in here only')
  assert.equal((await bind(admins.system, person.id)).status, 204)
  type Found = { items: { issuer: string; subject: string; accountId: string; boundBy: string }[] }
  const list = async () => (await admins.security.call<Found>('GET', '/api/v1/identities')).body.items
  const [found] = await list()
  assert.deepEqual([found?.subject, found?.accountId, found?.boundBy], ['u-1001', person.id, '示例system'])
  for (const other of [admins.audit, person])
    assert.equal((await other.call('GET', '/api/v1/identities')).status, 403, other.login)
  const sql = town.server.sql as Sql
  await sql`update session set factor = 'oidc' where account_id = ${person.id}`
  const end = (more: object) =>
    admins.system.call('POST', '/api/v1/identities/end', { issuer, subject: 'u-1001', ...more })
  assert.equal((await end({})).status, 422)
  assert.equal((await end({ reason: '已调离' })).status, 204)
  assert.equal((await end({ reason: '已调离' })).status, 404)
  assert.deepEqual(await list(), [])
  assert.equal((await person.call('GET', '/api/v1/home')).status, 401, 'who came in by it is out')
  const [noted] = await sql`select from audit where act = 'unbind' and object_id = ${person.id}`
  assert.ok(noted)
})

test('[A6.3.a] an outside provider is the login, where its user is mapped to an account; others are refused', async () => {
  const person = await officer()
  const made = await admins.system.call<{ id: string; secret: string; approval: string }>(
    'POST',
    '/api/v1/oidc-clients',
    {
      name: '示例另一平台',
      redirectUris: ['http://127.0.0.1:1/api/v1/session/outside/callback'],
      reason: '作为统一身份',
    },
  )
  await admins.security.call('POST', `/api/v1/approvals/${made.body.approval}/decision`, { allow: true })
  Object.assign(process.env, {
    SHISU_OIDC_ISSUER: `${town.server.url}/oidc`,
    SHISU_OIDC_CLIENT_ID: made.body.id,
    SHISU_OIDC_CLIENT_SECRET: made.body.secret,
  })
  const second = await startServer()
  try {
    await town.server
      .sql`update oidc_client set redirect_uris = ${[`${second.url}/api/v1/session/outside/callback`]} where client_id = ${made.body.id}`
    const who = browser()
    await who.signIn(person.login)
    const here = who.jar.get('shisu_session')
    const refused = await who.visit(`${second.url}/api/v1/session/outside`, `${second.url}/nowhere`)
    assert.match(refused.pathname, /callback$/, 'stays at the refusal')
    const sql = second.sql as Sql
    const [owner] = await sql<
      { id: string }[]
    >`insert into owner (id, title, region) values (gen_random_uuid(), '示例另一局', '450200') returning id`
    const account = await createAccount(
      sql,
      { ownerId: owner?.id ?? '', login: 'mapped', name: '示例映射', role: 'city', password: strong },
      new Date(),
    )
    await sql`insert into external_identity values (${`${town.server.url}/oidc`}, ${person.id}, ${account}, 'test', now())`
    who.jar.set('shisu_session', here ?? '')
    const done = await who.visit(`${second.url}/api/v1/session/outside`, `${second.url}/?`)
    assert.equal(done.pathname, '/')
    const session = await fetch(`${second.url}/api/v1/session`, {
      headers: { cookie: `shisu_session=${who.jar.get('shisu_session')}` },
    })
    assert.equal(((await session.json()) as { actor: { name: string } }).actor.name, '示例映射')
    const forged = await fetch(`${second.url}/api/v1/session/outside/callback?code=x&state=y`, { redirect: 'manual' })
    assert.equal(forged.status, 401)
  } finally {
    for (const name of ['SHISU_OIDC_ISSUER', 'SHISU_OIDC_CLIENT_ID', 'SHISU_OIDC_CLIENT_SECRET'])
      delete process.env[name]
    await second.close()
  }
})
