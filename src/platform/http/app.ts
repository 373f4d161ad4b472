import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { RequestListener, Server } from 'node:http'
import { createServer } from 'node:https'
import cookie from '@fastify/cookie'
import Fastify, { type FastifyInstance } from 'fastify'
import { Failure } from '../../failure.ts'
import { authenticate, prove } from './authenticate.ts'
import { requirePlain } from './epcis/text.ts'
import type { House } from './house.ts'
import { parseJson, utf8Of } from './json.ts'
import { limitCallers } from './limits.ts'
import { sendProblem } from './problem.ts'

/** Largest JSON body of an ordinary route; capture and files have limits of their own. */
const bodyBytesMax = 1024 * 1024

/** Who sends a request slower than this is let go: connections are not to be had for nothing. */
const requestMsMax = 30_000

/** A media server of the operator's own, where the pages may fetch from it. */
const originsOf = (video: House['video']): string =>
  [
    ...new Set(Object.values(video ?? {}).map((address) => ` ${new URL(address.replace(/\{[a-z]+\}/g, 'x')).origin}`)),
  ].join('')

/** Set by hand: a plug-in for these halves the throughput. */
const securityHeaders = ({ mapTiles, video }: House): Readonly<Record<string, string>> => ({
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(self), geolocation=(self), microphone=()',
  'content-security-policy': `default-src 'self'; style-src 'self'; img-src 'self' data: blob:${mapTiles ? ` ${new URL(mapTiles).origin}` : ''}; media-src 'self' blob:; connect-src 'self'${originsOf(video)}; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`,
})

/** A listener that only certificates of one authority come through. */
export type MutualTls = { cert: Buffer; key: Buffer; ca: Buffer }

/** As the operator sets it: SHISU_MTLS_PORT with SHISU_TLS_CERT, SHISU_TLS_KEY and the authority's SHISU_CLIENT_CA. */
export function mutualFromEnvironment(env: NodeJS.ProcessEnv): (MutualTls & { port: number }) | undefined {
  const { SHISU_MTLS_PORT: port, SHISU_TLS_CERT: cert, SHISU_TLS_KEY: key, SHISU_CLIENT_CA: ca } = env
  if (!port) return undefined
  if (!cert || !key || !ca)
    throw new Error('有 SHISU_MTLS_PORT 时须有 SHISU_TLS_CERT、SHISU_TLS_KEY 和 SHISU_CLIENT_CA')
  return { port: Number(port), cert: readFileSync(cert), key: readFileSync(key), ca: readFileSync(ca) }
}

/** TLS 1.2 with forward secrecy or 1.3; without a trusted certificate the handshake fails. */
const secureServer = ({ cert, key, ca }: MutualTls): { serverFactory: (handler: RequestListener) => Server } => ({
  serverFactory: (handler) =>
    createServer(
      {
        cert,
        key,
        ca,
        requestCert: true,
        rejectUnauthorized: true,
        minVersion: 'TLSv1.2',
        requestTimeout: requestMsMax,
      },
      handler,
    ),
})

/** An HTTP application with the house's manners: JSON limits, problem+json, identity, security headers. */
export function createApp(
  house: House,
  options: { quiet?: boolean; entrance?: 'management' | 'public'; mutual?: MutualTls } = {},
): FastifyInstance {
  const app = Fastify({
    // So long that an address which is too long reaches its route, which says so.
    ...(options.mutual ? secureServer(options.mutual) : { http: { maxHeaderSize: 65_536 } }),
    logger: options.quiet ? false : { level: 'warn' },
    trustProxy: house.trustProxy ?? false,
    bodyLimit: bodyBytesMax,
    genReqId: () => randomUUID(),
    // Entries name their request themselves: a logger for each would be made for requests that log nothing.
    childLoggerFactory: (logger) => logger,
    requestTimeout: requestMsMax,
    forceCloseConnections: 'idle',
    // A path that cannot be decoded never reaches a route, nor the error handler.
    frameworkErrors: sendProblem,
    routerOptions: { maxParamLength: 4000, ignoreTrailingSlash: true },
  })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(/^application\/([\w.-]+\+)?json/, { parseAs: 'buffer' }, (request, body, done) => {
    try {
      requirePlain(request.headers)
      done(null, parseJson(utf8Of(body as Buffer)))
    } catch (error) {
      done(error as Error, undefined)
    }
  })
  app.register(cookie)
  app.setErrorHandler((error, request, reply) => {
    if (!request.actor?.asRead) return sendProblem(error as Failure, request, reply)
    // Whoever is only remembered is told what is wrong with his request once he is known to be let in at all.
    prove(request, house).then(
      () => sendProblem(error as Failure, request, reply),
      (refusal) => sendProblem(refusal, request, reply),
    )
  })
  app.setNotFoundHandler((request, reply) => {
    sendProblem(new Failure(404, 'no-such-page', '没有这个网址'), request, reply)
  })
  const headers = securityHeaders(house)
  // Hooks that every request passes through wait for nothing where they need not: a promise each would cost it a tenth.
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(headers)
    // No text in the database holds one, so no address can mean it.
    if (/%00/i.test(request.raw.url ?? '')) throw new Failure(400, 'bad-url', '网址不正确')
    done()
  })
  authenticate(app, house, options.entrance ?? 'management')
  limitCallers(app, house, options.entrance ?? 'management')
  app.addHook('onRequest', (request, reply, done) => {
    if (request.url.startsWith('/api/') || request.url.startsWith('/epcis')) reply.header('cache-control', 'no-store')
    done()
  })
  return app
}
