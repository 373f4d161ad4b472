import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import postgres, { type Sql } from 'postgres'
import { kinds } from '../../src/catalogue.ts'
import { snake } from '../../src/language/names.ts'
import { call, openTown, type Town } from '../people.ts'
import { startServer, type TestServer } from '../server.ts'

let shop: TestServer
let town: Town
let stranger: Sql

before(async () => {
  town = await openTown()
  shop = await startServer({ role: 'public' })
  stranger = postgres(town.server.databaseUrl, { max: 1, onnotice: () => {}, connection: { role: 'shisu_public' } })
})
after(async () => {
  await stranger.end()
  await shop.close()
  await town.server.close()
})

test('[A8.5] the public entrance holds no management route and knows nobody', async () => {
  for (const path of [
    '/api/v1/session',
    '/api/v1/catalogue',
    '/api/v1/records/subject',
    '/api/v1/accounts',
    '/api/v1/audit',
    '/api/v1/openapi.json',
    '/epcis/events',
    '/metrics',
    '/login',
  ])
    assert.equal((await call(shop.url, town.city.token, 'GET', path)).status, 404, path)
  assert.equal((await call(shop.url, undefined, 'POST', '/api/v1/session', { user: 'a', password: 'b' })).status, 404)
  for (const path of ['/', '/scan', '/healthz', '/readyz'])
    assert.equal((await call(shop.url, undefined, 'GET', path)).status, 200, path)
  const unknown = await call(shop.url, undefined, 'GET', '/01/06901234567892/10/NONE')
  assert.equal(unknown.status, 404)
})

test('[A8.5] no documented management route answers at the public entrance, by any method, id or trick', async () => {
  const { body } = await call<{ paths: Record<string, object> }>(
    town.server.url,
    undefined,
    'GET',
    '/api/v1/openapi.json',
  )
  const paths = Object.keys(body.paths).filter((path) => path.startsWith('/api/') || path.startsWith('/epcis'))
  assert.ok(paths.length > 200)
  const wrong: string[] = []
  const ask = async (method: string, path: string, more: Record<string, string> = {}) => {
    const sent = method === 'GET' ? undefined : {}
    const { status } = await call(shop.url, town.city.token, method, path, sent, more)
    if (status !== 404) wrong.push(`${method} ${path} ${JSON.stringify(more)}: ${status}`)
  }
  for (const [index, path] of paths.entries()) {
    const one = path.replace(/\{\w+\}/g, '01920000-0000-7000-8000-00000000dead')
    await ask(['GET', 'POST', 'DELETE'][index % 3] ?? 'GET', one)
  }
  for (const path of [
    '/%61pi/v1/accounts',
    '/API/v1/accounts',
    '/scan/../api/v1/accounts',
    '/api/v1/accounts/',
    '/api/v1/accounts;a=b',
    '/scan/..%2fapi/v1/accounts',
  ])
    await ask('GET', path)
  for (const more of [
    { 'x-original-url': '/api/v1/accounts' },
    { 'x-forwarded-host': 'localhost', 'x-forwarded-prefix': '/api' },
    { 'x-http-method-override': 'DELETE' },
  ])
    await ask('GET', '/api/v1/accounts', more as never)
  assert.deepEqual(wrong, [])
})

test('[A8.5] the public entrance’s database role reads no record, person, account, key, history or audit', async () => {
  const tables = await town.server.sql<{ name: string }[]>`
    select relname as name from pg_class where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace`
  // The log's signed heads and its keys are for everybody; leaves and witnesses by columns only.
  const open = ['code_scan', 'rule', 'ledger_subtree', 'ledger_checkpoint', 'ledger_cosignature', 'ledger_key']
  for (const { name } of tables) {
    const read = stranger.unsafe(`select * from ${name} limit 1`)
    if (open.includes(name)) await read
    else await assert.rejects(read, /permission denied/, name)
    await assert.rejects(stranger.unsafe(`delete from ${name}`), /permission denied/, name)
  }
  for (const kind of kinds)
    await assert.rejects(stranger.unsafe(`select id from ${snake(kind.name)}`), /permission denied/)
})

test('[B6.1] the application’s role adds to history and audit and alters or removes nothing', async () => {
  const web = postgres(town.server.databaseUrl, { max: 1, onnotice: () => {}, connection: { role: 'shisu_web' } })
  try {
    for (const table of ['change', 'audit', 'policy', 'password_history']) {
      await assert.rejects(web.unsafe(`update ${table} set at = now()`), /permission denied/, table)
      await assert.rejects(web.unsafe(`delete from ${table}`), /permission denied/, table)
      await assert.rejects(web.unsafe(`truncate ${table}`), /permission denied/, table)
    }
    await assert.rejects(web`select * from audit`, /permission denied/)
    await assert.rejects(web`select * from code_key`, /permission denied/)
  } finally {
    await web.end()
  }
  await town.city.call('GET', '/api/v1/records/subject')
  await assert.rejects(town.server.sql`update audit set act = 'x'`, /只能追加/)
  await assert.rejects(town.server.sql`truncate audit`, /只能追加/)
})
