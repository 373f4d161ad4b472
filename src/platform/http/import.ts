import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Failure, invalid, notFound } from '../../failure.ts'
import type { Kind } from '../../language/index.ts'
import { reach } from '../access/reach.ts'
import { uuidv7 } from '../id.ts'
import {
  type Import,
  type ImportRow,
  listImports,
  openImport,
  type RowState,
  readImport,
  readRows,
} from '../sheets/imports.ts'
import { layoutOf } from '../sheets/layout.ts'
import { type Runner, startRunner } from '../sheets/runner.ts'
import { sheetFor } from '../sheets/stage.ts'
import { errorForm, template } from '../sheets/template.ts'
import { sheetBytesMax } from '../sheets/wire.ts'
import { requireScope } from './authenticate.ts'
import { attach } from './export.ts'
import type { House } from './house.ts'
import { xlsxType } from './media.ts'
import { limitOf, queryOf } from './records.ts'

/** What browsers and programs call such files; what they are is told from their bytes. */
const fileTypes = [
  xlsxType,
  'text/csv',
  'text/plain',
  'application/csv',
  'application/vnd.ms-excel',
  'application/octet-stream',
]

/** How often a process looks for imports whose own process died. */
const pollMs = 5000
/** Files of one account that wait or are worked on at the same time. */
const unfinishedMax = 5
/** Rows of one record that a preview shows. */
const rowsShown = 50

const states: readonly RowState[] = ['good', 'bad', 'known', 'written', 'refused']

function kindOf(request: FastifyRequest, house: House): Kind {
  const kind = house.catalogue.kinds.get((request.params as { kind: string }).kind)
  if (!kind) throw notFound('这类记录')
  return kind
}

/** The name that a file had, without path and control characters. */
function nameOf(given: string | undefined): string {
  const plain =
    (given ?? '')
      .normalize('NFC')
      .replace(/\p{Cc}/gu, '')
      .split(/[/\\]/)
      .at(-1) ?? ''
  return plain.trim().slice(0, 120) || '未命名'
}

/** What everybody who sees the import is told of it: not under whose hand it runs. */
function shown({ ownerId: _, accountId: __, actor: ___, ...rest }: Import) {
  return rest
}

function shownRow({ number, recordId, state, cells, problems }: ImportRow) {
  const rows = cells.slice(0, rowsShown).map(([at, texts]) => ({ number: at, cells: texts }))
  return { number, recordId, state, rows, more: Math.max(0, cells.length - rowsShown), problems }
}

function statesOf(given: string | undefined): RowState[] | undefined {
  if (!given) return undefined
  const wanted = given.split(',')
  const stray = wanted.find((each) => !states.includes(each as RowState))
  if (stray !== undefined)
    throw invalid([{ code: 'unknown-filter', text: `state 应为 ${states.join('、')} 之一`, at: '/state' }])
  return wanted as RowState[]
}

/** An import of the one who asks; to anybody else it does not exist. */
const ownOf = (request: FastifyRequest, house: House): Promise<Import> =>
  readImport(house.sql, requireScope(request, 'records'), (request.params as { id: string }).id)

/** The template to fill in, and the way in for what was filled in. */
function uploadRoutes(app: FastifyInstance, house: House, runner: Runner): void {
  app.get('/api/v1/records/:kind/template.xlsx', async (request, reply) => {
    const kind = kindOf(request, house)
    const actor = requireScope(request, 'records')
    reach(actor, kind, 'create')
    attach(reply, `${kind.title}模板`, house.clock(), 'xlsx')
    return reply.type(xlsxType).send(Readable.from(template(sheetFor(house, kind, actor)), { objectMode: false }))
  })

  app.register(async (scope) => {
    scope.addContentTypeParser(fileTypes, { parseAs: 'buffer', bodyLimit: sheetBytesMax }, (_request, body, done) =>
      done(null, body),
    )
    scope.post('/api/v1/records/:kind/imports', { bodyLimit: sheetBytesMax }, async (request, reply) => {
      const kind = kindOf(request, house)
      const actor = requireScope(request, 'records')
      reach(actor, kind, 'create')
      const bytes = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
      if (bytes.length === 0) throw new Failure(400, 'empty-body', '没有收到文件内容')
      const latest = await listImports(house.sql, actor, 50)
      if (latest.filter(({ state }) => state === 'reading' || state === 'committing').length >= unfinishedMax)
        throw new Failure(429, 'busy', `同时最多处理 ${unfinishedMax} 个文件，请等前面的完成`)
      const opened = await openImport(house.sql, actor, {
        id: uuidv7(house.clock().getTime()),
        kind: kind.name,
        name: nameOf(queryOf(request).name),
        sha256: createHash('sha256').update(bytes).digest('hex'),
        bytes,
        now: house.clock(),
      })
      runner.kick()
      return reply.code(202).header('location', `/api/v1/imports/${opened.id}`).send(shown(opened))
    })
  })
}

/** What became of a file: the list of one's imports, and each record with its problems. */
function previewRoutes(app: FastifyInstance, house: House): void {
  app.get('/api/v1/imports', async (request) => {
    const actor = requireScope(request, 'records')
    const { limit, after, kind } = queryOf(request)
    const size = limitOf(limit)
    const found = await listImports(house.sql, actor, size, after || undefined, kind || undefined)
    return { items: found.map(shown), next: found.length === size ? found.at(-1)?.id : null }
  })

  app.get('/api/v1/imports/:id', async (request) => {
    const of = await ownOf(request, house)
    const { limit, after, state } = queryOf(request)
    if (after && !/^\d{1,9}$/.test(after))
      throw invalid([{ code: 'wrong-cursor', text: '翻页位置无效，请从第一页重新开始', at: '/after' }])
    const size = limitOf(limit)
    const rows = await readRows(house.sql, of, { states: statesOf(state), after: Number(after || 0), limit: size + 1 })
    const page = rows.slice(0, size)
    return {
      ...shown(of),
      items: page.map(shownRow),
      next: rows.length > size ? String(page.at(-1)?.number) : null,
    }
  })
}

/** Records from Excel and CSV files: template, upload, preview, commit, and what was not taken. */
export function importRoutes(app: FastifyInstance, house: House): void {
  const runner = startRunner(house, pollMs, (error) => app.log.error({ err: error }, 'import'))
  app.addHook('onClose', () => runner.stop())
  uploadRoutes(app, house, runner)
  previewRoutes(app, house)

  app.post('/api/v1/imports/:id/commit', async (request, reply) => {
    const of = await ownOf(request, house)
    const kind = house.catalogue.kinds.get(of.kind)
    if (!kind) throw notFound('这类记录')
    reach(request.actor, kind, 'create')
    const [moved] = await house.sql`
      update import set state = 'committing', failure = null, leased_until = null, updated_at = ${house.clock()},
        actor = ${house.sql.json(request.actor as never)}
      where owner_id = ${of.ownerId} and id = ${of.id} and state = 'ready' returning id`
    const now = await ownOf(request, house)
    // Asked twice, it is done once.
    if (!moved && now.state !== 'committing' && now.state !== 'done')
      throw new Failure(
        409,
        'wrong-state',
        now.state === 'failed' ? (now.failure ?? '文件没有读成') : '文件还没有读完，请稍候',
      )
    runner.kick()
    return reply.code(202).send(shown(now))
  })

  app.get('/api/v1/imports/:id/errors.xlsx', async (request, reply) => {
    const of = await ownOf(request, house)
    const kind = house.catalogue.kinds.get(of.kind)
    if (!kind) throw notFound('这类记录')
    async function* wrong(): AsyncGenerator<ImportRow[]> {
      for (let after = 0; ; ) {
        const rows = await readRows(house.sql, of, { states: ['bad', 'refused'], after, limit: 500 })
        const last = rows.at(-1)
        if (!last) return
        after = last.number
        yield rows
      }
    }
    const sheet = sheetFor(house, kind, request.actor)
    const file = await errorForm(sheet, layoutOf(sheet, of.heads), wrong())
    attach(reply, `${kind.title}待改正`, house.clock(), 'xlsx')
    return reply.type(xlsxType).send(Readable.from(file, { objectMode: false }))
  })
}
