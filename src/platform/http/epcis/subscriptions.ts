import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Failure, notFound } from '../../../failure.ts'
import { parseBound } from '../../../standards/instant.ts'
import {
  backlogOf,
  endSubscription,
  nextTime,
  positionAt,
  positionNow,
  readScheduleField,
  type Schedule,
  type ScheduleField,
  type Subscription,
  scheduleFields,
  subscribe,
  subscription,
  subscriptions,
  subscriptionsMax,
} from '../../../trace/index.ts'
import { uuidv7 } from '../../id.ts'
import type { House } from '../house.ts'
import { scopeOf } from '../trace.ts'
import { allowedNetworks, destProblem } from './hook.ts'
import { chooseMedia, jsonMedia } from './media.ts'
import { announceNext, readPage } from './paging.ts'
import { isObject, readObject, theQuery } from './queries.ts'
import { readForms } from './terms.ts'

const uuid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/

export const subscriptionAbout = (id: string): string => `epcis_subscription.secret ${id}`

type Guard = (request: FastifyRequest) => Promise<void>

/** Subscriptions to named queries, told by webhook (EPCIS 2.0, 12.6). */
export function subscriptionRoutes(scope: FastifyInstance, house: House, guard: Guard): void {
  const path = '/epcis/queries/:name/subscriptions'
  scope.post(path, { onRequest: guard }, (request, reply) => create(house, request, reply))
  scope.get(path, { onRequest: guard }, async (request, reply) => {
    const media = chooseMedia(request.headers.accept, jsonMedia)
    const { perPage, served, after } = await readPage(house, request)
    if (after !== undefined && !uuid.test(after)) {
      throw new Failure(400, 'bad-page-token', '翻页标记 nextPageToken 无效，请从第一页重新查询')
    }
    const query = await theQuery(house, request)
    const page = { limit: perPage, ...(after && { after }) }
    const { subscriptions: found, next } = await subscriptions(house.sql, query.id, page)
    if (next) announceNext(house, request, reply, { served: served + found.length, after: next })
    const list = await Promise.all(found.map((one) => shown(house, query.name, one)))
    return reply.type(`${media}; charset=utf-8`).send(list)
  })
  scope.get(`${path}/:id`, { onRequest: guard }, async (request, reply) => {
    const media = chooseMedia(request.headers.accept, jsonMedia)
    return reply
      .type(`${media}; charset=utf-8`)
      .send(await shown(house, nameOf(request), await theSubscription(house, request)))
  })
  scope.delete(`${path}/:id`, { onRequest: guard }, async (request, reply) => {
    const { id } = await theSubscription(house, request)
    if (!(await endSubscription(house.sql, id, 'unsubscribed', house.clock()))) throw notFound('这个订阅')
    return reply.code(204).send()
  })
}

const nameOf = (request: FastifyRequest) => (request.params as { name: string }).name

/** The subscription that the path names; throws 404 where the caller's owner has none. */
export async function theSubscription(house: House, request: FastifyRequest): Promise<Subscription> {
  const { id } = request.params as { id: string }
  const query = await theQuery(house, request)
  const found = uuid.test(id) ? await subscription(house.sql, query.id, id) : undefined
  if (!found) throw notFound('这个订阅')
  return found
}

async function create(house: House, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { actor } = request
  chooseMedia(request.headers.accept, jsonMedia)
  const { epcFormat } = readForms(request)
  const query = await theQuery(house, request)
  const body = readObject(request)
  const controls = readControls(body)
  const problem = destProblem(body.dest, allowedNetworks(house.dataDir))
  if (problem) throw refuse('dest', problem)
  const now = house.clock()
  const id = uuidv7(now.getTime())
  const secret = body.signatureToken ?? body.secret
  if (secret !== undefined && (typeof secret !== 'string' || secret === '' || secret.length > 500)) {
    throw refuse('signatureToken', '签名密钥（signatureToken）应为 1 到 500 个字')
  }
  const { initialRecordTime } = controls
  const one = {
    id,
    ownerId: actor.ownerId,
    queryId: query.id,
    accountId: actor.userId,
    scope: scopeOf(actor),
    dest: String(body.dest),
    secret: secret === undefined ? null : house.keyring.seal(secret, subscriptionAbout(id)),
    epcFormat,
    schedule: controls.schedule,
    reportIfEmpty: controls.reportIfEmpty,
    now,
    initialRecordTime: initialRecordTime ?? now,
    position: initialRecordTime ? await positionAt(house.sql, initialRecordTime) : await positionNow(house.sql),
    nextRunAt: controls.schedule ? (nextTime(controls.schedule, now) ?? null) : null,
  }
  if (!(await subscribe(house.sql, one))) {
    throw refuse('dest', `最多 ${subscriptionsMax} 个订阅，请先取消不用的`)
  }
  const created = await subscription(house.sql, query.id, id)
  if (!created) throw notFound('这个订阅')
  return reply
    .code(201)
    .header('Location', `/epcis/queries/${encodeURIComponent(query.name)}/subscriptions/${id}`)
    .send(await shown(house, query.name, created))
}

/** A subscription as the standard shows it, with how much lies before it and what went wrong last. */
async function shown(house: House, queryName: string, one: Subscription): Promise<Record<string, unknown>> {
  const { schedule, attempts, lastError, lastNotifiedAt, notBefore, nextRunAt } = one
  return {
    subscriptionID: one.id,
    queryName,
    dest: one.dest,
    createdAt: one.createdAt,
    initialRecordTime: one.initialRecordTime,
    minRecordTime: one.minRecordTime,
    epcFormat: one.epcFormat,
    ...(lastNotifiedAt && { lastNotifiedAt }),
    ...(schedule ? { schedule, reportIfEmpty: one.reportIfEmpty, nextRunAt } : { stream: true }),
    backlog: await backlogOf(house.sql, one.position),
    ...(attempts > 0 && { attempts, lastError, nextAttemptAt: notBefore }),
  }
}

export type Controls = { schedule: Schedule | null; reportIfEmpty: boolean; initialRecordTime?: Date }

/** When a standing query reports: on arrival, or by a schedule. Throws 400 (SubscriptionControlsException). */
export function readControls(body: Readonly<Record<string, unknown>>): Controls {
  const { stream, schedule, reportIfEmpty = false, initialRecordTime } = body
  if (stream !== undefined && stream !== true) throw refuse('stream', 'stream 只能是 true；按时间查询请给 schedule')
  if ((stream === true) === (schedule !== undefined)) {
    throw refuse('schedule', 'stream 与 schedule 必须且只能给一个')
  }
  if (typeof reportIfEmpty !== 'boolean') throw refuse('reportIfEmpty', 'reportIfEmpty 应为 true 或 false')
  const time = typeof initialRecordTime === 'string' ? parseBound(initialRecordTime.replace(' ', '+')) : undefined
  if (initialRecordTime !== undefined && time === undefined) {
    throw refuse('initialRecordTime', 'initialRecordTime 应为带时区的时间，例如 2026-07-22T14:45:00+08:00')
  }
  return {
    schedule: schedule === undefined ? null : readSchedule(schedule),
    reportIfEmpty,
    ...(time !== undefined && { initialRecordTime: new Date(time) }),
  }
}

function readSchedule(given: unknown): Schedule {
  if (!isObject(given) || Object.keys(given).length === 0) {
    throw refuse('schedule', `时间表（schedule）至少要有 ${scheduleFields.join('、')} 之一`)
  }
  const schedule: Partial<Record<ScheduleField, string>> = {}
  for (const [name, value] of Object.entries(given)) {
    const field = scheduleFields.find((one) => one === name)
    if (!field) throw refuse(`schedule/${name}`, `时间表（schedule）中没有 ${name}`)
    const text = typeof value === 'number' || typeof value === 'string' ? String(value) : ''
    if (!readScheduleField(field, text)) {
      throw refuse(`schedule/${name}`, `时间表的 ${name} 应为数字、逗号分开的数字、[从-到] 或 从/步长，收到“${text}”`)
    }
    schedule[field] = text
  }
  if (!nextTime(schedule, new Date())) throw refuse('schedule', '时间表（schedule）说的时间从不会到')
  return schedule
}

function refuse(name: string, text: string): Failure {
  return new Failure(400, 'subscription', text, {
    problems: [{ at: `/${name}`, code: 'subscription', text }],
    type: 'epcisException:SubscriptionControlsException',
  })
}
