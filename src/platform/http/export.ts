import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Failure, invalid, notFound } from '../../failure.ts'
import { isImportant, type Kind } from '../../language/index.ts'
import { fixedColumns, rowsOf, sheetOf } from '../../language/sheet.ts'
import { legalDay } from '../../standards/china/index.ts'
import { note } from '../audit/note.ts'
import { withoutNames } from '../protect/record-persons.ts'
import { csv } from '../sheets/csv-write.ts'
import { markedLine } from '../sheets/hidden-mark.ts'
import { titleBook } from '../sheets/references.ts'
import { regionsOf } from '../sheets/stage.ts'
import { type Provenance, sheetName, xlsx } from '../sheets/xlsx-write.ts'
import type { Store } from '../store/store.ts'
import { listed } from './answers.ts'
import { doorOf, refuseShared, requireScope } from './authenticate.ts'
import { drilled } from './drill.ts'
import type { House } from './house.ts'
import { xlsxType } from './media.ts'
import { queryOf, workOf } from './records.ts'

/** Exports that one process streams at the same time: each holds a connection to the database. */
const atOnce = 4

const types = {
  csv: 'text/csv; charset=utf-8',
  xlsx: xlsxType,
  ndjson: 'application/x-ndjson; charset=utf-8',
} as const
type Format = keyof typeof types

type Row = Record<string, unknown>
type ListWords = Parameters<Store['stream']>[1]

function formatOf(given: string | undefined): Format {
  const format = given ?? 'csv'
  if (Object.hasOwn(types, format)) return format as Format
  throw invalid([{ code: 'not-an-option', text: '导出格式应为 csv、xlsx 或 ndjson', at: '/format' }])
}

/** Fields that are hidden from the actor. */
function leftOut(request: FastifyRequest, kind: Kind): string[] {
  const { hide = [], only } = request.glass ?? {}
  return Object.keys(kind.fields).filter((name) => hide.includes(name) || (only && !only.includes(name)))
}

/** The columns that were asked for, in their order; undefined for all. */
function chosenColumns(kind: Kind, columns: string | undefined): string[] | undefined {
  if (!columns) return undefined
  const chosen = [...new Set(columns.split(','))]
  const stray = chosen.find((name) => !Object.hasOwn(kind.fields, name) && !fixedColumns.includes(name))
  if (stray !== undefined)
    throw invalid([{ code: 'unknown-field', text: `没有名为“${stray.slice(0, 60)}”的字段`, at: '/columns' }])
  return chosen
}

/** The rows of the list, batch by batch, as the list itself would show them to this actor. */
async function* shownRows(request: FastifyRequest, store: Store, kind: Kind, query: ListWords): AsyncGenerator<Row[]> {
  for await (const rows of store.stream(kind, query)) yield request.glass ? listed(request, request.glass, rows) : rows
}

type Export = { request: FastifyRequest; house: House; kind: Kind; format: Format; columns?: string }

/** Said at the foot of what is printed: who took it out, for whom, when, under which number. */
const provenance = ({ id, actor }: FastifyRequest, house: House): Provenance => {
  const number = id.slice(0, 8)
  const day = legalDay(house.clock())
  return { number, foot: `${actor.name} ${actor.ownerTitle} ${day} ${number}` }
}

/** Turns batches of rows into the pieces of the file. */
function written(
  { request, house, kind, format, columns }: Export,
  rows: AsyncIterable<Row[]>,
): AsyncIterable<string | Buffer> {
  async function* lines(): AsyncGenerator<string> {
    for await (const batch of rows) yield batch.map((row) => `${JSON.stringify(row)}\n`).join('')
  }
  if (format === 'ndjson') return lines()
  const regions = { regions: regionsOf(house) }
  const sheet = sheetOf(kind, regions, leftOut(request, kind), chosenColumns(kind, columns))
  const titles = titleBook(house.sql, house.catalogue.kinds, request.actor, house.keyring)
  const words = { regions: regionsOf(house), title: titles.title, resolve: () => ({ wrong: '' }) }
  async function* flat(): AsyncGenerator<string[][]> {
    for await (const batch of rows) {
      await titles.learn(kind, batch)
      yield batch.flatMap((row) => rowsOf(sheet, row, words))
    }
  }
  return format === 'csv'
    ? csv(
        sheet.columns.map(({ title }) => title),
        flat(),
        // Taken out of the house, data of persons tells by whom and when.
        isImportant(kind) ? markedLine(request.id.slice(0, 8)) : undefined,
      )
    : xlsx(sheetName(kind.title), sheet.columns, flat(), isImportant(kind) ? provenance(request, house) : undefined)
}

/** Waits for the first piece, so that what is refused is refused before the answer begins. */
async function begun<T>(pieces: AsyncIterable<T>): Promise<AsyncGenerator<T>> {
  const source = pieces[Symbol.asyncIterator]()
  const first = await source.next()
  return (async function* () {
    try {
      if (!first.done) yield first.value
      for (let next = await source.next(); !next.done; next = await source.next()) yield next.value
    } finally {
      await source.return?.(undefined)
    }
  })()
}

/** Names a downloaded file: kind, legal day, ending. Refused on a shared phone. */
export function attach(reply: FastifyReply, title: string, now: Date, ending: string): void {
  refuseShared(reply.request)
  const day = legalDay(now)
  reply.header('content-disposition', `attachment; filename*=UTF-8''${encodeURIComponent(`${title}-${day}.${ending}`)}`)
}

/** Export of exactly what a list shows: same query, same order, same rights, streamed from one snapshot. */
export function exportRoutes(app: FastifyInstance, house: House): void {
  let running = 0

  async function* counted(of: Export, query: ListWords): AsyncGenerator<Row[]> {
    const { request, kind, format } = of
    const { store, actor } = workOf(request, { ...house, sql: house.streamSql })
    const entry = { actor, kind: kind.name, title: kind.title, address: doorOf(request, house).address }
    const detail = {
      format,
      query: withoutNames(house.keyring, kind, { ...query, narrow: undefined }),
      file: request.id.slice(0, 8),
    }
    await note(house.sql, { ...entry, act: 'export', detail })
    running++
    let rows = 0
    try {
      for await (const batch of shownRows(request, store, kind, query)) {
        rows += batch.length
        yield batch
      }
    } finally {
      running--
      await note(house.sql, { ...entry, act: 'exported', rows, detail })
    }
  }

  app.get('/api/v1/records/:kind/export', async (request, reply) => {
    requireScope(request, 'records')
    refuseShared(request)
    const kind = house.catalogue.kinds.get((request.params as { kind: string }).kind)
    if (!kind) throw notFound('这类记录')
    const { format: given, columns, q, sort, limit, after, ...asked } = queryOf(request)
    const format = formatOf(given)
    if (limit !== undefined || after !== undefined)
      throw invalid([
        { code: 'unknown-filter', text: '导出总是全部的行，不分页', at: limit === undefined ? '/after' : '/limit' },
      ])
    if (running >= atOnce) throw new Failure(429, 'busy', '正在导出的人太多，请稍后再试')
    const of = { request, house, kind, format, columns }
    const { filters, narrow } = await drilled(house, request.actor, kind, asked)
    const pieces = await begun(written(of, await begun(counted(of, { q, sort: sort || undefined, filters, narrow }))))
    // The file's name says whose it is; the number leads to its entry in the audit store.
    attach(reply, `${kind.title}-${request.actor.name}-${request.id.slice(0, 8)}`, house.clock(), format)
    return reply.type(types[format]).send(Readable.from(pieces, { objectMode: false, highWaterMark: 256 * 1024 }))
  })
}
