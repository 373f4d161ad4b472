import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Failure, invalid, notFound } from '../../failure.ts'
import type { Kind } from '../../language/index.ts'
import { note } from '../audit/note.ts'
import { atOnceMax, chosenHeld, correct, drop, replaceAll } from '../quarantine/mend.ts'
import { contentOf, listHeld, readHeld, shownHeld } from '../quarantine/read.ts'
import { replay } from '../quarantine/replay.ts'
import { heldTable, readHeldTable } from '../quarantine/sheet.ts'
import { readAside } from '../sheets/read-aside.ts'
import { sheetBytesMax } from '../sheets/wire.ts'
import { form, sheetName } from '../sheets/xlsx-write.ts'
import { doorOf, requireScope } from './authenticate.ts'
import { attach } from './export.ts'
import type { House } from './house.ts'
import { xlsxType } from './media.ts'
import { limitOf, queryOf, workOf } from './records.ts'
import { objectOf } from './review.ts'

const idOf = (request: FastifyRequest) => (request.params as { id: string }).id

function kindOf(house: House, name: string | null | undefined): Kind {
  const kind = house.catalogue.kinds.get(name ?? '')
  if (!kind) throw notFound('这类记录')
  return kind
}

function readRoutes(app: FastifyInstance, house: House): void {
  const { catalogue } = house
  app.get('/api/v1/quarantine', async (request) => {
    const actor = requireScope(request, 'desk')
    const { state = 'open', channel, kind, after, limit } = queryOf(request)
    if (!['open', 'replayed', 'dropped'].includes(state))
      throw invalid([{ code: 'not-an-option', text: '状态应为 open、replayed 或 dropped', at: '/state' }])
    if (channel && !['epcis', 'api', 'import'].includes(channel))
      throw invalid([{ code: 'not-an-option', text: '来路应为 epcis、api 或 import', at: '/channel' }])
    const page = await listHeld(house, actor, { state, channel, kind, after, limit: limitOf(limit) })
    return { ...page, items: page.items.map((held) => shownHeld(held, catalogue.kinds, actor, false)) }
  })

  app.get('/api/v1/quarantine/:id', async (request) => {
    const actor = requireScope(request, 'desk')
    return shownHeld(await readHeld(house, actor, idOf(request)), catalogue.kinds, actor, true)
  })
}

function mendRoutes(app: FastifyInstance, house: House): void {
  const { sql, catalogue } = house
  const audited = (request: FastifyRequest, act: string, rows: number, detail: Record<string, unknown> = {}) =>
    note(sql, { actor: request.actor, act, kind: 'quarantine', rows, address: doorOf(request, house).address, detail })

  app.patch('/api/v1/quarantine/:id', async (request) => {
    const actor = requireScope(request, 'desk')
    const held = await readHeld(house, actor, idOf(request))
    const { version, content, text } = objectOf(request)
    await correct(house, actor, catalogue.kinds.get(held.kind ?? ''), held, { version, content, text })
    await audited(request, 'correct', 1)
    return shownHeld(await readHeld(house, actor, held.id), catalogue.kinds, actor, true)
  })

  app.post('/api/v1/quarantine/replace', async (request) => {
    const actor = requireScope(request, 'desk')
    const { ids, field, find, put } = objectOf(request)
    const changed = await replaceAll(house, actor, catalogue.kinds, ids, { field, find, put })
    await audited(request, 'correct', changed, { field })
    return { changed }
  })

  app.post('/api/v1/quarantine/replay', async (request) => {
    requireScope(request, 'desk')
    const items = await replay(house, workOf(request, house), objectOf(request).ids)
    const replayed = items.filter((each) => each.state === 'replayed').length
    await audited(request, 'replay', replayed)
    return { replayed, refused: items.length - replayed, items }
  })

  app.post('/api/v1/quarantine/drop', async (request) => {
    const actor = requireScope(request, 'desk')
    const { ids, reason } = objectOf(request)
    const dropped = await drop(house, actor, ids, reason, house.clock())
    await audited(request, 'drop', dropped, { reason })
    return { dropped }
  })
}

/** Excel out and in: rows are corrected where people have their tools for it. */
function sheetRoutes(app: FastifyInstance, house: House): void {
  app.get('/api/v1/quarantine/sheets/:kind', async (request, reply) => {
    const actor = requireScope(request, 'desk')
    const kind = kindOf(house, (request.params as { kind: string }).kind)
    const { items } = await listHeld(house, actor, { state: 'open', kind: kind.name, limit: 10_000 })
    const table = heldTable(
      kind,
      items.filter((held) => held.ownerId === actor.ownerId),
    )
    const columns = table.heads.map((title) => ({
      title,
      required: false,
      readable: false,
      format: 'text' as const,
      hint: '',
    }))
    attach(reply, `${kind.title}隔离数据`, house.clock(), 'xlsx')
    const file = form(
      sheetName(kind.title),
      columns,
      table.rows.map((cells) => ({ cells })),
    )
    return reply.type(xlsxType).send(Readable.from(file, { objectMode: false }))
  })

  app.register(async (scope) => {
    scope.addContentTypeParser(
      ['text/csv', xlsxType, 'application/octet-stream'],
      { parseAs: 'buffer', bodyLimit: sheetBytesMax },
      (_request, body, done) => done(null, body),
    )
    scope.post('/api/v1/quarantine/sheets/:kind', { bodyLimit: sheetBytesMax }, async (request) => {
      const actor = requireScope(request, 'desk')
      const kind = kindOf(house, (request.params as { kind: string }).kind)
      const bytes = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
      if (bytes.length === 0) throw new Failure(400, 'empty-body', '没有收到文件内容')
      const { rows } = readAside(bytes, kind.title)
      let heads: readonly string[] | undefined
      let changed = 0
      const refused: { row: number; text: string }[] = []
      for await (const part of rows)
        for (const { number, cells } of part) {
          if (!heads) {
            heads = cells
            continue
          }
          const read = readHeldTable(kind, heads, cells)
          if (!read) continue
          if (changed + refused.length >= 10_000) throw new Failure(413, 'too-many', '一次最多 10000 行')
          try {
            const [held] = await chosenHeld(house, actor, [read.id])
            const before = held && held.kind === kind.name ? contentOf(held) : undefined
            if (!held || !before) throw notFound('这条隔离数据')
            const content = read.content(before)
            if (JSON.stringify(content) === JSON.stringify(before)) continue
            await correct(house, actor, kind, held, { version: read.version, content })
            changed++
          } catch (error) {
            if (!(error instanceof Failure)) throw error
            refused.push({ row: number, text: error.text })
          }
        }
      if (!heads?.some((head) => head.includes('隔离编号')))
        throw invalid([{ code: 'missing', text: '表里没有“隔离编号”这一列，请用这里导出的表', at: '' }])
      return { changed, refused: refused.slice(0, atOnceMax) }
    })
  })
}

/** Whatever arrived from outside and was refused: seen, corrected singly and in bulk, and replayed. */
export function quarantineRoutes(app: FastifyInstance, house: House): void {
  readRoutes(app, house)
  mendRoutes(app, house)
  sheetRoutes(app, house)
}
