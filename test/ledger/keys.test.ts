import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import postgres, { type Sql } from 'postgres'
import {
  disclose,
  gatherCosignatures,
  openSigner,
  type Signer,
  seal,
  signCheckpoint,
  verifyLedger,
} from '../../src/ledger/index.ts'
import { serveWitness, type Witness } from '../../src/ledger/witness/serve.ts'
import { ledgerSources } from '../../src/ledger-sources.ts'
import { sealAudit } from '../../src/platform/audit/gather.ts'
import { announceKeys, logKeys, trustedKeys } from '../../src/platform/ledger/ledger.ts'
import { checkProofFile, type Trusted } from '../../src/standards/proof-file/index.ts'
import { formatVerifierKey } from '../../src/standards/tlog/index.ts'
import { issueCodes, openKeys } from '../../src/trace/codes/index.ts'
import { type FreshDatabase, freshDatabase } from '../database.ts'
import { addFirms, captureChain } from '../public/chain.ts'

const folder = mkdtempSync(join(tmpdir(), 'shisu-log-keys-'))
const keyOf = (name: string): Signer => openSigner(join(folder, name), 'liuzhou.example/ledger', 'ed25519')
const [first, second] = [keyOf('first.pem'), keyOf('second.pem')]
const sources = ledgerSources()
const now = new Date('2026-11-21T03:00:00Z')
let database: FreshDatabase
let sql: Sql
let witness: Witness

before(async () => {
  database = await freshDatabase()
  sql = postgres(database.url, { max: 4, onnotice: () => {}, connection: { role: 'shisu_web', TimeZone: 'UTC' } })
  // A witness that has only heard of the first key.
  witness = await serveWitness({ name: 'witness.example/w1', logs: [first], folder: join(folder, 'w'), port: 0 })
  await sql`insert into ledger_witness (name, url, verifier_key) values ('witness.example/w1', ${witness.url}, ${witness.verifierKey})`
})
after(async () => {
  await witness.stop()
  await sql.end()
  await database.close()
  rmSync(folder, { recursive: true, force: true })
})

async function grow(signer: Signer, previous?: Signer): Promise<void> {
  await announceKeys(sql, { signer, ...(previous ? { previous } : {}) })
  await sql`
    insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
    values ('01920000-0000-7000-8000-000000000001', 'sample', gen_random_uuid(), 1, 1, '{}', '450204', '{}')`
  await seal(sql, sources)
  await signCheckpoint(sql, signer, now, previous)
}
/** What somebody keeps of the first row of the log. */
async function kept(): Promise<string> {
  const [leaf] = await sql`select ref::text from ledger_leaf order by index limit 1`
  const found = await disclose(sql, 'change', String(leaf?.ref))
  return JSON.stringify({ format: 'shisu-proof@v1', entry: found?.entry, proof: found?.proof ?? null })
}
const trusting = async (signer: Signer): Promise<Trusted> => trustedKeys(sql, { signer, sources })
const only = async (signer: Signer): Promise<Trusted> => ({ log: await formatVerifierKey(signer), witnesses: [] })
const post = async (url: string, body: string) => {
  const answer = await fetch(url, { method: 'POST', body })
  return { status: answer.status, body: await answer.text() }
}

test('[D4.1.1] the log’s key changes with an overlap: who knows either key can check, and what the old one signed still counts', async () => {
  await grow(first)
  const old = await kept()
  assert.ok((await checkProofFile(old, await only(first))).ok)

  await grow(second, first)
  const both = await kept()
  for (const key of [first, second]) assert.ok((await checkProofFile(both, await only(key))).ok)
  assert.deepEqual(await gatherCosignatures(sql, post, now), [], 'a witness that knows only the old key goes on')

  await database.sql`update ledger_key set retired_at = now() where verifier_key = ${await formatVerifierKey(first)}`
  await grow(second)
  assert.equal((await checkProofFile(await kept(), await only(first))).ok, false, 'the old key signs no more')
  assert.ok((await checkProofFile(old, await trusting(second))).ok, 'a proof from before still holds')
  await assert.rejects(announceKeys(sql, { signer: first }), /已停用或吊销/)
})

test('each beginning and end of a key is in the log for everybody, and cannot be taken back', async () => {
  const rows = await database.sql`
    select l.entry, c.image from change c join ledger_leaf l on l.source = 'change' and l.ref = c.seq
    where c.kind = 'ledger-key' order by c.seq`
  assert.deepEqual(
    rows.map(({ image }) => [image.verifierKey === undefined, image.retiredAt !== null]),
    [
      [false, false],
      [false, false],
      [false, true],
    ],
  )
  assert.ok(rows.every(({ entry }) => JSON.parse(String(entry)).use === 'public'))
  await assert.rejects(database.sql`update ledger_key set retired_at = null`, /不能撤回/)
  await assert.rejects(database.sql`delete from ledger_key`)
  await assert.rejects(sql`update ledger_key set retired_at = now()`, /permission denied/)
})

test('what a revoked key alone signed counts no more, and why is said; what the other signed as well does', async () => {
  const forged = await (async () => {
    const third = keyOf('third.pem')
    await grow(third)
    return { third, file: await kept() }
  })()
  await grow(second, forged.third)
  const text = await formatVerifierKey(forged.third)
  await assert.rejects(database.sql`update ledger_key set revoked_at = now() where verifier_key = ${text}`, /check/)
  await database.sql`update ledger_key set revoked_at = now(), reason = '示例：私钥外泄' where verifier_key = ${text}`
  const refused = await checkProofFile(forged.file, await trusting(second))
  assert.equal(refused.ok, false)
  assert.ok(refused.points.some(({ held, text }) => held === false && /已吊销的日志密钥/.test(text)))
  assert.ok((await checkProofFile(await kept(), await trusting(second))).ok)
  const keys = await logKeys(sql)
  assert.deepEqual(keys.map(({ reason }) => reason).filter(Boolean), ['示例：私钥外泄'])
  assert.deepEqual((await verifyLedger(sql, sources, { logs: [first, second, forged.third] })).findings, [])
})

const command = fileURLToPath(new URL('../../tools/ledger-key/run.ts', import.meta.url))
/** `npm run ledger-key` on this database, with the keys of another platform's data folder: what it says, and its exit. */
async function ledgerKey(...args: string[]): Promise<{ said: string; code: number }> {
  const { SHISU_LEDGER_KEY: _, SHISU_LEDGER_ORIGIN: __, ...others } = process.env
  const env = { ...others, DATABASE_URL: database.url, SHISU_DATA: join(folder, 'data') }
  return promisify(execFile)(process.execPath, [command, ...args], { env }).then(
    ({ stdout }) => ({ said: stdout, code: 0 }),
    ({ stdout, stderr, code }) => ({ said: stdout + stderr, code: Number(code) }),
  )
}

test('[D4.1.1] by command: a key is changed, retired and revoked in this order only, and what it signed counts accordingly', async () => {
  const path = join(folder, 'data/keys/ledger.pem')
  const at = (file: string) => openSigner(file, 'shisu.local/ledger', 'ed25519')
  assert.match((await ledgerKey('rotate')).said, /先启动一次平台/)
  const old = at(path)
  const oldText = await formatVerifierKey(old)
  await grow(old)
  const early = await kept()

  assert.match((await ledgerKey('rotate')).said, /新密钥/)
  const fresh = at(path)
  assert.deepEqual(
    at(join(folder, 'data/keys/ledger-previous.pem')).publicKey,
    old.publicKey,
    'the old one is kept beside',
  )
  assert.match((await ledgerKey('retire')).said, /先重新启动平台/)
  await grow(fresh, old)
  const inUse = await ledgerKey('revoke', '--key', await formatVerifierKey(fresh), '--reason', '示例')
  assert.match(inUse.said, /正在使用/)
  assert.deepEqual(
    [(await ledgerKey('retire')).code, existsSync(join(folder, 'data/keys/ledger-previous.pem'))],
    [0, false],
  )
  await assert.rejects(announceKeys(sql, { signer: old }), /已停用或吊销/)
  assert.ok((await checkProofFile(early, await trusting(fresh))).ok, 'what a retired key signed counts')

  assert.match((await ledgerKey('revoke', '--key', oldText)).said, /用法/)
  assert.equal((await ledgerKey('revoke', '--key', oldText, '--reason', '示例：私钥外泄')).code, 0)
  const again = await ledgerKey('revoke', '--key', oldText, '--reason', '示例')
  assert.deepEqual([again.code, /早已吊销/.test(again.said)], [1, true])
  assert.equal(
    (await checkProofFile(early, await trusting(fresh))).ok,
    false,
    'what a revoked key alone signed does not',
  )
  assert.ok((await checkProofFile(await kept(), await trusting(fresh))).ok)
})

test('[D4.1.2] records, events, orders of codes, alarms with their evidence and batches of the audit store each become leaves that say who may use them', async () => {
  const owner = database.sql
  const { maker, ...others } = await addFirms(owner)
  await captureChain(owner, { maker, ...others })
  await openKeys(owner)
  await issueCodes(owner, {
    id: '01920000-0000-7000-8000-00000000c0de',
    ownerId: maker.id,
    actorId: maker.id,
    gtin: '06901234567892',
    lot: 'A1',
    quantity: 10,
    at: now,
  })
  await owner.begin(async (tx) => {
    await tx`select set_config('shisu.actor', '{"name":"示例"}', true)`
    await tx`
      insert into device_alarm (owner_id, id, region, title, device, raised_at, severity, evidence, created_at, updated_at)
      values (${maker.id}, gen_random_uuid(), ${maker.region}, '示例超温', gen_random_uuid(), now(), 'instant',
        '[{"at":"2026-11-21T03:00:00Z","value":"9.1"}]', now(), now())`
  })
  await owner`
    insert into audit (at, actor_name, act, result) values (now() - interval '5 minutes', '示例', 'read', 'done')`
  assert.equal(await sealAudit(owner, owner, '450200', new Date()), 1)
  await seal(sql, sources)
  const rows = await owner<{ source: string; type: string; use: string; kept: boolean }[]>`
    select l.source, e.type, e.use, length(l.salt) = 32 as kept
    from ledger_leaf l, json_to_record(l.entry::json) e (type text, use text)`
  const of = (type: string) => rows.filter((row) => row.type === type)
  for (const [type, source, use] of [
    ['epcis-event', 'event', 'parties'],
    ['code-order', 'change', 'parties'],
    ['device-alarm', 'change', 'parties'],
    ['audit-batch', 'change', 'parties'],
    ['ledger-key', 'change', 'public'],
  ] as const) {
    assert.ok(of(type).length > 0, type)
    for (const row of of(type)) assert.deepEqual({ ...row }, { source, type, use, kept: true })
  }
  const [events] = await owner`select count(*)::int as n from event`
  assert.equal(of('epcis-event').length, events?.n, 'none lost, none doubled')
  assert.deepEqual((await verifyLedger(sql, sources)).findings, [])
})
