import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, beforeEach, test } from 'node:test'
import { createAccount } from '../../src/platform/access/accounts.ts'
import { passwordProblems } from '../../src/platform/access/password.ts'
import { base32, codeAt, fromBase32, matchingStep } from '../../src/platform/access/totp.ts'
import { openTown, type Town } from '../people.ts'
import { type Administrators, administratorsOf, codeOf, strong, type Visitor, visitor } from './visitor.ts'

let town: Town
let admins: Administrators

before(async () => {
  town = await openTown()
  admins = await administratorsOf(town.server)
})
// All of them come from one address, which would be locked before the last test.
beforeEach(() => town.server.sql`delete from sign_in_guard`)
after(() => town.server.close())

let count = 0
async function somebody(options: { mustChange?: 'first'; password?: string } = {}): Promise<string> {
  const login = `person${++count}`
  const { password = strong, ...rest } = options
  await createAccount(
    town.server.sql,
    { ownerId: town.city.ownerId, login, name: `示例${login}`, role: 'city', password, ...rest },
    new Date(),
  )
  return login
}

test('time-based codes are those of RFC 6238, and base32 goes both ways', () => {
  const secret = Buffer.from('12345678901234567890')
  for (const [seconds, code] of [
    [59, '94287082'],
    [1111111109, '07081804'],
    [1234567890, '89005924'],
    [20000000000, '65353130'],
  ] as const)
    assert.equal(codeAt(secret, Math.floor(seconds / 30), 8), code)
  assert.deepEqual(fromBase32(base32(secret)), secret)
  const now = new Date(1111111109000)
  const step = Math.floor(1111111109 / 30)
  assert.equal(matchingStep(secret, codeAt(secret, step - 1), now), step - 1)
  assert.equal(matchingStep(secret, codeAt(secret, step - 2), now), undefined)
})

test('[E5.3.7.e] a new password has eight characters of four classes, is not the name and not on every list', () => {
  for (const bad of ['Aa1!', 'aaaaaaa1!', 'AAAAAAA1!', 'Aaaaaaaa!', 'Aaaaaaa12', 'Zhang-Wei-77!', 'Passw0rd!9'])
    assert.notEqual(passwordProblems(bad, 8, 'zhang').length, 0, bad)
  assert.deepEqual(passwordProblems('Huajiao-7', 8, 'zhang'), [])
})

test('the fifth wrong password locks the account for the right one too, and a name that does not exist just the same', async () => {
  const login = await somebody()
  for (const user of [login, 'nobody-of-this-name']) {
    const guest = visitor(town.server.url)
    for (let n = 0; n < 5; n++) assert.equal((await guest.signIn(user, 'Wrong-123')).body.code, 'wrong-password')
    const locked = await guest.signIn(user, strong)
    assert.equal(locked.status, 429, user)
    assert.match(String(locked.body.detail), /30 分钟/)
  }
})

test('twenty guesses at the same moment get no more tries than five in a row', async () => {
  const login = await somebody()
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => visitor(town.server.url).signIn(login, 'Wrong-1234')),
  )
  const tried = answers.filter((answer) => answer.status === 401).length
  assert.ok(tried <= 5, `${tried} tries`)
  assert.equal((await visitor(town.server.url).signIn(login, strong)).status, 429)
})

test('[D6.4.4] an address that tries fifty names is locked for every name', async () => {
  const login = await somebody()
  const guest = visitor(town.server.url)
  await Promise.all(Array.from({ length: 50 }, (_, n) => guest.signIn(`guess-${n}`, 'Wrong-123')))
  assert.equal((await visitor(town.server.url).signIn(login, strong)).status, 429)
})

test('a second lock lasts twice as long', async () => {
  const login = await somebody()
  const guest = visitor(town.server.url)
  for (let n = 0; n < 5; n++) await guest.signIn(login, 'Wrong-123')
  await town.server.sql`update sign_in_guard set locked_until = now() - interval '1 second' where locks = 1`
  for (let n = 0; n < 5; n++) await guest.signIn(login, 'Wrong-123')
  const locked = await guest.signIn(login, strong)
  assert.match(String(locked.body.detail), /(59|60) 分钟/)
})

test('a disabled account answers exactly as a wrong password does', async () => {
  const login = await somebody()
  await town.server.sql`update account set disabled_at = now() where login = ${login}`
  const guest = visitor(town.server.url)
  const [disabled, unknown] = [await guest.signIn(login, strong), await guest.signIn('no-such-person', strong)]
  assert.deepEqual({ ...disabled.body, requestId: 0 }, { ...unknown.body, requestId: 0 })
})

test('names cannot be told from the work an answer takes', async () => {
  const login = await somebody()
  // Processor time of this process, server and all: the clock would measure whatever else the machine does.
  const work = async (user: string) => {
    const before = process.cpuUsage()
    for (let i = 0; i < 3; i++) await visitor(town.server.url).signIn(`${user}`, 'Wrong-123')
    const { user: spent, system } = process.cpuUsage(before)
    return spent + system
  }
  await work(login)
  const known = await work(await somebody())
  const unknown = await work('ghost-a')
  // Argon2id dominates both; without it an unknown name would cost many times less.
  assert.ok(unknown > known * 0.4, `${known} ${unknown}`)
})

test('[E5.3.7.e] the first sign-in, and one after 90 days, opens nothing before the password is changed', async () => {
  const first = await somebody({ mustChange: 'first' })
  const old = await somebody()
  await town.server.sql`update account set password_changed_at = now() - interval '91 days' where login = ${old}`
  for (const login of [first, old]) {
    const guest = visitor(town.server.url)
    const { body } = await guest.signIn(login, strong)
    assert.equal(body.next, 'password')
    assert.equal((await guest.call('GET', '/api/v1/records/subject')).body.code, 'password-change')
    const change = (current: string, password: string) =>
      guest.call('POST', '/api/v1/session/password', { current, password })
    assert.equal((await change('Wrong-999', 'Another-77!')).status, 422)
    assert.equal((await change(strong, strong)).status, 422)
    assert.equal((await change(strong, 'weak')).status, 422)
    assert.equal((await change(strong, 'Another-77!')).status, 200)
    assert.equal((await guest.call('GET', '/api/v1/records/subject')).status, 200)
    assert.equal((await visitor(town.server.url).signIn(login, strong)).status, 401)
  }
})

test('none of the last five passwords comes back', async () => {
  const login = await somebody()
  const guest = visitor(town.server.url)
  await guest.signIn(login, strong)
  const passwords = [strong, 'Another-71!', 'Another-72!', 'Another-73!', 'Another-74!', 'Another-75!']
  for (const [i, current] of passwords.slice(0, -1).entries()) {
    const answer = await guest.call('POST', '/api/v1/session/password', { current, password: passwords[i + 1] })
    assert.equal(answer.status, 200, JSON.stringify(answer.body))
  }
  const current = 'Another-75!'
  const back = (password: string) => guest.call('POST', '/api/v1/session/password', { current, password })
  assert.equal((await back('Another-71!')).status, 422)
  assert.equal((await back(strong)).status, 200)
})

test('a session begins under a new id at sign-in and after each step, and the old one opens nothing', async () => {
  const login = await somebody()
  const guest = visitor(town.server.url)
  guest.cookie = 'shisu_session=chosen-by-somebody-else-0000000000000000'
  await guest.signIn(login, strong)
  assert.doesNotMatch(guest.cookie, /chosen/)
  const before = guest.cookie
  await guest.signIn(login, strong)
  const stale = visitor(town.server.url)
  stale.cookie = before
  assert.equal((await stale.call('GET', '/api/v1/session')).status, 401)
  const afterSignIn = guest.cookie
  await guest.call('POST', '/api/v1/session/password', { current: strong, password: 'Another-77!' })
  assert.notEqual(guest.cookie, afterSignIn)
  stale.cookie = afterSignIn
  assert.equal((await stale.call('GET', '/api/v1/session')).status, 401)
})

test('the sixth sign-in of one account ends its oldest', async () => {
  const login = await somebody()
  const guests = Array.from({ length: 6 }, () => visitor(town.server.url))
  for (const guest of guests) await guest.signIn(login, strong)
  const states = await Promise.all(guests.map(async (guest) => (await guest.call('GET', '/api/v1/session')).status))
  assert.deepEqual(states, [401, 200, 200, 200, 200, 200])
})

test('what a page asks with nobody at it does not keep its session from lying idle', async () => {
  const login = await somebody()
  const guest = visitor(town.server.url)
  await guest.signIn(login, strong)
  const { sql } = town.server
  const rest = () => sql`update session set seen_at = now() - interval '20 minutes'
    where account_id = (select id from account where login = ${login})`
  const seen = async () => {
    const [row] = await sql<{ minutes: number }[]>`select extract(epoch from now() - seen_at)::int / 60 as minutes
      from session where account_id = (select id from account where login = ${login})`
    return row?.minutes
  }
  await rest()
  const asks = (headers: Record<string, string>) =>
    fetch(`${town.server.url}/api/v1/home`, { headers: { cookie: guest.cookie, ...headers } })
  assert.equal((await asks({ 'x-shisu-unasked': '1' })).status, 200)
  assert.equal(await seen(), 20)
  assert.equal((await asks({})).status, 200)
  assert.equal(await seen(), 0)
})

test('a session that lies idle is over, and one of twelve hours too', async () => {
  const login = await somebody()
  const { sql } = town.server
  for (const column of ['seen_at', 'expires_at']) {
    const guest = visitor(town.server.url)
    await guest.signIn(login, strong)
    await sql.unsafe(
      `update session set ${column} = now() - interval '61 minutes' where account_id = (select id from account where login = $1)`,
      [login],
    )
    assert.equal((await guest.call('GET', '/api/v1/session')).status, 401, column)
  }
})

test('[E5.4.e] an administrator gets nowhere without a second factor, and a code opens the door once', async () => {
  const { login, secret } = admins.security
  const guest = visitor(town.server.url)
  assert.equal((await guest.signIn(login, strong)).body.next, 'second-factor')
  assert.equal((await guest.call('GET', '/api/v1/policies')).body.code, 'second-factor')
  assert.equal((await guest.call('POST', '/api/v1/me/factors/totp', {})).status, 403)
  assert.equal((await guest.call('POST', '/api/v1/session/factor', { code: '000000' })).body.code, 'wrong-code')
  const code = codeOf(secret)
  const before = guest.cookie
  const twin = visitor(town.server.url)
  await twin.signIn(login, strong)
  const both = await Promise.all([guest, twin].map((each) => each.call('POST', '/api/v1/session/factor', { code })))
  assert.deepEqual(both.map(({ status }) => status).sort(), [200, 422], 'the same code twice at the same moment')
  const [winner, loser] = both[0]?.status === 200 ? [guest, twin] : [twin, guest]
  assert.notEqual(winner.cookie, before)
  assert.equal((await winner.call('GET', '/api/v1/policies')).status, 200)
  assert.equal((await loser.call('GET', '/api/v1/policies')).body.code, 'second-factor')
  const thief = visitor(town.server.url)
  await thief.signIn(login, strong)
  assert.equal((await thief.call('POST', '/api/v1/session/factor', { code })).body.code, 'wrong-code')
})

test('five wrong codes lock the second step and end the session', async () => {
  const { login } = admins.audit
  const guest = visitor(town.server.url)
  await guest.signIn(login, strong)
  for (let n = 0; n < 5; n++) await guest.call('POST', '/api/v1/session/factor', { code: '111111' })
  assert.equal((await guest.call('GET', '/api/v1/session')).status, 401)
  await guest.signIn(login, strong)
  assert.equal((await guest.call('POST', '/api/v1/session/factor', { code: '111111' })).status, 429)
})

test('a recovery code opens the door once', async () => {
  const login = await somebody()
  const guest = visitor(town.server.url)
  await guest.signIn(login, strong)
  const wrong = await guest.call('POST', '/api/v1/me/factors/totp', { current: 'Wrong-111' })
  assert.equal(wrong.status, 422)
  const begun = await guest.call<{ secret: string }>('POST', '/api/v1/me/factors/totp', { current: strong })
  const { body } = await guest.call<{ recovery: string[] }>('POST', '/api/v1/me/factors/totp/confirm', {
    code: codeOf(begun.body.secret),
  })
  assert.equal(body.recovery.length, 10)
  const doors = [visitor(town.server.url), visitor(town.server.url), visitor(town.server.url)]
  for (const door of doors) await door.signIn(login, strong)
  const answers = await Promise.all(
    doors.map((door) => door.call('POST', '/api/v1/session/factor', { code: body.recovery[0] })),
  )
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 422, 422], 'three at the same moment')
})

test('secrets of authenticators are stored sealed', async () => {
  const rows = await town.server.sql<{ secret: Buffer }[]>`select secret from second_factor where kind = 'totp'`
  for (const { secret } of rows) assert.ok(!secret.includes(fromBase32(admins.security.secret)))
})

test('on a shared phone the QR says where and the PIN says who; the session is narrow', async () => {
  const keeper = visitor(town.server.url)
  const { sql } = town.server
  const [account] = await sql<{ id: string; login: string }[]>`
    select id, login from account where owner_id = ${town.factory.ownerId}`
  await keeper.signIn(account?.login ?? '', 'Test-12345')
  const point = await keeper.call<{ url: string; id: string }>('POST', '/api/v1/site-points', { title: '后厨' })
  assert.equal(point.status, 201)
  const code = point.body.url.split('/').at(-1)
  const pin = (value: string) => keeper.call('PUT', `/api/v1/site-points/people/${account?.id}/pin`, { pin: value })
  for (const bad of ['111111', '123456', '12345', 'abcdef']) assert.equal((await pin(bad)).status, 422, bad)
  assert.equal((await pin('730194')).status, 204)
  const phone = visitor(town.server.url)
  const enter = (where: unknown, who: unknown) => phone.call('POST', '/api/v1/session/site', { code: where, pin: who })
  assert.equal((await enter(code, '999999')).body.code, 'wrong-pin')
  assert.equal((await enter('x'.repeat(24), '730194')).body.code, 'wrong-pin')
  assert.equal((await enter({ a: 1 }, [1])).status, 401)
  assert.equal((await enter(code, '730194')).status, 200)
  assert.equal((await phone.call('GET', '/api/v1/records/morning-check')).status, 200)
  for (const [method, path] of [
    ['GET', '/api/v1/records/morning-check/export'],
    ['GET', '/api/v1/records/morning-check/template.xlsx'],
    ['GET', '/api/v1/site-points'],
    ['GET', '/api/v1/accounts'],
    ['GET', '/api/v1/me/factors'],
    ['POST', '/api/v1/session/password'],
  ] as const)
    assert.equal((await phone.call(method, path, method === 'POST' ? {} : undefined)).status, 403, path)
  const photo = Buffer.from('%PDF-1.4\nshared')
  const path = `/api/v1/files/${createHash('sha256').update(photo).digest('hex')}`
  await fetch(town.server.url + path, {
    method: 'PUT',
    headers: { authorization: `Bearer ${town.factory.token}`, 'content-type': 'application/pdf' },
    body: new Uint8Array(photo),
  })
  const keptBy = async (who: Visitor) => (await who.call('GET', path)).headers.get('cache-control')
  assert.equal(await keptBy(phone), 'private, no-store', 'the next person finds no photo in the browser')
  assert.match((await keptBy(keeper)) ?? '', /^private, .*immutable/)
  await keeper.call('POST', `/api/v1/site-points/${point.body.id}/revoke`)
  assert.equal((await enter(code, '730194')).status, 401)
})

test('[A8.6.2] a PIN is one person’s, also when four ask for the same at once, and no system gets one', async () => {
  const { sql } = town.server
  const [own] = await sql<{ login: string }[]>`select login from account where owner_id = ${town.factory.ownerId}`
  const keeper = visitor(town.server.url)
  await keeper.signIn(own?.login ?? '', 'Test-12345')
  const people = await Promise.all(
    [0, 1, 2, 3].map((n) =>
      createAccount(
        sql,
        { ownerId: town.factory.ownerId, login: `pin-${n}`, name: `示例${n}`, role: 'enterprise', password: strong },
        new Date(),
      ),
    ),
  )
  const pin = (id: string, value: string) => keeper.call('PUT', `/api/v1/site-points/people/${id}/pin`, { pin: value })
  const answers = await Promise.all(people.map((id) => pin(id, '582947')))
  assert.deepEqual(answers.map(({ status }) => status).sort(), [204, 422, 422, 422])
  const system = { name: '示例系统', purpose: '示例', kind: 'system', scopes: ['records'] }
  const made = await keeper.call('POST', '/api/v1/clients', system)
  assert.equal(made.status, 201, JSON.stringify(made.body))
  const [service] = await sql<
    { id: string }[]
  >`select account_id as id from api_client where id = ${String(made.body.id)}`
  assert.equal((await pin(service?.id ?? '', '660917')).status, 404)
  for (const path of ['/api/v1/site-points', '/api/v1/delegations', '/api/v1/view-as'])
    assert.ok(!JSON.stringify((await keeper.call('GET', path)).body).includes(service?.id ?? ''), path)
})

test('[B6.1] every sign-in, and every refused one, is in the audit store with name and address', async () => {
  const login = await somebody()
  await visitor(town.server.url).signIn(login, 'Wrong-123')
  await visitor(town.server.url).signIn(login, strong)
  const rows = await town.server.sql<{ result: string; address: string; actorName: string }[]>`
    select result, address, actor_name as "actorName" from audit
    where act = 'sign-in' and actor_name in (${login}, ${`示例${login}`}) order by id`
  assert.deepEqual(
    rows.map((row) => row.result),
    ['refused', 'done'],
  )
  assert.ok(rows.every((row) => row.address === '127.0.0.1' || row.address === '::1'))
})
