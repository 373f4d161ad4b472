import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { appendFileSync, closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { formatVerifierKey, type NoteKey } from '../standards/tlog/index.ts'
import type { Genesis } from './abci.ts'
import { p256SignerOf } from './p256.ts'
import { type Signer, signerOf } from './transaction.ts'
import type { MemberProposal } from './vote.ts'

const appFile = fileURLToPath(new URL('./main.ts', import.meta.url))

/** One node's places on this machine. */
export type NodePlace = {
  name: string
  home: string
  socket: string
  host: string
  p2p: number
  rpc: number
  query: number
  /** A command that runs others in surroundings of their own, e.g. in a network namespace. */
  inside?: string[]
}

export type Network = {
  folder: string
  chainId: string
  origin: string
  nodes: NodePlace[]
  gateway: Buffer
  /** Blocks between two snapshots. */
  snapshotEvery: number
}

/** Where nodes listen when not all on loopback. */
export type Surroundings = { host: string; inside?: string[] }

/** Lays out the homes of a new network: keys, genesis, settings. A folder that has one already is left as it is. */
export function layOutNetwork(
  cometbft: string,
  folder: string,
  count: number,
  basePort: number,
  surroundings: readonly Surroundings[] = [],
): Network {
  const known = join(folder, 'network.json')
  if (existsSync(known)) {
    const saved = JSON.parse(readFileSync(known, 'utf8')) as Omit<Network, 'gateway'> & { gateway: string }
    return { ...saved, gateway: Buffer.from(saved.gateway, 'base64') }
  }
  const chainId = `shisu-${randomBytes(4).toString('hex')}`
  const nodes = Array.from({ length: count }, (_, at) =>
    layOutNode(cometbft, { folder, chainId }, at, basePort, surroundings[at]),
  )
  const gateway = randomBytes(32)
  writeGenesis(nodes, chainId, gateway)
  const ids = nodes.map((node) => nodeIdOf(cometbft, node))
  for (const node of nodes) configure(node, nodes, ids)
  const origin = `consortium.example/${chainId}`
  const network: Network = { folder, chainId, origin, nodes, gateway, snapshotEvery: 1000 }
  writeFileSync(known, JSON.stringify({ ...network, gateway: gateway.toString('base64') }, null, 2), { mode: 0o600 })
  return network
}

function layOutNode(
  cometbft: string,
  { folder, chainId }: Pick<Network, 'folder' | 'chainId'>,
  at: number,
  basePort: number,
  { host, inside }: Surroundings = { host: '127.0.0.1' },
): NodePlace {
  const home = join(folder, `node${at + 1}`)
  mkdirSync(home, { recursive: true, mode: 0o700 })
  execFileSync(cometbft, ['init', '--home', home], { stdio: 'ignore' })
  writeFileSync(join(home, 'member.seed'), randomBytes(32), { mode: 0o600 })
  return {
    name: `member${at + 1}.consortium.example`,
    home,
    // Unix sockets have short paths.
    socket: join('/tmp', `${chainId}-${at + 1}.sock`),
    host,
    p2p: basePort + at * 3,
    rpc: basePort + at * 3 + 1,
    query: basePort + at * 3 + 2,
    ...(inside ? { inside } : {}),
  }
}

const nodeIdOf = (cometbft: string, { home }: NodePlace): string =>
  execFileSync(cometbft, ['show-node-id', '--home', home]).toString().trim()

/** A further node's public keys, as the members vote on them. */
export function candidate({ name, home }: NodePlace, power: number): MemberProposal {
  const { pub_key } = JSON.parse(readFileSync(join(home, 'config/priv_validator_key.json'), 'utf8')) as Validator
  const key = signerOf(readFileSync(join(home, 'member.seed'))).publicKey.toString('base64')
  return { name, key, validator: pub_key.value, power }
}

/**
 * Lays out one more node for a network that runs: it begins from a snapshot of the others (state sync), which it believes
 * only as far as the members' signatures over the block whose height and hash it is given.
 */
export function layOutJoiner(
  cometbft: string,
  network: Network,
  basePort: number,
  trusted: { height: number; hash: string },
): NodePlace {
  const { nodes, chainId, folder } = network
  const node = layOutNode(cometbft, network, nodes.length, basePort)
  writeFileSync(join(node.home, 'config/genesis.json'), readFileSync(join(nodes[0]?.home ?? '', 'config/genesis.json')))
  const all = [...nodes, node]
  configure(
    node,
    all,
    all.map((each) => nodeIdOf(cometbft, each)),
    {
      'statesync.enable': 'true',
      'statesync.rpc_servers': `"${nodes
        .slice(0, 2)
        .map(({ host, rpc }) => `http://${host}:${rpc}`)
        .join(',')}"`,
      'statesync.trust_height': String(trusted.height),
      'statesync.trust_hash': `"${trusted.hash}"`,
      'statesync.trust_period': '"168h0m0s"',
      'statesync.discovery_time': '"5s"',
    },
  )
  const grown = { ...network, nodes: all }
  writeFileSync(
    join(folder, 'network.json'),
    JSON.stringify({ ...grown, chainId, gateway: network.gateway.toString('base64') }, null, 2),
    { mode: 0o600 },
  )
  return node
}

/** More than two thirds of the members, all of one power: 3 of 4, 11 of 16. */
export const quorumOf = (members: number): number => Math.floor((members * 2) / 3) + 1

/** The members' keys, under which their cosignatures of checkpoints are known. */
export function memberKeys({ nodes }: Pick<Network, 'nodes'>): NoteKey[] {
  return nodes.map(({ name, home }) => ({
    name,
    type: 'cosignature',
    publicKey: new Uint8Array(signerOf(readFileSync(join(home, 'member.seed'))).publicKey),
  }))
}

/** Lays down what the platform needs to hand its log to this network, readable by its owner alone. */
export async function writeConnection(network: Network, path: string): Promise<void> {
  const { origin, nodes, gateway } = network
  const connection = {
    origin,
    nodes: nodes.map(({ name, host, rpc, query }) => ({
      name,
      rpc: `http://${host}:${rpc}`,
      query: `http://${host}:${query}`,
    })),
    members: await Promise.all(memberKeys(network).map(formatVerifierKey)),
    quorum: quorumOf(nodes.length),
    gateway: gateway.toString('base64'),
  }
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  writeFileSync(path, JSON.stringify(connection, null, 2), { mode: 0o600 })
}

/** The gateway's second key, for what it hands in one by one: quicker to check. Of its own, though both come from one secret. */
export const p256GatewayOf = (gateway: Uint8Array): Signer =>
  p256SignerOf(createHash('sha256').update('p256\n').update(gateway).digest())

type Validator = { pub_key: { type: string; value: string } }

function writeGenesis(nodes: readonly NodePlace[], chainId: string, gateway: Buffer): void {
  const first = JSON.parse(readFileSync(join(nodes[0]?.home ?? '', 'config/genesis.json'), 'utf8'))
  const validators = nodes.map(({ home, name }) => {
    const { pub_key } = JSON.parse(readFileSync(join(home, 'config/priv_validator_key.json'), 'utf8')) as Validator
    const address = createHash('sha256').update(Buffer.from(pub_key.value, 'base64')).digest('hex').slice(0, 40)
    return { address: address.toUpperCase(), pub_key, power: '10', name }
  })
  const state: Genesis = {
    members: nodes.map(({ name, home }, at) => ({
      name,
      key: signerOf(readFileSync(join(home, 'member.seed'))).publicKey.toString('base64'),
      validator: validators[at]?.pub_key.value ?? '',
      power: 10,
    })),
    signers: [signerOf(gateway), p256GatewayOf(gateway)].map(({ publicKey }) => ({
      name: 'gateway.example',
      key: publicKey.toString('base64'),
    })),
  }
  first.consensus_params.block.max_bytes = String(4 * 1024 * 1024)
  const genesis = JSON.stringify({ ...first, chain_id: chainId, validators, app_state: state, app_hash: '' }, null, 2)
  for (const { home } of nodes) writeFileSync(join(home, 'config/genesis.json'), genesis)
}

/** CometBFT's settings, as measured; see docs/decisions/0111. */
function configure(
  node: NodePlace,
  nodes: readonly NodePlace[],
  ids: readonly string[],
  more: Record<string, string> = {},
): void {
  const few = nodes.length <= 4
  const peers = nodes
    .flatMap((other, at) => (other === node ? [] : [`${ids[at]}@${other.host}:${other.p2p}`]))
    .join(',')
  const path = join(node.home, 'config/config.toml')
  const wanted: Record<string, string> = {
    proxy_app: `"unix://${node.socket}"`,
    moniker: `"${node.name}"`,
    // Whoever hands in one by one sends many in one request.
    'rpc.max_request_batch_size': '500',
    'rpc.laddr': `"tcp://${node.host}:${node.rpc}"`,
    'p2p.laddr': `"tcp://${node.host}:${node.p2p}"`,
    'p2p.persistent_peers': `"${peers}"`,
    'p2p.addr_book_strict': 'false',
    'p2p.allow_duplicate_ip': 'true',
    'p2p.flush_throttle_timeout': '"10ms"',
    'p2p.send_rate': '52428800',
    'p2p.recv_rate': '52428800',
    'p2p.max_num_inbound_peers': '40',
    'p2p.max_packet_msg_payload_size': '16384',
    'mempool.recheck': 'false',
    'mempool.size': '20000',
    'mempool.cache_size': '100000',
    'consensus.timeout_commit': few ? '"300ms"' : '"1s"',
    'consensus.peer_gossip_sleep_duration': few ? '"10ms"' : '"50ms"',
    'consensus.create_empty_blocks': 'false',
    'tx_index.indexer': '"null"',
    'instrumentation.prometheus': 'false',
    log_level: '"error"',
    ...more,
    ...(few ? {} : { 'mempool.experimental_max_gossip_connections_to_persistent_peers': '4' }),
  }
  let section = ''
  const lines = readFileSync(path, 'utf8')
    .split('\n')
    .map((line) => {
      section = /^\[(.+)\]$/.exec(line)?.[1] ?? section
      const name = /^([a-z0-9_-]+) = /.exec(line)?.[1]
      const key = section ? `${section}.${name}` : `${name}`
      return name && wanted[key] !== undefined ? `${name} = ${wanted[key]}` : line
    })
  writeFileSync(path, lines.join('\n'))
}

const firstWaitMs = 500

/**
 * Keeps what CometBFT says. When it cannot write a block (a full disk), it says so and stays, deciding nothing and
 * answering everything: it is ended, so that it begins anew.
 */
function watchOutput(comet: ChildProcess, path: string): void {
  for (const stream of [comet.stdout, comet.stderr])
    stream?.on('data', (text: Buffer) => {
      if (text.includes('CONSENSUS FAILURE')) comet.kill('SIGKILL')
      try {
        appendFileSync(path, text)
      } catch {
        // No room for words either.
      }
    })
}

/** The application found its own state changed by another hand: starting it again would find the same. */
const tampered = 3

/**
 * Starts a node: application first, then CometBFT. When either ends, the other cannot go on: both are started anew, but
 * for a node whose data were changed behind its back.
 */
export function runNode(cometbft: string, network: Network, place: NodePlace, onExit?: (why: string) => void) {
  let stopping = false
  let pair: ChildProcess[] = []
  let ended: Promise<unknown> = Promise.resolve()
  let waitMs = firstWaitMs
  const start = () => {
    const startedAt = Date.now()
    const log = openSync(join(place.home, 'node.log'), 'a')
    const run = (command: string, args: string[], out: number | 'pipe') => {
      const [first = command, ...rest] = [...(place.inside ?? []), command, ...args]
      return spawn(first, rest, { stdio: ['ignore', out, out] })
    }
    const app = run(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', appFile, ...appArguments(network, place)],
      log,
    )
    closeSync(log)
    const comet = run(cometbft, ['start', '--home', place.home], 'pipe')
    watchOutput(comet, join(place.home, 'node.log'))
    pair = [app, comet]
    const gone = (child: ChildProcess) => new Promise((done) => child.once('exit', done))
    ended = Promise.all([gone(app), gone(comet)])
    for (const child of pair)
      child.once('exit', () => {
        for (const other of pair) other.kill(stopping ? 'SIGTERM' : 'SIGKILL')
      })
    void ended.then(() => {
      if (stopping) return
      if (app.exitCode === tampered) return onExit?.(`${place.name} 的数据被改动，不再启动：请从快照重新加入`)
      onExit?.(`${place.name} 停止，重新启动`)
      waitMs = Date.now() - startedAt > 3000 ? firstWaitMs : Math.min(waitMs * 2, 10_000)
      setTimeout(() => stopping || start(), waitMs)
    })
  }
  start()
  return {
    place,
    processes: () => ({ app: pair[0] as ChildProcess, comet: pair[1] as ChildProcess }),
    stop: async () => {
      stopping = true
      // CometBFT first: it stops itself in disorder where the application goes before it.
      pair[1]?.kill('SIGTERM')
      await ended
    },
  }
}

function appArguments({ origin, snapshotEvery }: Network, { home, socket, host, query, name }: NodePlace): string[] {
  const given = { home, socket, host, 'query-port': query, name, origin, 'snapshot-every': snapshotEvery }
  return Object.entries(given).flatMap(([option, value]) => [`--${option}`, String(value)])
}
