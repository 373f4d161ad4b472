import type { FastifyInstance } from 'fastify'
import { notFound } from '../../failure.ts'
import { ask, type DangerousAct, reasonOf } from '../access/approvals.ts'
import { note } from '../audit/note.ts'
import { declaredPolicies } from '../policy/declared.ts'
import { checkPolicyChange, policyHistory, requirePolicy, setPolicy } from '../policy/policies.ts'
import { doorOf, requireDuty } from './authenticate.ts'
import type { House } from './house.ts'

/** A policy that becomes laxer comes into force only when another administrator agrees. */
export const loosenPolicy: DangerousAct = {
  name: 'loosen-policy',
  title: '放宽安全策略',
  deciders: ['system', 'audit'],
  async carryOut(sql, subject, decider, now) {
    const { name, version, value, reason, asked } = subject as {
      name: string
      version: number
      value: Record<string, unknown>
      reason: string
      asked: { userId: string; name: string; ownerId: string; ownerTitle: string }
    }
    const change = await checkPolicyChange(sql, name, { version, value })
    const who = { ...decider, userId: asked.userId, name: `${asked.name}（${decider.name}批准）` }
    await setPolicy(sql, who, change, reason, now)
  },
}

/** Policies and thresholds: what is in force, its history, a change against the version read, and the way back. */
export function policyRoutes(app: FastifyInstance, house: House): void {
  const { sql } = house

  app.get('/api/v1/policies', async (request) => {
    requireDuty(request, 'system', 'security', 'audit')
    const items = await Promise.all(
      Object.values(declaredPolicies).map(async ({ name, title, help, keeper = 'security', fields, initial }) => {
        const [latest] = await policyHistory(sql, name as keyof typeof declaredPolicies)
        const { version, at, actor, reason } = latest ?? { version: 0 }
        return {
          name,
          title,
          help,
          keeper,
          fields,
          version,
          at,
          actor,
          reason,
          value: { ...initial, ...latest?.value },
        }
      }),
    )
    return { items }
  })

  app.get('/api/v1/policies/:name/history', async (request) => {
    requireDuty(request, 'system', 'security', 'audit')
    const policy = requirePolicy((request.params as { name: string }).name)
    const items = await policyHistory(sql, policy.name)
    return { items: [...items, { version: 0, value: policy.initial, at: null, actor: null, reason: '初始值' }] }
  })

  app.put('/api/v1/policies/:name', async (request, reply) => {
    requireDuty(request, 'system', 'security')
    const { name } = request.params as { name: string }
    const body = (request.body ?? {}) as { version?: unknown; value?: unknown; reason?: unknown; backTo?: unknown }
    const policy = requirePolicy(name)
    const actor = requireDuty(request, policy.keeper ?? 'security')
    const reason = reasonOf(body.reason)
    let value = body.value
    if (body.backTo !== undefined) {
      const old = (await policyHistory(sql, policy.name)).find((each) => each.version === body.backTo)
      if (!old && body.backTo !== 0) throw notFound('要恢复的版本')
      value = { ...policy.initial, ...old?.value }
    }
    const change = await checkPolicyChange(sql, name, { version: body.version, value })
    const now = house.clock()
    const { address } = doorOf(request, house)
    const detail = { before: change.before, after: change.value, reason, loosened: change.loosened }
    if (change.loosened.length > 0) {
      const titles = change.loosened.map((field) => policy.fields[field]?.title).join('、')
      const { userId, name: actorName, ownerId, ownerTitle } = actor
      const asked = { userId, name: actorName, ownerId, ownerTitle }
      const subject = { name, version: body.version, value: change.value, before: change.before, reason, asked }
      const wish = { title: `放宽“${policy.title}”：${titles}`, subject, reason }
      const approval = await ask(sql, loosenPolicy, actor, wish, now)
      await note(sql, { actor, act: 'ask', kind: loosenPolicy.name, id: approval, title: wish.title, address, detail })
      return reply.code(202).send({ approval, loosened: change.loosened })
    }
    await setPolicy(sql, actor, change, reason, now)
    house.policies.forget()
    await note(sql, { actor, act: 'policy', kind: 'policy', id: name, title: policy.title, address, detail })
    return { version: change.version, value: change.value }
  })
}
