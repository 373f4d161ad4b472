import type { FastifyInstance } from 'fastify'
import { invalid } from '../../failure.ts'
import { approvalsFor, type DangerousAct, decide, withdraw } from '../access/approvals.ts'
import { forgetRoles } from '../access/session.ts'
import { note } from '../audit/note.ts'
import { doorOf, requirePerson } from './authenticate.ts'
import type { House } from './house.ts'

/** Four eyes: what waits for one's decision, and what one asked for. */
export function approvalRoutes(app: FastifyInstance, house: House, acts: readonly DangerousAct[]): void {
  const byName = new Map(acts.map((act) => [act.name, act]))

  app.get('/api/v1/approvals', async (request) => approvalsFor(house.sql, requirePerson(request), house.clock()))

  app.post('/api/v1/approvals/:id/decision', async (request) => {
    const actor = requirePerson(request)
    const { id } = request.params as { id: string }
    const { allow, answer } = (request.body ?? {}) as { allow?: unknown; answer?: unknown }
    if (typeof allow !== 'boolean') throw invalid([{ code: 'missing', text: '请选择同意或退回', at: '/allow' }])
    const decision = { allow, answer: typeof answer === 'string' ? answer.trim().slice(0, 300) : '' }
    const { decided, shown } = await decide(house.sql, byName, actor, id, decision, house.clock())
    house.policies.forget()
    forgetRoles(house.sql)
    const { address } = doorOf(request, house)
    const detail = {
      allow: decision.allow,
      asked: decided.askedName,
      answer: decision.answer,
      subject: decided.subject,
    }
    await note(house.sql, { actor, act: 'decide', kind: decided.act, id, title: decided.title, address, detail })
    return { ...decided, ...(shown ? { shown } : {}) }
  })

  app.post('/api/v1/approvals/:id/withdraw', async (request, reply) => {
    const actor = requirePerson(request)
    await withdraw(house.sql, actor, (request.params as { id: string }).id)
    return reply.code(204).send()
  })
}
