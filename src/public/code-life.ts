import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Failure, invalid } from '../failure.ts'
import { isId } from '../language/index.ts'
import { note } from '../platform/audit/note.ts'
import { doorOf, requireDuty } from '../platform/http/authenticate.ts'
import type { House } from '../platform/http/house.ts'
import { uuidv7 } from '../platform/id.ts'
import {
  accountOf,
  type CodeOrder,
  importRanges,
  issueSsccs,
  type MarkKind,
  markCodes,
  marksOf,
  rangesOf,
  rotateKey,
  scannedOf,
  ssccOrderOf,
  ssccOrdersOf,
  ssccsOf,
} from '../trace/codes/index.ts'
import type { CodeRange } from '../trace/codes/wire.ts'

export type CodeHouse = House & {
  /** Where shoppers reach this installation; without it, the host that the request came to. */
  publicUrl?: string
}

export type Body = Record<string, unknown>
type Doors = { ownerOf(request: FastifyRequest): string; read(request: FastifyRequest): Promise<CodeOrder> }

export const bodyOf = (request: FastifyRequest): Body =>
  typeof request.body === 'object' && request.body !== null && !Array.isArray(request.body)
    ? (request.body as Body)
    : {}

/** A refusal of one field (422). */
export const wrong = (at: string, text: string): Failure => invalid([{ at, code: 'wrong-value', text }])

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
