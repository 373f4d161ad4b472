import { createHash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { forbidden, invalid, notFound } from '../../failure.ts'
import { checkFields } from '../../language/index.ts'
import { mayRun } from '../access/reach.ts'
import { openStore } from '../store/store.ts'
import { requireScope } from './authenticate.ts'
import type { House } from './house.ts'
import { workOf } from './records.ts'

type Document = { name: string; mediaType: string; text: string }

/**
 * What an operation writes as a document, to be opened or saved: `GET /api/v1/operations/{name}/document?field=…`, for
 * operations whose result has a name, a media type and a text.
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
    if (!isDocument(made)) throw notFound('这份文件')
    const kind = made.mediaType === 'text/html' ? 'inline' : 'attachment'
    return reply
      .type(`${made.mediaType}; charset=utf-8`)
      .header('content-disposition', `${kind}; filename*=UTF-8''${encodeURIComponent(made.name)}`)
      .header('content-security-policy', `default-src 'none'; style-src ${stylesOf(made.text)}`)
      .send(made.text)
  })
}

/** The styles that stand in a page, each by its digest: nothing that a record's text smuggles in counts as one. */
function stylesOf(text: string): string {
  const digests = [...text.matchAll(/<style>([^<]*)<\/style>/g)].map(
    ([, style = '']) => `'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  )
  return digests.slice(0, 1).join(' ') || "'none'"
}

function isDocument(made: unknown): made is Document {
  const { name, mediaType, text } = (made ?? {}) as Partial<Document>
  return typeof name === 'string' && typeof mediaType === 'string' && typeof text === 'string'
}
