import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Failure, invalid, notFound } from '../../failure.ts'
import { type Kind, statesOf } from '../../language/index.ts'
import { NotStanding } from '../access/standing.ts'
import type { CreateOperation, Work } from '../operation.ts'
import { isContent, keepRefused } from '../quarantine/keep.ts'
import { batchMax } from '../store/create.ts'
import { postgres } from '../store/driver.ts'
import { referrersOf } from '../store/referrers.ts'
import { type BatchOutcome, type Made, openStore, type Row } from '../store/store.ts'
import { titlesOf } from '../store/titles.ts'
import { look } from './answers.ts'
import { prove, requireSignIn } from './authenticate.ts'
import { drilled } from './drill.ts'
import { flowBefore, waitsForFlow } from './flows.ts'
import type { House } from './house.ts'

type Params = { kind: string; id: string }

/** Everything an operation or a route needs for one request's actor. */
export function workOf(request: FastifyRequest, house: House): Work {
  const actor = requireSignIn(request)
  const now = house.clock()
  const store = openStore(house.sql, house.catalogue.kinds, actor, now, house.keyring)
  return { sql: house.sql, actor, now, store, codes: house.codes }
}

function kindOf(request: FastifyRequest, house: House): Kind {
  const kind = house.catalogue.kinds.get((request.params as Params).kind)
  if (!kind) throw notFound('这类记录')
  return kind
}

/** Page size of a list, 1 to 200. */
export function limitOf(value: unknown): number {
  if (value === undefined) return 50
  const limit = typeof value === 'string' && /^\d{1,3}$/.test(value) ? Number(value) : 0
  if (limit < 1 || limit > 200)
    throw invalid([{ code: 'out-of-range', text: '每页条数应在 1 到 200 之间', at: '/limit' }])
  return limit
}

/** Query parameters as single texts; a repeated one is refused rather than half read. */
export function queryOf(request: FastifyRequest): Record<string, string> {
  const query = request.query as Record<string, string | string[]>
  for (const [name, value] of Object.entries(query))
    if (Array.isArray(value)) throw invalid([{ code: 'repeated', text: `参数 ${name} 只能出现一次`, at: `/${name}` }])
  return query as Record<string, string>
}

/** Largest body of a batch. */
const batchBytesMax = 8 * 1024 * 1024

/** Creates many records, through the operation where one stands in for creation. */
export async function createAll(
  work: Work,
  house: House,
  kind: Kind,
  items: readonly unknown[],
): Promise<BatchOutcome[]> {
  const replacing = house.catalogue.createOperations.get(kind.name)
  if (!replacing) return work.store.createMany(kind, items)
  if (items.length > batchMax) throw new Failure(413, 'too-many', `一次最多 ${batchMax} 条，现在 ${items.length} 条`)
  const together = await createTogether(work, house, replacing, items)
  if (together) return together.map((made) => ({ made }))
  const outcomes: BatchOutcome[] = []
  for (const item of items) outcomes.push(await createOne(work, house, replacing, item))
  return outcomes
}

/** Whether the door or the database said no: anything else is a defect, which trying again one by one would only hide. */
const isRefusal = (error: unknown): boolean => error instanceof Failure || error instanceof postgres.PostgresError

/** All in one transaction; nothing where one of them is refused, whoever refuses it. */
async function createTogether(
  work: Work,
  house: House,
  replacing: CreateOperation,
  items: readonly unknown[],
): Promise<Made[] | undefined> {
  if (!replacing.createMany) return undefined
  return inTransaction(work, house, (within) => replacing.createMany?.(within, items)).catch((error) => {
    if (isRefusal(error)) return undefined
    throw error
  })
}

async function createOne(work: Work, house: House, replacing: CreateOperation, item: unknown): Promise<BatchOutcome> {
  try {
    return { made: await createThrough(work, house, replacing, item) }
  } catch (error) {
    if (error instanceof Failure) return { failure: error }
    throw error
  }
}

function inTransaction<T>(work: Work, house: House, act: (work: Work) => Promise<T> | undefined): Promise<T> {
  return house.sql.begin((sql) =>
    act({ ...work, sql, store: openStore(sql, house.catalogue.kinds, work.actor, work.now, house.keyring) }),
  ) as Promise<T>
}

/** Runs a creating operation in a transaction of its own. */
function createThrough(work: Work, house: House, replacing: CreateOperation, input: unknown): Promise<Made> {
  return inTransaction(work, house, (within) => replacing.create(within, input))
}

type LaterAct = 'change' | 'void' | 'merge'

/** An act on a record that is there, through the operation where one stands in for it. */
function actThrough(request: FastifyRequest, house: House, kind: Kind, act: LaterAct): Promise<Row> {
  const work = workOf(request, house)
  const { id } = request.params as Params
  const replacing = house.catalogue.createOperations.get(kind.name)
  if (!replacing?.[act]) return work.store[act](kind, id, request.body)
  return inTransaction(work, house, (within) => replacing[act]?.(within, id, request.body))
}

/** What another system sent and we refused is kept with its reason; what a person typed stays in the form. */
async function putAside(
  { actor, now }: Pick<Work, 'actor' | 'now'>,
  house: House,
  kind: Kind,
  all: readonly { input: unknown; failure?: unknown }[],
) {
  const refused = all.flatMap(({ input, failure }) => (isContent(failure) ? [{ input, failure }] : []))
  if (actor.tokenId && refused.length > 0)
    await keepRefused(house, actor, kind, { channel: 'api', via: actor.tokenId }, refused, now)
}

/** Routes of every kind, derived. */
export function recordRoutes(app: FastifyInstance, house: House): void {
  const kinds = house.catalogue.kinds
  const withTitles = async <R extends Record<string, unknown>>(request: FastifyRequest, kind: Kind, row: R) =>
    Object.assign(row, { titles: await titlesOf(house.sql, kinds, request.actor, kind, [row]) })

  app.get('/api/v1/records/:kind', async (request) => {
    const kind = kindOf(request, house)
    const { q, sort, limit, after, ...given } = queryOf(request)
    const { store, actor } = workOf(request, house)
    const { filters, narrow } = await drilled(house, actor, kind, given)
    const page = await store.list(kind, {
      q,
      sort: sort || undefined,
      after: after || undefined,
      limit: limitOf(limit),
      filters,
      narrow,
    })
    return { ...page, titles: await titlesOf(house.sql, kinds, request.actor, kind, page.items) }
  })

  // Only where one statement writes all, which looks itself whether a remembered actor still stands, and nothing else is asked.
  const takesRemembered = ({ params, url }: FastifyRequest): boolean => {
    const kind = kinds.get((params as Params).kind)
    return kind !== undefined && !url.includes('?') && !house.catalogue.createOperations.has(kind.name)
  }
  app.post('/api/v1/records/:kind', { config: { takesRemembered } }, async (request, reply) => {
    const kind = kindOf(request, house)
    const replacing = house.catalogue.createOperations.get(kind.name)
    const create = () => {
      const work = workOf(request, house)
      return replacing ? createThrough(work, house, replacing, request.body) : work.store.create(kind, request.body)
    }
    // Only what surely wrote nothing is tried again: where a connection is lost the record may stand, and would stand twice.
    const again = async (failure: unknown) => {
      const isUnwritten = failure instanceof NotStanding || failure instanceof Failure
      if (!(await prove(request, house)) || !isUnwritten) throw failure
      await look(request, house)
      return create()
    }
    const made = await create()
      .catch(again)
      .catch(async (failure) => {
        await putAside({ actor: request.actor, now: house.clock() }, house, kind, [{ input: request.body, failure }])
        throw failure
      })
    reply.code(made.known ? 200 : 201).header('location', `/api/v1/records/${kind.name}/${made.row.id}`)
    return withTitles(request, kind, made.row)
  })

  app.get('/api/v1/records/:kind/:id', async (request) => {
    const kind = kindOf(request, house)
    return withTitles(request, kind, await workOf(request, house).store.read(kind, (request.params as Params).id))
  })

  app.patch('/api/v1/records/:kind/:id', async (request) => {
    const kind = kindOf(request, house)
    return withTitles(request, kind, await actThrough(request, house, kind, 'change'))
  })

  app.post('/api/v1/records/:kind/:id/void', async (request) => {
    const kind = kindOf(request, house)
    return withTitles(request, kind, await actThrough(request, house, kind, 'void'))
  })

  app.post('/api/v1/records/:kind/:id/merge', async (request) => {
    const kind = kindOf(request, house)
    return withTitles(request, kind, await actThrough(request, house, kind, 'merge'))
  })

  app.post('/api/v1/records/:kind/:id/steps/:step', async (request, reply) => {
    const kind = kindOf(request, house)
    const { id, step } = request.params as Params & { step: string }
    const taken = kind.states?.transitions.find((each) => each.name === step)
    const flow = taken?.by.includes(request.actor.role) ? await flowBefore(request, house, kind, id, taken) : undefined
    if (flow) return reply.code(202).send(waitsForFlow(flow, await workOf(request, house).store.read(kind, id)))
    return withTitles(request, kind, await workOf(request, house).store.transition(kind, id, step, request.body))
  })

  // What the rules between fields say while a form is filled in: a POST only because of its size, it writes nothing.
  app.post('/api/v1/records/:kind/check', async (request) => {
    const kind = kindOf(request, house)
    const { store } = workOf(request, house)
    const { content, state } = (request.body ?? {}) as { content?: unknown; state?: unknown }
    if (typeof content !== 'object' || content === null || Array.isArray(content))
      throw invalid([{ code: 'wrong-type', text: 'content 应为一条记录的内容', at: '/content' }])
    const known = typeof state === 'string' && statesOf(kind).includes(state) ? state : undefined
    return { problems: await store.check(kind, content as Record<string, unknown>, known) }
  })

  app.post('/api/v1/records/:kind/batch', { bodyLimit: batchBytesMax }, async (request) => {
    const kind = kindOf(request, house)
    const work = workOf(request, house)
    const { items } = (request.body ?? {}) as { items?: unknown }
    if (!Array.isArray(items)) throw invalid([{ code: 'wrong-type', text: 'items 应为记录的列表', at: '/items' }])
    const outcomes = await createAll(work, house, kind, items)
    await putAside(
      work,
      house,
      kind,
      outcomes.map(({ failure }, at) => ({ input: items[at], failure })),
    )
    return {
      items: outcomes.map(({ made, failure }) =>
        made
          ? { status: made.known ? 200 : 201, id: made.row.id, version: made.row.version }
          : { status: failure.status, code: failure.code, detail: failure.text, problems: failure.problems },
      ),
    }
  })

  app.get('/api/v1/records/:kind/:id/referrers', async (request) => {
    const kind = kindOf(request, house)
    const { id } = request.params as Params
    const { actor, store } = workOf(request, house)
    await store.read(kind, id)
    return { items: await referrersOf(house.sql, house.keyring, kinds, actor, kind, id) }
  })

  app.get('/api/v1/records/:kind/:id/history', async (request) => {
    const kind = kindOf(request, house)
    return { items: await workOf(request, house).store.history(kind, (request.params as Params).id) }
  })

  app.get('/api/v1/references/:kind/:id', async (request) => {
    const kind = kindOf(request, house)
    return workOf(request, house).store.referred(kind, (request.params as Params).id)
  })

  app.get('/api/v1/references/:kind', async (request) => {
    const kind = kindOf(request, house)
    return { items: await workOf(request, house).store.refer(kind, queryOf(request).q ?? '') }
  })
}
