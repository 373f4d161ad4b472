import type { FastifyInstance, FastifyRequest } from 'fastify'
import { forbidden, invalid } from '../../failure.ts'
import type { Kind, Transition } from '../../language/index.ts'
import type { Actor } from '../access/actor.ts'
import { note } from '../audit/note.ts'
import { atRecord, textOf } from '../casework/at-record.ts'
import { decideFlow, type Flow, startFlow, withdrawFlow } from '../casework/flow.ts'
import { templatesFor } from '../casework/flow-template.ts'
import { openStore, type Row } from '../store/store.ts'
import { doorOf } from './authenticate.ts'
import type { House } from './house.ts'
import { deskActor, deskOf } from './tasks.ts'

/** A decision is an act of somebody who sits there: signed in, in the own name or for an absent colleague; no token. */
function requireHand(request: FastifyRequest): Actor {
  const actor = deskActor(request)
  if (!request.session || actor.tokenId || actor.scopes.length > 0 || actor.viewedBy)
    throw forbidden('审批须由本人登录后作出')
  return actor
}

class Tried extends Error {}

/** Refuses a step that would be refused anyway, before anybody is asked to agree to it: tried, and rolled back. */
async function trial(house: House, actor: Actor, kind: Kind, id: string, step: string, body: unknown): Promise<void> {
  await house.sql
    .begin(async (tx) => {
      await openStore(tx, house.catalogue.kinds, actor, house.clock(), house.keyring).transition(kind, id, step, body)
      throw new Tried()
    })
    .catch((error) => {
      if (!(error instanceof Tried)) throw error
    })
}

/**
 * Where a published flow stands before a step of a record's life: starts the flow instead of taking the step. Undefined
 * where nothing stands before it.
 */
export async function flowBefore(
  request: FastifyRequest,
  house: House,
  kind: Kind,
  id: string,
  step: Transition,
): Promise<Flow | undefined> {
  const { actor } = request
  if (!['city', 'county', 'enterprise'].includes(actor.role)) return undefined
  const [template] = await templatesFor(house.sql, house.catalogue.flows, actor, kind.title, step.title)
  if (!template) return undefined
  await trial(house, actor, kind, id, step.name, request.body)
  const now = house.clock()
  const at = await atRecord(house.sql, deskOf(house), actor, kind.name, id, now)
  const { version, ...input } = (request.body ?? {}) as Record<string, unknown>
  const flow = await house.sql.begin((tx) =>
    startFlow(tx, house.keyring, actor, at, template, { act: step, input }, now),
  )
  await noteFlow(request, house, actor, 'flow-start', flow as Flow)
  return flow as Flow
}

async function noteFlow(
  request: FastifyRequest,
  house: House,
  actor: Actor,
  act: string,
  flow: Flow,
  detail: Record<string, unknown> = {},
) {
  const { address } = doorOf(request, house)
  const entry = { actor, act, kind: flow.kind, id: flow.recordId, title: flow.title, address }
  await note(house.sql, { ...entry, detail: { flow: flow.id, ...detail } })
}

/** 流程审批: started by hand or by a step, decided step by step, withdrawn by who asked. */
export function flowRoutes(app: FastifyInstance, house: House): void {
  const { sql } = house

  app.post('/api/v1/records/:kind/:id/flows', async (request, reply) => {
    const actor = deskActor(request)
    const { kind, id } = request.params as { kind: string; id: string }
    const now = house.clock()
    const at = await atRecord(sql, deskOf(house), actor, kind, id, now)
    const body = (request.body ?? {}) as Record<string, unknown>
    const remark = textOf(body.note, '/note', '说明', { min: 0, max: 500 })
    const templates = await templatesFor(sql, house.catalogue.flows, actor, at.kind.title)
    const template = templates.find((each) => each.id === body.template && !each.onStep)
    if (!template) throw invalid([{ code: 'not-an-option', text: '请选择审批流程', at: '/template' }])
    const flow = (await sql.begin((tx) =>
      startFlow(tx, house.keyring, actor, at, template, { note: remark }, now),
    )) as Flow
    await noteFlow(request, house, actor, 'flow-start', flow)
    return reply.code(201).send({ id: flow.id, state: flow.state })
  })

  app.post('/api/v1/flows/:id/decision', async (request) => {
    const actor = requireHand(request)
    const { id } = request.params as { id: string }
    const { allow, remark } = (request.body ?? {}) as Record<string, unknown>
    if (typeof allow !== 'boolean') throw invalid([{ code: 'missing', text: '请选择同意或不同意', at: '/allow' }])
    const said = textOf(remark, '/remark', '意见', { min: 0, max: 500 })
    const { flow, state } = await decideFlow(sql, deskOf(house), actor, id, { allow, remark: said }, house.clock())
    await noteFlow(request, house, actor, 'flow-decide', flow, { allow, remark: said, state })
    return { id: flow.id, state }
  })

  app.post('/api/v1/flows/:id/withdraw', async (request) => {
    const actor = deskActor(request)
    const flow = await withdrawFlow(sql, actor, (request.params as { id: string }).id, house.clock())
    await noteFlow(request, house, actor, 'flow-withdraw', flow)
    return { id: flow.id, state: 'withdrawn' }
  })
}

/** What is answered where a step waits for a flow. */
export const waitsForFlow = (flow: Flow, row: Row) => ({
  ...row,
  flow: { id: flow.id, title: flow.title, steps: flow.steps.map((step) => step.title) },
})
