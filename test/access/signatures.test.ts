import assert from 'node:assert/strict'
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { after, before, test } from 'node:test'
import type { Sql } from 'postgres'
import { sm2 } from 'sm-crypto-v2'
import { kinds } from '../../src/catalogue.ts'
import type { Kind } from '../../src/language/index.ts'
import { createAccount } from '../../src/platform/access/accounts.ts'
import { possessionText } from '../../src/platform/access/signing-keys.ts'
import { contentDigest, holds, type SigningSuite, signedText } from '../../src/platform/protect/signing.ts'
import type { Json } from '../../src/standards/jcs/index.ts'
import { give } from '../files.ts'
import { type LawTown, openLawTown } from '../laws/town.ts'
import { call } from '../people.ts'
import { type Administrators, administratorsOf, strong, type Visitor, visitor } from './visitor.ts'

type Signer = { suite: SigningSuite; publicKey: Buffer; sign(text: string): Buffer }

function ed25519(): Signer {
  const { publicKey, privateKey }: { publicKey: KeyObject; privateKey: KeyObject } = generateKeyPairSync('ed25519')
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(12)
  return { suite: 'ed25519', publicKey: raw, sign: (text) => sign(null, Buffer.from(text), privateKey) }
}

function sm2Key(): Signer {
  const { publicKey, privateKey } = sm2.generateKeyPairHex()
  const bytes = (text: string) => new Uint8Array(Buffer.from(text))
  return {
    suite: 'sm2',
    publicKey: Buffer.from(publicKey, 'hex'),
    sign: (text) => Buffer.from(sm2.doSignature(bytes(text), privateKey, { hash: true, publicKey }), 'hex'),
  }
}

let laws: LawTown
let admins: Administrators
let sql: Sql
const serials = { n: 0 }
const kindOf = (name: string) => kinds.find((each) => each.name === name) as Kind
const site = kindOf('site')
const path = '/api/v1/records/site'

before(async () => {
  laws = await openLawTown()
  sql = laws.town.server.sql
  admins = await administratorsOf(laws.town.server)
})
after(() => laws.town.server.close())

async function clerk(role: 'enterprise' | 'city' = 'enterprise'): Promise<Visitor & { userId: string }> {
  const login = `signer-${++serials.n}`
  const { ownerId } = role === 'city' ? laws.town.city : laws.town.factory
  const userId = await createAccount(sql, { ownerId, login, name: '示例签名人', role, password: strong }, new Date())
  const person = visitor(laws.town.server.url)
  await person.signIn(login, strong)
  return Object.assign(person, { userId })
}

async function register(person: Visitor & { userId: string }, key: Signer) {
  const publicKey = key.publicKey.toString('base64')
  const proof = key.sign(possessionText(person.userId, publicKey)).toString('base64')
  return person.call<{ id: string }>('POST', '/api/v1/me/signing-keys', {
    title: '办公电脑',
    suite: key.suite,
    publicKey,
    proof,
  })
}

/** The header that a client sends with what it submits. */
function headerOf(key: Signer, id: string, act: string, content: Json): string {
  const salt = randomBytes(16).toString('base64url')
  const signature = key.sign(signedText(act, contentDigest({ salt, content })))
  return `v1 key=${id},salt=${salt},sig=${signature.toString('base64url')}`
}

const send = (person: Visitor, method: string, url: string, body: object, signed: string) =>
  fetch(laws.town.server.url + url, {
    method,
    headers: { cookie: person.cookie, 'x-shisu': '1', 'content-type': 'application/json', 'x-shisu-signature': signed },
    body: JSON.stringify(body),
  }).then(async (answer) => ({ status: answer.status, body: (await answer.json()) as Record<string, unknown> }))

test('[A8.6.3.d] a signature holds for its text, key and suite, and for no changed byte of them', () => {
  for (const key of [ed25519(), sm2Key()]) {
    const text = signedText('POST /x', 'a'.repeat(64))
    const signature = key.sign(text)
    assert.ok(holds(key.suite, key.publicKey, text, signature), key.suite)
    assert.ok(!holds(key.suite, key.publicKey, `${text} `, signature))
    assert.ok(!holds(key.suite === 'sm2' ? 'ed25519' : 'sm2', key.publicKey, text, signature))
    for (const at of [0, 31, 32, 63]) {
      const bent = Buffer.from(signature)
      bent[at] = (bent[at] ?? 0) ^ 1
      assert.ok(!holds(key.suite, key.publicKey, text, bent), `${key.suite} byte ${at}`)
    }
  }
})

test('[A8.6.3.d] what was signed is kept with who signed it, and shown as holding, for either suite', async () => {
  for (const key of [ed25519(), sm2Key()]) {
    const person = await clerk()
    const { status, body } = await register(person, key)
    assert.equal(status, 201, JSON.stringify(body))
    const content = laws.valid(site) as Record<string, Json>
    const made = await send(person, 'POST', path, content, headerOf(key, body.id, `POST ${path}`, content))
    assert.equal(made.status, 201, JSON.stringify(made.body))
    const change = { version: 1, remark: '加了一间冷库' }
    const one = `${path}/${made.body.id}`
    assert.equal((await send(person, 'PATCH', one, change, headerOf(key, body.id, `PATCH ${one}`, change))).status, 200)
    const shown = await laws.town.county.call<{ items: Record<string, unknown>[] }>('GET', `${one}/signatures`)
    assert.deepEqual(
      shown.body.items.map(({ version, signer, suite, holds: valid, content: state }) => [
        version,
        signer,
        suite,
        valid,
        state,
      ]),
      [
        [2, '示例签名人', key.suite, true, 'same'],
        [1, '示例签名人', key.suite, true, 'same'],
      ],
    )
    await assert.rejects(sql`update record_signature set content = '{}'`, /只能追加/)
  }
})

test('[A8.6.3.d] a signature for other content, another act, another person or a revoked key is refused and nothing is written', async () => {
  const [person, other] = [await clerk(), await clerk()]
  const key = ed25519()
  const { body } = await register(person, key)
  const content = laws.valid(site) as Record<string, Json>
  const count = async () => (await sql`select count(*)::int as n from site`)[0]?.n
  const before = await count()
  const good = headerOf(key, body.id, `POST ${path}`, content)
  const attempts: [string, Visitor, object, string][] = [
    ['other content', person, { ...content, name: '改过的名称' }, good],
    ['another act', person, content, headerOf(key, body.id, 'PATCH /api/v1/records/site', content)],
    ['another person', other, content, good],
    ['another key', person, content, headerOf(ed25519(), body.id, `POST ${path}`, content)],
    ['no signature at all', person, content, 'v1 nonsense'],
  ]
  for (const [why, who, sent, header] of attempts) {
    const answer = await send(who, 'POST', path, sent, header)
    assert.deepEqual([answer.status, answer.body.code], [403, 'wrong-signature'], why)
  }
  const revoke = (who: Visitor) => who.call('POST', `/api/v1/me/signing-keys/${body.id}/revoke`, { reason: '电脑换了' })
  assert.equal((await revoke(other)).status, 404)
  assert.equal((await revoke(person)).status, 204)
  assert.equal((await send(person, 'POST', path, content, good)).status, 403, 'a revoked key')
  assert.equal(await count(), before)
  await assert.rejects(
    sql`update signing_key set revoked_at = null, revoked_reason = null where id = ${body.id}`,
    /不能恢复/,
  )
})

test('a key is registered only by whoever holds its private half, once, and five at most, also by eight at once', async () => {
  const [person, other] = [await clerk(), await clerk()]
  const key = ed25519()
  const publicKey = key.publicKey.toString('base64')
  const base = { title: '试', suite: 'ed25519', publicKey }
  const proof = key.sign(possessionText(person.userId, publicKey)).toString('base64')
  assert.equal((await other.call('POST', '/api/v1/me/signing-keys', { ...base, proof })).status, 422)
  assert.equal((await person.call('POST', '/api/v1/me/signing-keys', { ...base, suite: 'rsa', proof })).status, 422)
  assert.equal(
    (await person.call('POST', '/api/v1/me/signing-keys', { ...base, publicKey: 'AAAA', proof })).status,
    422,
  )
  assert.equal((await person.call('POST', '/api/v1/me/signing-keys', { ...base, proof })).status, 201)
  assert.equal((await person.call('POST', '/api/v1/me/signing-keys', { ...base, proof })).status, 409)
  const answers = await Promise.all(Array.from({ length: 8 }, () => register(person, ed25519())))
  assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 201, 201, 201, 409, 409, 409, 409])
  assert.equal((await register(person, ed25519())).status, 409)
})

test('[A8.6.3.d] an order is refused without its author’s signature from the first day, and only two administrators change that', async () => {
  const person = await clerk('city')
  for (const [path, content] of [
    ['/api/v1/records/recall-order', laws.valid(kindOf('recall-order'))],
    ['/api/v1/operations/start-recall', { from: 'lot', id: 'urn:epc:id:sgtin:6901234.000001.1', mode: 'real' }],
  ] as const) {
    const bare = await person.call('POST', path, content)
    assert.deepEqual([bare.status, bare.body.code], [403, 'signature-required'], path)
    const many = await person.call('POST', `/api/v1/records/recall-order/batch`, { items: [content] })
    assert.equal(many.body.code, 'signature-required')
  }
  const key = ed25519()
  const { body } = await register(person, key)
  const path = '/api/v1/records/recall-order'
  const content = laws.valid(kindOf('recall-order')) as Record<string, Json>
  const made = await send(person, 'POST', path, content, headerOf(key, body.id, `POST ${path}`, content))
  assert.equal(made.status, 201, JSON.stringify(made.body))
  const kept = await person.call<{ items: { holds: boolean; content: string }[] }>(
    'GET',
    `${path}/${made.body.id}/signatures`,
  )
  assert.deepEqual(
    kept.body.items.map(({ holds, content }) => [holds, content]),
    [[true, 'same']],
  )
  const free = { value: { orders: 'free', required: null }, version: 0, reason: '还没有密钥' }
  const wish = await admins.security.call('PUT', '/api/v1/policies/signature', free)
  assert.equal(wish.status, 202, 'asking for fewer signatures needs a second administrator')
})

/** A business system of an owner with a live token, as its keeper registers it. */
async function client(keeper: Visitor, more: object = {}) {
  const made = await keeper.call<{ id: string }>('POST', '/api/v1/clients', {
    ...{ name: '示例对接系统', purpose: '下达指令', kind: 'system', scopes: ['records', 'operations'], ...more },
  })
  const url = `/api/v1/clients/${made.body.id}`
  type Item = { id: string; signsAs: string; signingKeys: { id: string }[] }
  const read = async () =>
    (await keeper.call<{ items: Item[] }>('GET', '/api/v1/clients')).body.items?.find(({ id }) => id === made.body.id)
  const signsAs = (await read())?.signsAs ?? ''
  const keyId = async () => (await read())?.signingKeys[0]?.id ?? ''
  const token = async () => (await keeper.call<{ token: string }>('POST', `${url}/tokens`, { days: 1 })).body.token
  const keyBody = (key: Signer) => {
    const publicKey = key.publicKey.toString('base64')
    const proof = key.sign(possessionText(signsAs, publicKey)).toString('base64')
    return { title: '签名机', suite: key.suite, publicKey, proof }
  }
  return { url, token, keyBody, keyId }
}

const sendAs = (token: string, url: string, body: object, signed?: string) =>
  call<Record<string, unknown> & { items?: Record<string, unknown>[] }>(
    laws.town.server.url,
    token,
    'POST',
    url,
    body,
    {
      ...(signed ? { 'x-shisu-signature': signed } : {}),
    },
  )

test('[A8.6.3.d] a system signs what it submits under a key that its keeper registered, with Ed25519 or SM2', async () => {
  const keeper = await clerk()
  const { url, token, keyBody } = await client(keeper)
  const sandbox = await token()
  await give(laws.town.server, { token: sandbox })
  const content = laws.valid(site) as Record<string, Json>
  for (const key of [ed25519(), sm2Key()]) {
    const tried = laws.valid(site) as Record<string, Json>
    const wrong = { ...keyBody(key), proof: ed25519().sign('x').toString('base64') }
    assert.equal((await keeper.call('POST', `${url}/signing-keys`, wrong)).status, 422, 'without the private half')
    const { status, body } = await keeper.call<{ id: string }>('POST', `${url}/signing-keys`, keyBody(key))
    assert.equal(status, 201, JSON.stringify(body))
    const good = headerOf(key, body.id, `POST ${path}`, tried)
    assert.equal((await sendAs(sandbox, path, tried, good)).status, 201, 'tried in the sandbox first')
  }
  const key = ed25519()
  const { body } = await keeper.call<{ id: string }>('POST', `${url}/signing-keys`, keyBody(key))
  assert.equal((await keeper.call('POST', `${url}/state`, { state: 'live', reason: '联调完成' })).status, 204)
  const live = await token()
  const sign = (by: Signer, sent: Record<string, Json> = content) => headerOf(by, body.id, `POST ${path}`, sent)
  const made = await sendAs(live, path, content, sign(key))
  assert.equal(made.status, 201, JSON.stringify(made.body))
  const shown = await laws.town.county.call<{ items: Record<string, unknown>[] }>(
    'GET',
    `${path}/${made.body.id}/signatures`,
  )
  const kept = shown.body.items.map(({ signer, holds, content: state }) => [signer, holds, state])
  assert.deepEqual(kept, [['示例对接系统', true, 'same']])
  for (const [why, who, sent, header] of [
    ['other content', live, { ...content, name: '改过的名称' }, sign(key)],
    ['another key', live, content, sign(ed25519())],
    ['another system', laws.town.factory.token, content, sign(key)],
  ] as const)
    assert.equal((await sendAs(who, path, sent, header)).body.code, 'wrong-signature', why)
  const stranger = await clerk('city')
  assert.equal((await stranger.call('POST', `${url}/signing-keys`, keyBody(ed25519()))).status, 403)
  const revoke = () => keeper.call('POST', `${url}/signing-keys/${body.id}/revoke`, { reason: '换机器' })
  assert.deepEqual([(await revoke()).status, (await revoke()).status], [204, 404])
  assert.equal((await sendAs(live, path, content, sign(key))).body.code, 'wrong-signature', 'a revoked key')
})

test('[A8.6.3.d] a recall comes through the API signed by a system whose key two administrators let in, and not unsigned', async () => {
  const { system, security } = admins
  const { url, token, keyBody, keyId } = await client(system, { ownerId: laws.town.city.ownerId })
  const decide = (approval: string) => security.call('POST', `/api/v1/approvals/${approval}/decision`, { allow: true })
  const opened = await system.call<{ approval: string }>('POST', `${url}/state`, { state: 'live', reason: '联调完成' })
  await decide(opened.body.approval)
  const live = await token()
  const key = sm2Key()
  const asked = await system.call<{ approval: string }>('POST', `${url}/signing-keys`, {
    ...{ ...keyBody(key), reason: '应急指挥系统下达召回' },
  })
  assert.equal(asked.status, 202, JSON.stringify(asked.body))
  const order = '/api/v1/records/recall-order'
  const content = laws.valid(kindOf('recall-order')) as Record<string, Json>
  const unsigned = await sendAs(live, order, content)
  assert.equal(unsigned.body.code, 'signature-required')
  assert.match(String(unsigned.body.detail), /接口与令牌/)
  await decide(asked.body.approval)
  const id = await keyId()
  const made = await sendAs(live, order, content, headerOf(key, id, `POST ${order}`, content))
  assert.equal(made.status, 201, JSON.stringify(made.body))
  const run = '/api/v1/operations/start-recall'
  const wish = { from: 'lot', id: 'urn:epc:id:sgtin:6901234.000001.1', mode: 'real' }
  assert.equal((await sendAs(live, run, wish)).body.code, 'signature-required')
  const ran = await sendAs(live, run, wish, headerOf(key, id, `POST ${run}`, wish))
  assert.notEqual(ran.status, 403, JSON.stringify(ran.body))
})

test('what cannot be signed (half a character) is refused at its place, not a defect', async () => {
  const person = await clerk()
  const key = ed25519()
  const { body } = await register(person, key)
  const content = { ...laws.valid(site), name: '半个\ud842' } as Record<string, Json>
  const answer = await send(person, 'POST', path, content, headerOf(key, body.id, `POST ${path}`, {}))
  assert.equal(answer.status, 422, JSON.stringify(answer.body))
  assert.equal((answer.body.problems as { at: string }[])[0]?.at, '/name')
})

test('[A8.6.3.d] what the policy names is refused without a signature, one by one and in bulk', async () => {
  const put = (required: string | null, version: number) =>
    admins.security.call('PUT', '/api/v1/policies/signature', {
      value: { orders: 'signed', required },
      version,
      reason: '试行电子签名',
    })
  assert.equal((await put('recall-order, site', 0)).status, 200)
  const person = await clerk()
  const content = laws.valid(site) as Record<string, Json>
  const bare = await person.call('POST', path, content)
  assert.deepEqual([bare.status, bare.body.code], [403, 'signature-required'])
  assert.equal((await person.call('POST', `${path}/batch`, { items: [content] })).body.code, 'signature-required')
  const key = ed25519()
  const { body } = await register(person, key)
  assert.equal((await send(person, 'POST', path, content, headerOf(key, body.id, `POST ${path}`, content))).status, 201)
  assert.equal((await put(null, 1)).status, 202, 'asking for fewer signatures needs a second administrator')
})

test('what a person’s record was signed with lies sealed, and goes with the person', async () => {
  const kind = kindOf('practitioner')
  const person = await clerk()
  const key = ed25519()
  const { body } = await register(person, key)
  const content = { ...laws.valid(kind), name: '示例签名厨师' } as Record<string, Json>
  const url = `/api/v1/records/${kind.name}`
  const made = await send(person, 'POST', url, content, headerOf(key, body.id, `POST ${url}`, content))
  assert.equal(made.status, 201, JSON.stringify(made.body))
  const rows = await sql<{ text: string }[]>`select t::text as text from record_signature t`
  assert.ok(rows.every(({ text }) => !text.includes('示例签名厨师')))
  const look = async () =>
    (await person.call<{ items: { holds: boolean; content: string }[] }>('GET', `${url}/${made.body.id}/signatures`))
      .body.items[0]
  assert.equal((await look())?.content, 'same')
  const asked = await person.call<{ approval: string }>('POST', `${url}/${made.body.id}/person/erasure`, {
    reason: '本人要求',
  })
  await admins.security.call('POST', `/api/v1/approvals/${asked.body.approval}/decision`, { allow: true })
  const after = await look()
  assert.deepEqual([after?.holds, after?.content], [true, 'erased'])
})
