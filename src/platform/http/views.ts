import type { FastifyInstance, FastifyRequest } from 'fastify'
import { invalid, notFound } from '../../failure.ts'
import { isId } from '../../language/index.ts'
import type { Actor } from '../access/actor.ts'
import { requireScope } from './authenticate.ts'
import type { House } from './house.ts'

/** Views that one account keeps of one kind. */
const viewsMax = 50

type Params = { kind: string; id: string }

function input(body: unknown): { name: string; query: string; shared: boolean } {
  const { name, query, shared = false } = (body ?? {}) as Record<string, unknown>
  const title = typeof name === 'string' ? name.trim() : ''
  const problems = [
    ...(title.length >= 1 && title.length <= 40
      ? []
      : [{ code: 'missing', text: '请给视图起个名字（40 字以内）', at: '/name' }]),
    ...(typeof query === 'string' && query.length <= 2000
      ? []
      : [{ code: 'wrong-type', text: '筛选条件太长', at: '/query' }]),
    ...(typeof shared === 'boolean' ? [] : [{ code: 'wrong-type', text: '是否共享应为是或否', at: '/shared' }]),
  ]
  if (problems.length > 0) throw invalid(problems)
  return { name: title, query: String(query), shared: shared === true }
}

/** Names of columns in the order of the list; undefined for the declared ones. */
function columnsOf(body: unknown): string | undefined {
  const { columns } = (body ?? {}) as { columns?: unknown }
  if (columns === null) return undefined
  const isList = Array.isArray(columns) && columns.length > 0 && columns.length <= 60
  if (isList && columns.every((name) => typeof name === 'string' && /^[A-Za-z]\w{0,30}$/.test(name)))
    return columns.join(',')
  throw invalid([{ code: 'wrong-type', text: '请至少选择一列', at: '/columns' }])
}

/** Saved filters of a list, one's own and those that colleagues of the same owner share; one's own columns. */
export function viewRoutes(app: FastifyInstance, house: House): void {
  const { sql } = house
  const here = (request: FastifyRequest): { actor: Actor; params: Params } => {
    const actor = requireScope(request, 'desk')
    const params = request.params as Params
    if (!house.catalogue.kinds.has(params.kind) || (params.id !== undefined && !isId(params.id)))
      throw notFound('这个视图')
    return { actor, params }
  }

  app.get('/api/v1/views/:kind', async (request) => {
    const { actor, params } = here(request)
    const items = await sql`
      select id, name, query, shared, account_id = ${actor.userId} as own, updated_at as "updatedAt" from saved_view
      where owner_id = ${actor.ownerId} and kind = ${params.kind} and (shared or account_id = ${actor.userId})
      order by name, id`
    const [own] = await sql<{ columns: string }[]>`
      select columns from list_columns where account_id = ${actor.userId} and kind = ${params.kind}`
    return { items, columns: own?.columns.split(',') ?? null }
  })

  app.put('/api/v1/views/:kind/columns', async (request) => {
    const { actor, params } = here(request)
    const columns = columnsOf(request.body)
    if (columns === undefined)
      await sql`delete from list_columns where account_id = ${actor.userId} and kind = ${params.kind}`
    else
      await sql`
        insert into list_columns (account_id, kind, columns, updated_at)
        values (${actor.userId}, ${params.kind}, ${columns}, ${house.clock()})
        on conflict (account_id, kind) do update set columns = excluded.columns, updated_at = excluded.updated_at`
    return { columns: columns?.split(',') ?? null }
  })

  app.put('/api/v1/views/:kind/:id', async (request) => {
    const { actor, params } = here(request)
    const view = input(request.body)
    const [{ n } = { n: 0 }] = await sql<{ n: number }[]>`
      select count(*)::int as n from saved_view where account_id = ${actor.userId} and owner_id = ${actor.ownerId}
        and kind = ${params.kind} and id <> ${params.id}`
    if (n >= viewsMax)
      throw invalid([{ code: 'too-many', text: `最多保存 ${viewsMax} 个视图，请先删除不用的`, at: '/name' }])
    const [saved] = await sql`
      insert into saved_view as v (owner_id, id, account_id, kind, name, query, shared, updated_at)
      values (${actor.ownerId}, ${params.id}, ${actor.userId}, ${params.kind}, ${view.name}, ${view.query}, ${view.shared}, ${house.clock()})
      on conflict (owner_id, id) do update set name = excluded.name, query = excluded.query, shared = excluded.shared,
        updated_at = excluded.updated_at
      where v.account_id = excluded.account_id and v.kind = excluded.kind
      returning id, name, query, shared, true as own`
    if (!saved) throw notFound('这个视图')
    return saved
  })

  app.delete('/api/v1/views/:kind/:id', async (request, reply) => {
    const { actor, params } = here(request)
    const gone = await sql`delete from saved_view where owner_id = ${actor.ownerId} and id = ${params.id}
      and account_id = ${actor.userId} returning id`
    if (gone.length === 0) throw notFound('这个视图')
    return reply.code(204).send()
  })
}
