import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Failure, forbidden, invalid } from '../failure.ts'
import { isId } from '../language/index.ts'
import type { Actor } from '../platform/access/actor.ts'
import { note } from '../platform/audit/note.ts'
import { doorOf, requireDuty, requireScope } from '../platform/http/authenticate.ts'
import type { House } from '../platform/http/house.ts'
import { uuidv7 } from '../platform/id.ts'
import { parseScan } from '../standards/digital-link/index.ts'
import {
  accountOf,
  type CodeOrder,
  type CodeRange,
  importRanges,
  issueSsccs,
  type MarkKind,
  markCodes,
  marksOf,
  noteLook,
  rangesOf,
  rotateKey,
  scannedOf,
  signalLimits,
  ssccOrderOf,
  ssccOrdersOf,
  ssccsOf,
} from '../trace/codes/index.ts'
import { type Story, stories } from '../trace/index.ts'
import { legalDay } from './day.ts'
import { verdictOf } from './verdict.ts'

export type CodeHouse = House & {
  /** Where shoppers reach this installation; without it, the host that the request came to. */
  publicUrl?: string
}

type Body = Record<string, unknown>
type Doors = { ownerOf(request: FastifyRequest): string; read(request: FastifyRequest): Promise<CodeOrder> }

export const bodyOf = (request: FastifyRequest): Body =>
  typeof request.body === 'object' && request.body !== null && !Array.isArray(request.body)
    ? (request.body as Body)
    : {}

const wrong = (at: string, text: string): Failure => invalid([{ at, code: 'wrong-value', text }])

/** A text of the body, trimmed; throws 422 naming the field. */
export function textOf(body: Body, name: string, max: number): string {
  const value = body[name]
  if (typeof value !== 'string' || value.trim() === '' || value.length > max || value.includes('\0'))
    throw wrong(`/${name}`, `请填写 ${name}（1 到 ${max} 个字）`)
  return value.trim()
}

/** The client's own id, or a new one. */
export function idOf(body: Body, now: Date): string {
  const { id } = body
  if (id === undefined) return uuidv7(now.getTime())
  if (typeof id === 'string' && isId(id)) return id
  throw wrong('/id', 'id 应为小写的 UUID')
}

/** What happens to codes after they were ordered: marks and account, external ranges, SSCCs, verification and signals. */
export function lifeRoutes(app: FastifyInstance, house: CodeHouse, doors: Doors): void {
  markRoutes(app, house, doors)
  rangeRoutes(app, house, doors)
  lookRoutes(app, house)
  app.post('/api/v1/code-keys/rotate', async (request) => {
    const actor = requireDuty(request, 'system')
    const version = await rotateKey(house.sql)
    const address = doorOf(request, house).address
    await note(house.sql, { actor, act: 'rotate', kind: 'code-key', id: String(version), title: '赋码密钥', address })
    return { version }
  })
}

function markRoutes(app: FastifyInstance, house: CodeHouse, { read }: Doors): void {
  app.post('/api/v1/code-orders/:id/marks', async (request, reply) => {
    const order = await read(request)
    const body = bodyOf(request)
    const { what, from = 1, count = order.quantity, reason } = body
    if (what !== 'printed' && what !== 'activated' && what !== 'voided')
      throw wrong('/what', 'what 只能是 printed（已印）、activated（激活）、voided（作废）')
    if (reason !== undefined && (typeof reason !== 'string' || reason.length > 200))
      throw wrong('/reason', '原因最长 200 个字')
    await markCodes(house.sql, {
      order,
      what: what as MarkKind,
      first: typeof from === 'number' ? from - 1 : Number.NaN,
      count: typeof count === 'number' ? count : Number.NaN,
      ...(typeof reason === 'string' && reason.trim() !== '' && { reason: reason.trim() }),
      at: house.clock(),
      actorId: request.actor.userId,
    })
    return reply.code(201).send(await account(house, order))
  })
  app.get('/api/v1/code-orders/:id/account', async (request) => account(house, await read(request)))
}

async function account(house: CodeHouse, order: CodeOrder) {
  const marks = await marksOf(house.sql, order)
  const { indexes, atLeast } = await scannedOf(house.sql, order, house.codes.indexesOf)
  return {
    ...accountOf(order, marks, indexes, atLeast),
    marks: marks.map(({ first, ...mark }) => ({ ...mark, from: first + 1 })),
  }
}

function rangeRoutes(app: FastifyInstance, house: CodeHouse, { ownerOf }: Doors): void {
  app.get('/api/v1/code-ranges', async (request) => ({ items: await rangesOf(house.sql, ownerOf(request)) }))
  app.post('/api/v1/code-ranges', { bodyLimit: 4 * 1024 * 1024 }, async (request) => {
    const ownerId = ownerOf(request)
    const now = house.clock()
    const { ranges } = bodyOf(request)
    if (!Array.isArray(ranges)) throw wrong('/ranges', 'ranges 应为号段的列表')
    const read = ranges.map((range, place) => rangeOf(range, place, now))
    const added = await house.sql.begin((tx) =>
      importRanges(tx, { ownerId, actorId: request.actor.userId, ranges: read, at: now }),
    )
    return { added, known: read.length - added }
  })

  app.get('/api/v1/sscc-orders', async (request) => ({ items: await ssccOrdersOf(house.sql, ownerOf(request)) }))
  app.post('/api/v1/sscc-orders', async (request, reply) => {
    const ownerId = ownerOf(request)
    const now = house.clock()
    const body = bodyOf(request)
    const { quantity } = body
    const order = await house.sql.begin((tx) =>
      issueSsccs(tx, {
        id: idOf(body, now),
        ownerId,
        actorId: request.actor.userId,
        prefix: textOf(body, 'prefix', 12),
        quantity: typeof quantity === 'number' ? quantity : Number.NaN,
        at: now,
      }),
    )
    return reply
      .code(201)
      .send({ ...order, ssccs: [...ssccsOf({ ...order, quantity: Math.min(order.quantity, 200) })] })
  })
  app.get('/api/v1/sscc-orders/:id/codes.txt', async (request, reply) => {
    const { id } = request.params as { id: string }
    const order = isId(id) ? await ssccOrderOf(house.sql, ownerOf(request), id) : undefined
    if (!order) throw new Failure(404, 'not-found', '没有找到这个托盘码订单')
    const text = [...ssccsOf(order)].map((sscc) => `(00)${sscc}\r\n`).join('')
    return reply.type('text/plain; charset=utf-8').send(text)
  })
}

function rangeOf(given: unknown, place: number, now: Date): CodeRange {
  const range = (typeof given === 'object' && given !== null ? given : {}) as Body
  const text = (name: string) => {
    const value = range[name] ?? ''
    if (typeof value === 'string' && !value.includes('\0')) return value.trim()
    throw wrong(`/ranges/${place}/${name}`, `${name} 应为文字`)
  }
  const whole = (name: string) => (typeof range[name] === 'number' ? (range[name] as number) : 0)
  if (range.id !== undefined && (typeof range.id !== 'string' || !isId(range.id)))
    throw wrong(`/ranges/${place}/id`, 'id 应为小写的 UUID')
  return {
    id: (range.id as string | undefined) ?? uuidv7(now.getTime()),
    gtin: text('gtin'),
    lot: text('lot'),
    prefix: text('prefix'),
    width: whole('width'),
    first: whole('first'),
    last: whole('last'),
    source: text('source'),
  }
}

/** Whoever works with goods or watches over them, and what its looks count as. */
function lookerOf(request: FastifyRequest): { actor: Actor; by: 'trade' | 'officer' } {
  const actor = requireScope(request, 'operations')
  if (actor.role === 'enterprise') return { actor, by: 'trade' }
  if (actor.role === 'city' || actor.role === 'county') return { actor, by: 'officer' }
  throw forbidden('管理员不办理业务')
}

function lookRoutes(app: FastifyInstance, house: CodeHouse): void {
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

  app.get('/api/v1/code-signals', async (request) => {
    const { actor } = lookerOf(request)
    const { sql } = house
    const mine =
      actor.role === 'enterprise'
        ? sql`s.owner_id = ${actor.ownerId}`
        : actor.station
          ? sql`o.station = ${actor.station}`
          : actor.role === 'county'
            ? sql`o.region = ${actor.region}`
            : sql`left(o.region, 4) = left(${actor.region}, 4)`
    const items = await sql`
      select s.id, s.reason, s.gtin, s.lot, s.at, s.detail, o.title as owner from code_signal s join owner o on o.id = s.owner_id
      where ${mine} order by s.at desc limit 200`
    return { items }
  })
}

function placeOf({ place }: Body): { lng: number; lat: number } | undefined {
  if (place === undefined || place === null) return undefined
  const { lng, lat } = (typeof place === 'object' ? place : {}) as Body
  if (typeof lng === 'number' && typeof lat === 'number' && Math.abs(lng) <= 180 && Math.abs(lat) <= 90)
    return { lng, lat }
  throw wrong('/place', 'place 应为 {lng, lat}')
}
