import type { FastifyInstance } from 'fastify'
import { askNode } from '../../consortium/client.ts'
import { Failure, notFound } from '../../failure.ts'
import type { Consortium } from '../ledger/consortium.ts'
import { requireSignIn } from './authenticate.ts'
import type { House } from './house.ts'

type Status = { height: number; size: number; root: string }

/** How one node answers: where it stands and how long it took; null where it does not answer. */
async function nodeState({ name, query }: Consortium['nodes'][number]) {
  const started = performance.now()
  const status = await askNode<Status>(query, '/status')
  return { name, status: status ?? null, latencyMs: Math.round(performance.now() - started) }
}

/** The first node's answer that knows of it. */
async function ask<Answer>({ nodes }: Consortium, path: string): Promise<Answer | undefined> {
  for (const { query } of nodes) {
    const answer = await askNode<Answer>(query, path)
    if (answer !== undefined) return answer
  }
  return undefined
}

/**
 * The consortium as this site sees it, for the desk: nodes and how they answer, members, recent blocks, anchored heads, and
 * how far our own log has been handed in; one block; one transaction.
 */
export function consortiumRoutes(app: FastifyInstance, { sql, ledger }: House): void {
  const consortiumOf = (): Consortium => {
    if (!ledger.consortium) throw new Failure(404, 'no-consortium', '本平台没有接入联盟链，存证由本地日志和见证方保证')
    return ledger.consortium
  }

  app.get('/api/v1/ledger/consortium', async (request) => {
    requireSignIn(request)
    const consortium = consortiumOf()
    const { origin, quorum, nodes } = consortium
    const [states, blocks, anchors, members] = await Promise.all([
      Promise.all(nodes.map(nodeState)),
      ask<unknown[]>(consortium, '/blocks'),
      ask<unknown[]>(consortium, '/anchors'),
      ask<{ name: string; power: number }[]>(consortium, '/members'),
    ])
    const [handed] = await sql`
      select coalesce(max(size) filter (where act = 'extend' and position is not null), 0)::float8 as leaves,
        coalesce(max(size) filter (where act = 'anchor' and position is not null), 0)::float8 as anchored,
        max(confirmed_at) as at,
        (avg(extract(epoch from confirmed_at - made_at)) filter (where confirmed_at > now() - interval '1 hour'))::float8 as "meanS"
      from consortium_transaction where consortium = ${origin}`
    const [head] = await sql`
      select size::float8 as size, height::float8 as height, at from consortium_checkpoint
      where consortium = ${origin} order by size desc limit 1`
    return {
      origin,
      quorum,
      nodes: states,
      members: members ?? [],
      blocks: blocks ?? [],
      anchors: anchors ?? [],
      handed,
      head: head ?? null,
    }
  })

  app.get('/api/v1/ledger/consortium/blocks/:height', async (request) => {
    requireSignIn(request)
    const { height } = request.params as { height: string }
    const found = /^[0-9]{1,15}$/.test(height) ? await ask(consortiumOf(), `/blocks/${height}`) : undefined
    if (!found) throw notFound('这个区块')
    return found
  })

  app.get('/api/v1/ledger/consortium/transactions/:id', async (request) => {
    requireSignIn(request)
    const { id } = request.params as { id: string }
    const found = /^[0-9a-f]{64}$/.test(id) ? await ask(consortiumOf(), `/transactions/${id}`) : undefined
    if (!found) throw notFound('这笔交易')
    return found
  })
}
