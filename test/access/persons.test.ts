import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import postgres, { type Sql } from 'postgres'
import { createAuthority } from '../../src/platform/access/accounts.ts'
import type { Actor } from '../../src/platform/access/actor.ts'
import { type Keyring, openKeyring } from '../../src/platform/protect/keyring.ts'
import { maskText } from '../../src/platform/protect/mask.ts'
import { erasePerson, openPersons, rewrapPersons } from '../../src/platform/protect/persons.ts'
import { keyBytes, openWith, sealWith } from '../../src/platform/protect/suite.ts'
import { freshDatabase } from '../database.ts'

let database: Awaited<ReturnType<typeof freshDatabase>>
let web: Sql
let folder: string
let keyring: Keyring
let factory: Actor
let rival: Actor
let county: Actor
const now = new Date()

before(async () => {
  database = await freshDatabase()
  web = postgres(database.url, { max: 4, onnotice: () => {}, connection: { role: 'shisu_web' } })
  folder = mkdtempSync(join(tmpdir(), 'shisu-keys-'))
  keyring = await openKeyring(join(folder, 'keys.json'), now)
  const actor = async (role: Actor['role'], region: string): Promise<Actor> => ({
    userId: crypto.randomUUID(),
    name: '示例',
    role,
    ownerId: await createAuthority(database.sql, `示例${role}${region}`, region),
    ownerTitle: '示例',
    region,
    scopes: [],
  })
  factory = await actor('enterprise', '450204')
  rival = await actor('enterprise', '450203')
  county = await actor('county', '450204')
})
after(async () => {
  await web.end()
  await database.close()
  rmSync(folder, { recursive: true })
})

const fields = { name: '示例张三', idNumber: '450200199001010010', phone: '13800000000' }

test('[A8.6.3.a] both suites open what they sealed and refuse another key, place or a changed byte', () => {
  for (const suite of ['aes-256-gcm', 'sm4-ctr-sm3'] as const) {
    const key = Buffer.alloc(keyBytes[suite], 3)
    const about = Buffer.from('a')
    const sealed = sealWith(suite, key, Buffer.from('秘密'), about)
    assert.equal(openWith(suite, key, sealed, about).toString(), '秘密')
    assert.notDeepEqual(sealWith(suite, key, Buffer.from('秘密'), about), sealed, 'never the same twice')
    assert.throws(() => openWith(suite, Buffer.alloc(keyBytes[suite], 4), sealed, about))
    assert.throws(() => openWith(suite, key, sealed, Buffer.from('b')))
    for (let i = 0; i < sealed.length; i++) {
      const bent = Buffer.from(sealed)
      bent[i] = (bent[i] ?? 0) ^ 1
      assert.throws(() => openWith(suite, key, bent, about), `${suite} byte ${i}`)
    }
  }
})

test('[A8.6.3.a] nothing of a person lies in the database in the clear, and the keys’ file is its owner’s alone', async () => {
  const id = await openPersons(web, keyring, factory, now).create(fields)
  const rows = await database.sql<{ all: string }[]>`
    select (select string_agg(encode(sealed, 'escape'), '') from person_field where person_id = ${id}) as all`
  for (const value of Object.values(fields)) assert.ok(!rows[0]?.all.includes(value))
  assert.deepEqual(await openPersons(web, keyring, factory, now).read(id), fields)
  assert.equal(statSync(join(folder, 'keys.json')).mode & 0o777, 0o600)
})

test('a person is found by an exact value within reach, and nobody else finds or reads it', async () => {
  const id = await openPersons(web, keyring, factory, now).create({ ...fields, phone: '13911112222' })
  assert.deepEqual(await openPersons(web, keyring, factory, now).find('phone', '13911112222'), [id])
  assert.deepEqual(await openPersons(web, keyring, county, now).find('phone', '13911112222'), [id])
  assert.deepEqual(await openPersons(web, keyring, rival, now).find('phone', '13911112222'), [])
  await assert.rejects(openPersons(web, keyring, rival, now).read(id), /not-found/)
  await assert.rejects(openPersons(web, keyring, rival, now).correct(id, { phone: '1' }), /not-found/)
  await assert.rejects(erasePerson(web, rival, id, '试试', now), /not-found/)
  await assert.rejects(openPersons(web, keyring, { ...factory, role: 'system' }, now).read(id), /forbidden/)
})

test('a statement that forgot its predicate sees no person at all', async () => {
  for (const table of ['person', 'person_field', 'consent'])
    assert.equal((await web.unsafe(`select * from ${table}`)).length, 0)
  await assert.rejects(
    web`insert into person (id, owner_id, suite, key, created_at) values (gen_random_uuid(), ${rival.ownerId}, 'aes-256-gcm', '\\x00', now())`,
    /row-level security/,
  )
})

test('a person sees and corrects what is known; the old value is kept sealed and no longer found', async () => {
  const persons = openPersons(web, keyring, factory, now)
  const id = await persons.create({ ...fields, phone: '13700000001' })
  await persons.correct(id, { phone: '13700000002' })
  assert.equal((await persons.read(id)).phone, '13700000002')
  assert.deepEqual(await persons.find('phone', '13700000001'), [])
})

test('[A8.6.4] after a rotation old values open, new ones are sealed anew, and persons are rewrapped', async () => {
  const id = await openPersons(web, keyring, factory, now).create(fields)
  const path = join(folder, 'keys.json')
  const waits = await openKeyring(path, now)
  assert.equal(await waits.rotate('sm4-ctr-sm3', now, 60_000), 'k2')
  assert.equal(waits.current, 'k1', 'other processes have not read it yet')
  await waits.refresh(new Date(now.getTime() + 60_000))
  assert.equal(waits.current, 'k2')
  const rotated = await openKeyring(path, new Date(now.getTime() + 60_000))
  assert.deepEqual(await openPersons(web, rotated, factory, now).read(id), fields)
  assert.ok((await rewrapPersons(web, rotated)) > 0)
  assert.equal(await rewrapPersons(web, rotated), 0)
  assert.deepEqual(await openPersons(web, rotated, factory, now).read(id), fields)
  const file = JSON.parse(readFileSync(path, 'utf8'))
  delete file.keys.k1
  keyring = rotated
})

test('faces, health and minors need consent, which can be taken back; a minor’s guardian gives it', async () => {
  const persons = openPersons(web, keyring, factory, now, 'sm4-ctr-sm3')
  const id = await persons.create(fields)
  await assert.rejects(persons.requireConsent(id, 'health'), /no-consent/)
  await persons.consent(id, 'health', '同意登记健康证信息', 'self')
  await persons.requireConsent(id, 'health')
  await assert.rejects(persons.requireConsent(id, 'face'), /no-consent/)
  await persons.withdraw(id, 'health')
  await assert.rejects(persons.requireConsent(id, 'health'), /no-consent/)
  await assert.rejects(persons.consent(id, 'minor', '同意', 'self'))
  await persons.consent(id, 'minor', '监护人同意', 'guardian')
})

test('erasing a person destroys the key: nothing opens it again, and everybody else stays', async () => {
  const persons = openPersons(web, keyring, factory, now)
  const id = await persons.create({ ...fields, phone: '13600000000' })
  const other = await persons.create(fields)
  await erasePerson(web, factory, id, '本人要求删除', now)
  await assert.rejects(persons.read(id), /not-found/)
  assert.deepEqual(await persons.find('phone', '13600000000'), [])
  assert.deepEqual(await persons.read(other), fields)
  await assert.rejects(erasePerson(web, factory, id, '再来', now), /not-found/)
  await assert.rejects(database.sql`update person set erased_at = null, key = '\\x00' where id = ${id}`, /不能恢复/)
})

test('masking leaves enough to tell two people apart and not enough to name or reach one', () => {
  for (const [text, masked] of [
    ['张三丰', '张**'],
    ['13812345678', '138****78'],
    ['450200199001010010', '450********0010'],
    ['0772-2860000', '077****00'],
    ['李', '*'],
  ] as const)
    assert.equal(maskText(text), masked)
})
