import type { FastifyInstance, FastifyRequest } from 'fastify'
import { askNode } from '../../consortium/client.ts'
import { Failure } from '../../failure.ts'
import type { Consortium } from '../ledger/consortium.ts'
import type { Found } from '../ledger/wire.ts'
import { requireSignIn } from './authenticate.ts'
import type { House } from './house.ts'
import { queryOf, workOf } from './records.ts'

const isHash = (text: string) => /^[0-9a-f]{64}$/.test(text)
/** A record by its page's address, or by the end of it: kind and id. */
const recordIn = (text: string) =>
  /(?:^|\/)([a-z-]+)\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:[?#].*)?$/.exec(text)
const isNumber = (text: string) => /^[0-9]{1,15}$/.test(text)

async function ask<Answer>(consortium: Consortium | undefined, path: string): Promise<Answer | undefined> {
  for (const { query } of consortium?.nodes ?? []) {
    const answer = await askNode<Answer>(query, path)
    if (answer !== undefined) return answer
  }
  return undefined
}

/** `GET /api/v1/ledger/search?q=`: a block's height, a leaf's number, a transaction, a record's address, a member's name. */
export function ledgerSearchRoutes(app: FastifyInstance, house: House): void {
  const { sql, ledger } = house
  app.get('/api/v1/ledger/search', async (request) => {
    requireSignIn(request)
    const q = (queryOf(request).q ?? '').trim().toLowerCase().slice(0, 200)
    if (q === '') throw new Failure(422, 'empty', '请输入区块高度、存证序号、交易号、记录的网址或成员名称')
    const record = recordIn(q)
    const found = await Promise.all([
      isNumber(q) ? blocks(ledger.consortium, q) : [],
      isNumber(q) ? leaves(sql, Number(q) - 1) : [],
      isHash(q) ? transactions(ledger.consortium, q) : [],
      record ? versions(request, house, record[1] ?? '', record[2] ?? '') : [],
      isNumber(q) || isHash(q) || record ? [] : members(ledger.consortium, q),
    ])
    return { items: found.flat() }
  })
}

async function blocks(consortium: Consortium | undefined, height: string): Promise<Found[]> {
  const block = await ask<{ height: number; time: string; transactions: unknown[] }>(consortium, `/blocks/${height}`)
  if (!block) return []
  const text = `${block.transactions.length} 笔交易`
  return [{ what: 'block', title: `区块 ${block.height}`, text, at: block.time, block: block.height }]
}

async function transactions(consortium: Consortium | undefined, id: string): Promise<Found[]> {
  const found = await ask<{ height: number; first: number; count: number; signerName: string | null }>(
    consortium,
    `/transactions/${id}`,
  )
  if (!found) return []
  const text = `在区块 ${found.height}，第 ${found.first + 1} 条起共 ${found.count} 条，由 ${found.signerName ?? '已不在联盟的签名者'} 提交`
  return [{ what: 'transaction', title: `交易 ${id.slice(0, 16)}…`, text, block: found.height }]
}

/** A leaf shows nothing of whose it is: whoever is signed in may see it. */
async function leaves(sql: House['sql'], at: number): Promise<Found[]> {
  const rows = await sql<{ index: string; entry: string }[]>`
    select index::text, entry from ledger_leaf where index = ${at}`
  return rows.map(({ index, entry }) => {
    const { at } = JSON.parse(entry) as { at: string }
    return { what: 'leaf', title: `第 ${Number(index) + 1} 条存证`, text: '存于', at }
  })
}

/** The sealed versions of a record; of one that the reader may not read it says as little as of none. */
async function versions(request: FastifyRequest, house: House, name: string, id: string): Promise<Found[]> {
  const kind = house.catalogue.kinds.get(name)
  if (!kind) return []
  try {
    await workOf(request, house).store.history(kind, id)
  } catch (error) {
    if (error instanceof Failure) return []
    throw error
  }
  const rows = await house.sql<{ version: number; index: string | null }[]>`
    select c.version, l.index::text from change c
    left join ledger_leaf l on l.source = 'change' and l.ref = c.seq
    where c.stream = 0 and c.kind = ${name} and c.id = ${id} order by c.version desc limit 20`
  return rows.map(({ version, index }) => ({
    what: 'record',
    title: `${kind.title} 第 ${version} 版`,
    text: index === null ? '还没有存证' : `第 ${Number(index) + 1} 条存证`,
    to: `/records/${kind.name}/${id}`,
  }))
}

async function members(consortium: Consortium | undefined, q: string): Promise<Found[]> {
  const all = await ask<{ name: string; power: number }[]>(consortium, '/members')
  return (all ?? [])
    .filter(({ name }) => name.toLowerCase().includes(q))
    .map(({ name, power }) => ({ what: 'member', title: name, text: `联盟成员，表决权 ${power}` }))
}
