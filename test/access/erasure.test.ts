import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, test } from 'node:test'
import type { Sql } from 'postgres'
import { kinds } from '../../src/catalogue.ts'
import { type Kind, sealedFields } from '../../src/language/index.ts'
import { createAccount } from '../../src/platform/access/accounts.ts'
import { gatherWrites } from '../../src/platform/audit/gather.ts'
import { openAny } from '../../src/platform/protect/suite.ts'
import { give } from '../files.ts'
import { testKeyring } from '../keys.ts'
import { type LawTown, openLawTown } from '../laws/town.ts'
import { type Administrators, administratorsOf, strong, type Visitor, visitor } from './visitor.ts'

let laws: LawTown
let admins: Administrators
let keeper: Visitor
let sql: Sql

const people = kinds.find((each) => each.name === 'practitioner') as Kind
const checks = kinds.find((each) => each.name === 'morning-check') as Kind
const path = `/api/v1/records/${people.name}`

before(async () => {
  laws = await openLawTown()
  sql = laws.town.server.sql
  admins = await administratorsOf(laws.town.server)
  const { ownerId } = laws.town.factory
  const login = 'data-keeper'
  await createAccount(sql, { ownerId, login, name: '示例管档人', role: 'enterprise', password: strong }, new Date())
  keeper = visitor(laws.town.server.url)
  await keeper.signIn(login, strong)
})
after(() => laws.town.server.close())

let serial = 0
const hired = async (name: string) => {
  const number = String(++serial).padStart(8, '0')
  const given = { ...laws.valid(people), name, idNumber: null, phone: `139${number}`, certificateNumber: `健${number}` }
  return (await keeper.call<{ id: string; version: number }>('POST', path, given)).body
}
const portrait = () => give(laws.town.server, laws.town.factory, `示例照片${Math.random()}`)

test('[A8.6.3.a] a face is refused until the person agreed, until the end of the consent, and after it is taken back', async () => {
  const face = await portrait()
  const early = await keeper.call<{ code: string; problems: { at: string }[] }>('POST', path, {
    ...laws.valid(people),
    portrait: [face],
  })
  assert.equal(early.body.code, 'no-consent')
  assert.equal(early.body.problems[0]?.at, '/portrait')
  const { id } = await hired('示例韦一')
  const put = (version: number) =>
    keeper.call<{ version: number }>('PATCH', `${path}/${id}`, { version, portrait: [face] })
  assert.equal((await put(1)).status, 403)
  const consent = (body: object) => keeper.call('POST', `${path}/${id}/person/consents`, body)
  assert.equal((await consent({ purpose: 'face' })).status, 422)
  assert.equal((await consent({ purpose: 'taste', words: '同意' })).status, 422)
  assert.equal((await consent({ purpose: 'minor', words: '同意', by: 'self' })).status, 422)
  assert.equal((await consent({ purpose: 'face', words: '同意', until: '2020-01-01' })).status, 422)
  assert.equal((await consent({ purpose: 'face', words: '同意用于门禁考勤', until: '2099-12-31' })).status, 201)
  assert.equal((await put(1)).status, 200)
  await sql`update consent set until = now() - interval '1 minute' where withdrawn_at is null`
  assert.equal((await put(2)).status, 403)
  assert.equal((await consent({ purpose: 'face', words: '同意用于门禁考勤' })).status, 201)
  const back = await keeper.call('POST', `${path}/${id}/person/consents/face/withdraw`)
  assert.deepEqual(back.body, { cleared: 1 })
  const row = await keeper.call('GET', `${path}/${id}`)
  assert.equal(row.body.portrait, undefined)
  assert.equal((await put(3)).status, 403)
  const other = await hired('示例韦同时')
  const atOnce = await Promise.all(
    [1, 2, 3, 4].map(() =>
      keeper.call('POST', `${path}/${other.id}/person/consents`, { purpose: 'face', words: '同意用于门禁考勤' }),
    ),
  )
  assert.deepEqual(
    atOnce.map(({ status }) => status),
    [201, 201, 201, 201],
    'four at the same moment',
  )
  const { body } = await keeper.call<{ consents: { purpose: string; withdrawnBy: string | null }[] }>(
    'GET',
    `${path}/${id}/person`,
  )
  assert.deepEqual(
    body.consents.map((each) => [each.purpose, each.withdrawnBy]),
    [
      ['face', '示例管档人'],
      ['face', '示例管档人'],
    ],
  )
})

test('what is known of a person is dealt with by whoever keeps it, and by nobody else', async () => {
  const { id } = await hired('示例韦二')
  for (const person of [laws.town.county, laws.town.city])
    assert.equal((await person.call('GET', `${path}/${id}/person`)).status, 403)
  assert.equal((await laws.town.neighbour.call('GET', `${path}/${id}/person`)).status, 404)
  assert.equal(
    (await laws.town.factory.call('POST', `${path}/${id}/person/erasure`, { reason: '本人要求' })).status,
    403,
  )
})

test('[A8.6.3.a] [D6.4.6] an erasure asked by one and allowed by another leaves nothing readable, and a proof', async () => {
  const name = '示例覃秋水'
  const face = await portrait()
  const { id } = await hired(name)
  await keeper.call('POST', `${path}/${id}/person/consents`, { purpose: 'face', words: '同意用于门禁' })
  await keeper.call('PATCH', `${path}/${id}`, { version: 1, portrait: [face] })
  const check = await keeper.call<{ id: string }>('POST', `/api/v1/records/${checks.name}`, {
    ...laws.valid(checks),
    person: name,
  })
  const other = await hired('示例覃春山')
  const [before] = await sql<{ sealed: string; key: Buffer }[]>`
    select t.sealed, p.key from practitioner t join person p on p.id = t.person_id where t.id = ${id}`
  const alike = await keeper.call<{ alike: { id: string; same: string[] }[] }>('GET', `${path}/${id}/person`)
  assert.deepEqual(
    alike.body.alike.map((each) => [each.id, each.same]),
    [[check.body.id, ['姓名']]],
    'the same name in another book is offered, a namesake’s phone is not',
  )
  const stray = await keeper.call('POST', `${path}/${id}/person/erasure`, { reason: '本人要求', also: [other.id] })
  assert.equal(stray.status, 422)
  const asked = await keeper.call<{ approval: string }>('POST', `${path}/${id}/person/erasure`, {
    reason: '离职，本人要求删除',
    also: [check.body.id],
  })
  assert.equal(asked.status, 202)
  const decide = (by: Visitor) =>
    by.call<{ shown: object }>('POST', `/api/v1/approvals/${asked.body.approval}/decision`, { allow: true })
  assert.equal((await decide(keeper)).status, 403, 'who asks does not allow')
  assert.equal((await decide(admins.system)).status, 404)
  const done = await decide(admins.security)
  assert.deepEqual(done.body.shown, { erased: 2 }, JSON.stringify(done.body))

  const row = await keeper.call('GET', `${path}/${id}`)
  assert.equal(row.body.erased, true)
  for (const field of sealedFields(people)) assert.equal(row.body[field], undefined, field)
  const history = await keeper.call<{ items: { image: Record<string, unknown> }[] }>('GET', `${path}/${id}/history`)
  assert.ok(history.body.items.length >= 3)
  for (const { image } of history.body.items)
    for (const field of sealedFields(people)) assert.equal(image[field], undefined)
  for (const q of [`q=${encodeURIComponent(name)}`, `name=${encodeURIComponent(name)}`])
    assert.deepEqual((await keeper.call<{ items: object[] }>('GET', `${path}?${q}`)).body.items, [])
  const csv = await laws.town.factory.call<{ text: string }>('GET', `${path}/export`)
  assert.ok(!csv.body.text.includes(name) && csv.body.text.includes('示例覃春山'))
  assert.equal((await laws.town.factory.call('GET', `/api/v1/files/${face}`)).status, 404, 'the picture is gone')
  const late = await keeper.call<{ code: string }>('PATCH', `${path}/${id}`, {
    version: row.body.version,
    name: '再来',
  })
  assert.equal(late.body.code, 'erased')

  // What a stolen backup of the rows would hold, with every key that is left.
  const keyring = await testKeyring(laws.town.server.dataDir)
  const keys = await sql<{ id: string; key: Buffer }[]>`select id, key from person where key is not null`
  for (const each of keys) {
    const key = keyring.open(each.key, `person.key ${each.id}`)
    assert.throws(() =>
      openAny(key, Buffer.from(before?.sealed ?? '', 'base64'), Buffer.from(`record practitioner ${id}`)),
    )
  }
  const proof = await keeper.call<{ erasure: { askedBy: string; decidedBy: string; keySha256: string } }>(
    'GET',
    `${path}/${id}/person`,
  )
  assert.equal(proof.body.erasure.askedBy, '示例管档人')
  assert.equal(proof.body.erasure.decidedBy, '示例security')
  assert.equal(
    proof.body.erasure.keySha256,
    createHash('sha256')
      .update(before?.key ?? '')
      .digest('hex'),
  )
  await assert.rejects(sql`delete from person_erasure`, /只能追加/)
})

test('[B6.1] the log shows the act and not the data: no name stands in the audit store, the approvals or the notices', async () => {
  const name = '示例莫语冰'
  const { id } = await hired(name)
  for (const query of [`q=${encodeURIComponent(name)}`, `name=${encodeURIComponent(name)}`])
    await laws.town.county.call('GET', `${path}/export?${query}`)
  await keeper.call('POST', `${path}/${id}/person/erasure`, { reason: '本人要求' })
  await keeper.call('POST', `/api/v1/records/${checks.name}`, {
    ...laws.valid(checks),
    person: name,
    symptom: 'fever',
    result: 'unfit',
  })
  await gatherWrites(sql)
  for (const table of ['audit', 'approval', 'notice', 'audit_alarm']) {
    const rows = await sql<{ text: string }[]>`select t::text as text from ${sql(table)} t`
    assert.ok(
      rows.every(({ text }) => !text.includes(name)),
      table,
    )
  }
  const acts = await sql<{ act: string }[]>`select distinct act from audit where object_kind = ${people.name}`
  for (const act of ['ask', 'consent', 'withdraw-consent', 'export', 'create', 'read'])
    assert.ok(
      acts.some((each) => each.act === act),
      act,
    )
})
