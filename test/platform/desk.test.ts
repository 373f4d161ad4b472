import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import postgres from 'postgres'
import { kinds } from '../../src/catalogue.ts'
import { noteMissed } from '../../src/platform/jobs/missed.ts'
import { type LawTown, openLawTown } from '../laws/town.ts'
import { personOf } from '../people.ts'

let laws: LawTown

before(async () => {
  laws = await openLawTown()
})
after(() => laws.town.server.close())

const byName = new Map(kinds.map((kind) => [kind.name, kind]))

test('[D5.4.2] a morning check that does not come by its hour is noted once, for canteens alone, on working days', async () => {
  const { server, city } = laws.town
  const { sql } = server
  const canteen = async () => {
    const { body } = await city.call('POST', '/api/v1/records/subject', {
      ...laws.valid(byName.get('subject') as never),
      activity: 'catering',
      region: '450204',
    })
    await sql.begin(async (tx) => {
      await tx`select set_config('shisu.actor', '{}', true)`
      await tx`update subject set created_at = '2026-11-01Z' where id = ${String(body.id)}`
    })
    return personOf(server, String(body.id), 'enterprise')
  }
  const [punctual, late] = [await canteen(), await canteen()]
  const { device: _, source: __, photo: ___, ...byHand } = laws.valid(byName.get('morning-check') as never)
  const check = { ...byHand, day: '2026-11-19' }
  assert.equal((await punctual.call('POST', '/api/v1/records/morning-check', check)).status, 201)
  const at = (time: string) => noteMissed(sql, byName, new Date(time))
  assert.equal(await at('2026-11-19T08:59:00+08:00'), 0, 'not due yet')
  assert.equal(await at('2026-11-19T09:00:00+08:00'), 1)
  assert.equal(await at('2026-11-19T10:00:00+08:00'), 0, 'once only')
  assert.equal(await at('2026-11-21T10:00:00+08:00'), 0, 'a Saturday')
  const notices = await late.call<{ items: { title: string }[] }>('GET', '/api/v1/notices')
  assert.match(notices.body.items[0]?.title ?? '', /晨检没有按时登记/)
  assert.equal((await punctual.call<{ total: number }>('GET', '/api/v1/notices')).body.total, 0)
})

test('a lease is held by one process, renewed by it, and taken over with a higher fence when it lapses', async () => {
  const { sql, databaseUrl } = laws.town.server
  const { takeLease } = await import('../../src/platform/jobs/lease.ts')
  // A second copy of the module stands for a second process: each has a holder of its own.
  const copy = '../../src/platform/jobs/lease.ts?other=1'
  const other = await import(copy)
  const second = postgres(databaseUrl, { max: 1, onnotice: () => {} })
  assert.equal(await takeLease(sql, 'work', 30), 1n)
  assert.equal(await other.takeLease(second, 'work', 30), undefined)
  assert.equal(await takeLease(sql, 'work', 30), 1n)
  await sql`update lease set until = now() - interval '1 second' where name = 'work'`
  assert.equal(await other.takeLease(second, 'work', 30), 2n)
  assert.equal(await takeLease(sql, 'work', 30), undefined)
  await second.end()
})

test('a saved view is its own, unless shared with colleagues of the same owner', async () => {
  const { factory, neighbour, server } = laws.town
  const colleague = await personOf(server, factory.ownerId, 'enterprise')
  const path = (id: string) => `/api/v1/views/morning-check/${id}`
  const [own, shared] = [crypto.randomUUID(), crypto.randomUUID()]
  const names = async (person: typeof factory) =>
    (await person.call<{ items: { name: string }[] }>('GET', '/api/v1/views/morning-check')).body.items.map(
      (v) => v.name,
    )
  assert.equal((await factory.call('PUT', path(own), { name: '我的', query: 'result=unfit' })).status, 200)
  assert.equal((await factory.call('PUT', path(shared), { name: '大家的', query: '', shared: true })).status, 200)
  assert.deepEqual(await names(factory), ['大家的', '我的'])
  assert.deepEqual(await names(colleague), ['大家的'])
  assert.deepEqual(await names(neighbour), [])
  assert.equal((await colleague.call('PUT', path(shared), { name: '改', query: '' })).status, 404)
  assert.equal((await colleague.call('DELETE', path(shared))).status, 404)
  assert.equal((await factory.call('PUT', path(own), { name: '', query: 5 })).status, 422)
  assert.equal((await factory.call('DELETE', path(own))).status, 204)
  assert.deepEqual(await names(factory), ['大家的'])
})

test('the columns of a list and their order are remembered for the account, and for it alone', async () => {
  const { factory, server } = laws.town
  const colleague = await personOf(server, factory.ownerId, 'enterprise')
  const columns = async (person: typeof factory) =>
    (await person.call<{ columns: string[] | null }>('GET', '/api/v1/views/morning-check')).body.columns
  const choose = (value: unknown) => factory.call('PUT', '/api/v1/views/morning-check/columns', { columns: value })
  assert.equal(await columns(factory), null)
  assert.equal((await choose(['result', 'person'])).status, 200)
  assert.deepEqual(await columns(factory), ['result', 'person'])
  assert.equal(await columns(colleague), null)
  for (const bad of [[], 'person', [''], ['a b'], [5], new Array(61).fill('person')])
    assert.equal((await choose(bad)).status, 422, JSON.stringify(bad))
  assert.equal((await choose(null)).status, 200)
  assert.equal(await columns(factory), null)
})
