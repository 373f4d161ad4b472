import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Failure, forbidden } from '../../failure.ts'
import { unitFacts } from '../../language/units.ts'
import {
  balance,
  exportEvents,
  journey,
  paths,
  type Scope,
  type Told,
  type TraceRequest,
  traceMemory,
} from '../../trace/index.ts'
import type { Actor } from '../access/actor.ts'
import { requireSignIn } from './authenticate.ts'
import type { House } from './house.ts'

const nodesMax = 20_000
const directions = ['backward', 'forward', 'both'] as const

/** What a core may show an actor. The public gets its own pages, never a core's answer. */
export function scopeOf(actor: Actor): Scope {
  switch (actor.role) {
    case 'city':
      return { city: actor.region }
    case 'county':
      return { county: actor.region, ...(actor.station && { station: actor.station }) }
    case 'enterprise':
      return { ownerId: actor.ownerId }
    case 'public':
      throw new Failure(401, 'sign-in', '请先登录')
    default:
      throw forbidden('管理员不办理业务')
  }
}

type Query = Record<string, unknown>

/**
 * The way of goods: `GET /api/v1/trace?id=…&direction=backward|forward|both&asOf=…&limit=…`, and what follows from it:
 * `/frontier` (who holds how much now), `/events.ndjson` (all events as lines of JSON), `/journey` (time line, flow table, routes for a map, gaps), `/paths?from=…&to=…`, `/balance?id=…&chain=true`.
 */
export function traceRoutes(app: FastifyInstance, house: House): void {
  const answer = (path: string, work: (scope: Scope, query: Query) => Promise<unknown>) => {
    app.get(path, async (request) => work(scopeOf(reader(request)), request.query as Query))
  }
  const memory = traceMemory(house.sql, house.traceSql)
  const remembered = (path: string, ask: (scope: Scope, asked: TraceRequest) => Promise<Told>) => {
    app.get(path, async (request, reply) => {
      const scope = scopeOf(reader(request))
      const told = await ask(scope, readRequest(request.query as Query, house.clock()))
      reply.type('application/json; charset=utf-8').header('vary', 'accept-encoding')
      const gzip = takesGzip(request) && told.gzip
      return gzip ? reply.header('content-encoding', 'gzip').send(gzip()) : reply.send(await told.json())
    })
  }
  remembered('/api/v1/trace', (scope, asked) => memory.trace(scope, asked))
  remembered('/api/v1/trace/frontier', (scope, asked) => memory.frontier(scope, asked))
  answer('/api/v1/trace/journey', (scope, query) => journey(house.sql, scope, readRequest(query, house.clock())))
  answer('/api/v1/trace/balance', (scope, query) =>
    balance(house.sql, scope, {
      ...readRequest(query, house.clock()),
      units: unitFacts,
      chain: query.chain === 'true',
    }),
  )
  app.get('/api/v1/trace/events.ndjson', async (request, reply) => {
    const scope = scopeOf(reader(request))
    const { since, before } = request.query as Query
    const parts = exportEvents(house.sql, scope, {
      ...(since !== undefined && { since: readInstant(since, 'since') }),
      ...(before !== undefined && { before: readInstant(before, 'before') }),
    })
    return reply.type('application/x-ndjson; charset=utf-8').send(Readable.from(parts, { objectMode: false }))
  })
  answer('/api/v1/trace/paths', (scope, query) => {
    const { id: from, ...request } = readRequest({ ...query, id: query.from }, house.clock(), 'from')
    return paths(house.sql, scope, { ...request, from, to: readId(query.to, 'to') })
  })
}

const takesGzip = ({ headers }: FastifyRequest): boolean =>
  /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/.test(headers['accept-encoding'] ?? '')

/** Whoever may read the desk or exchange events may follow goods. */
function reader(request: FastifyRequest): Actor {
  const actor = requireSignIn(request)
  if (actor.scopes.length > 0 && !actor.scopes.includes('desk') && !actor.scopes.includes('epcis')) {
    throw forbidden('这个令牌没有这项权限')
  }
  return actor
}

/** What a URL asks of a chain. Throws 400 naming the parameter that is wrong. */
export function readRequest(query: Query, now: Date, name = 'id'): TraceRequest & { id: string } {
  const { direction = 'both', asOf, limit } = query
  const id = readId(query.id, name)
  const chosen = directions.find((one) => one === direction)
  if (!chosen) throw refuse('direction', 'direction 只能是 backward、forward、both')
  const request: TraceRequest & { id: string } = { id, direction: chosen, now }
  if (asOf !== undefined) request.asOf = readInstant(asOf, 'asOf')
  if (limit !== undefined) {
    if (typeof limit !== 'string' || !/^[1-9]\d{0,4}$/.test(limit) || Number(limit) > nodesMax) {
      throw refuse('limit', `limit 应为 1 到 ${nodesMax} 的整数`)
    }
    request.nodeLimit = Number(limit)
  }
  return request
}

function readId(id: unknown, name: string): string {
  if (typeof id !== 'string' || id.trim() === '')
    throw refuse(name, `请给出要追溯的标识 ${name}：EPC URN、GS1 Digital Link 或追溯码`)
  if (id.includes('\0')) throw refuse(name, `标识 ${name} 含有不能使用的字符`)
  if (id.length > 2000) throw refuse(name, `标识 ${name} 最长 2000 个字符`)
  return id
}

function readInstant(value: unknown, name: string): Date {
  // A plus sign in a URL means a space.
  const text = typeof value === 'string' ? value.replace(' ', '+') : ''
  const time = new Date(text)
  const year = time.getUTCFullYear()
  if (!/^\d{4}-\d\d-\d\dT.*(?:Z|[+-]\d\d:?\d\d)$/.test(text) || !(year >= 1 && year <= 9999)) {
    throw refuse(name, `${name} 应为带时区的时间，例如 2026-07-22T14:45:00+08:00`)
  }
  return time
}

function refuse(name: string, text: string): Failure {
  return new Failure(400, 'query-parameter', text, { problems: [{ at: `/${name}`, code: 'query-parameter', text }] })
}
