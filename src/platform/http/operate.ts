import type { FastifyInstance } from 'fastify'
import { lag } from '../feed/follow.ts'
import { requireMonitor } from './authenticate.ts'
import type { House } from './house.ts'

/** Counts of answers by status class since start; what Prometheus needs to see errors and load. */
function meter(app: FastifyInstance) {
  const answers = new Map<string, number>()
  let seconds = 0
  let count = 0
  app.addHook('onResponse', (_request, reply, done) => {
    const status = `${Math.floor(reply.statusCode / 100)}xx`
    answers.set(status, (answers.get(status) ?? 0) + 1)
    seconds += reply.elapsedTime / 1000
    count++
    done()
  })
  return () => [
    '# TYPE shisu_http_responses_total counter',
    ...[...answers].map(([status, n]) => `shisu_http_responses_total{status="${status}"} ${n}`),
    '# TYPE shisu_http_response_seconds summary',
    `shisu_http_response_seconds_sum ${seconds.toFixed(6)}`,
    `shisu_http_response_seconds_count ${count}`,
  ]
}

/** For whoever operates the platform: is it alive, is it ready, how is it doing. No business data. */
export function operateRoutes(app: FastifyInstance, house: House, shown: { metrics: boolean }): void {
  const metrics = meter(app)

  app.get('/healthz', async () => ({ status: 'ok' }))

  app.get('/readyz', async (_request, reply) => {
    try {
      await house.sql`select 1`
      return { status: 'ready' }
    } catch {
      return reply.code(503).send({ status: 'no-database' })
    }
  })

  // The public entrance answers strangers: how the platform is doing is not for them.
  if (!shown.metrics) return
  app.get('/metrics', async (request, reply) => {
    requireMonitor(request)
    const followers = await lag(house.sql)
    const lines = [
      ...metrics(),
      '# TYPE shisu_process_resident_bytes gauge',
      `shisu_process_resident_bytes ${process.memoryUsage.rss()}`,
      '# TYPE shisu_follower_behind gauge',
      ...followers.map((each) => `shisu_follower_behind{name="${each.name}"} ${each.behind}`),
    ]
    reply.header('cache-control', 'no-store')
    return reply.type('text/plain; version=0.0.4').send(`${lines.join('\n')}\n`)
  })
}
