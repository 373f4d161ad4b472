import type { FastifyInstance } from 'fastify'
import { invalid } from '../../failure.ts'
import { ask, type DangerousAct, reasonOf } from '../access/approvals.ts'
import { note } from '../audit/note.ts'
import { secretsByKey } from '../jobs/rewrap-secrets.ts'
import { clearHistory, sealHistoryAct } from '../protect/seal-history.ts'
import { keyBytes, type Suite } from '../protect/suite.ts'
import { doorOf, requireDuty } from './authenticate.ts'
import type { House } from './house.ts'

/** Every process reads the key file each minute: a new key seals only when all of them know it. */
const settlingMs = 5 * 60_000

/** A new key for personal data, made when a second administrator agrees. */
export const rotateKeyAct = (house: House): DangerousAct => ({
  name: 'rotate-key',
  title: '更换个人信息密钥',
  deciders: ['system', 'security'],
  async carryOut(_sql, subject, _decider, now) {
    return { key: await house.keyring.rotate(subject.suite as Suite, now, settlingMs) }
  },
})

const isSuite = (value: unknown): value is Suite => typeof value === 'string' && Object.hasOwn(keyBytes, value)

/** Keys for personal data: how they stand, a new one, and the sealing of what history holds in the clear. */
export function keyRoutes(app: FastifyInstance, house: House): void {
  const { sql, keyring, catalogue } = house

  app.get('/api/v1/keys', async (request) => {
    requireDuty(request, 'system', 'security', 'audit')
    const persons = await sql<{ name: string; persons: number }[]>`select name, persons::int from persons_by_key()`
    const secrets = await secretsByKey(sql)
    const [sealedLater] = await sql<{ n: number }[]>`select count(*)::int as n from change_sealed`
    const [allowed] = await sql`
      select asked_name as "askedName", decided_name as "decidedName", decided_at as "decidedAt" from approval
      where act = ${sealHistoryAct.name} and state = 'approved' order by decided_at desc limit 1`
    const [run] = await sql`
      select done, total, note, state from job_run where job = ${sealHistoryAct.name} order by started_at desc limit 1`
    return {
      keys: keyring.facts().map((key) => ({
        ...key,
        persons: persons.find(({ name }) => name === key.name)?.persons ?? 0,
        secrets: secrets.get(key.name) ?? 0,
      })),
      wrappedBy: keyring.wrappedBy ?? null,
      history: {
        clear: await clearHistory(sql, catalogue.kinds),
        sealed: sealedLater?.n ?? 0,
        allowed: allowed ?? null,
        run: run ?? null,
      },
    }
  })

  const asks = (
    path: string,
    act: DangerousAct,
    wishOf: (body: Record<string, unknown>) => { title: string; subject: Record<string, unknown> },
  ) =>
    app.post(path, async (request, reply) => {
      const actor = requireDuty(request, 'system', 'security')
      const body = (request.body ?? {}) as Record<string, unknown>
      const wish = { ...wishOf(body), reason: reasonOf(body.reason) }
      const approval = await ask(sql, act, actor, wish, house.clock())
      const { address } = doorOf(request, house)
      await note(sql, {
        actor,
        act: 'ask',
        kind: act.name,
        id: approval,
        title: wish.title,
        address,
        detail: wish.subject,
      })
      return reply.code(202).send({ approval })
    })

  asks('/api/v1/keys/rotate', rotateKeyAct(house), ({ suite }) => {
    if (!isSuite(suite))
      throw invalid([{ code: 'not-an-option', text: '算法应为 aes-256-gcm 或 sm4-ctr-sm3', at: '/suite' }])
    return { title: `更换个人信息密钥（${suite.toUpperCase()}）`, subject: { suite } }
  })
  asks('/api/v1/history-sealing', sealHistoryAct, () => ({ title: sealHistoryAct.title, subject: {} }))
}
