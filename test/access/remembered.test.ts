import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { Socket } from 'node:net'
import { after, before, mock, test } from 'node:test'
import { morning as morningCheck } from '../morning.ts'
import { call, openTown, type Person, personOf, type Town } from '../people.ts'

let town: Town
before(async () => {
  town = await openTown()
})
after(() => town.server.close())

const path = '/api/v1/records/morning-check'
const morning = (more: Record<string, unknown> = {}) => ({ ...morningCheck, ...more })

/** A program that the process remembers: what follows is written for an actor from memory. */
async function remembered(): Promise<Person> {
  const person = await personOf(town.server, town.factory.ownerId, 'enterprise')
  for (let n = 0; n < 2; n++) assert.equal((await person.call('POST', path, morning())).status, 201)
  return person
}

const accountOf = (person: Person) => town.server.sql`
  (select t.account_id from api_token t where t.token_hash = sha256(${Buffer.from(person.token)}))`
const count = async () => {
  const [row] = await town.server.sql<{ n: number }[]>`select count(*)::int as n from morning_check`
  return row?.n
}

const ends: [string, (person: Person) => PromiseLike<unknown>][] = [
  [
    'is revoked',
    (person) => town.server.sql`
    update api_token set revoked_at = now() where token_hash = sha256(${Buffer.from(person.token)})`,
  ],
  [
    'is deleted',
    (person) => town.server.sql`delete from api_token where token_hash = sha256(${Buffer.from(person.token)})`,
  ],
  [
    'runs out',
    (person) => town.server.sql`
    update api_token set expires_at = now() where token_hash = sha256(${Buffer.from(person.token)})`,
  ],
  [
    'has its account disabled',
    (person) => town.server.sql`
    update account set disabled_at = now() where id = ${accountOf(person)}`,
  ],
  [
    'has its account run out',
    (person) => town.server.sql`
    update account set valid_until = now() where id = ${accountOf(person)}`,
  ],
]
const bodies = () => [morning(), '{', { person: 1 }, morning({ id: randomUUID() })]
for (const [index, [what, end]] of ends.entries())
  test(`[C4.c] a remembered token that ${what} writes nothing from that moment on, and is refused whatever it sends`, async () => {
    const person = await remembered()
    const before = await count()
    await end(person)
    // Each time another comes first: only that one meets what is remembered.
    for (const body of [...bodies().slice(index % 4), ...bodies()]) {
      const { status, body: problem } = await person.call('POST', path, body)
      assert.deepEqual([status, problem.code], [401, 'bad-token'])
    }
    assert.equal(await count(), before)
  })

test('what a remembered token may do is what its account, owner and clients have now', async () => {
  const { sql } = town.server
  const person = await remembered()
  await sql`update account set name = '示例新名' where id = ${accountOf(person)}`
  const renamed = await person.call<{ id: string }>('POST', path, morning())
  assert.equal(renamed.status, 201)
  const [change] = await sql<{ actor: string }[]>`select actor::text as actor from change where id = ${renamed.body.id}`
  assert.match(change?.actor ?? '', /示例新名/)

  await sql`update account set role = 'county', position = 'county' where id = ${accountOf(person)}`
  assert.equal((await person.call('POST', path, morning())).status, 403)
  await sql`update account set role = 'enterprise', position = 'enterprise' where id = ${accountOf(person)}`
  assert.equal((await person.call('POST', path, morning())).status, 201)
  assert.equal((await person.call('POST', path, morning())).status, 201)
  await sql`update api_token set scopes = '{epcis}' where token_hash = sha256(${Buffer.from(person.token)})`
  assert.equal((await person.call('POST', path, morning())).status, 403)
})

test('a remembered token whose account is narrowed neither fills in nor is told what is hidden from it now', async () => {
  const { sql } = town.server
  const person = await remembered()
  const narrows = { kinds: { 'morning-check': { hide: ['checker'] } } }
  await sql`insert into role (name, title, base, parent, narrows)
    values ('enterprise-half', '示例', 'enterprise', 'enterprise', ${sql.json(narrows)})`
  await sql`update account set position = 'enterprise-half' where id = ${accountOf(person)}`
  const before = await count()
  const { status, body } = await person.call('POST', path, morning())
  assert.deepEqual([status, body.code], [403, 'hidden-field'])
  assert.equal(await count(), before)
})

test('a remembered token whose client is given a certificate writes nothing without it', async () => {
  const { sql } = town.server
  const person = await remembered()
  const id = randomUUID()
  await sql`insert into api_client (id, owner_id, account_id, name, purpose, kind, scopes, state, created_by, created_at)
    values (${id}, ${town.factory.ownerId}, ${accountOf(person)}, '示例', '示例', 'system', '{records}', 'live', '{}', now())`
  await sql`update api_token set client_id = ${id} where token_hash = sha256(${Buffer.from(person.token)})`
  for (let n = 0; n < 2; n++) assert.equal((await person.call('POST', path, morning())).status, 201)
  await sql`insert into client_certificate (id, client_id, sha256, subject, not_after, added_by, added_at)
    values (${randomUUID()}, ${id}, ${'0'.repeat(64)}, 'CN=示例', now() + interval '1 day', '{}', now())`
  assert.equal((await person.call('POST', path, morning())).status, 401)
})

test('while many write with a token that is then revoked, nothing is written after its end and every 201 is there', async () => {
  const { sql, url } = town.server
  const person = await remembered()
  let ended = false
  const made: string[] = []
  const late: number[] = []
  const writers = Array.from({ length: 8 }, async () => {
    for (let n = 0; n < 60; n++) {
      const [after, id] = [ended, randomUUID()]
      const { status } = await call(url, person.token, 'POST', path, morning({ id }))
      if (status === 201) made.push(id)
      if (after) late.push(status)
    }
  })
  while (made.length < 100) await new Promise((done) => setTimeout(done, 1))
  await sql`update api_token set revoked_at = now() where token_hash = sha256(${Buffer.from(person.token)})`
  ended = true
  await Promise.all(writers)
  assert.ok(late.length > 0 && late.every((status) => status === 401), `${late}`)
  const [row] = await sql<{ n: number }[]>`select count(*)::int as n from morning_check where id = any(${made})`
  assert.equal(row?.n, made.length)
})

test('what a remembered token wrote is not written again where the answer is lost with the connection', async () => {
  const { sql, databaseUrl } = town.server
  const person = await remembered()
  const checker = `示例${randomUUID()}`.slice(0, 40)
  const port = Number(new URL(databaseUrl).port)
  const lost = new Set<Socket>()
  const { write, push } = Socket.prototype
  mock.method(Socket.prototype, 'write', function (this: Socket, ...given: Parameters<typeof write>) {
    if (lost.size === 0 && this.remotePort === port && Buffer.from(given[0]).includes(checker)) lost.add(this)
    return write.apply(this, given)
  })
  mock.method(Socket.prototype, 'push', function (this: Socket, ...given: Parameters<typeof push>) {
    // What the database answers once it has written.
    return lost.has(this) && given[0] !== null ? !this.destroy() : push.apply(this, given)
  })
  const { status } = await person.call('POST', path, morning({ checker }))
  mock.restoreAll()
  assert.equal(lost.size, 1)
  const [row] = await sql<{ n: number }[]>`select count(*)::int as n from morning_check where checker = ${checker}`
  assert.deepEqual([status, row?.n], [500, 1])
})

test('a remembered token is told of its own mistakes like everybody', async () => {
  const person = await remembered()
  const id = randomUUID()
  const wrong = await person.call<{ problems: { at: string }[] }>('POST', path, morning({ hands: 'maybe' }))
  assert.deepEqual([wrong.status, wrong.body.problems[0]?.at], [422, '/hands'])
  assert.equal((await person.call('POST', path, '{')).status, 400)
  assert.equal((await person.call('POST', path, morning({ id }))).status, 201)
  assert.equal((await person.call('POST', path, morning({ id }))).status, 200)
  assert.equal((await person.call('POST', path, morning({ id, person: '另一人' }))).status, 409)
  assert.equal((await person.call('POST', path, morning({ ownerId: town.city.ownerId }))).status, 403)
  assert.equal((await person.call('POST', '/api/v1/records/no-such-kind', {})).status, 404)
})
