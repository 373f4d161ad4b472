import assert from 'node:assert/strict'
import { generateKeyPairSync, sign } from 'node:crypto'
import { after, before, test } from 'node:test'
import postgres, { type Sql } from 'postgres'
import {
  disclose,
  entryBundle,
  type Item,
  LedgerBroken,
  newestCheckpoint,
  type Signer,
  type Source,
  seal,
  signCheckpoint,
  tile,
  verifyLedger,
} from '../../src/ledger/index.ts'
import { commitment, entryOf } from '../../src/ledger/leaf.ts'
import { changeSource } from '../../src/platform/ledger/change-source.ts'
import { sealLedger } from '../../src/platform/ledger/ledger.ts'
import { canonicalExact } from '../../src/standards/jcs/index.ts'
import {
  checkTlogProof,
  formatCheckpoint,
  hashLeaf,
  keyId,
  parseTlogProof,
  signatureLine,
} from '../../src/standards/tlog/index.ts'
import { type FreshDatabase, freshDatabase } from '../database.ts'

const owner = '01920000-0000-7000-8000-000000000001'
const sources = [changeSource(() => 'parties')]
const signer = newSigner('liuzhou.example/ledger')
const now = new Date('2026-11-21T03:00:00Z')

function newSigner(name: string): Signer {
  const pair = generateKeyPairSync('ed25519')
  const publicKey = new Uint8Array(pair.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32))
  return { name, type: 'ed25519', publicKey, sign: (message) => sign(null, message, pair.privateKey) }
}

let database: FreshDatabase
let sql: Sql

before(async () => {
  database = await freshDatabase()
  sql = postgres(database.url, { max: 6, onnotice: () => {}, connection: { role: 'shisu_web', TimeZone: 'UTC' } })
})
after(async () => {
  await sql.end()
  await database.close()
})

async function write(count: number): Promise<void> {
  await sql`
    insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
    select ${owner}, 'sample', gen_random_uuid(), 1, 1, '{}', '450204', jsonb_build_object('weight', 0.10, 'n', n)
    from generate_series(1, ${count}::int) n`
}

const ledgerSize = async () => Number((await sql`select size from ledger_log`)[0]?.size)

test('every change becomes one leaf, also when several processes seal at once and one of them breaks off', async () => {
  await write(3000)
  const broken = sql.begin(async (tx) => {
    const savepoint = Object.assign(tx.bind(null) as object, { begin: tx.savepoint })
    await seal(savepoint as never, sources)
    throw new Error('power cut')
  })
  await assert.rejects(broken, /power cut/)
  assert.equal(await ledgerSize(), 0)
  await Promise.all([1, 2, 3].map(() => seal(sql, sources)))
  assert.equal(await ledgerSize(), 3000)
  const [dense] =
    await sql`select count(distinct ref)::int as refs, min(index)::int as first, max(index)::int as last from ledger_leaf`
  assert.deepEqual({ ...dense }, { refs: 3000, first: 0, last: 2999 })
})

test('a change still being committed while a later one is sealed gets its leaf afterwards', async () => {
  const before = await ledgerSize()
  const slow = await sql.reserve()
  await slow`begin`
  await slow`insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
    values (${owner}, 'sample', gen_random_uuid(), 1, 1, '{}', '450204', '{"slow":true}')`
  await write(1)
  await seal(sql, sources)
  await slow`commit`
  slow.release()
  await seal(sql, sources)
  assert.equal(await ledgerSize(), before + 2)
})

test('[D4.1.1] a leaf is proven under the signed head by whoever holds the payload, and a changed payload is not', async () => {
  const head = await signCheckpoint(sql, signer, now)
  assert.equal(head?.size, await ledgerSize())
  assert.equal(await signCheckpoint(sql, signer, now), undefined, 'nothing new, nothing signed')
  const [row] = await sql`select seq::text, at from change where kind = 'sample' order by seq offset 1234 limit 1`
  const disclosed = await disclose(sql, 'change', String(row?.seq))
  assert.ok(disclosed?.proof)
  const [item] = (await sql.begin((tx) => sources[0]?.at(tx as never, [String(row?.seq)]))) as [never]
  const { payload } = item as { payload: string }
  assert.ok(payload.includes('0.10'), 'exact numbers are kept as written')
  const salt = Buffer.from(disclosed.salt, 'base64')
  assert.equal(entryOf(item, commitment(payload, salt)), disclosed.entry)
  assert.notEqual(entryOf(item, commitment(payload.replace('0.10', '0.1'), salt)), disclosed.entry)
  const proof = parseTlogProof(disclosed.proof)
  assert.ok(proof)
  const trust = { origin: signer.name, log: signer, witnesses: [], quorum: 0 }
  const verdict = await checkTlogProof(proof, await hashLeaf(new Uint8Array(Buffer.from(disclosed.entry))), trust)
  assert.equal(verdict.ok, true)
})

test('[D4.1.1] the payload of a row is the same text as ever, whatever stands in it: earlier leaves stay right', async () => {
  const [row] = await sql`
    insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
    values (${owner}, 'sample', gen_random_uuid(), 3, 2, ${'"}],{\\ 示例\t'}, ${'450204","version":"9'}, '{"b":[1.50,null],"a":"\\u0001"}')
    returning seq::text`
  const [item] = (await sql.begin((tx) => sources[0]?.at(tx as never, [String(row?.seq)]))) as [Item]
  const [made] = await sql<{ at: Date; payload: string }[]>`
    select at, jsonb_build_object('owner', c.owner_id, 'kind', c.kind, 'id', c.id, 'version', c.version,
      'schemaVersion', c.schema_version, 'actor', c.actor, 'region', c.region,
      'at', to_char(c.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), 'image', c.image)::text as payload
    from change c where seq = ${row?.seq}`
  assert.ok(made)
  assert.equal(canonicalExact(item.payload), canonicalExact(made.payload))
  assert.equal(JSON.parse(entryOf(item, '')).at, made.at.toISOString())
})

test('[D4.1.2] the leaf says who may use the payload, and shows neither its values nor whose it is', async () => {
  const disclosed = await disclose(sql, 'change', String((await sql`select ref from ledger_leaf limit 1`)[0]?.ref))
  const entry = JSON.parse(disclosed?.entry ?? '')
  assert.deepEqual(Object.keys(entry), ['at', 'commitment', 'type', 'use', 'v'])
  assert.equal(entry.use, 'parties')
  // A later release may declare the kind otherwise: what was said of earlier rows stays said, and is no alteration.
  assert.deepEqual((await verifyLedger(sql, [changeSource(() => 'public')])).findings, [])
})

test('tiles and bundles hold what the signed head needs, and nothing beyond it', async () => {
  const size = (await newestCheckpoint(sql))?.head.size ?? 0
  const last = Math.floor(size / 256)
  assert.equal((await tile(sql, 0, 0, 256))?.length, 8192)
  assert.equal((await tile(sql, 1, 0, last))?.length, last * 32)
  assert.equal((await tile(sql, 0, last, size % 256))?.length, (size % 256) * 32)
  assert.equal(await tile(sql, 0, last, 256), null)
  assert.equal(await tile(sql, 2, 0, 1), null)
  const bundle = await entryBundle(sql, 0, 256)
  const length = bundle?.readUInt16BE(0) ?? 0
  assert.equal(JSON.parse(bundle?.subarray(2, 2 + length).toString() ?? '').v, 1)
})

test('[B6.1] whoever alters, removes or slips in a row behind the application is found, and the row is named', async () => {
  assert.deepEqual((await verifyLedger(sql, sources)).findings, [])
  const rows = await sql`select seq::text as ref from change where kind = 'sample' order by seq limit 3`
  const [altered, missing] = rows.map(({ ref }) => String(ref))
  const admin = database.sql
  await admin.unsafe('set session_replication_role = replica')
  await admin`update change set image = '{"weight":0.20}' where seq = ${altered ?? ''}`
  await admin`delete from change where seq = ${missing ?? ''}`
  const [added] = await admin`
    insert into change (owner_id, xid, kind, id, version, schema_version, actor, region, image)
    values (${owner}, '3', 'sample', gen_random_uuid(), 1, 1, '{}', '450204', '{}') returning seq::text`
  const { findings } = await verifyLedger(sql, sources)
  assert.deepEqual(
    findings.map(({ what, ref }) => [what, ref]).sort(),
    [
      ['added', added?.seq],
      ['altered', altered],
      ['missing', missing],
    ].sort(),
  )
})

test('[D4.1.1] a forged head, self-consistent but signed by another key or by none, is found and named', async () => {
  const admin = database.sql
  const forger = newSigner(signer.name)
  const head = formatCheckpoint({ origin: signer.name, size: 2, root: new Uint8Array(Buffer.alloc(32, 9)) })
  const line = signatureLine(signer.name, await keyId(forger), forger.sign(Buffer.from(head)))
  await admin`insert into ledger_checkpoint (size, note, at) values (2, ${`${head}\n${line}`}, now()), (3, 'nothing', now())`
  const done: number[] = []
  const { findings } = await verifyLedger(sql, sources, { logs: [signer], progress: (leaves) => done.push(leaves) })
  const heads = findings.filter(({ what }) => what === 'checkpoint').map(({ ref, text }) => `${ref} ${text}`)
  assert.equal(heads.filter((text) => /^2 .*是伪造的/.test(text)).length, 1)
  assert.equal(heads.filter((text) => /^2 .*树根不符/.test(text)).length, 1)
  assert.equal(heads.filter((text) => /^3 .*读不出来/.test(text)).length, 1)
  assert.equal(heads.length, 3, 'the log’s own heads are none of them')
  assert.ok((done.at(-1) ?? 0) > 3000)
  await admin`delete from ledger_checkpoint where size in (2, 3)`
})

test('a log whose leaves were changed is neither signed again nor called whole', async () => {
  const admin = database.sql
  await admin`update ledger_leaf set hash = sha256('x') where index = 7`
  await write(1)
  await seal(sql, sources)
  // The head of the finished subtree still stands; the reader of tiles finds the leaf, the signer the subtree.
  await admin`update ledger_subtree set hash = sha256('x') where level = 1 and index = 0`
  await assert.rejects(signCheckpoint(sql, signer, now), LedgerBroken)
  const { findings } = await verifyLedger(sql, sources)
  assert.ok(findings.some(({ what }) => what === 'leaf'))
  assert.ok(findings.some(({ what }) => what === 'checkpoint'))
})

test('a log that was changed raises one alarm at the audit desk, and is sealed on without a signature', async () => {
  const ledger = { signer, sources }
  const before = (await newestCheckpoint(sql))?.head.size
  for (const _ of [1, 2]) {
    await write(1)
    await sealLedger(sql, database.sql, ledger, now, (batch) => batch())
  }
  assert.equal((await newestCheckpoint(sql))?.head.size, before)
  const alarms = await database.sql`select level, text from audit_alarm where rule = 'ledger-broken'`
  assert.equal(alarms.length, 1, 'once a day for the same words')
  assert.match(String(alarms[0]?.text), /存证日志被改动.*已停止签名/)
})

test('a stretch of a source without anything to seal is passed over, and what follows is sealed', async () => {
  const places = ['1', '2', '3'].map((seq) => ({ xid: '1', seq }))
  const at = '2026-11-21T03:00:00.000Z'
  const item: Item = { ref: '3', ownerId: owner, type: 'sample', at, use: 'parties', payload: '{}' }
  const gaps: Source = {
    name: 'gaps',
    async next(_, after) {
      const place = places.find(({ seq }) => Number(seq) > Number(after.seq))
      return place ? { items: place.seq === '3' ? [item] : [], place } : { items: [], place: after }
    },
    at: async () => [item],
    strangers: async () => [],
  }
  assert.equal(await seal(sql, [gaps]), 1)
  assert.equal(await seal(sql, [gaps]), 0)
})

test('the application’s role can neither change nor remove what is in the log', async () => {
  for (const table of ['ledger_leaf', 'ledger_subtree', 'ledger_checkpoint', 'ledger_cosignature']) {
    await assert.rejects(sql.unsafe(`delete from ${table}`), /permission denied/)
    await assert.rejects(sql.unsafe(`truncate ${table}`), /permission denied/)
  }
  await assert.rejects(sql`update ledger_leaf set salt = ''`, /permission denied/)
})
