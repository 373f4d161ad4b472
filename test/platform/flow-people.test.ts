import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { kinds } from '../../src/catalogue.ts'
import type { Kind } from '../../src/language/index.ts'
import { createAccount } from '../../src/platform/access/accounts.ts'
import { strong, type Visitor, visitor } from '../access/visitor.ts'
import { type LawTown, openLawTown } from '../laws/town.ts'
import { call } from '../people.ts'

let laws: LawTown
/** The only person of the factory, and the token of a system of its. */
let keeper: Visitor
let token: string

const kindOf = (name: string) => kinds.find((kind) => kind.name === name) as Kind

async function person(name: string): Promise<Visitor & { id: string }> {
  const { server, factory } = laws.town
  const account = { ownerId: factory.ownerId, login: name, name, role: 'enterprise' as const, password: strong }
  const id = await createAccount(server.sql, account, new Date())
  const someone = visitor(server.url)
  assert.equal((await someone.signIn(name, strong)).status, 200)
  return Object.assign(someone, { id })
}

before(async () => {
  laws = await openLawTown()
  const { sql } = laws.town.server
  await sql`update account set disabled_at = now() where owner_id = ${laws.town.factory.ownerId}`
  keeper = await person('示例厂长')
  const wish = { name: '示例 ERP', purpose: '上传', kind: 'system', scopes: ['records', 'desk', 'operations'] }
  const { body: client } = await keeper.call<{ id: string }>('POST', '/api/v1/clients', wish)
  assert.equal(
    (await keeper.call('POST', `/api/v1/clients/${client.id}/state`, { state: 'live', reason: '启用' })).status,
    204,
  )
  const issued = await keeper.call<{ token: string }>('POST', `/api/v1/clients/${client.id}/tokens`, { days: 30 })
  token = issued.body.token
})
after(() => laws.town.server.close())

async function template(how: 'any' | 'all'): Promise<string> {
  const steps = [{ title: '单位复核', who: 'colleague', how, onRefusal: 'end' }]
  const { body } = await keeper.call('POST', '/api/v1/records/approval-flow', { name: `示例流程 ${how}`, steps })
  const path = `/api/v1/records/approval-flow/${body.id}/steps/publish`
  assert.equal((await keeper.call('POST', path, { version: 1 })).status, 200)
  return String(body.id)
}

async function start(how: 'any' | 'all') {
  const { body: record } = await keeper.call('POST', '/api/v1/records/product', laws.valid(kindOf('product')))
  const path = `/api/v1/records/product/${record.id}/flows`
  const { status, body } = await keeper.call('POST', path, { template: await template(how) })
  return { record: String(record.id), status, body }
}

test('a system’s account is nobody who could approve: it is neither asked nor told nor waited for', async () => {
  const { sql, url } = laws.town.server
  const alone = await start('any')
  assert.deepEqual([alone.status, alone.body.code], [409, 'nobody-decides'], 'there is no other person')
  const colleague = await person('示例质检员')
  for (const how of ['any', 'all'] as const) {
    const { record, status, body } = await start(how)
    assert.equal(status, 201, JSON.stringify(body))
    const tasks = await sql`select for_account as id from task where record_id = ${record}`
    assert.deepEqual(
      tasks.map(({ id }) => id),
      [how === 'any' ? null : colleague.id],
    )
    const told = await sql`select distinct account_id as id from message where record_id = ${record}`
    assert.deepEqual(
      told.map(({ id }) => id),
      [colleague.id],
      'the system and its sandbox read no messages',
    )
    const path = `/api/v1/flows/${body.id}/decision`
    assert.equal((await call(url, token, 'POST', path, { allow: true })).status, 403, 'a token decides nothing')
    const decided = await colleague.call<{ state: string }>('POST', path, { allow: true })
    assert.equal(decided.body.state, 'approved', 'everybody is everybody who is a person')
  }
})
