import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { kinds } from '../../src/catalogue.ts'
import { tableOf } from '../../src/language/columns.ts'
import { type Kind, sealedFields } from '../../src/language/index.ts'
import { sealedColumns } from '../../src/language/sealed.ts'
import { sealRows } from '../../src/platform/protect/seal-rows.ts'
import { testKeyring } from '../keys.ts'
import { type LawTown, openLawTown } from '../laws/town.ts'

let laws: LawTown

before(async () => {
  laws = await openLawTown()
})
after(() => laws.town.server.close())

const kindOf = (name: string): Kind => kinds.find((each) => each.name === name) as Kind
const pathOf = (kind: Kind) => `/api/v1/records/${kind.name}`

/** A text that stands nowhere else, for every text field that is sealed. */
function telling(kind: Kind): Record<string, unknown> {
  const texts = sealedFields(kind).filter((name) => {
    const field = kind.fields[name]
    return field?.type === 'text' && !field.pattern && !field.consent
  })
  return Object.fromEntries(texts.map((name) => [name, `隐姓埋名${name}`]))
}

/** Everything the database holds, table by table, as text. */
async function everything(): Promise<string> {
  const { sql } = laws.town.server
  const tables = await sql<{ name: string }[]>`
    select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`
  const texts = []
  for (const { name } of tables) texts.push(...(await sql.unsafe(`select t::text as text from ${name} t`)))
  return texts.map((row) => row.text).join('\n')
}

for (const kind of kinds.filter((each) => sealedFields(each).length > 0)) {
  test(`[A8.6.3.a] ${kind.name}: nothing of a person lies in the clear in any table, row, history or index`, async () => {
    const given = { ...laws.valid(kind), ...telling(kind) }
    const { status, body } = await laws.writer(kind).call('POST', pathOf(kind), given)
    assert.equal(status, 201, JSON.stringify(body))
    for (const [name, value] of Object.entries(given)) assert.deepEqual(body[name], value, name)
    const changed = await laws.writer(kind).call('PATCH', `${pathOf(kind)}/${body.id}`, { version: 1 })
    if (changed.status === 200)
      for (const [name, value] of Object.entries(given)) assert.deepEqual(changed.body[name], value, name)
    const columns = sealedColumns(kind).map((column) => `${column.name} is not null`)
    const found = await laws.town.server.sql.unsafe(
      `select from ${tableOf(kind)} where id = $1 and (${columns.join(' or ')})`,
      [body.id as string],
    )
    assert.equal(found.length, 0)
    const all = await everything()
    for (const value of Object.values(telling(kind)))
      for (const part of [value as string, 'yinxingmaiming', 'yxmm']) assert.ok(!all.includes(part), `${part}`)
  })
}

test('a sealed field is found by its exact value, in a filter and in the search box, and by no part of it', async () => {
  const kind = kindOf('practitioner')
  const person = laws.writer(kind)
  const { body } = await person.call('POST', pathOf(kind), { ...laws.valid(kind), name: '示例韦春花' })
  const ids = async (query: string) =>
    (await person.call<{ items: { id: string }[] }>('GET', `${pathOf(kind)}?${query}`)).body.items.map(
      (each) => each.id,
    )
  assert.deepEqual(await ids(`name=${encodeURIComponent('示例韦春花')}`), [body.id])
  assert.deepEqual(await ids(`q=${encodeURIComponent('示例韦春花')}`), [body.id])
  assert.deepEqual(await ids(`q=${encodeURIComponent('韦春')}`), [])
  assert.equal((await person.call('GET', `${pathOf(kind)}?sort=name`)).status, 422)
  assert.equal((await person.call('GET', `${pathOf(kindOf('morning-check'))}?temperature.from=36`)).status, 422)
})

test('a rule between a sealed field and another is still made, when the record is written and when it is changed', async () => {
  const kind = kindOf('morning-check')
  const person = laws.writer(kind)
  const given = { ...laws.valid(kind), symptom: 'fever', result: 'fit' }
  const refused = await person.call<{ problems: { at: string }[] }>('POST', pathOf(kind), given)
  assert.equal(refused.status, 422)
  assert.equal(refused.body.problems[0]?.at, '/result')
  const { body } = await person.call('POST', pathOf(kind), { ...given, result: 'unfit' })
  const changed = await person.call<{ problems: { at: string }[] }>('PATCH', `${pathOf(kind)}/${body.id}`, {
    version: 1,
    result: 'fit',
  })
  assert.equal(changed.status, 422)
  assert.equal(changed.body.problems[0]?.at, '/result')
})

test('[A8.6.3.a] names of persons are masked in the search above every page, in referrers and for whoever is not the employer', async () => {
  const kind = kindOf('practitioner')
  await laws.writer(kind).call('POST', pathOf(kind), { ...laws.valid(kind), name: '示例罗秋月' })
  const q = encodeURIComponent('示例罗秋月')
  for (const person of [laws.writer(kind), laws.town.county]) {
    const { body } = await person.call<{ items: { title: string }[] }>('GET', `/api/v1/search?q=${q}`)
    assert.deepEqual(
      body.items.map((each) => each.title),
      ['示****'],
    )
  }
  const list = await laws.town.county.call<{ items: { name: string }[] }>('GET', `${pathOf(kind)}?q=${q}`)
  assert.equal(list.body.items[0]?.name, '示****')
  const csv = await laws.town.county.call<{ text: string }>('GET', `${pathOf(kind)}/export?q=${q}`)
  assert.ok(csv.body.text.includes('示****') && !csv.body.text.includes('示例罗秋月'))
})

test('rows from before sealing are sealed by the job, once, each as a version that says so', async () => {
  const { sql } = laws.town.server
  const kind = kindOf('complaint')
  const { body } = await laws.writer(kind).call('POST', pathOf(kind), laws.valid(kind))
  // As the release before wrote it.
  await sql.begin(async (tx) => {
    await tx`select set_config('shisu.actor', '{"name":"旧版","ownerTitle":""}', true)`
    await tx`update complaint set sealed = null, person_id = null, blind = null, complainant = '示例旧人',
      phone = '0772-2861111', version = 2 where id = ${body.id as string}`
  })
  const before = await laws.writer(kind).call('GET', `${pathOf(kind)}/${body.id}`)
  assert.equal(before.body.complainant, '示例旧人')
  const keyring = await testKeyring(laws.town.server.dataDir)
  assert.equal(await sealRows(sql, kinds, keyring, new Date()), 1)
  assert.equal(await sealRows(sql, kinds, keyring, new Date()), 0)
  const [row] = await sql`select complainant, phone, sealed from complaint where id = ${body.id as string}`
  assert.deepEqual([row?.complainant, row?.phone, typeof row?.sealed], [null, null, 'string'])
  const after = await laws.writer(kind).call('GET', `${pathOf(kind)}/${body.id}`)
  assert.equal(after.body.complainant, '示例旧人')
  assert.equal(after.body.version, 3)
})
