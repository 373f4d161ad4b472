import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Application } from '../../src/consortium/application.ts'
import { sealing } from '../../src/consortium/client.ts'
import { codes } from '../../src/consortium/codes.ts'
import { frame, framer } from '../../src/consortium/frame.ts'
import { State } from '../../src/consortium/state.ts'
import { signerOf, transactionId, writeTransaction } from '../../src/consortium/transaction.ts'
import type { MemberProposal as Proposal } from '../../src/consortium/vote.ts'
import { leafHash, rootOf } from '../../src/standards/tlog/tree.ts'

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
    decided.changed.map(({ name, power }) => [name, power]),
    [['member5', 10]],
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
