import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Failure, notFound } from '../../../failure.ts'
import { canonicalKey } from '../../../standards/digital-link/index.ts'
import { standardPrefixes } from '../../../standards/epcis/context.ts'
import { bizSteps, dispositions, readTerm, type Vocabulary } from '../../../standards/epcis/index.ts'
import {
  type EventQuery,
  isKnownThing,
  isKnownWord,
  type KnownPage,
  knownThings,
  knownWords,
  type Scope,
  type WordField,
} from '../../../trace/index.ts'
import { standardContext } from '../epcis-document.ts'
import type { House } from '../house.ts'
import { scopeOf } from '../trace.ts'
import { answerEvents, bounded, narrowed, questionOf } from './answer.ts'
import { identifierWriter } from './epc-format.ts'
import { anyMedia, chooseMedia, isXml, jsonMedia } from './media.ts'
import { announceNext, readPage } from './paging.ts'
import { readExtensions, readForms } from './terms.ts'

type Tx = Parameters<typeof knownThings>[0]

/** What a top-level resource lists, and what its events have. */
type Resource = {
  path: string
  list: (tx: Tx, scope: Scope, page: { limit: number; after?: string }) => Promise<KnownPage>
  /** The value in a path as it is known here. */
  read: (text: string, request: FastifyRequest) => string
  isKnown: (tx: Tx, scope: Scope, value: string) => Promise<boolean>
  query: (value: string) => Partial<EventQuery>
}

const eventTypes = ['AggregationEvent', 'AssociationEvent', 'ObjectEvent', 'TransactionEvent', 'TransformationEvent']
const anyRole = ['epc', 'parent', 'child', 'input', 'output'] as const

const key = (text: string) => canonicalKey(text).key
const term = (vocabulary: Vocabulary) => (text: string, request: FastifyRequest) =>
  readTerm(vocabulary, text, new Map([...standardPrefixes, ...readExtensions(request)])) ?? text

function words(path: string, field: WordField, read: Resource['read'], query: Resource['query']): Resource {
  return {
    path,
    read,
    query,
    list: (tx, scope, page) => knownWords(tx, scope, field, page),
    isKnown: (tx, scope, value) => isKnownWord(tx, scope, field, value),
  }
}

const resources: readonly Resource[] = [
  {
    path: 'eventTypes',
    list: async (_tx, _scope, { limit, after = '' }) => {
      const left = eventTypes.filter((type) => type > after)
      const members = left.slice(0, limit)
      return { members, ...(left.length > limit && { next: members.at(-1) }) }
    },
    read: (text) => text,
    isKnown: async (_tx, _scope, value) => eventTypes.includes(value),
    query: (value) => ({ types: [value] }),
  },
  {
    path: 'epcs',
    list: knownThings,
    read: key,
    isKnown: isKnownThing,
    query: (value) => ({ things: [{ roles: anyRole, of: 'any', keys: [value], gtins: [] }] }),
  },
  words('bizSteps', 'bizStep', term(bizSteps), (value) => ({ bizSteps: [value] })),
  words('bizLocations', 'bizLocation', key, (value) => ({ bizLocations: [value] })),
  words('readPoints', 'readPoint', key, (value) => ({ readPoints: [value] })),
  words('dispositions', 'disposition', term(dispositions), (value) => ({ dispositions: [value] })),
]

/** The top-level resources with their sub-resources (EPCIS 2.0, 12.5): each lists what the caller may know of. */
export function resourceRoutes(
  scope: FastifyInstance,
  house: House,
  guard: (request: FastifyRequest) => Promise<void>,
): void {
  scope.get('/epcis', { onRequest: guard }, async (request, reply) => {
    const members = ['events', ...resources.map(({ path }) => path), 'capture', 'queries']
    const media = chooseMedia(request.headers.accept, anyMedia)
    reply.type(`${media}; charset=utf-8`)
    if (!isXml(media)) return collection(members)
    const list = members.map((resource) => `<resource>${resource}</resource>`).join('')
    return `<?xml version="1.0" encoding="UTF-8"?>\n<epcis:Collection xmlns:epcis="urn:epcglobal:epcis:xsd:2">${list}</epcis:Collection>\n`
  })
  for (const resource of resources) {
    const path = `/epcis/${resource.path}`
    scope.get(path, { onRequest: guard }, (request, reply) => answerList(house, resource, request, reply))
    // Identifiers have slashes, which not every client encodes.
    scope.get(`${path}/*`, { onRequest: guard }, (request, reply) => answerOne(house, resource, request, reply))
  }
}

const collection = (member: readonly string[]) => ({ '@context': standardContext, type: 'Collection', member })

async function answerList(house: House, resource: Resource, request: FastifyRequest, reply: FastifyReply) {
  const media = chooseMedia(request.headers.accept, jsonMedia)
  const { epcFormat } = readForms(request)
  const { perPage, served, after } = await readPage(house, request)
  const page = { limit: perPage, ...(after && { after: Buffer.from(after, 'base64url').toString() }) }
  if (page.after?.includes('\0'))
    throw new Failure(400, 'bad-page-token', '翻页标记 nextPageToken 无效，请从第一页重新查询')
  const { members, next } = await bounded(house, (tx) => resource.list(tx, scopeOf(request.actor), page))
  if (next !== undefined) {
    const mark = Buffer.from(next).toString('base64url')
    announceNext(house, request, reply, { served: served + members.length, after: mark })
  }
  const write = identifierWriter(epcFormat)
  return reply.type(`${media}; charset=utf-8`).send(collection(write ? members.map(write) : members))
}

/** The value in a path under a top-level resource, and whether its events are meant. */
function readPath(resource: Resource, request: FastifyRequest): { value: string; isEvents: boolean } {
  const rest = (request.params as { '*': string })['*']
  const isEvents = rest.endsWith('/events')
  const text = isEvents ? rest.slice(0, -'/events'.length) : rest
  if (text === '' || text.includes('\0')) throw notFound('这个资源')
  return { value: resource.read(onceMore(text), request), isEvents }
}

/** A URI that was percent-encoded twice, as clients and proxies do, still has its colon encoded: no URI is without one. */
export function onceMore(text: string): string {
  if (text.includes(':') || !/%3a/i.test(text)) return text
  try {
    const plain = decodeURIComponent(text)
    return plain.includes('\0') ? text : plain
  } catch {
    return text
  }
}

/** Throws 404 where the path below a top-level resource names nothing that the caller may know of. */
export async function mustKnow(house: House, path: string, request: FastifyRequest): Promise<void> {
  const resource = resources.find((one) => one.path === path)
  if (!resource) throw notFound('这个资源')
  const { value } = readPath(resource, request)
  await mustBeKnown(house, resource, request, value)
}

async function mustBeKnown(house: House, resource: Resource, { actor }: FastifyRequest, value: string): Promise<void> {
  if (!(await bounded(house, (tx) => resource.isKnown(tx, scopeOf(actor), value)))) throw notFound('这个资源')
}

async function answerOne(house: House, resource: Resource, request: FastifyRequest, reply: FastifyReply) {
  const { value, isEvents } = readPath(resource, request)
  const question = isEvents ? narrowed(questionOf(request), resource.query(value)) : undefined
  const media = chooseMedia(request.headers.accept, isEvents ? anyMedia : jsonMedia)
  await mustBeKnown(house, resource, request, value)
  if (question) return answerEvents(house, request, reply, question)
  return reply.type(`${media}; charset=utf-8`).send(collection(['events']))
}
