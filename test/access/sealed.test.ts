import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { kinds } from '../../src/catalogue.ts'
import { tableOf } from '../../src/language/columns.ts'
import { categoriesOf, sourceOf } from '../../src/language/expression/source.ts'
import { choice, kind as declare, type Kind, openPersonalFields, sealedFields, text } from '../../src/language/index.ts'
import { sealedColumns } from '../../src/language/sealed.ts'
import { personOf, type SealedImage } from '../../src/platform/protect/record-persons.ts'
import { sealRows } from '../../src/platform/protect/seal-rows.ts'
import { sealWith } from '../../src/platform/protect/suite.ts'
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

/** A record's personal part as another release sealed it. */
const sealedAs = (key: Buffer, plain: Buffer, id: string): string =>
  sealWith('aes-256-gcm', key, plain, Buffer.from(`record morning-check ${id}`)).toString('base64')

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
  // A platform that is stopped does not wait for the millions of rows of a city.
  const stopped = sealRows(sql, kinds, keyring, new Date(), () => Promise.reject(new Error('stopped')))
  await assert.rejects(stopped, /stopped/)
  assert.equal(await sealRows(sql, kinds, keyring, new Date()), 0)
  const [row] = await sql`select complainant, phone, sealed from complaint where id = ${body.id as string}`
  assert.deepEqual([row?.complainant, row?.phone, typeof row?.sealed], [null, null, 'string'])
  const after = await laws.writer(kind).call('GET', `${pathOf(kind)}/${body.id}`)
  assert.equal(after.body.complainant, '示例旧人')
  assert.equal(after.body.version, 3)
})

test('[A8.6.3.a] what says nothing of whom lies open for rules and figures, and is masked for whoever is not the employer', async () => {
  const { sql } = laws.town.server
  const kind = kindOf('morning-check')
  assert.deepEqual(openPersonalFields(kind), ['temperature', 'symptom'])
  const given = { ...laws.valid(kind), temperature: { value: '38.4', unit: 'CEL' }, symptom: 'fever', result: 'unfit' }
  const { body } = await laws.writer(kind).call('POST', pathOf(kind), { ...given, measure: '示例就医' })
  const [row] = await sql`select temperature::text, symptom, person from morning_check where id = ${body.id as string}`
  assert.deepEqual([Number(row?.temperature), row?.symptom, row?.person], [38.4, 'fever', null])
  const seen = await laws.town.county.call<{ items: { id: string; temperature?: object; masked: string[] }[] }>(
    'GET',
    `${pathOf(kind)}?temperature.from=38`,
  )
  const [one] = seen.body.items.filter(({ id }) => id === body.id)
  assert.equal(one?.temperature, undefined)
  assert.ok(one?.masked.includes('temperature') && one.masked.includes('symptom') && one.masked.includes('person'))
  const reads =
    await sql`select from audit where act = 'read' and object_kind = ${kind.name} and actor_id is not null limit 1`
  assert.equal(reads.length, 1, 'a read of health data is recorded')
  const source = sourceOf(kind)
  assert.ok(source.fields.temperature && source.fields.symptom && !source.fields.person)
  assert.ok(!categoriesOf(source).includes('symptom'), 'no figure is split by what concerns a person')
})

test('what an older release sealed although it names nobody is given back by the job, and by the next change', async () => {
  const { sql } = laws.town.server
  const kind = kindOf('morning-check')
  const keyring = await testKeyring(laws.town.server.dataDir)
  const person = laws.writer(kind)
  const made = async () => {
    const { body } = await person.call('POST', pathOf(kind), { ...laws.valid(kind), person: '示例莫一' })
    const id = body.id as string
    // As the release before wrote it: everything personal in the sealed text, nothing in its column.
    const [row] =
      await sql`select person_id as "personId", person_key(person_id) as "personKey" from morning_check where id = ${id}`
    const holder = personOf(keyring, row as SealedImage)
    const all = Buffer.from(
      JSON.stringify({ person: '示例莫一', temperature: body.temperature, symptom: body.symptom }),
    )
    const sealed = sealedAs(holder?.key as Buffer, all, id)
    await sql.begin(async (tx) => {
      await tx`select set_config('shisu.actor', '{"name":"旧版","ownerTitle":""}', true)`
      await tx`update morning_check set sealed = ${sealed}, temperature = null, temperature_unit = null, symptom = null,
        version = 2 where id = ${id}`
    })
    return { id, body }
  }
  const columns = async (id: string) =>
    (await sql`select temperature::float, symptom, person from morning_check where id = ${id}`)[0]
  const first = await made()
  const before = await person.call('GET', `${pathOf(kind)}/${first.id}`)
  assert.deepEqual(before.body.temperature, first.body.temperature)
  assert.equal(await sealRows(sql, kinds, keyring, new Date()), 1)
  assert.equal(await sealRows(sql, kinds, keyring, new Date()), 0)
  const at = Number((first.body.temperature as { value: string }).value)
  assert.deepEqual({ ...(await columns(first.id)) }, { temperature: at, symptom: first.body.symptom, person: null })
  const second = await made()
  const changed = await person.call('PATCH', `${pathOf(kind)}/${second.id}`, { version: 2, checker: '示例莫二' })
  assert.equal(changed.status, 200, JSON.stringify(changed.body))
  assert.deepEqual({ ...(await columns(second.id)) }, { temperature: at, symptom: second.body.symptom, person: null })
  for (const { id } of [first, second])
    assert.equal((await person.call('GET', `${pathOf(kind)}/${id}`)).body.person, '示例莫一')
})

test('a field that could name somebody, that rests on a consent or that is not personal cannot be declared open', () => {
  const of = (fields: Kind['fields']) => () =>
    declare({
      ...{ name: 'sample', title: '示例', help: '示例', clauses: [], schemaVersion: 1, grants: {} },
      ...{ fields, titleFields: Object.keys(fields), list: { columns: [] } },
    })
  const open = { class: 'personal', identifying: false } as const
  const options = { yes: '有', no: '无' }
  assert.doesNotThrow(of({ fever: choice({ title: '发热', options, ...open }) }))
  assert.throws(of({ name: text({ title: '姓名', ...open }) }), /may name a person/)
  assert.throws(of({ fever: choice({ title: '发热', options, ...open, consent: 'health' }) }), /rests on a consent/)
  assert.throws(of({ fever: choice({ title: '发热', options, identifying: false }) }), /not personal/)
})
