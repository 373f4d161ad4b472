import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ISql } from 'postgres'
import { Failure, notFound } from '../../../failure.ts'
import { parseDocument } from '../../../standards/epcis/index.ts'
import {
  countEvents,
  type EventQuery,
  type EventSearch,
  events,
  eventsById,
  readEventParameters,
} from '../../../trace/index.ts'
import { inXml, queryDocument } from '../epcis-document.ts'
import type { House } from '../house.ts'
import { scopeOf } from '../trace.ts'
import { anyMedia, chooseMedia, isXml } from './media.ts'
import { announceNext, type Query, readPage } from './paging.ts'
import { type Forms, readExtensions, readForms } from './terms.ts'

/** Longest that the database may work on one question. */
const queryMsMax = 10_000

/** What is asked beside the page: parameters, what the path itself asks for, and the named query it comes from. */
export type Question = { search: EventSearch; queryName?: string }

/** The question in a URL. */
export function questionOf(request: FastifyRequest): Question {
  const { perPage: _, nextPageToken: __, ...parameters } = request.query as Query
  return { search: readEventParameters(parameters, readExtensions(request)) }
}

/** Adds what the path asks for to what the parameters ask for. */
export function narrowed({ search, ...rest }: Question, more: Partial<EventQuery>): Question {
  const query: Record<string, unknown> = { ...search.query }
  for (const [name, value] of Object.entries(more)) {
    const known = query[name] as readonly string[] | undefined
    if (name === 'things') query[name] = [...(known ?? []), ...(value as readonly unknown[] as string[])]
    else query[name] = known ? known.filter((one) => (value as readonly string[]).includes(one)) : value
  }
  return { ...rest, search: { ...search, query: query as EventQuery } }
}

/** Answers a question with a page of events as an EPCISQueryDocument, in JSON or XML. */
export async function answerEvents(
  house: House,
  request: FastifyRequest,
  reply: FastifyReply,
  { search, queryName }: Question,
): Promise<FastifyReply> {
  const forms = readForms(request)
  const media = chooseMedia(request.headers.accept, anyMedia)
  const scope = scopeOf(request.actor)
  const { perPage, served, after } = await readPage(house, request)
  const { eventCountLimit, maxEventCount } = search
  const left = eventCountLimit === undefined ? perPage : Math.min(perPage, eventCountLimit - served)
  const found = await bounded(house, async (tx) => {
    if (maxEventCount !== undefined && (await countEvents(tx, scope, search.query, maxEventCount)) > maxEventCount) {
      const type = 'epcisException:QueryTooLargeException'
      throw new Failure(413, 'query-too-large', `符合条件的事件多于 ${maxEventCount} 个`, { type })
    }
    return events(tx, scope, search.query, { order: search.order, limit: Math.max(left, 0), after })
  })
  const total = served + found.events.length
  if (found.next && (eventCountLimit === undefined || total < eventCountLimit)) {
    announceNext(house, request, reply, { served: total, after: found.next })
  }
  const text = queryDocument(found, house.clock(), forms, { queryName })
  return send(reply, media, text, forms)
}

/** `GET /epcis/events/{eventID}`: the event, and the declaration of its error where there is one. */
export async function answerEvent(
  house: House,
  request: FastifyRequest,
  reply: FastifyReply,
  eventId: string,
): Promise<FastifyReply> {
  const forms = readForms(request)
  const media = chooseMedia(request.headers.accept, anyMedia)
  if (eventId.includes('\0')) throw notFound('这个事件')
  const found = await eventsById(house.sql, scopeOf(request.actor), eventId)
  if (found.events.length === 0) throw notFound('这个事件')
  const text = queryDocument(found, house.clock(), forms)
  const read = parseDocument(JSON.parse(text))
  // The canonical hash by which a copy is recognised, whatever its form.
  if (read.ok) reply.header('Shisu-Event-Hash', [...new Set(read.document.events.map(({ hash }) => hash))].join(', '))
  return send(reply, media, text, forms)
}

function send(reply: FastifyReply, media: string, text: string, forms: Forms): FastifyReply {
  reply.type(`${media}; charset=utf-8`).header('GS1-EPC-Format', forms.epcFormat)
  if (!isXml(media)) return reply.send(text)
  return reply.header('GS1-CBV-XML-Format', forms.xmlFormat).send(inXml(text, forms))
}

/** Reads under a limit of time; throws 413 where the question is too much for it. */
export async function bounded<T>(house: House, work: (tx: ISql) => Promise<T>): Promise<T> {
  try {
    return (await house.sql.begin('read only', async (tx) => {
      await tx`select set_config('statement_timeout', ${String(queryMsMax)}, true)`
      return work(tx)
    })) as T
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === '57014')) throw error
    const type = 'epcisException:QueryTooComplexException'
    throw new Failure(413, 'query-too-complex', '这次查询用时太长，请加上时间、类型、地点等条件缩小范围', { type })
  }
}
