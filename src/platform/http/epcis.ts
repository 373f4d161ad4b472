import websocket from '@fastify/websocket'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Failure, notFound } from '../../failure.ts'
import { requireScope } from './authenticate.ts'
import { captureJob, captureJobs, jobXml } from './capture-jobs.ts'
import { answerEvent, answerEvents, questionOf } from './epcis/answer.ts'
import { capture, captureOne, tryCapture } from './epcis/capture.ts'
import { discoveryRoutes, eventIdOf } from './epcis/discovery.ts'
import { anyMedia, chooseMedia, isXml, jsonMedia } from './epcis/media.ts'
import { announceNext, readPage, revokeToken } from './epcis/paging.ts'
import { queryRoutes } from './epcis/queries.ts'
import { refusals } from './epcis/refusal.ts'
import { resourceRoutes } from './epcis/resources.ts'
import { streamRoutes } from './epcis/stream.ts'
import { subscriptionRoutes } from './epcis/subscriptions.ts'
import { announced, bytesMax, captureAnnounced, captureLimits, checkVersions } from './epcis/terms.ts'
import { readText, unpacked } from './epcis/text.ts'
import type { House } from './house.ts'

/** Longest address that is read. */
const urlMax = 8000

/** The REST binding of EPCIS 2.0 (section 12). */
export function epcisRoutes(app: FastifyInstance, house: House): void {
  // Whoever asks for a WebSocket and is answered otherwise, anywhere, would keep the connection for ever.
  app.addHook('onResponse', (request, _reply, done) => {
    if (request.headers.upgrade !== undefined) request.raw.socket.destroySoon()
    done()
  })
  app.register(async (scope) => {
    // The text is kept as it came until it is accepted, so that a refused document can be put aside whole.
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser(
      /^(?:application|text)\/(?:[\w.-]+\+)?(?:json|xml)\s*(?:;|$)/i,
      { parseAs: 'buffer' },
      async (request: FastifyRequest, body: Buffer) => {
        const { headers, routeOptions } = request
        return readText(await unpacked(body, headers, routeOptions.bodyLimit ?? bytesMax), headers)
      },
    )
    refusals(scope)
    await scope.register(websocket, { options: { maxPayload: 4096 } })
    scope.addHook('onRequest', async (request, reply) => {
      reply.headers(announced)
      if (request.url.startsWith('/epcis/capture')) reply.headers(captureAnnounced)
      else if (request.method === 'POST' && request.url === '/epcis/events') reply.headers(captureLimits)
      if (request.url.length > urlMax)
        throw new Failure(414, 'url-too-long', `网址最长 ${urlMax} 个字符，请减少查询条件`)
      checkVersions(request)
    })
    // Before the body is read: whoever may not capture need not send 16 MB.
    const guard = async (request: FastifyRequest) => {
      requireScope(request, 'epcis')
    }
    captureRoutes(scope, house, guard)
    scope.get('/epcis/events', { onRequest: guard }, (request, reply) =>
      answerEvents(house, request, reply, questionOf(request)),
    )
    scope.get('/epcis/events/*', { onRequest: guard }, (request, reply) =>
      answerEvent(house, request, reply, eventIdOf(request)),
    )
    resourceRoutes(scope, house, guard)
    queryRoutes(scope, house, guard)
    streamRoutes(scope, house, guard)
    subscriptionRoutes(scope, house, guard)
    scope.delete('/epcis/nextPageToken/:token', { onRequest: guard }, async (request, reply) => {
      await revokeToken(house.sql, (request.params as { token: string }).token, house.clock())
      return reply.code(204).send()
    })
    discoveryRoutes(scope, house)
    scope.all('/epcis/*', async () => {
      throw notFound('这个资源')
    })
  })
}

function captureRoutes(scope: FastifyInstance, house: House, guard: (request: FastifyRequest) => Promise<void>): void {
  const options = { bodyLimit: bytesMax, onRequest: guard }
  scope.post('/epcis/capture', options, (request, reply) => capture(house, request, reply))
  scope.post('/epcis/events', options, (request, reply) => captureOne(house, request, reply))
  scope.post('/api/v1/epcis-check', options, (request) => tryCapture(house, request))
  scope.get('/epcis/capture', { onRequest: guard }, async (request, reply) => {
    const media = chooseMedia(request.headers.accept, jsonMedia)
    const { perPage, served, after } = await readPage(house, request)
    const { jobs, next } = await captureJobs(house.sql, request.actor, perPage, after)
    if (next) announceNext(house, request, reply, { served: served + jobs.length, after: next })
    return reply.type(`${media}; charset=utf-8`).send(jobs)
  })
  scope.get('/epcis/capture/:id', { onRequest: guard }, async (request, reply) => {
    const media = chooseMedia(request.headers.accept, anyMedia)
    const job = await captureJob(house.sql, request.actor, (request.params as { id: string }).id)
    return reply.type(`${media}; charset=utf-8`).send(isXml(media) ? jobXml(job) : job)
  })
}
