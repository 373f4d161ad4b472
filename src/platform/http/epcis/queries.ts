import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Failure, notFound } from '../../../failure.ts'
import {
  createQuery,
  type EventSearch,
  type NamedQuery,
  queries,
  queriesMax,
  queryNamed,
  readEventParameters,
  removeQuery,
} from '../../../trace/index.ts'
import { uuidv7 } from '../../id.ts'
import type { House } from '../house.ts'
import { parseJson } from '../json.ts'
import { chooseMedia, isXml, jsonMedia } from './media.ts'
import { announceNext, readPage } from './paging.ts'
import { readExtensions } from './terms.ts'

type Guard = (request: FastifyRequest) => Promise<void>

/** Named queries (EPCIS 2.0, 12.6): each owner has its own. */
export function queryRoutes(scope: FastifyInstance, house: House, guard: Guard): void {
  scope.post('/epcis/queries', { onRequest: guard }, (request, reply) => create(house, request, reply))
  scope.get('/epcis/queries', { onRequest: guard }, async (request, reply) => {
    const media = chooseMedia(request.headers.accept, jsonMedia)
    const { perPage, served, after } = await readPage(house, request)
    const page = {
      limit: perPage,
      ...(after && { after: Buffer.from(after, 'base64url').toString().replaceAll('\0', '') }),
    }
    const { queries: found, next } = await queries(house.sql, request.actor.ownerId, page)
    if (next !== undefined) {
      const mark = Buffer.from(next).toString('base64url')
      announceNext(house, request, reply, { served: served + found.length, after: mark })
    }
    return reply.type(`${media}; charset=utf-8`).send(found.map(shown))
  })
  scope.get('/epcis/queries/:name', { onRequest: guard }, async (request, reply) => {
    const media = chooseMedia(request.headers.accept, jsonMedia)
    return reply.type(`${media}; charset=utf-8`).send(shown(await theQuery(house, request)))
  })
  scope.delete('/epcis/queries/:name', { onRequest: guard }, async (request, reply) => {
    const { name } = request.params as { name: string }
    const isGone = !name.includes('\0') && (await removeQuery(house.sql, request.actor.ownerId, name, house.clock()))
    if (!isGone) throw noSuchQuery()
    return reply.code(204).send()
  })
}

const shown = ({ name, query }: NamedQuery) => ({ name, query })

/** The query that the path names; throws 404 where the caller's owner has none of that name. */
export async function theQuery(house: House, request: FastifyRequest): Promise<NamedQuery> {
  const { name } = request.params as { name: string }
  const query = name.includes('\0') ? undefined : await queryNamed(house.sql, request.actor.ownerId, name)
  if (!query) throw noSuchQuery()
  return query
}

function noSuchQuery(): Failure {
  const { status, code, text } = notFound('这个查询')
  return new Failure(status, code, text, { type: 'epcisException:NoSuchNameException' })
}

async function create(house: House, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  chooseMedia(request.headers.accept, jsonMedia)
  const body = readObject(request)
  const { name, query } = body
  if (typeof name !== 'string' || !/^(?!\.{1,2}$)[^\s/\p{C}]{1,128}$/u.test(name)) {
    throw refuse('/name', 'name', '查询名称（name）应为 1 到 128 个字，不含空白和斜杠')
  }
  if (!isObject(query)) throw refuse('/query', 'query', '查询条件（query）应为对象')
  const extensions = readExtensions(request)
  // What the client declared with the request is kept with the query, which is asked again without it.
  const kept =
    extensions.size === 0
      ? query
      : { ...query, '@context': [...[query['@context'] ?? []].flat(), Object.fromEntries(extensions)] }
  readDefinition(kept)
  const { actor } = request
  const id = uuidv7(house.clock().getTime())
  const isNew = await createQuery(house.sql, {
    id,
    name,
    query: kept,
    ownerId: actor.ownerId,
    createdBy: actor.userId,
    now: house.clock(),
  })
  if (!isNew) {
    if (await queryNamed(house.sql, actor.ownerId, name)) {
      throw new Failure(409, 'query-exists', `已经有名为 ${name} 的查询，请换一个名称`)
    }
    throw new Failure(400, 'too-many-queries', `最多保存 ${queriesMax} 个查询，请先删除不用的`)
  }
  return reply
    .code(201)
    .header('Location', `/epcis/queries/${encodeURIComponent(name)}`)
    .send({ name, query: kept })
}

/** What a stored definition asks for. Throws 400 naming every parameter that is unknown or malformed. */
export function readDefinition(definition: Readonly<Record<string, unknown>>): EventSearch {
  const { '@context': context, ...parameters } = definition
  const prefixes = new Map<string, string>()
  for (const entry of [context].flat()) {
    if (!isObject(entry)) continue
    for (const [name, uri] of Object.entries(entry)) if (typeof uri === 'string') prefixes.set(name, uri)
  }
  return readEventParameters(parameters, prefixes, 'json')
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The body of a request, which has to be a JSON object; throws 415 where it was sent as something else. */
export function readObject({ body, headers }: FastifyRequest): Record<string, unknown> {
  if (isXml(headers['content-type']))
    throw new Failure(415, 'wrong-media-type', '内容类型不支持，请使用 application/json')
  const json = parseJson(String(body ?? ''))
  if (!isObject(json)) throw refuse('', 'wrong-type', '内容应为一个 JSON 对象')
  return json
}

function refuse(at: string, code: string, text: string): Failure {
  return new Failure(400, code, text, {
    problems: [{ at, code, text }],
    type: 'epcisException:QueryValidationException',
  })
}
