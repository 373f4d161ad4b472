import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { WebSocket } from 'ws'
import { Failure } from '../../../failure.ts'
import {
  type NamedQuery,
  nextTime,
  type Position,
  positionAt,
  positionNow,
  queryNamed,
  scheduleFields,
} from '../../../trace/index.ts'
import type { House } from '../house.ts'
import { scopeOf } from '../trace.ts'
import { answerEvents } from './answer.ts'
import { isAccountOpen, nextMessage, recordedFrom, type Standing } from './deliver.ts'
import type { Query } from './paging.ts'
import { readDefinition, theQuery } from './queries.ts'
import { type Controls, readControls } from './subscriptions.ts'
import { readForms } from './terms.ts'

const pollMs = 250
/** Bytes on their way to one client before nothing more is read for it. */
const waitingBytesMax = 4 * 1024 * 1024
/** Clients that listen to one process. */
const socketsMax = 500
const accountCheckMs = 60_000
const queryCheckMs = 1000

type Guard = (request: FastifyRequest) => Promise<void>
type Listener = { query: NamedQuery; controls: Controls; since: Date }

/** Events of a named query: a page of them, or over a WebSocket each as it comes (EPCIS 2.0, 12.6). */
export function streamRoutes(scope: FastifyInstance, house: House, guard: Guard): void {
  const listeners = new WeakMap<IncomingMessage, Listener>()
  const url = '/epcis/queries/:name/events'
  let open = 0
  scope.websocketServer.on('headers', (headers, request) => {
    const since = listeners.get(request)?.since
    if (since) headers.push(`GS1-Query-Min-Record-Time: ${since.toISOString()}`)
  })
  // Taken over and closed again, a connection would say that there was something to hear.
  scope.addHook('preValidation', async (request) => {
    if (request.ws && request.routeOptions.url !== url)
      throw new Failure(400, 'no-stream', '这个网址不能用 WebSocket 订阅')
  })
  scope.route({
    method: 'GET',
    url,
    onRequest: guard,
    // What is wrong is told before the connection is taken over.
    preValidation: async (request) => {
      if (!request.ws) return
      refuseForeignPages(request)
      if (open >= socketsMax) throw new Failure(503, 'too-many-listeners', '同时在线的订阅太多，请稍后再试')
      const query = await theQuery(house, request)
      refuseFurther(request)
      const controls = controlsOf(request)
      listeners.set(request.raw, { query, controls, since: controls.initialRecordTime ?? house.clock() })
    },
    handler: async (request, reply) => {
      const { name, query } = await theQuery(house, request)
      refuseFurther(request)
      return answerEvents(house, request, reply, { search: readDefinition(query), queryName: name })
    },
    wsHandler: (socket, request) => {
      const listener = listeners.get(request.raw)
      if (!listener) return socket.close(1011)
      open++
      socket.on('close', () => open--)
      socket.on('error', () => socket.terminate())
      listen(house, request, socket, listener).catch((error) => {
        request.log.error({ err: error, requestId: request.id }, 'epcis stream')
        socket.close(1011)
      })
    },
  })
}

const known: ReadonlySet<string> = new Set([
  ...['perPage', 'nextPageToken', 'stream', 'reportIfEmpty', 'initialRecordTime'],
  ...scheduleFields,
])

/** A named query asks what it was stored with: a condition beside it would seem to count, and does not. */
function refuseFurther(request: FastifyRequest): void {
  const problems = Object.keys(request.query as Query).flatMap((name) => {
    const text = `${name} 不能和已存的查询一起用：请新建查询，或直接查 /epcis/events`
    return known.has(name) ? [] : [{ at: `/${name}`, code: 'unknown-parameter', text }]
  })
  const [first] = problems
  if (first) {
    const type = 'epcisException:QueryParameterException'
    throw new Failure(400, 'query-parameter', first.text, { problems, type })
  }
}

/** A page of another site can open a socket with the visitor's cookie. */
function refuseForeignPages(request: FastifyRequest): void {
  const { origin } = request.headers
  if (!request.session || origin === undefined) return
  if (URL.parse(origin)?.host !== request.headers.host) throw new Failure(403, 'cross-site', '不能从其他网站订阅')
}

function controlsOf(request: FastifyRequest): Controls {
  const { stream, reportIfEmpty, initialRecordTime, ...rest } = request.query as Query
  const fields = Object.entries(rest).filter(([name]) => scheduleFields.some((field) => field === name))
  return readControls({
    ...(stream !== undefined && { stream: stream === 'true' || stream }),
    ...(reportIfEmpty !== undefined && { reportIfEmpty: flag(reportIfEmpty) }),
    ...(initialRecordTime !== undefined && { initialRecordTime }),
    ...(fields.length > 0 && { schedule: Object.fromEntries(fields) }),
  })
}

const flag = (value: unknown) => (value === 'true' ? true : value === 'false' ? false : value)

/** Whether the query is still there: one of the same name that was made later is another. */
async function isKept(house: House, request: FastifyRequest, { id, name }: NamedQuery): Promise<boolean> {
  return (await queryNamed(house.sql, request.actor.ownerId, name))?.id === id
}

/** Sends what arrives until the client leaves, stops reading, its account is closed or the query removed. */
async function listen(house: House, request: FastifyRequest, socket: WebSocket, { query, controls }: Listener) {
  const { schedule, initialRecordTime, reportIfEmpty } = controls
  const search = readDefinition(query.query)
  const standing: Standing = {
    query: initialRecordTime ? recordedFrom(search.query, initialRecordTime) : search.query,
    scope: scopeOf(request.actor),
    epcFormat: readForms(request).epcFormat,
    queryName: query.name,
  }
  let position: Position = initialRecordTime
    ? await positionAt(house.sql, initialRecordTime)
    : await positionNow(house.sql)
  let nextRunAt = schedule ? nextTime(schedule, house.clock()) : undefined
  let checkedAt = Date.now()
  let keptAt = checkedAt
  while (socket.readyState === socket.OPEN) {
    await new Promise((resolve) => setTimeout(resolve, pollMs))
    if (Date.now() - checkedAt > accountCheckMs) {
      checkedAt = Date.now()
      if (!(await isAccountOpen(house.sql, request.actor.userId))) return socket.close(1008)
    }
    if (Date.now() - keptAt > queryCheckMs) {
      keptAt = Date.now()
      if (!(await isKept(house, request, query))) return socket.close(1000)
    }
    if (socket.bufferedAmount > waitingBytesMax || (schedule && !(nextRunAt && nextRunAt <= house.clock()))) continue
    let hasReported = false
    for (let more = true; more && socket.readyState === socket.OPEN; ) {
      const message = await nextMessage(house, standing, position)
      position = message.position
      more = message.more && socket.bufferedAmount <= waitingBytesMax
      if (message.count === 0 && !(schedule && reportIfEmpty && !more && !hasReported)) continue
      if (!(await isKept(house, request, query))) return socket.close(1000)
      socket.send(message.text())
      hasReported = true
    }
    if (schedule) nextRunAt = nextTime(schedule, house.clock())
  }
}
