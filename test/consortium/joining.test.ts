import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { agreedCheckpoint, sealing, submit } from '../../src/consortium/client.ts'
import { findCometbft } from '../../src/consortium/cometbft.ts'
import { candidate, layOutJoiner, memberKeys, type NodePlace } from '../../src/consortium/network.ts'
import { signerOf, writeTransaction } from '../../src/consortium/transaction.ts'
import { leafHash } from '../../src/standards/tlog/tree.ts'
import { openRunning, type RunningNetwork, until } from './running.ts'

const cometbft = findCometbft() ?? ''
const skip = cometbft ? false : '没有 cometbft，也没有 Go 可以构建它'
const folder = mkdtempSync(join(tmpdir(), 'shisu-joining-'))
const basePort = 21_000 + (process.pid % 300) * 16

let net: RunningNetwork

before(async () => {
  if (!cometbft) return
  net = await openRunning(cometbft, folder, basePort, { snapshotEvery: 10 })
})
after(async () => {
  await net?.stop()
  rmSync(folder, { recursive: true, force: true })
})

const rpcOf = <Answer>({ rpc }: NodePlace, path: string) =>
  fetch(`http://127.0.0.1:${rpc}/${path}`)
    .then((answer) => answer.json() as Promise<{ result: Answer }>)
    .then(({ result }) => result)
    .catch(() => undefined)

const seed = (at: number) => signerOf(readFileSync(join(net.network.nodes[at]?.home ?? '', 'member.seed')))
const vote = async (what: object, voters = [0, 1, 2]) => {
  for (const at of voters) {
    const transaction = writeTransaction('vote', Buffer.from(JSON.stringify(what)), randomBytes(8), seed(at))
    assert.equal((await submit(`http://127.0.0.1:${net.network.nodes[at]?.rpc}`, transaction)).code, 0)
  }
}
const validators = async () => (await rpcOf<{ total: string }>(net.network.nodes[0] as NodePlace, 'validators'))?.total

test('a fifth node joins by state sync without the history, is voted in, decides with the others, and is voted out', {
  skip,
}, async () => {
  const [first] = net.network.nodes as [NodePlace]
  await net.blocks(11)
  const commit = await rpcOf<{ signed_header: { header: { height: string }; commit: { block_id: { hash: string } } } }>(
    first,
    'commit?height=4',
  )
  const hash = commit?.signed_header.commit.block_id.hash ?? ''
  const place = layOutJoiner(cometbft, net.network, basePort, { height: 4, hash })
  net.network.nodes.push(place)
  net.start(place)
  // What is decided meanwhile lets it see the heads behind the snapshot.
  await until('the fifth node has caught up', async () => {
    await net.blocks(1)
    await sleep(700)
    const [a, b] = await Promise.all([net.status(0), net.status(4)])
    return b.height >= a.height - 1 && b.height > 0
  })
  const info = await rpcOf<{ sync_info: { earliest_block_height: string } }>(place, 'status')
  assert.ok(Number(info?.sync_info.earliest_block_height) >= 10, 'it did not begin at the beginning')

  const proposal = candidate(place, 10)
  await vote(proposal)
  await until('it is a validator', async () => (await validators()) === '5')
  await net.stopNode(0)
  await net.blocks(2, 1)
  await until('it decides with the others', async () => (await net.status(4)).root === (await net.status(1)).root)
  net.start(first)
  await until('the first is back', async () => (await net.status(0)).root === (await net.status(1)).root)

  // Of five, three are not more than two thirds.
  await vote({ ...proposal, power: 0 }, [0, 1, 2, 3])
  await until('it is out', async () => (await validators()) === '4')
  await net.stopNode(4)
  net.network.nodes.pop()
  await net.blocks(1)
})

test('a member’s key is rotated by vote: the new one cosigns, the old one signs nothing more', { skip }, async () => {
  const place = net.network.nodes[3] as NodePlace
  const old = seed(3)
  const fresh = signerOf(randomBytes(32))
  await vote({ ...candidate(place, 10), key: fresh.publicKey.toString('base64') })
  await until('the old key is refused', async () => {
    const answer = await submit(`http://127.0.0.1:${place.rpc}`, sealing([leafHash(Buffer.from('o'))], old))
    return answer.code === 2
  })
  const taken = await submit(`http://127.0.0.1:${place.rpc}`, sealing([leafHash(randomBytes(8))], fresh))
  assert.equal(taken.code, 0)
  await vote(candidate(place, 10))
  await until(
    'and back',
    async () => (await submit(`http://127.0.0.1:${place.rpc}`, sealing([leafHash(randomBytes(8))], old))).code === 0,
  )
})

test('a node restored to an older state, whole or its application alone, catches up with the same heads', {
  skip,
}, async () => {
  const place = net.network.nodes[3] as NodePlace
  const saved = join(folder, 'saved')
  await net.stopNode(3)
  cpSync(place.home, saved, { recursive: true })
  net.start(place)
  await net.blocks(4)
  await net.stopNode(3)
  cpSync(join(saved, 'state.sqlite'), join(place.home, 'state.sqlite'))
  for (const part of ['-wal', '-shm']) rmSync(join(place.home, `state.sqlite${part}`), { force: true })
  net.start(place)
  await until('its application was replayed', async () => (await net.status(3)).root === (await net.status(0)).root)
  await net.stopNode(3)
  rmSync(place.home, { recursive: true })
  cpSync(saved, place.home, { recursive: true })
  net.start(place)
  await net.blocks(2)
  await until('all of it came from the others', async () => (await net.status(3)).root === (await net.status(0)).root)
})

test('[B6.1] [D4.1.1] a node that alters a row is named by the others’ cosignatures, and does not start again', {
  skip,
}, async () => {
  const place = net.network.nodes[3] as NodePlace
  const { nodes } = net.network
  const { height } = await net.status(0)
  await until('all are there', async () => (await net.status(3)).height >= height)
  const other = new DatabaseSync(join(place.home, 'state.sqlite'))
  other.exec('pragma busy_timeout = 5000')
  other.exec(`update block set root = zeroblob(32) where height = ${(await net.status(3)).height}`)
  const agreed = await agreedCheckpoint(
    nodes.map(({ query }) => `http://127.0.0.1:${query}`),
    memberKeys(net.network),
    3,
  )
  assert.deepEqual(agreed?.differing, [place.name])
  other.exec('update leaf set hash = zeroblob(32) where position = 0')
  other.close()
  await net.stopNode(3)
  const said: string[] = []
  net.start(place, (why) => said.push(why))
  await until('it refuses', async () => said.some((why) => /数据被改动，不再启动/.test(why)))
  assert.match(readFileSync(join(place.home, 'node.log'), 'utf8'), /本节点的数据被改动，不能启动：区块 \d+ 的树根/)
  await net.blocks(1)
})
