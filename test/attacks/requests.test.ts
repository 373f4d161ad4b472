import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createAccount, createToken } from '../../src/platform/access/accounts.ts'
import { call, openTown, type Town } from '../people.ts'

let town: Town

before(async () => {
  town = await openTown()
})
after(() => town.server.close())

const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`

test('a body that is malformed, empty, too deep, too large or poisoned is refused in Chinese, never with a 500', async () => {
  const cases: [string, string, number][] = [
    ['malformed', '{"a": ', 400],
    ['empty', '', 400],
    ['10,000 deep', deep(10_000), 400],
    ['two megabytes', JSON.stringify({ name: 'x'.repeat(2 * 1024 * 1024) }), 413],
    ['a prototype', '{"__proto__": {"role": "city"}}', 400],
    ['an escaped prototype', '{"\\u005f\\u005fproto__": {}}', 400],
    ['a list', '[]', 422],
    ['a text', '"x"', 422],
    ['null', 'null', 422],
  ]
  for (const [name, body, status] of cases) {
    const answer = await town.factory.call<{ detail: string }>('POST', '/api/v1/records/morning-check', body)
    assert.equal(answer.status, status, `${name}: ${JSON.stringify(answer.body)}`)
    assert.match(answer.body.detail, /[\u4e00-\u9fff]/, name)
  }
})

test('a wrong media type is refused', async () => {
  const response = await fetch(`${town.server.url}/api/v1/records/morning-check`, {
    method: 'POST',
    headers: { authorization: `Bearer ${town.factory.token}`, 'content-type': 'text/xml' },
    body: '<a/>',
  })
  assert.equal(response.status, 415)
})

test('[C4.c] an unknown, malformed, expired or revoked token opens nothing', async () => {
  const { sql, url } = town.server
  const now = new Date()
  const id = await createAccount(
    sql,
    { ownerId: town.factory.ownerId, login: 'expired', name: 'x', role: 'enterprise', password: 'Test-12345' },
    now,
  )
  const past = new Date(now.getTime() - 1000)
  const expired = await createToken(sql, id, { name: 'x', scopes: [], expiresAt: past }, now)
  const revoked = await createToken(sql, id, { name: 'y', scopes: [], expiresAt: new Date(now.getTime() + 9e6) }, now)
  await sql`update api_token set revoked_at = now() where name = 'y'`
  for (const token of [expired, revoked, 'shisu_nonsense_nonsense_nonsense', "' or 1=1 --"])
    assert.equal((await call(url, token, 'GET', '/api/v1/records/subject')).status, 401)
})

test('a token narrowed to events reads no records, notices, files or search', async () => {
  const { sql, url } = town.server
  const [account] = await sql<{ id: string }[]>`select id from account where owner_id = ${town.city.ownerId}`
  const expiresAt = new Date(Date.now() + 3600_000)
  const token = await createToken(sql, account?.id ?? '', { name: 'z', scopes: ['epcis'], expiresAt }, new Date())
  for (const path of [
    '/api/v1/records/subject',
    '/api/v1/notices',
    '/api/v1/home',
    '/api/v1/search?q=a',
    `/api/v1/files/${'a'.repeat(64)}`,
  ])
    assert.equal((await call(url, token, 'GET', path)).status, 403, path)
})

test('SQL, paths and control characters in parameters are data', async () => {
  for (const path of [
    "/api/v1/records/subject?q=';drop table subject;--",
    "/api/v1/records/subject?activity=production' or '1'='1",
    '/api/v1/records/subject?region=450204%00',
    '/api/v1/records/subject?q=%27%29%20|%20%28%27',
    '/api/v1/records/..%2f..%2fetc%2fpasswd',
    '/api/v1/files/..%2f..%2f..%2fetc%2fpasswd',
    '/api/v1/records/__proto__',
    '/api/v1/records/subject/constructor',
    '/api/v1/search?q=%5C%27%3A*%26%26',
  ]) {
    const answer = await town.city.call('GET', path)
    assert.ok(answer.status < 500, `${path}: ${answer.status}`)
  }
  assert.equal((await town.city.call('GET', '/api/v1/records/subject')).status, 200)
})

test('a session cookie alone cannot write from another site', async () => {
  const { url } = town.server
  const [account] = await town.server.sql<
    { login: string }[]
  >`select login from account where owner_id = ${town.factory.ownerId}`
  const signIn = await fetch(`${url}/api/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ user: account?.login, password: 'Test-12345' }),
  })
  assert.equal(signIn.status, 200)
  const cookie = signIn.headers.getSetCookie()[0] ?? ''
  assert.match(cookie, /HttpOnly/)
  assert.match(cookie, /SameSite=Strict/)
  const forged = await fetch(`${url}/api/v1/records/morning-check`, {
    method: 'POST',
    headers: { cookie: cookie.split(';')[0] ?? '', 'content-type': 'application/json' },
    body: '{}',
  })
  assert.equal(forged.status, 403)
  const own = await fetch(`${url}/api/v1/session`, { headers: { cookie: cookie.split(';')[0] ?? '' } })
  assert.equal(own.status, 200)
})

test('[E5.3.7.e] a password is stored only as an argon2id hash, and a wrong name answers as a wrong password', async () => {
  const [row] = await town.server.sql<
    { passwordHash: string }[]
  >`select password_hash as "passwordHash" from account limit 1`
  assert.match(row?.passwordHash ?? '', /^\$argon2id\$/)
  const attempt = (user: string) =>
    call(town.server.url, undefined, 'POST', '/api/v1/session', { user, password: 'wrong' })
  const [known, unknown] = [await attempt('test1'), await attempt('nobody-here')]
  assert.equal(known.status, 401)
  assert.deepEqual({ ...known.body, requestId: 0 }, { ...unknown.body, requestId: 0 })
})

test('a file must be what it says, by its bytes, its type and its hash', async () => {
  const { url } = town.server
  const put = (hash: string, type: string, bytes: Buffer) =>
    fetch(`${url}/api/v1/files/${hash}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${town.factory.token}`, 'content-type': type },
      body: new Uint8Array(bytes),
    })
  const hashOf = async (bytes: Buffer) =>
    Buffer.from(await crypto.subtle.digest('SHA-256', new Uint8Array(bytes))).toString('hex')
  const png = Buffer.from('89504e470d0a1a0a0000', 'hex')
  const html = Buffer.from('<script>alert(1)</script>')
  assert.equal((await put(await hashOf(png), 'image/png', png)).status, 201)
  assert.equal((await put(await hashOf(png), 'image/png', png)).status, 200)
  assert.equal((await put(await hashOf(html), 'image/png', html)).status, 422)
  assert.equal((await put('a'.repeat(64), 'image/png', png)).status, 422)
  assert.equal((await put(await hashOf(html), 'text/html', html)).status, 415)
  assert.equal((await put(await hashOf(png), 'image/png', Buffer.alloc(13 * 1024 * 1024))).status, 413)
  const path = `/api/v1/files/${await hashOf(png)}`
  assert.equal((await town.factory.call('GET', path)).status, 200)
  assert.equal((await town.county.call('GET', path)).status, 200)
  for (const stranger of [town.neighbour, town.otherCounty])
    assert.equal((await stranger.call('GET', path)).status, 404)
})
