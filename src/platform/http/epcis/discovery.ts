import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Failure, notFound } from '../../../failure.ts'
import { eventsById } from '../../../trace/index.ts'
import { requireScope } from '../authenticate.ts'
import { captureJob } from '../capture-jobs.ts'
import type { House } from '../house.ts'
import { scopeOf } from '../trace.ts'
import { theQuery } from './queries.ts'
import { mustKnow, onceMore } from './resources.ts'
import { theSubscription } from './subscriptions.ts'

type Discovered = {
  path: string
  allow: string
  mustLead?: (house: House, request: FastifyRequest) => Promise<unknown>
}

const topLevel = ['eventTypes', 'epcs', 'bizSteps', 'bizLocations', 'readPoints', 'dispositions']

/** The methods of each path, and where a path names one thing, the check that there is such a thing. */
const discovered: readonly Discovered[] = [
  { path: '/epcis', allow: 'OPTIONS, GET' },
  { path: '/epcis/capture', allow: 'OPTIONS, POST, GET' },
  {
    path: '/epcis/capture/:id',
    allow: 'OPTIONS, GET',
    mustLead: (house, request) => captureJob(house.sql, request.actor, (request.params as { id: string }).id),
  },
  { path: '/epcis/events', allow: 'OPTIONS, GET, POST' },
  {
    path: '/epcis/events/*',
    allow: 'OPTIONS, GET',
    mustLead: async (house, request) => {
      const id = eventIdOf(request)
      const found = id.includes('\0') ? undefined : await eventsById(house.sql, scopeOf(request.actor), id)
      if (!found || found.events.length === 0) throw notFound('这个事件')
    },
  },
  ...topLevel.flatMap((name) => [
    { path: `/epcis/${name}`, allow: 'OPTIONS, GET' },
    {
      path: `/epcis/${name}/*`,
      allow: 'OPTIONS, GET',
      mustLead: (house: House, request: FastifyRequest) => mustKnow(house, name, request),
    },
  ]),
  { path: '/epcis/queries', allow: 'OPTIONS, GET, POST' },
  { path: '/epcis/queries/:name', allow: 'OPTIONS, GET, DELETE', mustLead: theQuery },
  { path: '/epcis/queries/:name/events', allow: 'OPTIONS, GET', mustLead: theQuery },
  { path: '/epcis/queries/:name/subscriptions', allow: 'OPTIONS, GET, POST', mustLead: theQuery },
]

/**
 * What each path does (EPCIS 2.0, 12.3): OPTIONS tells it, other methods are refused with it. A client that has signed in
 * is told 404 where the path leads to nothing it may see; to anybody else all paths of one form look alike.
 */
export function discoveryRoutes(scope: FastifyInstance, house: House): void {
  for (const { path, allow, mustLead } of discovered) {
    scope.options(path, async (request, reply) => {
      if (isKnown(request)) await mustLead?.(house, request)
      return told(reply, allow)
    })
    refuseOthers(scope, path, allow)
  }
  const subscription = '/epcis/queries/:name/subscriptions/:id'
  scope.options(subscription, async (request, reply) => {
    if (isKnown(request)) {
      const { minRecordTime } = await theSubscription(house, request)
      if (minRecordTime) reply.header('GS1-Query-Min-Record-Time', minRecordTime.toISOString())
    }
    return told(reply, 'OPTIONS, GET, DELETE')
  })
  refuseOthers(scope, subscription, 'OPTIONS, GET, DELETE')
  refuseOthers(scope, '/epcis/nextPageToken/:token', 'DELETE')
}

/** The eventID in a path. */
export function eventIdOf(request: FastifyRequest): string {
  const path = onceMore((request.params as { '*': string })['*'])
  const { ver } = request.query as Readonly<Record<string, unknown>>
  // A hash id that was put into the path without being encoded ends in `?ver=…`.
  return typeof ver === 'string' && path.startsWith('ni:') ? `${path}?ver=${ver}` : path
}

/** Throws 403 where a client has signed in but may not use EPCIS. */
function isKnown(request: FastifyRequest): boolean {
  if (request.actor.role === 'public') return false
  requireScope(request, 'epcis')
  return true
}

function told(reply: FastifyReply, allow: string): FastifyReply {
  const formats = { 'GS1-EPC-Format': 'No_Preference', 'GS1-CBV-XML-Format': 'No_Preference' }
  return reply.code(204).headers(formats).header('Allow', allow).send()
}

/** What a path does not do is said with what it does (RFC 9110, 15.5.6). */
function refuseOthers(scope: FastifyInstance, url: string, allow: string): void {
  const method = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].filter((one) => !allow.includes(one))
  scope.route({
    method,
    url,
    onRequest: async (_request, reply) => {
      reply.header('Allow', allow)
      throw new Failure(405, 'method', `这个网址只能用 ${allow.replace('OPTIONS, ', '')}`)
    },
    handler: async () => undefined,
  })
}
