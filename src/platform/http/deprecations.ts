import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { ISql } from 'postgres'
import { Failure, invalid, notFound, type Problem } from '../../failure.ts'
import { legalDay } from '../../standards/china/index.ts'
import { signature } from '../access/actor.ts'
import { reasonOf } from '../access/approvals.ts'
import { note } from '../audit/note.ts'
import { uuidv7 } from '../id.ts'
import { doorOf, requireDuty } from './authenticate.ts'
import { requireClientKeeper } from './clients.ts'
import type { House } from './house.ts'
import type { DeprecationShown, Deprecation as OnItsWayOut } from './wire.ts'

type Deprecation = OnItsWayOut<Date>

/** Other processes follow within this time; the one in which it is announced at once. */
const freshMs = 60_000

type Routes = ReadonlyMap<string, Deprecation>

const read = new WeakMap<House, { at: number; routes: Promise<Routes>; settled?: Routes }>()

/** What is announced now, by method and route. */
function inForce(house: House): Promise<Routes> {
  const known = read.get(house)
  if (known && Date.now() - known.at < freshMs) return known.routes
  const routes = house.sql<Deprecation[]>`
    select method, route, since, sunset, successor from api_deprecation where taken_back_at is null`.then(
    (rows): Routes => new Map(rows.map((row) => [`${row.method} ${row.route}`, row])),
  )
  const reading: { at: number; routes: Promise<Routes>; settled?: Routes } = { at: Date.now(), routes }
  read.set(house, reading)
  routes.then(
    (settled) => {
      reading.settled = settled
    },
    () => read.delete(house),
  )
  return routes
}

/** As `inForce`, at once, where it was read within the last minute: every request asks. */
export function announcedNow(house: House): Routes | undefined {
  const known = read.get(house)
  return known && Date.now() - known.at < freshMs ? known.settled : undefined
}

/** Headers of a route on its way out: RFC 9745 and RFC 8594. */
export async function tellDeprecation(house: House, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  tellAnnounced(await inForce(house), request, reply)
}

/** The same from what is known already. */
export function tellAnnounced(announced: Routes, request: FastifyRequest, reply: FastifyReply): void {
  if (announced.size === 0) return
  const found = announced.get(`${request.method} ${request.routeOptions.url}`)
  if (found)
    reply.headers({
      deprecation: `@${Math.floor(found.since.getTime() / 1000)}`,
      sunset: found.sunset.toUTCString(),
      link: `<${found.successor}>; rel="successor-version"`,
    })
}

type Json = Record<string, unknown>

/** The generated document with what is announced in it: a path of its own route, or of the route that stands for it. */
export async function withDeprecations(app: FastifyInstance, house: House, document: Json): Promise<Json> {
  const announced = [...(await inForce(house)).values()]
  if (announced.length === 0) return document
  const paths = { ...(document.paths as Record<string, Record<string, Json>>) }
  for (const { method, route, since, sunset, successor } of announced) {
    const shape = new RegExp(`^${route.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/:\w+/g, '[^/]+')}$`)
    const verb = method.toLowerCase()
    const description = `已弃用：${legalDay(since)} 起弃用，${legalDay(sunset)} 停用，请改用 ${successor}`
    for (const [path, methods] of Object.entries(paths)) {
      const own = path.replace(/\{(\w+)\}/g, ':$1')
      const isMeant = own === route || (shape.test(own) && !app.hasRoute({ method: method as 'GET', url: own }))
      if (isMeant && methods[verb])
        paths[path] = { ...methods, [verb]: { ...methods[verb], deprecated: true, description } }
    }
  }
  return { ...document, paths }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value.trim() : '')
const dayOf = (value: unknown): Date | undefined => {
  const date = /^\d{4}-\d{2}-\d{2}$/.test(textOf(value)) ? new Date(`${textOf(value)}T00:00:00+08:00`) : undefined
  return date && !Number.isNaN(date.getTime()) && legalDay(date) === textOf(value) ? date : undefined
}

function input(app: FastifyInstance, body: Json, now: Date): Deprecation {
  const method = textOf(body.method).toUpperCase()
  const route = textOf(body.route).replace(/\{(\w+)\}/g, ':$1')
  const successor = textOf(body.successor)
  const [since, sunset] = [dayOf(body.since), dayOf(body.sunset)]
  const problems: Problem[] = []
  const isMethod = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].includes(method)
  if (!isMethod) problems.push({ code: 'not-an-option', text: '请选择方法', at: '/method' })
  if (!route.startsWith('/api/') || !isMethod || !app.hasRoute({ method: method as 'GET', url: route }))
    problems.push({ code: 'no-such-record', text: '平台没有这个接口，请照接口文档填写路径', at: '/route' })
  // It goes into a header: nothing but what an address is made of.
  if (!/^(\/|https:\/\/)[\w./:{}~%?=&-]{1,300}$/.test(successor))
    problems.push({ code: 'wrong-format', text: '替代接口应为 / 或 https:// 开头的网址', at: '/successor' })
  if (!since || legalDay(since) < legalDay(now))
    problems.push({ code: 'wrong-value', text: '弃用日期应为今天或以后', at: '/since' })
  if (!sunset) problems.push({ code: 'wrong-value', text: '请填写停用日期', at: '/sunset' })
  if (problems.length > 0 || !since || !sunset) throw invalid(problems)
  return { method, route, since, sunset, successor }
}

/** Routes on their way out: announced and taken back by the system administrator, told to whoever keeps clients. */
export function deprecationRoutes(app: FastifyInstance, house: House): void {
  const { sql } = house

  app.get('/api/v1/deprecations', async (request) => {
    requireClientKeeper(request)
    const items = await sql<DeprecationShown<Date>[]>`
      select method, route, since, sunset, successor, taken_back_at as "takenBackAt",
        (select coalesce(json_agg(row_to_json(h)), '[]') from (
          select act, since, sunset, successor, reason, actor->>'name' as name, at from api_announcement a
          where a.method = d.method and a.route = d.route order by at desc limit 50) h) as history
      from api_deprecation d order by taken_back_at desc nulls first, sunset, route, method limit 500`
    return { items }
  })

  const written = async (
    tx: ISql,
    request: FastifyRequest,
    act: 'announce' | 'take-back',
    row: Deprecation,
    reason: string,
  ): Promise<void> => {
    const { actor } = request
    const at = house.clock()
    const { method, route, since, sunset, successor } = row
    await tx`insert into api_announcement (id, method, route, act, since, sunset, successor, reason, actor, at)
      values (${uuidv7(at.getTime())}, ${method}, ${route}, ${act}, ${since}, ${sunset}, ${successor}, ${reason},
        ${signature(actor)}::text::jsonb, ${at})`
    const { address } = doorOf(request, house)
    const title = `${method} ${route}`
    const detail = { since, sunset, successor, reason }
    await note(tx, { actor, act, kind: 'api-deprecation', id: title, title, address, detail })
  }

  app.post('/api/v1/deprecations', async (request, reply) => {
    requireDuty(request, 'system')
    const body = (request.body ?? {}) as Json
    const row = input(app, body, house.clock())
    const reason = reasonOf(body.reason)
    await sql
      .begin(async (tx) => {
        await tx`
          insert into api_deprecation (method, route, since, sunset, successor)
          values (${row.method}, ${row.route}, ${row.since}, ${row.sunset}, ${row.successor})
          on conflict (method, route) do update set since = excluded.since, sunset = excluded.sunset,
            successor = excluded.successor, taken_back_at = null`
        await written(tx, request, 'announce', row, reason)
      })
      .catch((error) => {
        if (error.constraint_name !== 'api_deprecation_check') throw error
        throw invalid([{ code: 'wrong-value', text: '停用日期至少在弃用日期的 12 个月以后', at: '/sunset' }])
      })
    read.delete(house)
    return reply.code(201).send(row)
  })

  app.post('/api/v1/deprecations/take-back', async (request, reply) => {
    requireDuty(request, 'system')
    const body = (request.body ?? {}) as Json
    const reason = reasonOf(body.reason)
    await sql.begin(async (tx) => {
      const [row] = await tx<(Deprecation & { takenBackAt: Date | null })[]>`
        select method, route, since, sunset, successor, taken_back_at as "takenBackAt" from api_deprecation
        where method = ${textOf(body.method)} and route = ${textOf(body.route)} for update`
      if (!row) throw notFound('这条弃用公告')
      if (row.takenBackAt) throw new Failure(409, 'wrong-state', '这条弃用公告已经撤回')
      await tx`update api_deprecation set taken_back_at = ${house.clock()}
        where method = ${row.method} and route = ${row.route}`
      await written(tx, request, 'take-back', row, reason)
    })
    read.delete(house)
    return reply.code(204).send()
  })
}
