import type { FastifyInstance } from 'fastify'
import { forbidden, invalid, notFound } from '../../failure.ts'
import { isId } from '../../language/index.ts'
import { ask, reasonOf } from '../access/approvals.ts'
import { note } from '../audit/note.ts'
import { uuidv7 } from '../id.ts'
import { doorOf, requireDuty, requireScope } from './authenticate.ts'
import type { House } from './house.ts'
import { openRelation } from './roles.ts'

/** Direct trading partners, known from events, and what a partner may read. */
export function relationRoutes(app: FastifyInstance, house: House): void {
  const { sql, catalogue } = house

  app.get('/api/v1/partners', async (request) => {
    const actor = requireScope(request, 'records')
    if (actor.role !== 'enterprise') throw forbidden('只有企业有贸易伙伴')
    const items = await sql`
      select o.id, o.title, p.first_at as "firstAt", p.last_at as "lastAt"
      from trading_partner p join owner o on o.id = p.partner_id
      where p.owner_id = ${actor.ownerId} order by p.last_at desc limit 200`
    const kinds = await sql`select kind, fields from relation_grant where ended_at is null order by kind`
    return { items, kinds }
  })

  app.get('/api/v1/relation-grants', async (request) => {
    requireDuty(request, 'system', 'security', 'audit')
    const items = await sql`
      select id, kind, fields, granted_by as "grantedBy", granted_at as "grantedAt", ended_at as "endedAt"
      from relation_grant order by granted_at desc limit 200`
    return { items }
  })

  app.post('/api/v1/relation-grants', async (request, reply) => {
    const actor = requireDuty(request, 'security')
    const body = (request.body ?? {}) as { kind?: unknown; fields?: unknown; reason?: unknown }
    const kind = catalogue.kinds.get(String(body.kind))
    const reason = reasonOf(body.reason)
    const fields = Array.isArray(body.fields)
      ? body.fields.filter((name): name is string => typeof name === 'string')
      : []
    if (!kind || !(kind.grants.enterprise ?? []).includes('read'))
      throw invalid([{ code: 'not-an-option', text: '请选择企业可读的记录', at: '/kind' }])
    const closed = fields.find(
      (name) => !Object.hasOwn(kind.fields, name) || ['personal', 'secret'].includes(kind.fields[name]?.class ?? ''),
    )
    if (fields.length === 0 || closed !== undefined)
      throw invalid([{ code: 'wrong-value', text: '请选择要开放的字段；个人信息不能向伙伴开放', at: '/fields' }])
    const now = house.clock()
    const subject = { id: uuidv7(now.getTime()), kind: kind.name, fields }
    const title = `向贸易伙伴开放“${kind.title}”的 ${fields.length} 个字段`
    const approval = await ask(sql, openRelation, actor, { title, subject, reason }, now)
    await note(sql, {
      actor,
      act: 'ask',
      kind: 'relation-grant',
      id: subject.id,
      title,
      address: doorOf(request, house).address,
      detail: subject,
    })
    return reply.code(202).send({ approval })
  })

  app.post('/api/v1/relation-grants/:id/end', async (request, reply) => {
    const actor = requireDuty(request, 'security')
    const { id } = request.params as { id: string }
    const [row] = isId(id)
      ? await sql<{ kind: string }[]>`update relation_grant set ended_at = ${house.clock()}, ended_by = ${actor.name}
          where id = ${id} and ended_at is null returning kind`
      : []
    if (!row) throw notFound('这项开放')
    await note(sql, {
      actor,
      act: 'void',
      kind: 'relation-grant',
      id,
      title: row.kind,
      address: doorOf(request, house).address,
    })
    return reply.code(204).send()
  })
}
