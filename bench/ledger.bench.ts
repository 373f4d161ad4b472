// `npm run bench -- ledger --nodes 4|16 [--seconds N]`: the log on one site, and the consortium, each figure labelled by kind.
import { fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import postgres from 'postgres'
import { sealing } from '../src/consortium/client.ts'
import { bringCometbft } from '../src/consortium/cometbft.ts'
import { layOutNetwork, type Network, p256GatewayOf, runNode } from '../src/consortium/network.ts'
import { signerOf, transactionId } from '../src/consortium/transaction.ts'
import { seal } from '../src/ledger/index.ts'
import { ledgerSources } from '../src/ledger-sources.ts'
import { benchDatabase, figure, load, machine, percentile } from './frame.ts'
import { hand } from './hand.ts'
import { applicationParts } from './ledger-parts.ts'
import { processorOf } from './processor.ts'

const { values } = parseArgs({
  options: {
    nodes: { type: 'string' },
    seconds: { type: 'string', default: '15' },
    rate: { type: 'string' },
    only: { type: 'string', default: 'parts site tx records query' },
    suite: { type: 'string', default: 'p256' },
  },
})
const seconds = Number(values.seconds)

/** Transactions in one request to a node, as its settings allow. */
const requestMax = 200

const wanted = (part: string) => (values.only ?? '').split(/[ ,]+/).includes(part)

const database = await benchDatabase()
try {
  await machine(database.sql)
  if (wanted('parts')) applicationParts()
  if (wanted('site')) await singleSite()
} finally {
  await database.close()
}
if (values.nodes) await consortium(Number(values.nodes))

/** Leaves sealed from a full feed, and what a running sealer costs a business write. */
async function singleSite(): Promise<void> {
  const sql = postgres(database.url, { max: 4, onnotice: () => {}, connection: { role: 'shisu_web', TimeZone: 'UTC' } })
  const rows = 100_000
  await write(sql, rows)
  const started = performance.now()
  const cpu = process.cpuUsage()
  const sealed = await seal(sql, ledgerSources())
  const { user, system } = process.cpuUsage(cpu)
  const took = (performance.now() - started) / 1000
  if (sealed !== rows) throw new Error(`${sealed} of ${rows} sealed`)
  figure('ledger.seal.rate', rows / took, 'leaves/s')
  figure('ledger.seal.cpuUs', (user + system) / rows, 'µs of Node a leaf, beside the database')

  const writes = async (ms: number) => {
    let count = 0
    for (const end = Date.now() + ms; Date.now() < end; count++) await write(sql, 1)
    return count
  }
  const sealer = startSealer(database.url)
  // In turns, so that what else happens on the machine falls on both alike.
  const [rounds, roundMs] = [4, 6000]
  let without = 0
  let beside = 0
  let besideSealed = 0
  for (let round = 0; round < rounds; round++) {
    without += await writes(roundMs)
    // What was written without it is not held against it.
    await seal(sql, ledgerSources())
    await sealer.turn('on')
    beside += await writes(roundMs)
    besideSealed += await sealer.turn('off')
  }
  await sealer.stop()
  figure('ledger.write.alone', (without / rounds / roundMs) * 1000, 'writes/s')
  figure('ledger.slowdown', 1 - beside / without, 'share')
  figure('ledger.slowdown.sealed', besideSealed / beside, 'of what was written meanwhile')
  await sql.end()
}

/** Seals in a process of its own beside the writers, as the platform does; each turn tells how many leaves the last made. */
function startSealer(url: string) {
  const child = fork(new URL('./sealer.ts', import.meta.url), [url], { execArgv: [] })
  return {
    async turn(to: 'on' | 'off'): Promise<number> {
      const answer = once(child, 'message')
      child.send(to)
      return ((await answer) as [number])[0]
    },
    async stop() {
      const ended = once(child, 'exit')
      child.disconnect()
      await ended
    },
  }
}

async function write(sql: postgres.Sql, rows: number): Promise<void> {
  await sql`
    insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
    select '01920000-0000-7000-8000-000000000001', 'sample', gen_random_uuid(), 1, 1, '{"name":"示例"}', '450204',
      jsonb_build_object('name', '示例螺蛳粉', 'weight', 300.50, 'n', n, 'day', '2026-11-02', 'result', 'fit')
    from generate_series(1, ${rows}::int) n`
}

async function consortium(count: number): Promise<void> {
  const cometbft = bringCometbft((text) => console.log(text))
  if (!cometbft) {
    console.log('没有 cometbft，也没有 Go：联盟链的数字没有测')
    return
  }
  const folder = mkdtempSync(join(tmpdir(), 'shisu-bench-consortium-'))
  const network = layOutNetwork(cometbft, folder, count, 23_000)
  const nodes = network.nodes.map((place) => runNode(cometbft, network, place, console.log))
  try {
    await running(network)
    const offered = Number(values.rate ?? (count <= 4 ? 1600 : 400))
    if (wanted('tx')) {
      console.log(
        `kind 1: ${count} nodes, one leaf a transaction, each signed (${values.suite}), each signature verified by every node`,
      )
      await run(network, { name: 'ledger.tx', hashes: 1, offered, cpu: nodes })
    }
    if (wanted('records')) {
      console.log(`kind 2: ${count} nodes, 1,000 leaves a transaction, each leaf provable by itself`)
      await run(network, { name: 'ledger.records', hashes: 1000, offered: count <= 4 ? 40 : 20, cpu: nodes })
    }
    if (wanted('query')) {
      console.log(`kind 3: queries of one node`)
      await queries(network)
    }
  } finally {
    await Promise.all(nodes.map((node) => node.stop()))
    rmSync(folder, { recursive: true, force: true })
  }
}

function gatewayOf({ gateway }: Network) {
  return values.suite === 'p256' ? p256GatewayOf(gateway) : signerOf(gateway)
}

type Status = { height: number; size: number }
function status(query: number): Promise<Status> {
  return fetch(`http://127.0.0.1:${query}/status`)
    .then((answer) => answer.json() as Promise<Status>)
    .catch(() => ({ height: -1, size: -1 }))
}

async function running(network: Network): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt++) {
    const all = await Promise.all(network.nodes.map(({ query }) => status(query)))
    if (all.every(({ height }) => height >= 1)) return
    await sleep(200)
  }
  throw new Error('the nodes did not start')
}

type Load = { name: string; hashes: number; offered: number; cpu: ReturnType<typeof runNode>[] }

/** Offers transactions at a steady pace and waits until every node has what was acknowledged. */
async function run(network: Network, { name, hashes, offered, cpu }: Load): Promise<void> {
  const gateway = gatewayOf(network)
  const total = offered * seconds
  const transactions = Array.from({ length: total }, () =>
    sealing(
      Array.from({ length: hashes }, () => randomBytes(32)),
      gateway,
    ),
  )
  const before = await Promise.all(network.nodes.map(({ query }) => status(query)))
  const watch = watcher(network)
  const used = cpuOf(cpu)
  const started = performance.now()
  const sentAt = await offer(network, transactions, offered)
  const taken = [...sentAt.keys()]
  const size = (before[0]?.size ?? 0) + taken.length * hashes
  for (const end = Date.now() + 90_000; Date.now() < end; await sleep(50)) if (watch.smallest() >= size) break
  const took = ((watch.reached(size) ?? performance.now()) - started) / 1000
  const spent = used()
  await watch.stop()
  const latencies: number[] = []
  for (const at of taken.filter((_, n) => n % Math.ceil(taken.length / 2000) === 0)) {
    const id = transactionId(transactions[at] as Buffer).toString('hex')
    const answer = await fetch(`http://127.0.0.1:${network.nodes[0]?.query}/transactions/${id}`)
    const { height } = (await answer.json()) as { height?: number }
    const seen = height === undefined ? undefined : watch.heightSeen(height)
    if (seen !== undefined) latencies.push((seen - (sentAt.get(at) ?? 0)) / 1000)
  }
  figure(`${name}.offered`, offered * hashes, '/s')
  figure(`${name}.refused`, total - taken.length, 'transactions')
  figure(`${name}.rate`, (taken.length * hashes) / took, '/s')
  figure(`${name}.meanS`, latencies.reduce((sum, each) => sum + each, 0) / latencies.length, 's')
  figure(`${name}.p95S`, percentile(latencies, 0.95), 's')
  figure(`${name}.cpu.application`, spent.app / took, 'cores')
  figure(`${name}.cpu.cometbft`, spent.comet / took, 'cores')
  extrapolate(name, network.nodes.length, { units: taken.length * hashes, took, ...spent })
}

/**
 * What this machine could do at most for so many nodes, and what each node could with a core of its own. A node checks every
 * signature itself and keeps every leaf itself, wherever the other nodes run: what it spends on one is its own. With their
 * number only votes (one a node and block, not a transaction) and gossip (to 4 peers, as set) grow, and both are in what was
 * spent here, where all nodes ran.
 */
function extrapolate(
  name: string,
  nodes: number,
  { units, took, app, comet }: { units: number; took: number; app: number; comet: number },
): void {
  const us = (seconds: number) => (seconds * 1e6) / units / nodes
  figure(`${name}.cpuUs.application`, us(app), 'µs of a node for one')
  figure(`${name}.cpuUs.cometbft`, us(comet), 'µs of a node for one')
  const each = us(app) + us(comet)
  const cores = availableParallelism()
  const together = (cores * 1e6) / (each * nodes)
  const alone = 1e6 / each
  console.log(
    `${nodes} nodes spent ${((app + comet) / took).toFixed(2)} of ${cores} cores; ${each.toFixed(0)} µs a node for one, votes, gossip and blocks included:`,
  )
  console.log(
    `  ${cores} cores for all nodes end at ${cores} s / (${nodes} x ${each.toFixed(0)} µs) = ${together.toFixed(0)}/s`,
  )
  console.log(
    `  a core for each node ends at 1 s / ${each.toFixed(0)} µs = ${alone.toFixed(0)}/s: no node waits for another's processor`,
  )
  figure(`${name}.onThisMachineAtMost`, together, '/s, computed')
  figure(`${name}.withACoreForEachNode`, alone, '/s, extrapolated')
}

/**
 * Sends to the nodes in turn, at most `perSecond`, many in one request, each a transaction of its own; what is refused because
 * a node is full is offered again. Resolves with the moment at which each taken one was first sent. It counts only once every
 * node has it in a block.
 */
async function offer(
  network: Network,
  transactions: readonly Buffer[],
  perSecond: number,
): Promise<Map<number, number>> {
  const taken = new Map<number, number>()
  const started = performance.now()
  const first = new Map<number, number>()
  const rest = transactions.map((_, at) => at)
  const inRequest = Math.min(requestMax, Math.max(1, Math.floor(perSecond / 40)))
  let next = 0
  const sender = async (rpc: number) => {
    while (rest.length > 0) {
      const due = started + (next / perSecond) * 1000
      if (due > performance.now()) await sleep(due - performance.now())
      const mine = rest.splice(0, inRequest)
      // The others took the last while this one waited for its turn.
      if (mine.length === 0) continue
      next += mine.length
      for (const at of mine) if (!first.has(at)) first.set(at, performance.now())
      const refused = await hand(
        rpc,
        mine.map((at) => transactions[at] as Buffer),
      )
      for (const [n, at] of mine.entries()) refused.has(n) ? rest.push(at) : taken.set(at, first.get(at) ?? 0)
      if (refused.size > 0) await sleep(200)
    }
  }
  await Promise.all(network.nodes.flatMap(({ rpc }) => [sender(rpc), sender(rpc)]))
  return taken
}

/** Watches every node: when the last of them had a height and a size. */
function watcher(network: Network) {
  const last = network.nodes.map((): Status => ({ height: 0, size: 0 }))
  const heights = new Map<number, number>()
  const sizes: { size: number; at: number }[] = []
  let going = true
  const done = Promise.all(
    network.nodes.map(async ({ query }, node) => {
      while (going) {
        last[node] = await status(query)
        const height = Math.min(...last.map((each) => each.height))
        const size = Math.min(...last.map((each) => each.size))
        const at = performance.now()
        if (!heights.has(height)) heights.set(height, at)
        if (size > (sizes.at(-1)?.size ?? -1)) sizes.push({ size, at })
        await sleep(100)
      }
    }),
  )
  return {
    smallest: () => Math.min(...last.map((each) => each.size)),
    reached: (size: number) => sizes.find((each) => each.size >= size)?.at,
    heightSeen: (height: number) =>
      [...heights]
        .filter(([each]) => each >= height)
        .map(([, at]) => at)
        .sort((a, b) => a - b)[0],
    stop: () => {
      going = false
      return done
    },
  }
}

/** CPU seconds that applications and CometBFTs use from now on (Linux). */
function cpuOf(nodes: ReturnType<typeof runNode>[]) {
  const sum = (which: 'app' | 'comet') =>
    nodes.reduce((total, node) => total + processorOf(node.processes()[which].pid), 0)
  const before = { app: sum('app'), comet: sum('comet') }
  return () => ({ app: sum('app') - before.app, comet: sum('comet') - before.comet })
}

/** Blocks, transactions and proofs in turn, over HTTP, while leaves go on being written. */
async function queries(network: Network): Promise<void> {
  const node = network.nodes[0]
  const url = `http://127.0.0.1:${node?.query}`
  const { height } = await status(node?.query ?? 0)
  const blocks = await Promise.all(
    Array.from({ length: Math.min(height, 20) }, async (_, at) => {
      const answer = await fetch(`${url}/blocks/${height - at}`)
      return (await answer.json()) as { transactions: { id: string }[] }
    }),
  )
  const ids = blocks.flatMap(({ transactions }) => transactions.map(({ id }) => id))
  let writing = true
  const gateway = gatewayOf(network)
  const writer = (async () => {
    while (writing) {
      const transactions = Array.from({ length: 50 }, () => sealing([randomBytes(32)], gateway))
      await offer(network, transactions, 200)
    }
  })()
  // It is waited for below; one that fails before then must not end the bench without ending the nodes.
  writer.catch(() => {})
  const answered = await load({
    url,
    seconds: 8,
    connections: 20,
    request: (index) => ({
      method: 'GET',
      path: index % 2 === 0 ? `/blocks/${height - (index % 10)}` : `/transactions/${ids[index % ids.length]}`,
    }),
  })
  writing = false
  await writer
  figure('ledger.query.rate', (answered.statuses[200] ?? 0) / 8, '/s')
  figure(
    'ledger.query.meanS',
    answered.latenciesMs.reduce((sum, each) => sum + each, 0) / answered.latenciesMs.length / 1000,
    's',
  )
  figure('ledger.query.p99ms', percentile(answered.latenciesMs, 0.99), 'ms')
}
