import assert from 'node:assert/strict'
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { rewrapSecrets } from '../../src/platform/jobs/rewrap-secrets.ts'
import { contactPurpose, secretPurpose } from '../../src/platform/message/send.ts'
import { keyService, keyServiceFrom } from '../../src/platform/protect/key-service.ts'
import { openKeyring } from '../../src/platform/protect/keyring.ts'
import { rewrapPersons } from '../../src/platform/protect/persons.ts'
import { testKeyring } from '../keys.ts'
import { openTown, type Town } from '../people.ts'
import { type Administrators, administratorsOf } from './visitor.ts'

/** A key service as Vault's Transit engine answers: its keys never leave it, each version opens what it sealed. */
function transit() {
  const versions = [randomBytes(32)]
  const asked: string[] = []
  let token = 'hvs.first'
  const server: Server = createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += chunk
    asked.push(`${request.method} ${request.url}`)
    const say = (status: number, body: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    if (request.headers['x-vault-token'] !== token) return say(403, { errors: ['permission denied'] })
    const body = JSON.parse(text) as { plaintext?: string; ciphertext?: string }
    if (request.url === '/v1/transit/encrypt/shisu' && body.plaintext) {
      const iv = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', versions.at(-1) as Buffer, iv)
      const sealed = Buffer.concat([cipher.update(Buffer.from(body.plaintext, 'base64')), cipher.final()])
      const all = Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64')
      return say(200, { data: { ciphertext: `vault:v${versions.length}:${all}` } })
    }
    const [, version, sealed] = /^vault:v(\d+):(.+)$/.exec(body.ciphertext ?? '') ?? []
    const key = versions[Number(version) - 1]
    if (request.url !== '/v1/transit/decrypt/shisu' || !key || !sealed) return say(400, { errors: ['invalid'] })
    const bytes = Buffer.from(sealed, 'base64')
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12))
    decipher.setAuthTag(bytes.subarray(12, 28))
    const plain = Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()])
    return say(200, { data: { plaintext: plain.toString('base64') } })
  })
  return {
    server,
    asked,
    rotate: () => versions.push(randomBytes(32)),
    retire: (next: string) => {
      token = next
    },
  }
}

let town: Town
let admins: Administrators
let folder: string
const kms = transit()
let url: string
const now = new Date()

before(async () => {
  town = await openTown()
  admins = await administratorsOf(town.server)
  folder = mkdtempSync(join(tmpdir(), 'shisu-kms-'))
  await new Promise<void>((done) => kms.server.listen(0, '127.0.0.1', done))
  url = `http://127.0.0.1:${(kms.server.address() as AddressInfo).port}/v1/transit/keys/shisu`
})
after(async () => {
  kms.server.close()
  rmSync(folder, { recursive: true, force: true })
  await town.server.close()
})

test('[A8.6.4] keys lie wrapped by the key service; without it the file opens nothing, and both rotate', async () => {
  const path = join(folder, 'keys.json')
  const service = keyService({ url, token: () => 'hvs.first' })
  const plain = await openKeyring(path, now)
  const sealed = plain.seal('示例', 'a')
  const [before] = Object.values(JSON.parse(readFileSync(path, 'utf8')).keys as Record<string, { key: string }>)
  const wrapped = await openKeyring(path, now, service)
  assert.equal(wrapped.wrappedBy, url)
  assert.equal(wrapped.open(sealed, 'a').toString(), '示例', 'a file begun without the service is taken over')
  assert.ok(!readFileSync(path, 'utf8').includes(before?.key ?? '-'))
  await assert.rejects(openKeyring(path, now), /SHISU_KMS/)
  kms.rotate()
  assert.equal(await wrapped.rotate('sm4-ctr-sm3', now, 0), 'k2')
  const text = readFileSync(path, 'utf8')
  for (const each of Object.values(JSON.parse(text).keys as Record<string, { key: string }>))
    assert.match(Buffer.from(each.key, 'base64').toString(), /^vault:v2:/, 'the service’s newest key wraps all')
  const again = await openKeyring(path, now, service)
  assert.equal(again.open(sealed, 'a').toString(), '示例')
  assert.equal(again.current, 'k2')
  assert.deepEqual(again.digest('x', 'y'), plain.digest('x', 'y'), 'what was found is found again')
  kms.retire('hvs.second')
  await assert.rejects(openKeyring(path, now, service), /拒绝了请求（403）/)
  const gone = keyService({ url: 'http://127.0.0.1:1/v1/transit/keys/shisu', token: () => 'x' })
  await assert.rejects(openKeyring(path, now, gone), /没有应答/)
  assert.ok(kms.asked.every((line) => /^POST \/v1\/transit\/(en|de)crypt\/shisu$/.test(line)))
})

test('a key service that is only half named is told at the start', () => {
  assert.equal(keyServiceFrom({}), undefined)
  assert.throws(() => keyServiceFrom({ SHISU_KMS: url }), /SHISU_KMS_TOKEN_FILE/)
  assert.throws(() => keyServiceFrom({ SHISU_KMS: 'vault', SHISU_KMS_TOKEN_FILE: '/x' }), /应为密钥的网址/)
})

test('[A8.6.4] a new key is asked for by one administrator, made when another agrees, and persons follow', async () => {
  const path = '/api/v1/keys'
  type Keys = { keys: { name: string; suite: string; isCurrent: boolean; persons: number; sealsFrom: string | null }[] }
  for (const person of [town.city, town.factory]) assert.equal((await person.call('GET', path)).status, 403)
  const { body: first } = await admins.audit.call<Keys>('GET', path)
  assert.deepEqual(
    first.keys.map(({ name, isCurrent }) => [name, isCurrent]),
    [['k1', true]],
  )
  const count = first.keys[0]?.persons ?? 0
  assert.ok(count > 0)
  const ask = (by: keyof Administrators, suite: string) =>
    admins[by].call<{ approval: string }>('POST', `${path}/rotate`, { suite, reason: '每年更换' })
  assert.equal((await ask('audit', 'aes-256-gcm')).status, 403)
  assert.equal((await ask('system', 'rot13')).status, 422)
  const asked = await ask('system', 'sm4-ctr-sm3')
  assert.equal(asked.status, 202)
  const decision = `/api/v1/approvals/${asked.body.approval}/decision`
  assert.equal((await admins.system.call('POST', decision, { allow: true })).status, 403)
  assert.equal((await admins.security.call('POST', decision, { allow: true })).status, 200)
  const { body: made } = await admins.security.call<Keys>('GET', path)
  assert.equal(made.keys[1]?.suite, 'sm4-ctr-sm3')
  assert.ok(made.keys[1]?.sealsFrom, 'it seals when every process has read it')
  assert.ok(
    !JSON.stringify(made).includes(
      JSON.parse(readFileSync(join(town.server.dataDir, 'keys/keys.json'), 'utf8')).keys.k1.key,
    ),
  )
  const keyring = await testKeyring(town.server.dataDir)
  await keyring.refresh(new Date(now.getTime() + 3600_000))
  assert.equal(await rewrapPersons(town.server.sql, keyring), count)
  const { body: last } = await admins.security.call<Keys>('GET', path)
  assert.deepEqual(
    last.keys.map(({ persons }) => persons),
    [0, count],
  )
})

test('[A8.6.4] after a rotation every other secret follows, opens as before, and lies under no old key', async () => {
  const sql = town.server.sql
  const keyring = await testKeyring(town.server.dataDir)
  const made = new Map<string, string>()
  const channels = ['email', 'sms'] as const
  for (const channel of channels) {
    const secret = keyring.seal(`示例口令 ${channel}`, secretPurpose(channel))
    await sql`insert into message_channel (name, config, secret, updated_at, updated_by)
      values (${channel}, '{}', ${secret}, now(), '示例') on conflict (name) do update set secret = excluded.secret`
    made.set(channel, `示例口令 ${channel}`)
  }
  const [account] = await sql<{ id: string }[]>`select id from account limit 1`
  const contact = contactPurpose('email', account?.id ?? '')
  await sql`insert into message_contact (account_id, channel, address, shown, updated_at)
    values (${account?.id ?? ''}, 'email', ${keyring.seal('a@example.com', contact)}, 'a***', now())`
  const under = async () =>
    (await sql`select distinct wrapped_under(sealed) as name from sealed_secret`).map((row) => row.name)
  const before = await under()
  const name = await keyring.rotate('aes-256-gcm', now, 0)
  assert.equal(keyring.current, name)
  const [{ n } = { n: 0 }] = await sql<{ n: number }[]>`select count(*)::int as n from sealed_secret`
  assert.ok(n >= 6 && !before.includes(name), 'three authenticators, two channels, an address')
  assert.equal(await rewrapSecrets(sql, keyring), n)
  assert.deepEqual(await under(), [name])
  assert.equal(await rewrapSecrets(sql, keyring), 0)
  for (const [channel, text] of made) {
    const [row] = await sql<{ secret: Buffer }[]>`select secret from message_channel where name = ${channel}`
    assert.equal(keyring.open(row?.secret as Buffer, secretPurpose(channel)).toString('utf8'), text)
  }
  const [row] = await sql<{ address: Buffer }[]>`select address from message_contact where channel = 'email'`
  assert.equal(keyring.open(row?.address as Buffer, contact).toString('utf8'), 'a@example.com')
})
