import { createServer, type Server } from 'node:http'
import { canonical } from '../standards/jcs/index.ts'
import { cosignatureLine, formatCheckpoint, type NoteSigner } from '../standards/tlog/index.ts'
import { tiledTree } from '../standards/tlog/tree.ts'
import type { State } from './state.ts'

const hex = (bytes: unknown) => Buffer.from(bytes as Uint8Array).toString('hex')
const isHash = (text: string) => /^[0-9a-f]{64}$/.test(text)

/**
 * What a node knows, for whoever asks: `/status`, `/blocks/{height}`, `/transactions/{id}`, `/proofs/{leaf hash}`,
 * `/checkpoint` (the newest head with this member's cosignature), `/members`.
 */
export function serveQueries(state: State, origin: string, cosigner: NoteSigner): Server {
  let newest: { height: number; text: string } | undefined
  const checkpoint = async () => {
    const { height, size, root } = state.last()
    if (newest?.height === height) return newest.text
    const text = formatCheckpoint({ origin, size, root: new Uint8Array(root) })
    const row = state.sql('select time from block where height = ?').get(height)
    const seconds = BigInt(Number(row?.time ?? 0))
    newest = { height, text: `${text}\n${await cosignatureLine(cosigner, text, seconds)}` }
    return newest.text
  }
  const block = (height: string) => {
    const row = /^[0-9]{1,15}$/.test(height) && state.sql('select * from block where height = ?').get(Number(height))
    if (!row) return undefined
    const transactions = state
      .sql('select id, first, count from transact where height = ? order by first limit 1000')
      .all(Number(height))
    return {
      height: Number(row.height),
      time: new Date(Number(row.time) * 1000).toISOString(),
      size: Number(row.size),
      root: hex(row.root),
      transactions: transactions.map(({ id, first, count }) => ({
        id: hex(id),
        first: Number(first),
        count: Number(count),
      })),
    }
  }
  const transaction = (id: string) => {
    const row = isHash(id) && state.sql('select * from transact where id = ?').get(Buffer.from(id, 'hex'))
    return row
      ? { id, height: Number(row.height), first: Number(row.first), count: Number(row.count), signer: hex(row.signer) }
      : undefined
  }
  const proof = async (hash: string) => {
    const row =
      isHash(hash) &&
      state.sql('select min(position) as position from leaf where hash = ?').get(Buffer.from(hash, 'hex'))
    if (!row || row.position === null) return undefined
    const { size } = state.last()
    const tree = tiledTree(size, async (level, index, width) => Buffer.concat(state.hashes(level, index * 256, width)))
    const path = await tree.inclusion(Number(row.position))
    return {
      index: Number(row.position),
      size,
      path: path.map((each) => Buffer.from(each).toString('base64')),
      checkpoint: await checkpoint(),
    }
  }
  const routes: Readonly<Record<string, (name: string) => unknown>> = {
    status: () => {
      const { height, size, root } = state.last()
      return { height, size, root: root.toString('hex'), member: cosigner.name }
    },
    blocks: block,
    transactions: transaction,
    proofs: proof,
    members: () =>
      state.members().map(({ name, key, validator, power }) => ({
        name,
        key: key.toString('base64'),
        validator: validator.toString('base64'),
        power,
      })),
  }
  return createServer(async (request, reply) => {
    const [, first = '', name = ''] = (request.url ?? '').split('?')[0]?.split('/') ?? []
    try {
      if (first === 'checkpoint')
        return void reply.setHeader('content-type', 'text/plain; charset=utf-8').end(await checkpoint())
      const found = await routes[first]?.(name)
      const body = found === undefined ? canonical({ error: 'not found' }) : JSON.stringify(found)
      reply.writeHead(found === undefined ? 404 : 200, { 'content-type': 'application/json' }).end(body)
    } catch (error) {
      reply.writeHead(500).end(error instanceof Error ? error.message : '')
    }
  })
}
