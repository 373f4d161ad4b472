import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'
import { Failure } from '../../failure.ts'
import type { House } from './house.ts'

const apiPaths = /^\/(api|epcis|01|ledger|assets|metrics|healthz|readyz)(\/|$|\?)/

/** The built web application: its files, and its one page for every path that it routes itself. */
export function pageRoutes(app: FastifyInstance, house: House): void {
  if (!existsSync(join(house.pagesDir, 'index.html'))) return
  app.register(fastifyStatic, {
    root: house.pagesDir,
    wildcard: false,
    cacheControl: false,
    setHeaders: (reply, path) => {
      const forever = path.includes('/assets/')
      reply.header('cache-control', forever ? 'public, max-age=31536000, immutable' : 'no-cache')
    },
  })
  // A route, not a second not-found handler: Fastify allows one, and the application has its own.
  app.get('/*', (request, reply) => {
    if (!request.headers.accept?.includes('text/html') || apiPaths.test(request.url))
      throw new Failure(404, 'no-such-page', '没有这个网址')
    return reply.sendFile('index.html')
  })
}
