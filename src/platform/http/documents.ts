import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { forbidden, invalid, notFound } from '../../failure.ts'
import { checkFields } from '../../language/index.ts'
import type { Column } from '../../language/sheet.ts'
import { mayRun } from '../access/reach.ts'
import type { MadeFile, MadeSheet } from '../operation.ts'
import { book, sheetName } from '../sheets/xlsx-write.ts'
import { openStore } from '../store/store.ts'
import { requireScope } from './authenticate.ts'
import type { House } from './house.ts'
import { docxType, xlsxType } from './media.ts'
import { workOf } from './records.ts'

/**
 * What an operation writes as a document, to be opened or saved: `GET /api/v1/operations/{name}/document?field=…`, for
 * operations whose result is a `MadeFile`.
 */
export function documentRoutes(app: FastifyInstance, house: House): void {
  app.get('/api/v1/operations/:name/document', async (request, reply) => {
    const operation = house.catalogue.operations.get((request.params as { name: string }).name)
    const work = workOf(request, house)
    if (!operation) throw notFound('这项操作')
    requireScope(request, 'operations')
    if (!mayRun(work.actor, operation)) throw forbidden(`您没有“${operation.title}”的权限`)
    const { value, problems } = checkFields(operation.fields, request.query ?? {}, '')
    if (problems.length > 0) throw invalid(problems)
    // Looking changes nothing, whatever the operation would.
    const made = await house.sql.begin('read only', (sql) => {
      const store = openStore(sql, house.catalogue.kinds, work.actor, work.now, house.keyring)
      return operation.run({ ...work, sql, store }, value)
    })
    if (!isFile(made)) throw notFound('这份文件')
    const isPage = 'text' in made && made.mediaType === 'text/html'
    reply.header(
      'content-disposition',
      `${isPage ? 'inline' : 'attachment'}; filename*=UTF-8''${encodeURIComponent(made.name)}`,
    )
    reply.header(
      'content-security-policy',
      `default-src 'none'; style-src ${stylesOf('text' in made ? made.text : '')}`,
    )
    if ('text' in made) return reply.type(`${made.mediaType}; charset=utf-8`).send(made.text)
    if ('pieces' in made) {
      const { word } = await import('../reports/word.ts')
      return reply.type(docxType).send(await word(made.title, made.pieces))
    }
    return reply.type(xlsxType).send(Readable.from(book(made.sheets.map(sheetOf)), { objectMode: false }))
  })
}

function sheetOf({ name, heads, figures = [], rows, foot }: MadeSheet) {
  const columns = heads.map((title, at) => ({
    title,
    required: false,
    readable: false,
    format: figures.includes(title) ? ('number' as const) : formatOf(rows.flatMap((row) => row[at] || [])),
    hint: '',
  }))
  return { name: sheetName(name), columns, rows, foot }
}

/** Days are written so that a program sorts them. */
function formatOf(cells: readonly string[]): Column['format'] {
  return cells.length > 0 && cells.every((cell) => /^\d{4}-\d\d-\d\d$/.test(cell)) ? 'day' : 'text'
}

/** The styles that stand in a page, each by its digest: nothing that a record's text smuggles in counts as one. */
function stylesOf(text: string): string {
  const digests = [...text.matchAll(/<style>([^<]*)<\/style>/g)].map(
    ([, style = '']) => `'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  )
  return digests.slice(0, 1).join(' ') || "'none'"
}

function isFile(made: unknown): made is MadeFile {
  const { name, text, sheets, pieces } = (made ?? {}) as {
    name?: unknown
    text?: unknown
    sheets?: unknown
    pieces?: unknown
  }
  return typeof name === 'string' && (typeof text === 'string' || Array.isArray(sheets) || Array.isArray(pieces))
}
