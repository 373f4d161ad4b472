import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Application } from '../../src/consortium/application.ts'
import { checkState } from '../../src/consortium/check.ts'
import { sealing } from '../../src/consortium/client.ts'
import { codes } from '../../src/consortium/codes.ts'
import { frame, framer } from '../../src/consortium/frame.ts'
import { quorumOf } from '../../src/consortium/network.ts'
import { p256SignerOf } from '../../src/consortium/p256.ts'
import { noteRefusals, type Refusal, replayAfterSeconds } from '../../src/consortium/refusals.ts'
import { extending } from '../../src/consortium/site.ts'
import { Snapshots } from '../../src/consortium/snapshot.ts'
import { appHash, State } from '../../src/consortium/state.ts'
import { signerOf, transactionId, writeTransaction } from '../../src/consortium/transaction.ts'
import type { MemberProposal as Proposal } from '../../src/consortium/vote.ts'
import { leafHash, rootOf } from '../../src/standards/tlog/tree.ts'
import { perSecondOfCore } from './processor.ts'

const gateway = signerOf(Buffer.alloc(32, 9))
const members = [1, 2, 3, 4].map((n) => signerOf(Buffer.alloc(32, n)))

function node(path = ':memory:'): Application {
  const state = new State(path)
  state.begin(
    members.map(({ publicKey }, at) => ({
      name: `member${at + 1}`,
      key: publicKey,
      validator: Buffer.alloc(32, at),
      power: 10,
    })),
    [{ name: 'gateway', key: gateway.publicKey }],
  )
  return new Application(state)
}

function block(application: Application, height: number, txs: readonly Buffer[]) {
  const done = application.finalize(height, 1_763_000_000 + height, txs)
  application.commit()
  return done
}

const hash = (text: string) => leafHash(Buffer.from(text))

test('the head of all leaves of all transactions is the RFC 6962 root, the same on every node', () => {
  const [a, b] = [node(), node()]
  const leaves: Buffer[] = []
  for (let height = 1; height <= 20; height++) {
    const txs = Array.from({ length: height }, (_, at) => {
      const hashes = Array.from({ length: at % 3 === 0 ? 40 : 1 }, (_, n) => hash(`${height} ${at} ${n}`))
      leaves.push(...hashes)
      return sealing(hashes, gateway)
    })
    const roots = [a, b].map((each) => block(each, height, txs).root.toString('hex'))
    assert.equal(roots[0], roots[1])
    assert.equal(roots[0], Buffer.from(rootOf(leaves)).toString('hex'))
  }
  assert.equal(a.state.last().size, leaves.length)
  assert.equal(a.state.hashes(1, 0, 100).length, Math.floor(leaves.length / 256))
})

test('[E5.3.5.d2] sixteen nodes each check every signature and come to one head; with half a core for it each could do 1,000 a second and more', () => {
  const sixteen = Array.from({ length: 16 }, () => node())
  const blocks = [1, 2, 3].map((height) =>
    Array.from({ length: 100 }, (_, n) => sealing([hash(`of sixteen ${height} ${n}`)], gateway)),
  )
  const decide = (height: number) => {
    const txs = blocks[height - 1] ?? []
    const heads = sixteen.map((each) => {
      for (const tx of txs) assert.equal(each.check(tx), codes.ok)
      return block(each, height, txs).appHash.toString('hex')
    })
    assert.equal(new Set(heads).size, 1)
  }
  // The first block warms what runs.
  decide(1)
  const before = process.cpuUsage()
  for (const height of [2, 3]) decide(height)
  const { user, system } = process.cpuUsage(before)
  // CometBFT takes as much of a node again as the application (bench/README.md).
  const rate = perSecondOfCore((2 * (user + system)) / 1e6, 16 * 200)
  assert.ok(rate >= 1000, `${rate.toFixed(0)}/s`)
  assert.equal(quorumOf(16), 11)
})

test('a transaction is refused when malformed, from a stranger, wrongly signed, altered or already in the log', () => {
  const application = node()
  const good = sealing([hash('x')], gateway)
  assert.equal(application.check(good), codes.ok)
  assert.equal(application.check(sealing([hash('x')], signerOf(randomBytes(32)))), codes.stranger)
  const altered = Buffer.from(good)
  altered[60] = (altered[60] ?? 0) ^ 1
  assert.equal(application.check(altered), codes.signature)
  for (const wrong of [Buffer.alloc(0), good.subarray(0, -1), Buffer.concat([good, Buffer.of(0)]), Buffer.alloc(200)])
    assert.equal(application.check(wrong), codes.malformed)
  assert.equal(application.check(writeTransaction('seal', Buffer.alloc(31), randomBytes(8), gateway)), codes.malformed)
  assert.equal(
    application.check(writeTransaction('seal', Buffer.alloc(32 * 5000), randomBytes(8), gateway)),
    codes.malformed,
  )
  const done = block(application, 1, [good, good, altered])
  assert.deepEqual(done.codes, [codes.ok, codes.repeated, codes.signature])
  assert.equal(application.check(good), codes.repeated, 'a replay')
  assert.equal(application.state.last().size, 1)
})

test('a node cut off between deciding and keeping a block comes back with the block before it, and gets there again', () => {
  const folder = mkdtempSync(join(tmpdir(), 'shisu-consortium-'))
  try {
    const path = join(folder, 'state.sqlite')
    const first = node(path)
    block(first, 1, [sealing([hash('a')], gateway)])
    const next = sealing([hash('b'), hash('c')], gateway)
    const decided = first.finalize(2, 0, [next]).root
    first.state.close()
    const again = new Application(new State(path))
    assert.equal(again.state.last().height, 1)
    assert.deepEqual(block(again, 2, [next]).root, decided)
    again.state.close()
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test('a member is taken in or removed once more than two thirds of the members’ power voted for it', () => {
  const application = node()
  const proposal: Proposal = {
    name: 'member5',
    key: signerOf(Buffer.alloc(32, 5)).publicKey.toString('base64'),
    validator: Buffer.alloc(32, 5).toString('base64'),
    power: 10,
  }
  const vote = (member: number, what: Proposal = proposal) =>
    writeTransaction('vote', Buffer.from(JSON.stringify(what)), randomBytes(8), members[member] as never)
  assert.deepEqual(block(application, 1, [vote(0), vote(1), vote(1)]).changed, [], 'one member’s two votes are one')
  assert.deepEqual(
    block(application, 2, [writeTransaction('vote', Buffer.from(JSON.stringify(proposal)), randomBytes(8), gateway)])
      .codes,
    [codes.vote],
  )
  const decided = block(application, 3, [vote(2)])
  assert.deepEqual(
    decided.changed.map(({ validator, power }) => [validator[0], power]),
    [[5, 10]],
  )
  assert.equal(application.state.members().length, 5)
  const removal = { ...proposal, power: 0 }
  block(application, 4, [vote(0, removal), vote(1, removal), vote(2, removal), vote(3, removal)])
  assert.equal(application.state.members().length, 4)
  assert.equal(
    application.check(sealing([hash('x')], signerOf(Buffer.alloc(32, 5)))),
    codes.stranger,
    'a removed member signs nothing',
  )
  for (const wrong of [
    '',
    'x',
    '{}',
    JSON.stringify({ ...proposal, power: -1 }),
    JSON.stringify({ ...proposal, more: 1 }),
  ])
    assert.notEqual(
      application.check(writeTransaction('vote', Buffer.from(wrong), randomBytes(8), members[0] as never)),
      codes.ok,
    )
})

test('what was decided takes as many votes again, a removal of nobody changes nothing, and a member’s key is rotated without its node', () => {
  const application = node()
  const { publicKey } = members[3] as (typeof members)[number]
  const fresh = signerOf(Buffer.alloc(32, 44))
  const proposal = (key: Buffer, power: number): Proposal => ({
    name: 'member4',
    key: key.toString('base64'),
    validator: Buffer.alloc(32, 3).toString('base64'),
    power,
  })
  const vote = (member: number, what: object) =>
    writeTransaction('vote', Buffer.from(JSON.stringify(what)), randomBytes(8), members[member] as never)
  const all = (what: object) => [0, 1, 2].map((member) => vote(member, what))
  assert.deepEqual(block(application, 1, all(proposal(fresh.publicKey, 10))).changed, [])
  assert.equal(application.state.members().length, 4, 'its old key is no member any more')
  assert.deepEqual(block(application, 2, all(proposal(publicKey, 0))).changed, [], 'the node keeps its power')
  assert.equal(application.check(sealing([hash('x')], signerOf(Buffer.alloc(32, 4)))), codes.stranger)
  assert.equal(application.check(sealing([hash('x')], fresh)), codes.ok)
  const stranger = { ...proposal(randomBytes(32), 0), validator: Buffer.alloc(32, 77).toString('base64') }
  assert.deepEqual(block(application, 3, all(stranger)).changed, [], 'CometBFT would stop at it')
  assert.deepEqual(
    block(application, 4, all(proposal(fresh.publicKey, 0))).changed.map(({ power }) => power),
    [0],
  )
  assert.deepEqual(
    block(application, 5, [vote(0, proposal(fresh.publicKey, 10))]).changed,
    [],
    'one vote brings nobody back',
  )
  const gate = { signer: 'gateway', key: gateway.publicKey.toString('base64'), allowed: false }
  block(application, 6, all(gate))
  assert.equal(application.check(sealing([hash('y')], gateway)), codes.stranger, 'a revoked gateway key')
})

test('a snapshot gives the same state elsewhere, and one whose row was changed is refused', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'shisu-snapshot-'))
  try {
    const from = node()
    for (let height = 1; height <= 12; height++)
      block(from, height, [
        sealing(
          Array.from({ length: 60 }, (_, n) => hash(`${height} ${n}`)),
          gateway,
        ),
      ])
    block(from, 13, [extending('site.example/log', 0, [hash('s')], gateway)])
    const here = new Snapshots(from.state, join(folder, 'here'), 5)
    await here.take(13)
    const [offered] = here.list()
    assert.ok(offered)
    const bytes = here.chunk(13, 0)
    const agreed = appHash(from.state.last())
    const begun = (content: Buffer, hash = offered.hash, expected = agreed) => {
      const state = new State(':memory:')
      const there = new Snapshots(state, mkdtempSync(join(folder, 'there-')), 5)
      assert.ok(there.offer({ ...offered, hash }, expected))
      return { taken: there.apply(0, content), state }
    }
    const { taken, state } = begun(bytes)
    assert.ok(taken)
    assert.deepEqual(state.last(), from.state.last())
    assert.equal(checkState(state), undefined)
    const next = sealing([hash('next')], gateway)
    assert.deepEqual(block(new Application(state), 14, [next]).appHash, block(from, 14, [next]).appHash)
    const text = bytes.toString('utf8')
    for (const [what, changed] of [
      ['a leaf', text.replace(`x${hash('3 3').toString('hex')}`, `x${hash('forged').toString('hex')}`)],
      ['a member', text.replace('member1', 'memberX')],
      ['a site', text.replace('site.example', 'sitf.example')],
      ['a transaction', text.replace('"sseal"', '"svote"')],
    ] as const) {
      assert.notEqual(changed, text, what)
      const content = Buffer.from(changed)
      const digest = createHash('sha256').update(content).digest()
      assert.equal(begun(content, digest).taken, false, what)
      assert.equal(begun(content).taken, false)
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test('[D4.1.1] a node whose rows were changed by another hand says which, whatever the table', () => {
  const changes = {
    'update leaf set hash = zeroblob(32) where position = 1': /区块 1 的树根/,
    'delete from leaf where position = 2': /区块 2 缺少/,
    'insert into leaf values (3, zeroblob(32))': /不属于任何区块/,
    "update transact set act = 'vote' where first = 0": /区块 1 的交易/,
    'update block set root = zeroblob(32) where height = 2': /区块 2 的树根/,
    'update member set power = 99': /成员/,
    'delete from signer': /成员/,
  }
  for (const [change, found] of Object.entries(changes)) {
    const application = node()
    block(application, 1, [sealing([hash('a'), hash('b')], gateway)])
    block(application, 2, [sealing([hash('c')], gateway)])
    assert.equal(checkState(application.state), undefined)
    application.state.db.exec(change)
    assert.match(checkState(application.state) ?? '', found, change)
  }
})

test('nodes whose clocks differ by years come to the same heads: a block brings its time', (t) => {
  const txs = [1, 2, 3].map((n) => sealing([hash(`clock ${n}`)], gateway))
  const [right, ahead] = [node(), node()]
  const hashes = txs.map((tx, at) => block(right, at + 1, [tx]).appHash)
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 5 * 365 * 86_400_000 })
  for (const [at, tx] of txs.entries()) assert.deepEqual(block(ahead, at + 1, [tx]).appHash, hashes[at])
})

test('a block without transactions changes nothing that the members agree on, so that the chain comes to rest', () => {
  const application = node()
  const { appHash: full } = block(application, 1, [sealing([hash('a')], gateway)])
  assert.deepEqual(block(application, 2, []).appHash, full)
  assert.equal(checkState(application.state), undefined)
})

test('a vote stands in the log like anything else', () => {
  const application = node()
  const vote = writeTransaction(
    'vote',
    Buffer.from(
      JSON.stringify({
        name: 'n',
        key: Buffer.alloc(32).toString('base64'),
        validator: Buffer.alloc(32).toString('base64'),
        power: 1,
      }),
    ),
    randomBytes(8),
    members[0] as never,
  )
  const { root } = block(application, 1, [vote])
  assert.deepEqual(root, leafHash(vote))
  assert.ok(application.state.knows(transactionId(vote)))
})

test('messages are cut out of a stream however it arrives', () => {
  const messages = [0, 1, 127, 128, 300, 70_000].map((length) => randomBytes(length))
  const stream = Buffer.concat(messages.map(frame))
  const cut = framer()
  const got: Buffer[] = []
  for (let at = 0; at < stream.length; at += 997)
    got.push(...cut(stream.subarray(at, at + 997)).map((each) => Buffer.from(each)))
  assert.deepEqual(got, messages)
})

test('what is refused is noted by reason and key; a replay long after its block is one, the same within a minute is none', () => {
  const application = node()
  const sums: Refusal[] = []
  let now = 1_763_000_001_000
  const noted = noteRefusals(
    (id) => application.state.timeOf(id),
    (refusal) => sums.push(refusal),
    () => new Date(now),
  )
  const good = sealing([hash('x')], gateway)
  block(application, 1, [good])
  const hand = (bytes: Buffer) => {
    const code = application.check(bytes)
    if (code !== codes.ok) noted(code, bytes)
  }
  hand(good)
  assert.equal(sums.length, 0)
  now += replayAfterSeconds * 1000
  hand(good)
  const altered = Buffer.from(good)
  altered[50] = (altered[50] ?? 0) ^ 1
  hand(altered)
  hand(altered)
  hand(sealing([hash('x')], signerOf(randomBytes(32))))
  hand(Buffer.alloc(3))
  hand(extending('site.example/log', 7, [hash('s')], gateway))
  assert.deepEqual(
    sums.map(({ reason, count }) => [reason, count]),
    [
      ['replayed', 1],
      ['signature', 1],
      ['signature', 2],
      ['stranger', 1],
      ['malformed', 1],
    ],
  )
  assert.equal(sums[0]?.signer, gateway.publicKey.toString('hex'))
})

test('[A8.6.3.d] a signature on P-256 is checked like one on Ed25519: altered, its twin and another suite’s are refused', () => {
  const state = new State(':memory:')
  const signer = p256SignerOf(Buffer.alloc(32, 6))
  state.begin([], [{ name: 'gateway', key: signer.publicKey }])
  const application = new Application(state)
  const good = sealing([hash('p')], signer)
  assert.equal(application.check(good), codes.ok)
  for (let at = 0; at < good.length; at += 7) {
    const altered = Buffer.from(good)
    altered[at] = (altered[at] ?? 0) ^ 1
    assert.notEqual(application.check(altered), codes.ok, `byte ${at}`)
  }
  // Of one signature the other s holds as well: let in, it were the same transaction under another id.
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
  const twin = Buffer.from(good)
  const s = BigInt(`0x${twin.subarray(-32).toString('hex')}`)
  Buffer.from((order - s).toString(16).padStart(64, '0'), 'hex').copy(twin, twin.length - 32)
  assert.equal(application.check(twin), codes.signature)
  const asEd25519 = Buffer.from(good)
  asEd25519[0] = 1
  assert.equal(application.check(asEd25519), codes.signature)
  assert.equal(
    application.check(extending('site.example/log', 0, [hash('s')], signer)),
    codes.malformed,
    'not made again alike',
  )
})

test('without Go and cometbft the command says so and ends; the platform needs neither', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'shisu-no-go-'))
  const command = fileURLToPath(new URL('../../src/consortium/run.ts', import.meta.url))
  const env = { PATH: '', HOME: folder, SHISU_DATA: folder }
  try {
    await assert.rejects(promisify(execFile)(process.execPath, [command], { env }), ({ code, stderr }) => {
      assert.match(String(stderr), /没有找到 cometbft，也没有 Go.*照常以单节点存证运行/)
      return code === 1
    })
    assert.equal(existsSync(join(folder, 'consortium.json')), false)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
