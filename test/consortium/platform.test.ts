import assert from 'node:assert/strict'
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { submit } from '../../src/consortium/client.ts'
import { codes } from '../../src/consortium/codes.ts'
import { findCometbft } from '../../src/consortium/cometbft.ts'
import { layOutNetwork, type Network, runNode, writeConnection } from '../../src/consortium/network.ts'
import { anchoring, extending } from '../../src/consortium/site.ts'
import { signerOf } from '../../src/consortium/transaction.ts'
import { registerKey } from '../../src/platform/access/signing-keys.ts'
import { handIn, openConsortium } from '../../src/platform/ledger/consortium.ts'
import { contentDigest, signedText } from '../../src/platform/protect/signing.ts'
import { checkProofFile, type ProofFile, type Trusted } from '../../src/standards/proof-file/index.ts'
import { leafHash } from '../../src/standards/tlog/tree.ts'
import { openTown, type Town } from '../people.ts'

const cometbft = findCometbft()
const skip = cometbft ? false : '没有 cometbft，也没有 Go 可以构建它'
const folder = mkdtempSync(join(tmpdir(), 'shisu-platform-chain-'))

let town: Town
let network: Network
let nodes: ReturnType<typeof runNode>[] = []

before(async () => {
  if (!cometbft) return
  network = layOutNetwork(cometbft, folder, 4, 26_000 + (process.pid % 300) * 16)
  nodes = network.nodes.map((place) => runNode(cometbft, network, place))
  await writeConnection(network, join(folder, 'consortium.json'))
  process.env.SHISU_CONSORTIUM = join(folder, 'consortium.json')
  town = await openTown()
})
after(async () => {
  delete process.env.SHISU_CONSORTIUM
  await town?.server.close()
  await Promise.all(nodes.map((node) => node.stop()))
  rmSync(folder, { recursive: true, force: true })
})

type File = ProofFile & { trusted: Trusted; payload: string }

/** The proof file of a record once it is in the log and in the consortium's. */
async function proofOf(path: string, whole = (file: File) => file.consortium !== undefined): Promise<File> {
  for (let attempt = 0; attempt < 240; attempt++) {
    const { status, body } = await town.factory.call('GET', path)
    if (status === 200 && body.proof && whole(body as File)) return body as File
    await sleep(250)
  }
  throw new Error('the record did not get into the consortium')
}

async function makeSite(headers: Record<string, string> = {}, body = site()) {
  const answer = await fetch(`${town.server.url}/api/v1/records/site`, {
    method: 'POST',
    headers: { authorization: `Bearer ${town.factory.token}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
  const made = (await answer.json()) as { id: string }
  assert.equal(answer.status, 201, JSON.stringify(made))
  return `/api/v1/records/site/${made.id}/proof`
}
const site = () => ({ name: '示例一车间', use: 'workshop', keeper: '示例人', address: '示例路 1 号' })
const said = (points: { held: boolean | null; text: string }[]) =>
  points.map(({ held, text }) => `${held} ${text}`).join('\n')

test('[D4.1.1] [E4.1] a record is proven in the site’s log and in the consortium’s, in one file, and a forged part of either is seen', {
  skip,
}, async () => {
  const file = await proofOf(await makeSite())
  const { ok, points } = await checkProofFile(JSON.stringify(file), file.trusted)
  assert.ok(ok, said(points))
  assert.match(said(points), /true 这条存证也在联盟链.*4 个成员中有 [34] 个签了名/)
  const fewer = { ...file, consortium: { ...file.consortium, proof: withMembers(file.consortium?.proof ?? '', 2) } }
  assert.match(
    said((await checkProofFile(JSON.stringify(fewer), file.trusted)).points),
    /false 联盟链的证明不成立.*只有 2 个/,
  )
  const moved = {
    ...file,
    consortium: { ...file.consortium, proof: file.consortium?.proof.replace(/index \d+/, 'index 0') },
  }
  const elsewhere = await checkProofFile(JSON.stringify(moved), file.trusted)
  assert.equal(elsewhere.ok, /index 0\n/.test(file.consortium?.proof ?? ''))
  const { consortium: _, ...without } = file
  assert.match(
    said((await checkProofFile(JSON.stringify(without), file.trusted)).points),
    /null 文件里没有联盟链的证明/,
  )
})

/** The proof with only so many of its members' signatures. */
function withMembers(proof: string, count: number): string {
  const lines = proof.split('\n')
  const first = lines.findIndex((line) => line.startsWith('— '))
  return `${[...lines.slice(0, first), ...lines.slice(first, first + count)].join('\n')}\n`
}

test('[A8.6.3.d] who signed a record is proven with it, by a key whose registration and end are in the log as well', {
  skip,
}, async () => {
  const { sql } = town.server
  const pair = generateKeyPairSync('ed25519')
  const publicKey = pair.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)
  const [account] =
    await sql`select id, owner_id as "ownerId" from account where owner_id = ${town.factory.ownerId} limit 1`
  const { possessionText } = await import('../../src/platform/access/signing-keys.ts')
  const text = publicKey.toString('base64')
  const proof = sign(null, Buffer.from(possessionText(String(account?.id), text)), pair.privateKey).toString('base64')
  const actor = { userId: account?.id, ownerId: account?.ownerId, name: '示例签名人' }
  const key = await registerKey(
    sql as never,
    actor as never,
    { title: '示例网关', suite: 'ed25519', publicKey: text, proof },
    new Date(),
  )
  const content = site()
  const salt = randomBytes(16).toString('base64url')
  const act = 'POST /api/v1/records/site'
  const signature = sign(null, Buffer.from(signedText(act, contentDigest({ salt, content }))), pair.privateKey)
  const path = await makeSite(
    { 'x-shisu-signature': `v1 key=${key},salt=${salt},sig=${signature.toString('base64url')}` },
    content,
  )
  const signedFile = (file: File) =>
    file.signatures?.[0]?.signature.proof != null && file.signatures[0].key.proof !== null
  const file = await proofOf(path, signedFile)
  const { ok, points } = await checkProofFile(JSON.stringify(file), file.trusted)
  assert.ok(ok, said(points))
  assert.match(said(points), /true 提交人用自己的密钥签了名，签名正确/)
  assert.match(said(points), /null 文件里没有这把密钥的吊销记录/)

  const bent = structuredClone(file) as File
  const own = bent.signatures?.[0]?.signature as { payload: string }
  own.payload = own.payload.replace(/"act": "POST/, '"act": "PATCH')
  assert.match(said((await checkProofFile(JSON.stringify(bent), file.trusted)).points), /false 有一个签名/)

  await sql`update signing_key set revoked_at = ${new Date()}, revoked_reason = '电脑换了' where id = ${key}`
  const later = await proofOf(path, (each) => each.signatures?.[0]?.revoked?.proof != null)
  const verdict = await checkProofFile(JSON.stringify(later), later.trusted)
  assert.ok(verdict.ok, said(verdict.points))
  assert.match(said(verdict.points), /true 签名时密钥有效；密钥后来在 .* 吊销/)
})

test('every member holds the anchored head to the leaves; a forged head, another’s log, a rewritten beginning and a wrong signature are refused and alarmed', {
  skip,
}, async () => {
  const gateway = signerOf(network.gateway)
  const rpc = `http://127.0.0.1:${network.nodes[0]?.rpc}`
  const query = `http://127.0.0.1:${network.nodes[1]?.query}`
  const origin = 'shisu.local/ledger'
  const anchored = async () => {
    const answer = await fetch(`${query}/sites/${encodeURIComponent(origin)}`)
    return (await answer.json()) as { size: number; anchored: number }
  }
  for (let attempt = 0; attempt < 100 && (await anchored()).anchored === 0; attempt++) await sleep(200)
  const { size } = await anchored()
  assert.ok(size > 0)
  const note = `${origin}\n${size}\n${Buffer.alloc(32, 7).toString('base64')}\n\n— ${origin} ${Buffer.alloc(68).toString('base64')}\n`
  assert.equal((await submit(rpc, anchoring(note, size, gateway))).code, codes.forked, 'a forged head')
  const rewritten = extending(origin, 0, [leafHash(Buffer.from('another'))], gateway)
  assert.equal((await submit(rpc, rewritten)).code, codes.forked, 'a rewritten beginning')
  const stranger = signerOf(Buffer.alloc(32, 3))
  assert.equal(
    (await submit(rpc, extending(origin, size, [leafHash(Buffer.from('x'))], stranger))).code,
    codes.stranger,
  )
  const bent = extending(origin, size, [leafHash(Buffer.from('y'))], gateway)
  bent[bent.length - 1] = (bent.at(-1) ?? 0) ^ 1
  assert.equal((await submit(rpc, bent)).code, codes.signature)
  const alarms = async () =>
    (await town.server.sql`select text from audit_alarm where rule = 'consortium-refused'`).map(({ text }) =>
      String(text),
    )
  for (let attempt = 0; attempt < 60 && (await alarms()).length < 3; attempt++) await sleep(500)
  const raised = (await alarms()).join('\n')
  for (const why of [/member1.*伪造的树根/, /member1.*不在联盟里/, /member1.*签名不对/]) assert.match(raised, why)
})

test('a site restored to an older state and gone on otherwise is refused by the consortium, and an alarm is raised', {
  skip,
}, async () => {
  const { sql } = town.server
  const consortium = await openConsortium(join(folder, 'consortium.json'))
  const audit = sql as never
  // What the database remembers of handing in is gone, and the log began another way.
  await sql.unsafe('set session_replication_role = replica')
  await sql`delete from consortium_transaction`
  await sql`update ledger_leaf set hash = sha256('x') where index = 0`
  await sql.unsafe('set session_replication_role = origin')
  await handIn(sql as never, audit, consortium, new Date())
  const alarms = await sql`select text from audit_alarm where rule = 'consortium-fork'`
  assert.match(String(alarms[0]?.text), /已是另外的内容/)
})

test('[B6.1] [D4.1.1] a member that alters what it keeps is named by the others’ cosignatures, and an alarm is raised', {
  skip,
}, async () => {
  const { sql } = town.server
  const consortium = await openConsortium(join(folder, 'consortium.json'))
  const altering = network.nodes[3]
  const other = new DatabaseSync(join(altering?.home ?? '', 'state.sqlite'))
  other.exec('pragma busy_timeout = 5000')
  other.exec('update block set root = zeroblob(32)')
  other.close()
  await handIn(sql as never, sql as never, consortium, new Date())
  const alarms = await sql`select text from audit_alarm where rule = 'consortium-fork' and text like '%签了另一个树根%'`
  assert.match(String(alarms[0]?.text), new RegExp(altering?.name ?? '-'))
})
