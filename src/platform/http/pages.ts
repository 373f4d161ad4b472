import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, statSync } from 'node:fs'
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

/** The application's page as it lies there now, or as it lay there last: a new build takes its place under a running server. */
function pageReader(file: string): () => string {
  let page = readFileSync(file, 'utf8')
  let read = statSync(file).mtimeMs
  return () => {
    const at = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? read
    if (at !== read) [page, read] = [readFileSync(file, 'utf8'), at]
    return page
  }
}

/** The built web application: its files, and its one page for every path that it routes itself. */
export function pageRoutes(app: FastifyInstance, house: Pick<House, 'pagesDir'>): void {
  const file = join(house.pagesDir, 'index.html')
  if (!existsSync(file)) return
  const page = pageReader(file)
  app.register(fastifyStatic, {
    root: house.pagesDir,
    wildcard: false,
    index: false,
    globIgnore: ['index.html', 'assets/**'],
    cacheControl: false,
    setHeaders: (reply) => reply.header('cache-control', 'no-cache'),
  })
  // Found when asked for: each build names them anew.
  app.register(fastifyStatic, {
    root: join(house.pagesDir, 'assets'),
    prefix: '/assets/',
    index: false,
    cacheControl: false,
    decorateReply: false,
    setHeaders: (reply) => reply.header('cache-control', 'public, max-age=31536000, immutable'),
  })
  // A route, not a second not-found handler: Fastify allows one, and the application has its own.
  app.get('/*', (request, reply) => {
    // The service worker asks for `/` as for any file.
    const isPage = request.headers.accept?.includes('text/html') || request.url === '/'
    if (!isPage || apiPaths.test(request.url)) throw new Failure(404, 'no-such-page', '没有这个网址')
    return withNonce(reply, page())
  })
}
