import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { Failure } from '../../failure.ts'
import type { House } from './house.ts'

const apiPaths = /^\/(api|epcis|01|ledger|assets|metrics|healthz|readyz)(\/|$|\?)/

/**
 * The application's page, with a word of its own for each answer: styles that the component library writes while it runs
 * carry it, and nothing else that is written into the page counts as a style.
 */
function withNonce(reply: FastifyReply, page: string): FastifyReply {
  const nonce = randomBytes(16).toString('base64')
  const policy = String(reply.getHeader('content-security-policy'))
  return reply
    .header('content-security-policy', policy.replace("style-src 'self'", `style-src 'self' 'nonce-${nonce}'`))
    .header('cache-control', 'no-cache')
    .type('text/html; charset=utf-8')
    .send(page.replace('<head>', `<head><meta name="style-nonce" content="${nonce}" />`))
}

/** The built web application: its files, and its one page for every path that it routes itself. */
export function pageRoutes(app: FastifyInstance, house: House): void {
  const file = join(house.pagesDir, 'index.html')
  if (!existsSync(file)) return
  const page = readFileSync(file, 'utf8')
  app.register(fastifyStatic, {
    root: house.pagesDir,
    wildcard: false,
    index: false,
    globIgnore: ['index.html'],
    cacheControl: false,
    setHeaders: (reply, path) => {
      const forever = path.includes('/assets/')
      reply.header('cache-control', forever ? 'public, max-age=31536000, immutable' : 'no-cache')
    },
  })
  // A route, not a second not-found handler: Fastify allows one, and the application has its own.
  app.get('/*', (request, reply) => {
    // The service worker asks for `/` as for any file.
    const isPage = request.headers.accept?.includes('text/html') || request.url === '/'
    if (!isPage || apiPaths.test(request.url)) throw new Failure(404, 'no-such-page', '没有这个网址')
    return withNonce(reply, page)
  })
}
