import assert from 'node:assert/strict'
import { generateKeyPairSync, sign } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import postgres, { type Sql } from 'postgres'
import { Application } from '../../src/consortium/application.ts'
import { sealing } from '../../src/consortium/client.ts'
import { serveQueries } from '../../src/consortium/query.ts'
import { noteRefusals, type Refusal, replayAfterSeconds } from '../../src/consortium/refusals.ts'
import { State } from '../../src/consortium/state.ts'
import { signerOf } from '../../src/consortium/transaction.ts'
import {
  disclose,
  gatherCosignatures,
  newestCheckpoint,
  type Signer,
  seal,
  signCheckpoint,
} from '../../src/ledger/index.ts'
import { serveWitness, type Witness } from '../../src/ledger/witness/serve.ts'
import { changeSource } from '../../src/platform/ledger/change-source.ts'
import { setWitnesses, trustedKeys, witnessKeys, witnessLedger } from '../../src/platform/ledger/ledger.ts'
import { alarmRefusals } from '../../src/platform/ledger/refused.ts'
import {
  checkTlogProof,
  formatCheckpoint,
  hashLeaf,
  keyId,
  parseTlogProof,
  parseVerifierKey,
  signatureLine,
  toBase64,
} from '../../src/standards/tlog/index.ts'
import { leafHash, rootOf, tiledTree } from '../../src/standards/tlog/tree.ts'
import { type FreshDatabase, freshDatabase } from '../database.ts'

const pair = generateKeyPairSync('ed25519')
const log: Signer = {
  name: 'liuzhou.example/ledger',
  type: 'ed25519',
  publicKey: new Uint8Array(pair.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)),
  sign: (message) => sign(null, message, pair.privateKey),
}
const sources = [changeSource(() => 'parties')]
const now = new Date('2026-11-21T03:00:00Z')

let database: FreshDatabase
let sql: Sql
let witness: Witness
const folder = mkdtempSync(join(tmpdir(), 'shisu-witness-'))

before(async () => {
  database = await freshDatabase()
  sql = postgres(database.url, { max: 4, onnotice: () => {}, connection: { role: 'shisu_web', TimeZone: 'UTC' } })
  witness = await serveWitness({ name: 'witness.example/w1', logs: [log], folder, port: 0 })
  await sql`insert into ledger_witness (name, url, verifier_key) values ('witness.example/w1', ${witness.url}, ${witness.verifierKey})`
})
after(async () => {
  await witness.stop()
  await sql.end()
  await database.close()
  rmSync(folder, { recursive: true, force: true })
})

const post = async (url: string, body: string) => {
  const answer = await fetch(url, { method: 'POST', body })
  return { status: answer.status, body: await answer.text() }
}

async function grow(count: number): Promise<void> {
  await sql`
    insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
    select '01920000-0000-7000-8000-000000000001', 'sample', gen_random_uuid(), 1, 1, '{}', '450204', '{}'
    from generate_series(1, ${count}::int)`
  await seal(sql, sources)
  await signCheckpoint(sql, log, now)
}

test('each head is cosigned by the witness, and the proof carries its signature', async () => {
  for (const count of [5, 1, 300]) {
    await grow(count)
    assert.deepEqual(await gatherCosignatures(sql, post, now), [])
  }
  const newest = await newestCheckpoint(sql)
  assert.deepEqual([newest?.head.size, newest?.witnesses], [306, ['witness.example/w1']])
  const [leaf] = await sql`select ref::text from ledger_leaf where index = 3`
  const disclosed = await disclose(sql, 'change', String(leaf?.ref))
  const key = await parseVerifierKey(witness.verifierKey)
  const proof = parseTlogProof(disclosed?.proof ?? '')
  assert.ok(key && proof && disclosed)
  const trust = { origin: log.name, log, witnesses: [key], quorum: 1 }
  assert.equal(
    (await checkTlogProof(proof, await hashLeaf(new Uint8Array(Buffer.from(disclosed.entry))), trust)).ok,
    true,
  )
})

/** A request about a log that consists of the given leaves, signed by whom. */
async function requestFor(
  leaves: readonly string[],
  old: number,
  signer: Signer = log,
  path?: Uint8Array[],
): Promise<string> {
  const hashes = leaves.map((leaf) => leafHash(Buffer.from(leaf)))
  const tree = tiledTree(hashes.length, async (level, index, width) =>
    Buffer.concat(
      Array.from({ length: width }, (_, at) => {
        const span = 256 ** level
        return rootOf(hashes.slice((index * 256 + at) * span, (index * 256 + at + 1) * span))
      }),
    ),
  )
  const text = formatCheckpoint({ origin: signer.name, size: hashes.length, root: new Uint8Array(rootOf(hashes)) })
  const lines = (path ?? (await tree.consistency(old))).map((hash) => `${toBase64(hash)}\n`).join('')
  return `old ${old}\n${lines}\n${text}\n${signatureLine(signer.name, await keyId(signer), signer.sign(Buffer.from(text)))}`
}

test('a forked log, a rolled-back one, a foreign key, an unknown log and a broken request are each refused as C2SP says', async () => {
  const ask = (body: string) => post(`${witness.url}/add-checkpoint`, body)
  const leaves = Array.from({ length: 400 }, (_, at) => `forged ${at}`)
  assert.equal((await ask(await requestFor(leaves, 306))).status, 422, 'a fork')
  const behind = await ask(await requestFor(leaves.slice(0, 100), 0))
  assert.deepEqual([behind.status, behind.body], [409, '306\n'], 'it says what it has seen')
  assert.equal((await ask(await requestFor(leaves.slice(0, 306), 306))).status, 409, 'two heads of one size')
  assert.equal(
    (await ask(await requestFor(leaves.slice(0, 10), 306, log, []))).status,
    400,
    'the old is larger than the new',
  )
  const foreign = generateKeyPairSync('ed25519')
  const stranger = {
    ...log,
    publicKey: new Uint8Array(foreign.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)),
    sign: (message: Uint8Array) => sign(null, message, foreign.privateKey),
  }
  assert.equal((await ask(await requestFor(leaves, 306, stranger))).status, 403)
  assert.equal((await ask(await requestFor(leaves, 306, { ...log, name: 'elsewhere.example' }))).status, 404)
  for (const wrong of ['', 'old x\n\n', (await requestFor(leaves, 306)).replace('old 306', 'old 0306')])
    assert.equal((await ask(wrong)).status, 400)
  assert.equal((await ask('x'.repeat(200_000))).status, 413)
  assert.ok(existsSync(join(folder, 'rejected.log')))
  assert.match(readFileSync(join(folder, 'rejected.log'), 'utf8'), /does not continue/)
})

test('a witness that was killed and started again still knows what it cosigned', async () => {
  await witness.stop()
  witness = await serveWitness({ name: 'witness.example/w1', logs: [log], folder, port: 0 })
  const again = await post(`${witness.url}/add-checkpoint`, await requestFor(['a', 'b'], 0))
  assert.deepEqual([again.status, again.body], [409, '306\n'])
})

test('a log that was restored from an older state is found out by its witness, and said so', async () => {
  await sql`update ledger_witness set url = ${witness.url}`
  const admin = database.sql
  await admin.unsafe('set session_replication_role = replica')
  await admin`delete from ledger_leaf where index >= 100`
  await admin`delete from ledger_subtree`
  await admin`delete from ledger_cosignature`
  await admin`delete from ledger_checkpoint`
  await admin`update ledger_log set size = 100`
  await admin`update ledger_witness set size = 0`
  await signCheckpoint(sql, log, now)
  assert.equal(await witnessLedger(sql, database.sql, now), 1)
  const alarms = await database.sql`select level, text from audit_alarm where rule = 'ledger-fork'`
  assert.deepEqual([alarms.length, alarms[0]?.level], [1, 'bad'])
  assert.match(String(alarms[0]?.text), /witness\.example\/w1.*306.*可能被回退/)
  assert.deepEqual((await newestCheckpoint(sql))?.witnesses, [])
})

test('SHISU_WITNESSES names witnesses by lines of address and key; a line that is not one stops the start', async () => {
  const { verifierKey } = witness
  for (const wrong of ['http://x', `no-address ${verifierKey}`, `http://x ${verifierKey}x`, 'http://x a+b+c'])
    await assert.rejects(setWitnesses(sql, wrong), /SHISU_WITNESSES 里这一行不对/)
  await setWitnesses(sql, `\n ${witness.url}  ${verifierKey} ;\n`)
  const kept = await witnessKeys(sql)
  assert.deepEqual(
    kept.map((each) => [each.name, each.verifierKey]),
    [['witness.example/w1', verifierKey]],
  )
  const { witnesses } = await trustedKeys(sql, { signer: log, sources })
  assert.deepEqual(witnesses, [verifierKey])
})

test('a witness that is not there holds nothing up', async () => {
  await sql`insert into ledger_witness (name, url, verifier_key) values ('gone', 'http://127.0.0.1:1', ${witness.verifierKey})`
  const failures = await gatherCosignatures(sql, post, now)
  assert.deepEqual(failures.map(({ witness }) => witness).sort(), ['gone', 'witness.example/w1'])
})

test('a replay long after its block is refused by the node, told by it, and alarmed at the audit desk', async () => {
  const state = new State(':memory:')
  const gateway = signerOf(Buffer.alloc(32, 9))
  state.begin([], [{ name: 'gateway', key: gateway.publicKey }])
  const application = new Application(state)
  const refusals: Refusal[] = []
  const noted = noteRefusals(
    (id) => state.timeOf(id),
    (refusal) => refusals.push(refusal),
  )
  const transaction = sealing([Buffer.alloc(32, 5)], gateway)
  application.finalize(1, Date.now() / 1000 - 2 * replayAfterSeconds, [transaction])
  application.commit()
  noted(application.check(transaction), transaction)
  const queries = serveQueries(state, 'consortium.example', log, () => refusals).listen(0, '127.0.0.1')
  await once(queries, 'listening')
  try {
    const { port } = queries.address() as AddressInfo
    const nodes = [{ name: 'member1.example', rpc: '', query: `http://127.0.0.1:${port}` }]
    for (const _ of [1, 2]) await alarmRefusals(database.sql, { nodes })
  } finally {
    queries.close()
    state.close()
  }
  const alarms = await database.sql`select text from audit_alarm where rule = 'consortium-refused'`
  assert.equal(alarms.length, 1, 'once a day for the same')
  assert.match(String(alarms[0]?.text), /member1\.example.*早已上链.*重放/)
})
