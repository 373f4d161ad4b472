import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Failure, invalid, notFound } from '../../failure.ts'
import { isImportant, type Kind } from '../../language/index.ts'
import { ask, type DangerousAct, reasonOf, spendApproval } from '../access/approvals.ts'
import { note } from '../audit/note.ts'
import type { Keyring } from '../protect/keyring.ts'
import { withoutNames } from '../protect/record-persons.ts'
import { doorOf, requirePerson, requireSignIn } from './authenticate.ts'
import { drilled } from './drill.ts'
import type { House } from './house.ts'
import { queryOf, workOf } from './records.ts'

/** Taking many records of natural persons out: the one who asks uses the permission, once, for exactly what was asked. */
export const exportImportant: DangerousAct = { name: 'export', title: '导出重要数据', deciders: ['security'] }

type Words = Record<string, string>

/** What is exported, in one form whatever the order of the parameters. */
function wished(keyring: Keyring, kind: Kind, query: Words): string {
  const { approval, format, columns, after, limit, ...words } = query
  return JSON.stringify(
    Object.entries(withoutNames(keyring, kind, words))
      .filter(([, value]) => value !== '')
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )
}

/** How many important records an actor would take out, and whether that is more than one may without another's consent. */
async function measured(request: FastifyRequest, house: House, kind: Kind, query: Words) {
  const { approval, format, columns, q, sort, limit, after, ...given } = query
  const isFree = !isImportant(kind) || requireSignIn(request).role === 'enterprise'
  if (isFree) return { total: 0, approveRows: 0, isFree }
  const { store, actor } = workOf(request, house)
  const { filters, narrow } = await drilled(house, actor, kind, given)
  const { total } = await store.list(kind, { q, sort: sort || undefined, filters, narrow, limit: 1 })
  const { approveRows } = await house.policies.get('watermark')
  return { total, approveRows, isFree: total <= approveRows }
}

/**
 * Before an export: an authority that takes out more important records than the policy allows needs another's consent.
 * One's own records are one's own. Leaves the parameter `approval` out of the query.
 */
export async function requireConsent(request: FastifyRequest, house: House, kind: Kind): Promise<void> {
  const { approval, ...query } = queryOf(request)
  request.query = query
  const actor = requireSignIn(request)
  const { total, approveRows, isFree } = await measured(request, house, kind, query)
  if (isFree) return
  if (approval === undefined)
    throw new Failure(
      403,
      'needs-approval',
      `导出含个人信息的记录超过 ${approveRows} 条（现在 ${total} 条），请先申请批准`,
      {
        details: { total, approveRows },
      },
    )
  const { subject } = await spendApproval(house.sql, actor, approval, exportImportant.name, house.clock())
  if (subject.kind !== kind.name || subject.wished !== wished(house.keyring, kind, query))
    throw new Failure(403, 'not-approved', '批准的不是这次导出的内容')
}

/** Asking for an export, and telling of a print. */
export function exportConsentRoutes(app: FastifyInstance, house: House): void {
  // What stands between the one who asks and the file, so that the page can lead there.
  app.get('/api/v1/records/:kind/export/consent', async (request) => {
    const actor = requirePerson(request)
    const kind = house.catalogue.kinds.get((request.params as { kind: string }).kind)
    if (!kind) throw notFound('这类记录')
    // A count is no record: nobody has read one yet.
    request.glass = undefined
    const query = queryOf(request)
    const { total, approveRows, isFree } = await measured(request, house, kind, query)
    if (isFree) return { consent: 'free' }
    const since = new Date(house.clock().getTime() - 86_400_000)
    const [asked] = await house.sql<{ id: string; state: 'waiting' | 'approved'; askedAt: Date }[]>`
      select id, state, asked_at as "askedAt" from approval
      where asked_by = ${actor.userId} and act = ${exportImportant.name} and subject->>'kind' = ${kind.name}
        and subject->>'wished' = ${wished(house.keyring, kind, query)}
        and (state = 'waiting' and expires_at > ${house.clock()}
          or state = 'approved' and used_at is null and decided_at > ${since})
      order by state, asked_at desc limit 1`
    if (!asked) return { consent: 'needed', total, approveRows }
    const { id, state, askedAt } = asked
    return state === 'approved'
      ? { consent: 'given', total, approveRows, approval: id }
      : { consent: 'waiting', total, approveRows, askedAt }
  })

  app.post('/api/v1/exports', async (request, reply) => {
    const actor = requirePerson(request)
    const body = (request.body ?? {}) as { kind?: unknown; query?: unknown; reason?: unknown }
    const kind = house.catalogue.kinds.get(String(body.kind))
    if (!kind) throw invalid([{ code: 'not-an-option', text: '请选择记录', at: '/kind' }])
    const reason = reasonOf(body.reason)
    const query = Object.fromEntries(
      Object.entries((body.query ?? {}) as Record<string, unknown>).map(([name, value]) => [name, String(value)]),
    )
    const { q, sort, format, columns, approval: _, limit, after, ...filters } = query
    const { total } = await workOf(request, house).store.list(kind, { q, sort: sort || undefined, filters, limit: 1 })
    const subject = { kind: kind.name, wished: wished(house.keyring, kind, query), total }
    const title = `导出“${kind.title}” ${total} 条`
    const approval = await ask(house.sql, exportImportant, actor, { title, subject, reason }, house.clock())
    const { address } = doorOf(request, house)
    await note(house.sql, {
      actor,
      act: 'ask',
      kind: kind.name,
      id: approval,
      title,
      rows: total,
      address,
      detail: { reason, query: withoutNames(house.keyring, kind, query) },
    })
    return reply.code(202).send({ approval, total })
  })

  app.post('/api/v1/prints', async (request) => {
    const actor = requireSignIn(request)
    const { path, title } = (request.body ?? {}) as { path?: unknown; title?: unknown }
    const shown = typeof path === 'string' ? path.slice(0, 300) : ''
    const { address } = doorOf(request, house)
    await note(house.sql, {
      actor,
      act: 'print',
      kind: 'page',
      id: shown,
      title: typeof title === 'string' ? title : '',
      address,
    })
    return { mark: request.id }
  })
}
