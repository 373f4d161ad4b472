import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { forbidden, invalid, notFound } from '../failure.ts'
import { requireScope } from '../platform/http/authenticate.ts'
import { buildDigitalLink } from '../standards/digital-link/index.ts'
import { type CodeOrder, type Codes, orderOf, ordersOf, shortNumbers } from '../trace/codes/index.ts'
import { type CodeHouse, lifeRoutes } from './code-life.ts'
import { elementsOf, labelChoices, labelSheet, type PaperName, papers, symbols } from './label-sheet.ts'
import { linkRoutes } from './link-routes.ts'
import { lookRoutes } from './look-routes.ts'
import { bytesBefore, fileFacts, formatNames, printerBytes, printerFormat, readRange } from './printer-file.ts'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
/** A sheet is drawn at once: more labels are printed from the CSV by a printer's own program. */
export const LABELS_LIMIT = 480
/** A checksum goes through the whole file while somebody waits. */
const CHECKED_LIMIT = 20_000_000

/**
 * An enterprise's code orders: list, one, its codes as files for printers (streamed, any bytes of it, with a checksum),
 * one QR, a sheet of labels, and what happens to the codes afterwards. Only the owner may have them, not even an authority:
 * whoever holds the codes can print genuine-looking labels.
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
    const numbers = await shortNumbers(house.sql, orders)
    return {
      items: orders.map((order) => ({
        ...shown(order),
        shortStem: `${stemOf(request)}/c/${numbers.get(order.gtin)}.`,
      })),
    }
  })

  app.get('/api/v1/code-orders/:id', async (request) => {
    const order = await read(request)
    const [serial = ''] = [...house.codes.serialsOf(order, 0, 1)].flat()
    return { ...shown(order), labels: labelChoices(order, serial.length) }
  })
  lifeRoutes(app, house, { ownerOf, read })
  lookRoutes(app, house)
  linkRoutes(app, house)

  app.get('/api/v1/code-orders/:id/codes.csv', async (request, reply) => {
    const order = await read(request)
    const { from, count } = partOf(request, order, order.quantity)
    return reply
      .type('text/csv; charset=utf-8')
      .header('content-disposition', attachment(order, '.csv'))
      .send(Readable.from(csv(house.codes, order, from, count, linkOf(request, order)), { highWaterMark: 2 }))
  })

  app.get('/api/v1/code-orders/:id/file', async (request, reply) => {
    const order = await read(request)
    const { format, facts } = fileOf(request, order, linkOf(request, order), house.codes)
    const etag = `"${order.id}-${format.name}-${facts.bytes}"`
    const range = readRange(request.headers.range, facts.bytes)
    const isSame = request.headers['if-range'] === undefined || request.headers['if-range'] === etag
    reply.headers({ 'accept-ranges': 'bytes', etag, 'cache-control': 'private, no-transform' }).type(format.type)
    reply.header('content-disposition', attachment(order, format.ending))
    if (range === false && isSame) {
      return reply.code(416).header('content-range', `bytes */${facts.bytes}`).type('text/plain').send('')
    }
    const slice = range && isSame ? range : { from: 0, to: facts.bytes }
    if (range && isSame) reply.code(206).header('content-range', `bytes ${slice.from}-${slice.to - 1}/${facts.bytes}`)
    return reply
      .header('content-length', slice.to - slice.from)
      .send(Readable.from(printerBytes(house.codes, order, format, slice), { highWaterMark: 2 }))
  })

  app.get('/api/v1/code-orders/:id/checksum', async (request) => {
    const order = await read(request)
    const { format } = fileOf(request, order, linkOf(request, order), house.codes)
    if (order.quantity > CHECKED_LIMIT)
      throw invalid([{ at: '/format', code: 'too-large', text: `超过 ${CHECKED_LIMIT} 个码的文件请按字节数核对` }])
    return { format: format.name, ...fileFacts(house.codes, order, format) }
  })

  app.get('/api/v1/code-orders/:id/qr.svg', async (request, reply) => {
    const link = await oneLink(request, house.codes, await read(request), linkOf)
    const { default: qrcode } = await import('qrcode')
    return reply.type('image/svg+xml').send(await qrcode.toString(link, { type: 'svg', errorCorrectionLevel: 'M' }))
  })

  app.get('/api/v1/code-orders/:id/qr.png', async (request, reply) => {
    const link = await oneLink(request, house.codes, await read(request), linkOf)
    const { default: qrcode } = await import('qrcode')
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
    const symbol = choiceOf(request, 'symbol', symbols)
    const labels = serials.map((serial) => ({
      code: serial,
      link: link(serial),
      elements: elementsOf(order, serial),
      small: `${order.gtin} · ${order.lot}`,
    }))
    const paper = choiceOf(request, 'paper', Object.keys(papers) as PaperName[])
    const title = `${count} 个追溯码标签，批号 ${order.lot}`
    const { page, policy } = labelSheet(title, labels, { symbol, paper, stem: stemOf(request) })
    return reply
      .headers({ 'content-security-policy': policy, 'cache-control': 'no-store' })
      .type('text/html; charset=utf-8')
      .send(page)
  })
}

/** A printer has files of many orders beside each other: named by lot and number of codes. */
function attachment({ lot, quantity }: CodeOrder, ending: string): string {
  return `attachment; filename*=UTF-8''${encodeURIComponent(`追溯码-${lot}-${quantity}个${ending}`)}`
}

/** An order as its owner sees it. */
function shown({ id, gtin, lot, quantity, issuedAt, level, needsActivation, market }: CodeOrder) {
  return { id, gtin, lot, quantity, issuedAt, level, needsActivation, ...(market && { market }) }
}

/** The first of the choices where nothing is said; throws 422 for anything else. */
export function choiceOf<T extends string>(request: FastifyRequest, name: string, choices: readonly T[]): T {
  const given = (request.query as Record<string, unknown>)[name]
  const found = given === undefined ? choices[0] : choices.find((one) => one === given)
  if (found !== undefined) return found
  throw invalid([{ at: `/${name}`, code: 'choice', text: `参数 ${name} 只能是 ${choices.join('、')}` }])
}

function fileOf(request: FastifyRequest, order: CodeOrder, link: (serial: string) => string, codes: Codes) {
  const format = printerFormat(choiceOf(request, 'format', formatNames), order, link)
  const [sample = ''] = [...codes.serialsOf(order, 0, 1)].flat()
  return { format, facts: { bytes: bytesBefore(format, sample, order.quantity) } }
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
