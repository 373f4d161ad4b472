import type { FastifyInstance, FastifyRequest } from 'fastify'
import { invalid, notFound } from '../../failure.ts'
import type { Kind } from '../../language/index.ts'
import type { Work } from '../operation.ts'
import { openStore } from '../store/store.ts'
import { titlesOf } from '../store/titles.ts'
import { requireSignIn } from './authenticate.ts'
import type { House } from './house.ts'

type Params = { kind: string; id: string }

/** Everything an operation or a route needs for one request's actor. */
export function workOf(request: FastifyRequest, house: House): Work {
  const actor = requireSignIn(request)
  const now = house.clock()
  const store = openStore(house.sql, house.catalogue.kinds, actor, now)
  return { sql: house.sql, actor, now, store, codes: house.codes }
}

function kindOf(request: FastifyRequest, house: House): Kind {
  const kind = house.catalogue.kinds.get((request.params as Params).kind)
  if (!kind) throw notFound('这类记录')
  return kind
}

/** Page size of a list, 1 to 200. */
export function limitOf(value: unknown): number {
  if (value === undefined) return 50
  const limit = typeof value === 'string' && /^\d{1,3}$/.test(value) ? Number(value) : 0
  if (limit < 1 || limit > 200)
    throw invalid([{ code: 'out-of-range', text: '每页条数应在 1 到 200 之间', at: '/limit' }])
  return limit
}

/** Query parameters as single texts; a repeated one is refused rather than half read. */
export function queryOf(request: FastifyRequest): Record<string, string> {
  const query = request.query as Record<string, string | string[]>
  for (const [name, value] of Object.entries(query))
    if (Array.isArray(value)) throw invalid([{ code: 'repeated', text: `参数 ${name} 只能出现一次`, at: `/${name}` }])
  return query as Record<string, string>
}

/** Routes of every kind, derived. */
export function recordRoutes(app: FastifyInstance, house: House): void {
  const kinds = house.catalogue.kinds
  const withTitles = async <R extends Record<string, unknown>>(kind: Kind, row: R) => ({
    ...row,
    titles: await titlesOf(house.sql, kinds, kind, [row]),
  })

  app.get('/api/v1/records/:kind', async (request) => {
    const kind = kindOf(request, house)
    const { q, sort, limit, after, ...filters } = queryOf(request)
    const { store } = workOf(request, house)
    const page = await store.list(kind, {
      q,
      sort: sort || undefined,
      after: after || undefined,
      limit: limitOf(limit),
      filters,
    })
    return { ...page, titles: await titlesOf(house.sql, kinds, kind, page.items) }
  })

  app.post('/api/v1/records/:kind', async (request, reply) => {
    const kind = kindOf(request, house)
    const work = workOf(request, house)
    const replacing = house.catalogue.createOperations.get(kind.name)
    const made = replacing
      ? await house.sql.begin((sql) =>
          replacing.create({ ...work, sql, store: openStore(sql, kinds, work.actor, work.now) }, request.body),
        )
      : await work.store.create(kind, request.body)
    reply.code(made.known ? 200 : 201).header('location', `/api/v1/records/${kind.name}/${made.row.id}`)
    return withTitles(kind, made.row)
  })

  app.get('/api/v1/records/:kind/:id', async (request) => {
    const kind = kindOf(request, house)
    return withTitles(kind, await workOf(request, house).store.read(kind, (request.params as Params).id))
  })

  app.patch('/api/v1/records/:kind/:id', async (request) => {
    const kind = kindOf(request, house)
    const { id } = request.params as Params
    return withTitles(kind, await workOf(request, house).store.change(kind, id, request.body))
  })

  app.post('/api/v1/records/:kind/:id/void', async (request) => {
    const kind = kindOf(request, house)
    const { id } = request.params as Params
    return withTitles(kind, await workOf(request, house).store.void(kind, id, request.body))
  })

  app.get('/api/v1/records/:kind/:id/history', async (request) => {
    const kind = kindOf(request, house)
    return { items: await workOf(request, house).store.history(kind, (request.params as Params).id) }
  })

  app.get('/api/v1/references/:kind', async (request) => {
    const kind = kindOf(request, house)
    return { items: await workOf(request, house).store.refer(kind, queryOf(request).q ?? '') }
  })
}
