import type { FastifyInstance, FastifyRequest } from 'fastify'
import { forbidden, notFound } from '../failure.ts'
import type { Actor } from '../platform/access/actor.ts'
import { note } from '../platform/audit/note.ts'
import { doorOf, requireScope } from '../platform/http/authenticate.ts'
import { scopeOf } from '../platform/http/trace.ts'
import { parseScan } from '../standards/digital-link/index.ts'
import { analyseLooks, noteLook, signalLimits } from '../trace/codes/index.ts'
import { regionFlows, type Story, stories } from '../trace/index.ts'
import { type Body, bodyOf, type CodeHouse, textOf, wrong } from './code-life.ts'
import { legalDay } from './day.ts'
import { verdictOf } from './verdict.ts'

/** Whoever works with goods or watches over them, and what its looks count as. */
function lookerOf(request: FastifyRequest): { actor: Actor; by: 'trade' | 'officer' } {
  const actor = requireScope(request, 'operations')
  if (actor.role === 'enterprise') return { actor, by: 'trade' }
  if (actor.role === 'city' || actor.role === 'county') return { actor, by: 'officer' }
  throw forbidden('管理员不办理业务')
}

/** Verifying codes and noting looks at work, what speaks for copies, and what shoppers look at. */
export function lookRoutes(app: FastifyInstance, house: CodeHouse): void {
  signalRoutes(app, house)
  const told = stories(house.codes)
  const storyOf = async (body: Body): Promise<{ code: string; story?: Story }> => {
    const code = textOf(body, 'code', 500)
    const read = parseScan(code)
    if (!read.ok) throw wrong('/code', read.problems[0]?.text ?? '看不懂这个码')
    const { gtin } = read.value.key
    const of = (ai: string) => read.value.elements.find((element) => element.ai === ai)?.value
    const [lot, serial] = [of('10'), of('21')]
    if (!gtin || (!lot && !serial)) throw wrong('/code', '这个码没有批号或序列号，不能核验')
    return { code, story: await told.story(house.sql, { gtin, ...(lot && { lot }), ...(serial && { serial }) }) }
  }

  app.post('/api/v1/codes/verify', async (request) => {
    lookerOf(request)
    const { code, story } = await storyOf(bodyOf(request))
    if (!story) return { code, known: false }
    const { id, gtin, lot, serial, genuine, scans, code: facts } = story
    const { code: verdict, word, sentence } = verdictOf(story, house.clock())
    return { code, known: true, id, gtin, lot, serial, genuine, verdict, word, sentence, scans, ...facts }
  })

  app.post('/api/v1/looks', async (request, reply) => {
    const { actor, by } = lookerOf(request)
    const body = bodyOf(request)
    const { story } = await storyOf(body)
    const now = house.clock()
    if (!story?.code) return reply.code(201).send({ known: story !== undefined, signals: [] })
    const { id, gtin, lot, code, scans } = story
    const look = { at: now, by, region: actor.region, ...placeOf(body) }
    const limits = await signalLimits(house.sql, legalDay(now))
    const [own] = await house.sql`select from code_gtin where gtin = ${gtin} and owner_id = ${actor.ownerId}`
    // Who made the goods tries its codes before they leave: that speaks for nothing.
    const state = own ? { scans: 0 } : { ...code, scans: scans?.count ?? 0 }
    const signals = await noteLook(house.sql, { id, gtin, ...(lot && { lot }), state, look }, limits)
    return reply.code(201).send({ known: true, signals: signals.map(({ reason, detail }) => ({ reason, ...detail })) })
  })
}

/** The owners whose signals and looks an actor may see: itself, or those of its region or station. */
function reachOf({ sql }: CodeHouse, { role, ownerId, region, station }: Actor) {
  if (role === 'enterprise') return sql`o.id = ${ownerId}`
  if (station) return sql`o.station = ${station}`
  return role === 'county' ? sql`o.region = ${region}` : sql`left(o.region, 4) = left(${region}, 4)`
}

const outcomes = ['genuine', 'copied', 'referred'] as const

function signalRoutes(app: FastifyInstance, house: CodeHouse): void {
  const { sql } = house
  app.get('/api/v1/code-signals', async (request) => {
    const { actor } = lookerOf(request)
    const items = await sql`
      select s.id, s.reason, s.gtin, s.lot, s.at, s.detail, o.title as owner, o.id as "ownerId",
        a.outcome, a.remark, a.answered_at as "answeredAt", a.answered_name as "answeredBy"
      from (select id, reason, gtin, lot, owner_id, at, detail from code_signal
        union all select id, reason, gtin, lot, owner_id, at, detail from code_signal_answer where outcome = 'genuine') s
      join owner o on o.id = s.owner_id left join code_signal_answer a on a.id = s.id and a.reason = s.reason
      where ${reachOf(house, actor)} order by a.outcome is not null, s.at desc limit 200`
    return { items }
  })

  app.post('/api/v1/code-signals/answers', async (request, reply) => {
    const { actor, by } = lookerOf(request)
    if (by !== 'officer') throw forbidden('疑似仿冒由监管人员核查')
    const body = bodyOf(request)
    const [id, reason, remark] = [textOf(body, 'id', 120), textOf(body, 'reason', 20), textOf(body, 'remark', 300)]
    const outcome = outcomes.find((one) => one === body.outcome)
    if (!outcome)
      throw wrong('/outcome', 'outcome 只能是 genuine（不是仿冒）、copied（确是仿冒）、referred（转有关部门）')
    const [seen] = await sql`
      select from code_signal s join owner o on o.id = s.owner_id
      where s.id = ${id} and s.reason = ${reason} and ${reachOf(house, actor)}`
    if (!seen) throw notFound('这条疑似仿冒')
    const now = house.clock()
    await sql`select answer_signal(${id}, ${reason}, ${outcome}, ${remark}, ${now}, ${actor.userId}, ${actor.name})`
    const { address } = doorOf(request, house)
    await note(sql, { actor, act: 'answer', kind: 'code-signal', id, title: `疑似仿冒：${reason}`, address })
    return reply.code(201).send({ id, reason, outcome, remark, answeredAt: now, answeredBy: actor.name })
  })

  app.get('/api/v1/look-analysis', async (request) => {
    const { actor } = lookerOf(request)
    const today = legalDay(house.clock())
    const { from = today, to = today } = request.query as Record<string, unknown>
    for (const [name, day] of Object.entries({ from, to }))
      if (typeof day !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(day) || Number.isNaN(Date.parse(day)))
        throw wrong(`/${name}`, `参数 ${name} 应为日期，例如 2026-11-20`)
    const period = { from: String(from), to: String(to) }
    if (Date.parse(period.to) - Date.parse(period.from) > periodDaysMax * dayMs)
      throw wrong('/from', `一次最多分析 ${periodDaysMax} 天`)
    const [looks, goods] = await Promise.all([
      analyseLooks(sql, reachOf(house, actor), period),
      regionFlows(sql, scopeOf(actor), {
        since: new Date(`${period.from}T00:00:00+08:00`),
        before: new Date(Date.parse(`${period.to}T00:00:00+08:00`) + dayMs),
      }),
    ])
    return { ...period, ...looks, flows: goods.flows, flowsTruncated: goods.truncated }
  })
}

/** Two years, so that a month can be held against the same of the year before. */
const periodDaysMax = 731
const dayMs = 86_400_000

function placeOf({ place }: Body): { lng: number; lat: number } | undefined {
  if (place === undefined || place === null) return undefined
  const { lng, lat } = (typeof place === 'object' ? place : {}) as Body
  if (typeof lng === 'number' && typeof lat === 'number' && Math.abs(lng) <= 180 && Math.abs(lat) <= 90)
    return { lng, lat }
  throw wrong('/place', 'place 应为 {lng, lat}')
}
