import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Failure, notFound, type Problem } from '../../failure.ts'
import { type ParsedDocument, parseDocument } from '../../standards/epcis/index.ts'
import { append, countEvents, events, eventsById, type Outcome, readEventParameters } from '../../trace/index.ts'
import type { Actor } from '../access/actor.ts'
import { uuidv7 } from '../id.ts'
import { requireScope } from './authenticate.ts'
import { captureJob, captureJobs } from './capture-jobs.ts'
import { eventText, queryDocument } from './epcis-document.ts'
import type { House } from './house.ts'
import { parseJson } from './json.ts'
import { scopeOf } from './trace.ts'

const bytesMax = 16 * 1024 * 1024
const eventsMax = 10_000
const perPageDefault = 30
const perPageMax = 1000

const headers: Readonly<Record<string, string>> = {
  'GS1-EPCIS-Version': '2.0.0',
  'GS1-EPCIS-Min': '2.0.0',
  'GS1-EPCIS-Max': '2.0.0',
  'GS1-CBV-Version': '2.0.0',
  'GS1-CBV-Min': '2.0.0',
  'GS1-CBV-Max': '2.0.0',
  'GS1-EPC-Format': 'Never_Translates',
}
const captureHeaders: Readonly<Record<string, string>> = {
  'GS1-EPCIS-Capture-Limit': String(eventsMax),
  'GS1-EPCIS-Capture-File-Size-Limit': String(bytesMax),
  'GS1-Capture-Error-Behaviour': 'rollback',
}

type Query = Record<string, unknown>

/** The REST binding of EPCIS 2.0 (section 12): capture, capture jobs, events. */
export function epcisRoutes(app: FastifyInstance, house: House): void {
  app.register(async (scope) => {
    // The text is kept as it came until it is accepted, so that a refused document can be put aside whole.
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser(/^application\/([\w.-]+\+)?json/, { parseAs: 'string' }, (_request, body, done) => {
      done(null, body)
    })
    scope.addHook('onRequest', async (request, reply) => {
      reply.headers(headers)
      if (request.url.startsWith('/epcis/capture')) reply.headers(captureHeaders)
      checkVersions(request)
    })
    // Before the body is read: whoever may not capture need not send 16 MB.
    const onRequest = async (request: FastifyRequest) => {
      requireScope(request, 'epcis')
    }
    scope.post('/epcis/capture', { bodyLimit: bytesMax, onRequest }, (request, reply) => capture(house, request, reply))
    scope.post('/epcis/events', { bodyLimit: bytesMax, onRequest }, (request, reply) =>
      captureOne(house, request, reply),
    )
    scope.get('/epcis/events', { onRequest }, (request, reply) => findEvents(house, request, reply))
    scope.get('/epcis/events/*', { onRequest }, (request, reply) => findEvent(house, request, reply))
    scope.get('/epcis/capture', { onRequest }, async (request, reply) => {
      const { perPage, after } = readPage(request.query as Query)
      const { jobs, next } = await captureJobs(house.sql, request.actor, perPage, after)
      if (next) reply.header('Link', linkTo('/epcis/capture', request.query as Query, next))
      return jobs
    })
    scope.get('/epcis/capture/:id', { onRequest }, (request) =>
      captureJob(house.sql, request.actor, (request.params as { id: string }).id),
    )
    for (const [path, allow] of [
      ['/epcis/capture', 'OPTIONS, POST, GET'],
      ['/epcis/capture/:id', 'OPTIONS, GET'],
      ['/epcis/events', 'OPTIONS, GET, POST'],
      ['/epcis/events/*', 'OPTIONS, GET'],
    ] as const) {
      scope.options(path, (_request, reply) => reply.code(204).header('Allow', allow).send())
    }
  })
}

async function capture(house: House, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { actor } = request
  const startedAt = house.clock()
  const behaviour = request.headers['gs1-capture-error-behaviour'] ?? 'rollback'
  if (behaviour !== 'rollback') {
    throw new Failure(501, 'error-behaviour', '暂只支持 GS1-Capture-Error-Behaviour: rollback（有一处错误则整份不存）')
  }
  const id = uuidv7(startedAt.getTime())
  const outcomes = await keepRefused(house, request, async (text) => {
    const document = read(text, ['EPCISDocument', 'EPCISQueryDocument'])
    return store(house, actor, document, { id, startedAt, errorBehaviour: 'rollback' })
  })
  const stored = outcomes.filter((outcome) => outcome === 'stored').length
  return reply
    .code(202)
    .header('Location', `/epcis/capture/${id}`)
    .send({ captureID: id, running: false, success: true, stored, known: outcomes.length - stored })
}

async function captureOne(house: House, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { document, outcome } = await keepRefused(house, request, async (text) => {
    const document = read(text, ['event'])
    const [outcome] = await store(house, request.actor, document)
    return { document, outcome }
  })
  const eventId = document.events[0]?.eventId ?? ''
  const found = await eventsById(house.sql, scopeOf(request.actor), eventId)
  const event = found.events.at(-1)
  return reply
    .code(outcome === 'known' ? 200 : 201)
    .header('Location', `/epcis/events/${encodeURIComponent(eventId)}`)
    .type('application/json; charset=utf-8')
    .send(event ? eventText(event) : '{}')
}

/** Reads and checks a document; throws 400 naming every place, 413 where it has too many events. */
function read(text: string, kinds: readonly ParsedDocument['kind'][]): ParsedDocument {
  const parsed = parseDocument(parseJson(text), { events: eventsMax })
  if (!parsed.ok) throw refused(parsed.problems)
  if (!kinds.includes(parsed.document.kind)) {
    const text = kinds.includes('event') ? '这里应提交单个事件' : '这里应提交 EPCIS 文档（EPCISDocument）'
    throw refused([{ code: 'document-kind', text, at: '/type' }])
  }
  return parsed.document
}

function refused(problems: readonly Problem[]): Failure {
  const first = problems[0]?.text ?? '文档不符合 EPCIS 2.0'
  const tooMany = problems.some((problem) => problem.code === 'too-many-events')
  const more = problems.length > 1 ? `（共 ${problems.length} 处）` : ''
  return new Failure(tooMany ? 413 : 400, 'epcis-invalid', `${first}${more}`, {
    problems,
    type: tooMany ? 'epcisException:CaptureLimitExceededException' : 'epcisException:ValidationException',
  })
}

type Job = { id: string; startedAt: Date; errorBehaviour: 'rollback' }

/** One call, one transaction. Two documents with the same new events may meet in a deadlock: the one chosen tries again. */
async function store(house: House, actor: Actor, document: ParsedDocument, job?: Job): Promise<Outcome[]> {
  const context = {
    context: document.context,
    recordTime: house.clock(),
    at: listPlace[document.kind],
    ...(job && { job }),
  }
  for (let attempt = 1; ; attempt++) {
    try {
      return await append(house.sql, { ownerId: actor.ownerId, region: actor.region }, document.events, context)
    } catch (error) {
      const isDeadlock = error instanceof Error && 'code' in error && error.code === '40P01'
      if (!isDeadlock || attempt === 5) throw error
    }
  }
}

const listPlace: Readonly<Record<ParsedDocument['kind'], string>> = {
  EPCISDocument: '/epcisBody/eventList',
  EPCISQueryDocument: '/epcisBody/queryResults/resultsBody/eventList',
  event: '',
}

/** Puts a refused document aside with its reason, so that nothing sent to us is lost; then refuses it. */
async function keepRefused<T>(house: House, request: FastifyRequest, work: (text: string) => Promise<T>): Promise<T> {
  const text = String(request.body ?? '')
  try {
    return await work(text)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    const now = house.clock()
    const { actor } = request
    // A NUL is no character for PostgreSQL.
    const body = text.replaceAll('\0', '�')
    const reason = { status: error.status, code: error.code, text: error.text, problems: [...error.problems] }
    await house.sql`insert into quarantine (owner_id, id, source, actor, reason, body, received_at)
      values (${actor.ownerId}, ${uuidv7(now.getTime())}, 'epcis-capture', ${actor.userId}, ${house.sql.json(reason)},
        ${body}, ${now})`
    if (error.status !== 422) throw error
    throw refused(error.problems)
  }
}

async function findEvents(house: House, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { perPage: _, nextPageToken: __, ...parameters } = request.query as Query
  const { perPage, after } = readPage(request.query as Query)
  const search = readEventParameters(parameters)
  const scope = scopeOf(request.actor)
  if (search.maxEventCount !== undefined) {
    const count = await countEvents(house.sql, scope, search.query, search.maxEventCount)
    if (count > search.maxEventCount) {
      const type = 'epcisException:QueryTooLargeException'
      throw new Failure(413, 'query-too-large', `符合条件的事件多于 ${search.maxEventCount} 个`, { type })
    }
  }
  const { served, token } = readToken(after)
  const left = search.eventCountLimit === undefined ? perPage : Math.min(perPage, search.eventCountLimit - served)
  const page = { order: search.order, limit: Math.max(left, 0), ...(token && { after: token }) }
  const found = await events(house.sql, scope, search.query, page)
  const total = served + found.events.length
  if (found.next && (search.eventCountLimit === undefined || total < search.eventCountLimit)) {
    reply.header('Link', linkTo('/epcis/events', request.query as Query, `${total}.${found.next}`))
  }
  return reply.type('application/json; charset=utf-8').send(queryDocument(found, house.clock()))
}

async function findEvent(house: House, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const path = (request.params as { '*': string })['*']
  const { ver } = request.query as Query
  // A hash id that was put into the path without being encoded ends in `?ver=…`.
  const eventId = typeof ver === 'string' && path.startsWith('ni:') ? `${path}?ver=${ver}` : path
  if (eventId.includes('\0')) throw notFound('这个事件')
  const found = await eventsById(house.sql, scopeOf(request.actor), eventId)
  if (found.events.length === 0) throw notFound('这个事件')
  return reply.type('application/json; charset=utf-8').send(queryDocument(found, house.clock()))
}

function readPage(query: Query): { perPage: number; after?: string } {
  const { perPage, nextPageToken } = query
  if (perPage !== undefined && (typeof perPage !== 'string' || !/^[1-9]\d{0,8}$/.test(perPage))) {
    throw new Failure(400, 'query-parameter', 'perPage 应为正整数', {
      problems: [{ at: '/perPage', code: 'query-parameter', text: 'perPage 应为正整数' }],
      type: 'epcisException:QueryParameterException',
    })
  }
  const size = perPage === undefined ? perPageDefault : Math.min(Number(perPage), perPageMax)
  return { perPage: size, ...(typeof nextPageToken === 'string' && { after: nextPageToken }) }
}

function readToken(text: string | undefined): { served: number; token?: string } {
  if (text === undefined) return { served: 0 }
  const [, served, token] = /^(\d{1,9})\.([\w-]+)$/.exec(text) ?? []
  if (!served || !token) throw new Failure(400, 'bad-page-token', '翻页标记 nextPageToken 无效，请从第一页重新查询')
  return { served: Number(served), token }
}

function linkTo(path: string, query: Query, token: string): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    for (const one of [value].flat()) if (name !== 'nextPageToken') parameters.append(name, String(one))
  }
  parameters.set('nextPageToken', token)
  return `<${path}?${parameters}>; rel="next"`
}

function checkVersions(request: FastifyRequest): void {
  for (const name of ['gs1-epcis-version', 'gs1-epcis-min', 'gs1-cbv-version', 'gs1-cbv-min']) {
    const value = request.headers[name]
    if (typeof value === 'string' && !/^2\.0(?:\.|$)/.test(value) && !(name.endsWith('min') && /^1\./.test(value))) {
      throw new Failure(406, 'version', `${name} 要求 ${value}：这里支持 EPCIS 2.0 与 CBV 2.0`)
    }
  }
  const format = request.headers['gs1-epc-format']
  if (format !== undefined && format !== 'No_Preference' && format !== 'Never_Translates') {
    throw new Failure(406, 'epc-format', '暂不转换标识的写法：GS1-EPC-Format 只支持 No_Preference、Never_Translates')
  }
}
