import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'
import { Failure } from '../../failure.ts'
import type { House } from './house.ts'
import { sendProblem } from './problem.ts'

const apiPaths = /^\/(api|epcis|01|assets|metrics|healthz|readyz)(\/|$|\?)/

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
  app.setNotFoundHandler((request, reply) => {
    const wantsPage = request.method === 'GET' && request.headers.accept?.includes('text/html')
    if (!wantsPage || apiPaths.test(request.url))
      return sendProblem(new Failure(404, 'no-such-page', '没有这个网址'), request, reply)
    return reply.sendFile('index.html')
  })
}
