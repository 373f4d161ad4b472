import { createServer, type Server } from 'node:http'
import { cosignatureLine, formatCheckpoint, type NoteSigner } from '../standards/tlog/index.ts'
import { tiledTree } from '../standards/tlog/tree.ts'
import type { Refusal } from './refusals.ts'
import type { State } from './state.ts'

const hex = (bytes: unknown) => Buffer.from(bytes as Uint8Array).toString('hex')
const isHash = (text: string) => /^[0-9a-f]{64}$/.test(text)
const isCount = (text: string) => /^[0-9]{1,15}$/.test(text)

/** What is asked for: the name behind the route's own, and a number that narrows it. */
type Asked = { name: string; size?: number }

/** Answers kept ready; what stands in a block never changes. */
const keptMax = 20_000

/**
 * What a node knows, for whoever asks: `/status`, `/blocks`, `/blocks/{height}`, `/transactions/{id}`,
 * `/proofs/{leaf hash}?size=`, `/checkpoint`, `/checkpoint/{height}` (a head with this member's cosignature), `/members`,
 * `/signers`, `/sites/{origin}`, `/anchors`, `/refusals`.
 */
export function serveQueries(
  state: State,
  origin: string,
  cosigner: NoteSigner,
  refusals: () => Refusal[] = () => [],
): Server {
  const answers = answersOf(state, origin, cosigner, refusals)
  const kept = new Map<string, Buffer>()
  return createServer(async (request, reply) => {
    const url = request.url ?? ''
    try {
      let body = kept.get(url)
      if (!body) {
        const [path = '', query = ''] = url.split('?')
        const [, first = '', name = ''] = path.split('/')
        const size = /^size=([0-9]{1,15})$/.exec(query)?.[1]
        const found = await answers[first]?.({
          name: decodeURIComponent(name),
          ...(size ? { size: Number(size) } : {}),
        })
        if (found === undefined) return void reply.writeHead(404, { 'content-type': json }).end('{"error":"not found"}')
        body = Buffer.from(typeof found === 'string' ? found : JSON.stringify(found))
        if (stays(first, name, size)) {
          if (kept.size >= keptMax) kept.clear()
          kept.set(url, body)
        }
      }
      const type = url.startsWith('/checkpoint') ? 'text/plain; charset=utf-8' : json
      reply.writeHead(200, { 'content-type': type, 'content-length': body.length }).end(body)
    } catch (error) {
      reply.writeHead(500).end(error instanceof Error ? error.message : '')
    }
  })
}

const json = 'application/json'

/** Whether an answer can never be another: what lies in a block, and a proof in a tree of a given size. */
const stays = (first: string, name: string, size: string | undefined) =>
  first === 'transactions' || (first === 'blocks' && name !== '') || (first === 'proofs' && size !== undefined)

function answersOf(state: State, origin: string, cosigner: NoteSigner, refusals: () => Refusal[]) {
  /** The head of a block, cosigned: the time is the block's, so that a member never says two things of one head. */
  const checkpoint = async ({ name }: Asked) => {
    const height = name === '' ? state.last().height : isCount(name) ? Number(name) : -1
    const row = state.sql('select time, size, root from block where height = ?').get(height)
    if (!row) return undefined
    const root = new Uint8Array(row.root as Uint8Array)
    const text = formatCheckpoint({ origin, size: Number(row.size), root })
    return `${text}\n${await cosignatureLine(cosigner, text, BigInt(Number(row.time)))}`
  }
  const proof = async ({ name, size: wanted }: Asked) => {
    const row =
      isHash(name) &&
      state.sql('select min(position) as position from leaf where hash = ?').get(Buffer.from(name, 'hex'))
    if (!row || row.position === null) return undefined
    const index = Number(row.position)
    const size = Math.min(wanted ?? Number.MAX_SAFE_INTEGER, state.size())
    if (index >= size) return undefined
    const tree = tiledTree(size, async (level, index, width) => Buffer.concat(state.hashes(level, index * 256, width)))
    const path = await tree.inclusion(index)
    return { index, size, path: path.map((each) => Buffer.from(each).toString('base64')) }
  }
  const answers: Readonly<Record<string, (asked: Asked) => unknown>> = {
    checkpoint,
    proofs: proof,
    refusals,
    status: () => {
      const { height, size, root } = state.last()
      return { height, size, root: root.toString('hex'), member: cosigner.name }
    },
    blocks: ({ name }) => (name === '' ? recentBlocks(state) : isCount(name) ? block(state, Number(name)) : undefined),
    transactions: ({ name }) => (isHash(name) ? transaction(state, name) : undefined),
    members: () =>
      state.members().map(({ name, key, validator, power }) => ({
        name,
        key: key.toString('base64'),
        validator: validator.toString('base64'),
        power,
      })),
    signers: () =>
      state
        .sql('select name, key, allowed from signer order by name, key')
        .all()
        .map(({ name, key, allowed }) => ({
          name,
          key: Buffer.from(key as Uint8Array).toString('base64'),
          allowed: allowed === 1,
        })),
    sites: ({ name }) => {
      const site = state.site(name)
      return site && { origin: site.origin, signer: site.signer, size: site.size, anchored: site.anchored }
    },
    anchors: () =>
      state.sql('select origin, size, position, height from anchor order by height desc, size desc limit 50').all(),
  }
  return answers
}

function recentBlocks(state: State) {
  return state
    .sql(
      `select b.height, b.time, b.size, b.root, (select count(*) from transact t where t.height = b.height) as transactions
       from block b where exists (select 1 from transact t where t.height = b.height) order by b.height desc limit 30`,
    )
    .all()
    .map(({ height, time, size, root, transactions }) => ({
      height,
      time: new Date(Number(time) * 1000).toISOString(),
      size,
      root: hex(root),
      transactions,
    }))
}

function block(state: State, height: number) {
  const row = state.sql('select * from block where height = ?').get(height)
  if (!row) return undefined
  const transactions = state
    .sql('select id, act, first, count from transact where height = ? order by first limit 1000')
    .all(height)
  return {
    height,
    time: new Date(Number(row.time) * 1000).toISOString(),
    size: Number(row.size),
    root: hex(row.root),
    transactions: transactions.map(({ id, act, first, count }) => ({ id: hex(id), act, first, count })),
  }
}

function transaction(state: State, id: string) {
  const row = state.sql('select * from transact where id = ?').get(Buffer.from(id, 'hex'))
  if (!row) return undefined
  const { act, height, first, count } = row
  const signer = Buffer.from(row.signer as Uint8Array)
  return { id, act, height, first, count, signer: signer.toString('hex'), signerName: state.signer(signer) ?? null }
}
