import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { kinds } from '../../src/catalogue.ts'
import type { Kind } from '../../src/language/index.ts'
import { createAccount } from '../../src/platform/access/accounts.ts'
import { type LawTown, openLawTown } from '../laws/town.ts'
import { strong, type Visitor, visitor } from './visitor.ts'

let laws: LawTown
let worker: Visitor
let keeper: Visitor
let stranger: Visitor
const path = '/api/v1/me/data'
const name = '示例覃小雨'
const people = kinds.find((each) => each.name === 'practitioner') as Kind
type Data = {
  account: { name: string; login: string }
  records: { kind: string; id: string; consents: { purpose: string }[] }[]
  asked: { id: string; words: string; answer: string | null }[]
  waiting: { id: string; words: string; askedName: string }[]
}

before(async () => {
  laws = await openLawTown()
  const { sql, url } = laws.town.server
  const enter = async (login: string, named: string, ownerId: string) => {
    await createAccount(sql, { ownerId, login, name: named, role: 'enterprise', password: strong }, new Date())
    const person = visitor(url)
    await person.signIn(login, strong)
    return person
  }
  keeper = await enter('own-keeper', '示例主账号', laws.town.factory.ownerId)
  worker = await enter('own-worker', name, laws.town.factory.ownerId)
  stranger = await enter('own-stranger', name, laws.town.neighbour.ownerId)
})
after(() => laws.town.server.close())

test('[A8.6.3.a] whoever is signed in sees what is held about him, and nobody else’s unit or values', async () => {
  const { body: made } = await laws.town.factory.call('POST', `/api/v1/records/${people.name}`, {
    ...laws.valid(people),
    name,
  })
  const { body } = await worker.call<Data>('GET', path)
  assert.deepEqual([body.account.login, body.account.name], ['own-worker', name])
  assert.deepEqual(
    body.records.map(({ kind, id }) => [kind, id]),
    [[people.name, made.id]],
  )
  assert.ok(!JSON.stringify(body.records).includes(name), 'a namesake’s record tells nothing')
  assert.deepEqual((await stranger.call<Data>('GET', path)).body.records, [])
  assert.equal((await laws.town.factory.call('GET', path)).status, 403, 'no token asks for a person')
})

test('[A8.6.3.a] a request to correct, withdraw, erase or copy reaches whoever keeps the data, and is answered', async () => {
  const { body: mine } = await worker.call<Data>('GET', path)
  const record = mine.records[0]
  const ask = (by: Visitor, body: object) => by.call<{ id: string }>('POST', `${path}/requests`, body)
  const about = { kind: record?.kind, recordId: record?.id }
  assert.equal((await ask(worker, { wish: 'forget', words: '请删除' })).status, 422)
  assert.equal((await ask(worker, { wish: 'erase', words: '' })).status, 422)
  assert.equal((await ask(stranger, { wish: 'erase', words: '请删除', ...about })).status, 422, 'not one’s own unit')
  const asked = await ask(worker, { wish: 'correct', words: '手机号换了', ...about })
  assert.equal(asked.status, 201)
  const [row] = await laws.town.server.sql<{ words: Buffer }[]>`select words from own_data_request`
  assert.ok(!row?.words.includes('手机号'), 'what it says lies sealed')
  const { body: kept } = await keeper.call<Data>('GET', path)
  assert.deepEqual(
    kept.waiting.map(({ words, askedName }) => [words, askedName]),
    [['手机号换了', name]],
  )
  const answer = (by: Visitor) =>
    by.call('POST', `/api/v1/own-data-requests/${asked.body.id}/answer`, { answer: '已核实本人，已更正' })
  assert.equal((await answer(stranger)).status, 404)
  assert.equal((await answer(keeper)).status, 204)
  assert.equal((await answer(keeper)).status, 404, 'once')
  const { body: after } = await worker.call<Data>('GET', path)
  assert.equal(after.asked[0]?.answer, '已核实本人，已更正')
})

test('[A8.6.3.a] the public reads without an account what may be held and how to ask for it', async () => {
  const answer = await fetch(`${laws.town.server.url}/privacy`)
  const text = await answer.text()
  assert.equal(answer.status, 200)
  for (const word of ['更正', '撤回同意', '删除', '12315']) assert.ok(text.includes(word), word)
  assert.ok(!text.includes('<script') && !answer.headers.get('set-cookie'))
})
