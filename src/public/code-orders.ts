import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import qrcode from 'qrcode'
import { forbidden, invalid, notFound } from '../failure.ts'
import { requireScope } from '../platform/http/authenticate.ts'
import type { House } from '../platform/http/house.ts'
import { buildDigitalLink } from '../standards/digital-link/index.ts'
import { type CodeOrder, type Codes, orderOf, ordersOf } from '../trace/codes/index.ts'
import { labelSheet, sheetPolicy } from './label-sheet.ts'

type CodeHouse = Pick<House, 'sql' | 'codes'> & {
  /** Where shoppers reach this installation; without it, the host that the request came to. */
  publicUrl?: string
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
/** A sheet is drawn at once: more labels are printed from the CSV by a printer's own program. */
export const LABELS_LIMIT = 480

/**
 * An enterprise's code orders: list, one, its codes as CSV (streamed, any part of it), one QR, a sheet of labels. Only
 * the owner may have them, not even an authority: whoever holds the codes can print genuine-looking labels.
 */
export function codeOrderRoutes(app: FastifyInstance, house: CodeHouse): void {
  const ownerOf = (request: FastifyRequest): string => {
    const actor = requireScope(request, 'operations')
    if (actor.role !== 'enterprise') throw forbidden('追溯码只有申领的企业能取')
    return actor.ownerId
  }
  const read = async (request: FastifyRequest): Promise<CodeOrder> => {
    const ownerId = ownerOf(request)
    const { id } = request.params as { id: string }
    const order = UUID.test(id) ? await orderOf(house.sql, ownerId, id) : undefined
    if (order === undefined) throw notFound('这个追溯码订单')
    return order
  }
  const stemOf = (request: FastifyRequest) => house.publicUrl ?? `${request.protocol}://${request.host}`
  const linkOf = (request: FastifyRequest, order: CodeOrder) => {
    const stem = stemOf(request)
    const start = buildDigitalLink({ ai: '01', value: order.gtin }, stem)
    // Our serials hold nothing that a path would escape.
    return (serial: string) => `${start}/21/${serial}`
  }

  app.get('/api/v1/code-orders', async (request) => {
    const orders = await ordersOf(house.sql, ownerOf(request))
    return { items: orders.map(shown) }
  })

  app.get('/api/v1/code-orders/:id', async (request) => shown(await read(request)))

  app.get('/api/v1/code-orders/:id/codes.csv', async (request, reply) => {
    const order = await read(request)
    const { from, count } = partOf(request, order, order.quantity)
    return reply
      .type('text/csv; charset=utf-8')
      .header('content-disposition', `attachment; filename="codes-${order.id}.csv"`)
      .send(Readable.from(csv(house.codes, order, from, count, linkOf(request, order)), { highWaterMark: 2 }))
  })

  app.get('/api/v1/code-orders/:id/qr.svg', async (request, reply) => {
    const link = await oneLink(request, house.codes, await read(request), linkOf)
    return reply.type('image/svg+xml').send(await qrcode.toString(link, { type: 'svg', errorCorrectionLevel: 'M' }))
  })

  app.get('/api/v1/code-orders/:id/qr.png', async (request, reply) => {
    const link = await oneLink(request, house.codes, await read(request), linkOf)
    return reply.type('image/png').send(await qrcode.toBuffer(link, { errorCorrectionLevel: 'M', scale: 8 }))
  })

  app.get('/api/v1/code-orders/:id/labels', async (request, reply) => {
    const order = await read(request)
    const { from, count } = partOf(request, order, Math.min(order.quantity, LABELS_LIMIT))
    if (count > LABELS_LIMIT) {
      throw invalid([{ at: '/count', code: 'out-of-range', text: `一次最多打印 ${LABELS_LIMIT} 个标签` }])
    }
    const link = linkOf(request, order)
    const serials = [...house.codes.serialsOf(order, from, count)].flat()
    return reply
      .headers({ 'content-security-policy': sheetPolicy, 'cache-control': 'no-store' })
      .type('text/html; charset=utf-8')
      .send(await labelSheet(order, serials, link, stemOf(request)))
  })
}

/** An order as its owner sees it. */
function shown({ id, gtin, lot, quantity, issuedAt }: CodeOrder) {
  return { id, gtin, lot, quantity, issuedAt }
}

function* csv(codes: Codes, order: CodeOrder, from: number, count: number, link: (serial: string) => string) {
  // Spreadsheets take a file for UTF-8 only with this mark before it.
  yield '\ufeff序号,序列号,二维码网址\r\n'
  let number = from
  for (const batch of codes.serialsOf(order, from, count)) {
    let text = ''
    for (const serial of batch) text += `${++number},${serial},${link(serial)}\r\n`
    yield text
  }
}

async function oneLink(
  request: FastifyRequest,
  codes: Codes,
  order: CodeOrder,
  linkOf: (request: FastifyRequest, order: CodeOrder) => (serial: string) => string,
): Promise<string> {
  const n = wholeOf(request, 'n', 0, 0, order.quantity - 1)
  const [serial] = [...codes.serialsOf(order, n, 1)].flat()
  return linkOf(request, order)(serial as string)
}

/** `from` (0-based) and `count` of a part of an order. */
function partOf(request: FastifyRequest, order: CodeOrder, most: number) {
  const from = wholeOf(request, 'from', 0, 0, order.quantity - 1)
  const count = wholeOf(request, 'count', Math.min(most, order.quantity - from), 1, order.quantity - from)
  return { from, count }
}

function wholeOf(request: FastifyRequest, name: string, otherwise: number, min: number, max: number): number {
  const text = (request.query as Record<string, unknown>)[name]
  if (text === undefined) return otherwise
  const value = typeof text === 'string' && /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
  if (value >= min && value <= max) return value
  throw invalid([{ at: `/${name}`, code: 'out-of-range', text: `参数 ${name} 应为 ${min} 到 ${max} 的整数` }])
}
