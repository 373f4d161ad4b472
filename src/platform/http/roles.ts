import type { FastifyInstance } from 'fastify'
import { Failure, invalid, notFound } from '../../failure.ts'
import { ask, type DangerousAct, reasonOf } from '../access/approvals.ts'
import { readRoles, wholeNarrowing } from '../access/roles.ts'
import { forgetRoles } from '../access/session.ts'
import { checkNarrowing, widened } from '../access/widening.ts'
import { note } from '../audit/note.ts'
import { doorOf, requireDuty, requirePerson } from './authenticate.ts'
import type { House } from './house.ts'

/** A role that may do more than before. */
export const widenRole: DangerousAct = {
  name: 'widen-role',
  title: '扩大角色权限',
  deciders: ['system', 'audit'],
  async carryOut(sql, subject) {
    const { name, narrows, version, title } = subject as {
      name: string
      narrows: object
      version: number
      title: string
    }
    const [row] = await sql`
      update role set narrows = ${sql.json(narrows as never)}, title = ${title}, version = version + 1
      where name = ${name} and version = ${version} returning name`
    if (!row) throw new Failure(409, 'version-conflict', '这个角色刚被别人修改过')
  },
}

/** What a trading partner may read of one kind. */
export const openRelation: DangerousAct = {
  name: 'open-relation',
  title: '向贸易伙伴开放',
  deciders: ['system', 'audit'],
  async carryOut(sql, subject, decider, now) {
    const { id, kind, fields } = subject as { id: string; kind: string; fields: string[] }
    await sql`update relation_grant set ended_at = ${now}, ended_by = ${decider.name}
      where kind = ${kind} and relation = 'trading-partner' and ended_at is null`
    await sql`insert into relation_grant (id, kind, relation, fields, granted_by, granted_at)
      values (${id}, ${kind}, 'trading-partner', ${fields}, ${decider.name}, ${now})`
  },
}

/** The role tree: each role leaves less than its parent. Narrowing holds at once, widening needs four eyes. */
export function roleRoutes(app: FastifyInstance, house: House): void {
  const { sql, catalogue } = house
  const operations = new Set(catalogue.operations.keys())

  app.get('/api/v1/roles', async (request) => {
    const actor = requirePerson(request)
    const roles = await readRoles(sql)
    const shown = [...roles.values()].filter((role) => actor.role !== 'enterprise' || role.base === 'enterprise')
    if (!['system', 'security', 'audit', 'enterprise'].includes(actor.role)) return { items: [] }
    const counts = await sql<{ position: string; n: number }[]>`
      select position, count(*)::int as n from account where disabled_at is null group by position`
    const accounts = new Map(counts.map((row) => [row.position, row.n]))
    return {
      items: shown.map((role) => ({
        ...role,
        whole: wholeNarrowing(roles, role.name),
        accounts: actor.role === 'enterprise' ? undefined : (accounts.get(role.name) ?? 0),
      })),
      kinds: [...catalogue.kinds.values()].map(({ name, title, grants, fields }) => ({
        name,
        title,
        grants,
        fields: Object.fromEntries(Object.entries(fields).map(([field, each]) => [field, each.title])),
      })),
    }
  })

  app.post('/api/v1/roles', async (request, reply) => {
    const actor = requireDuty(request, 'security')
    const body = (request.body ?? {}) as Record<string, unknown>
    const roles = await readRoles(sql)
    const parent = roles.get(String(body.parent))
    const name = String(body.name ?? '')
    const title = typeof body.title === 'string' ? body.title.trim() : ''
    const { value, problems } = checkNarrowing(body.narrows, catalogue.kinds, operations)
    if (!/^[a-z][a-z0-9-]{1,40}$/.test(name) || roles.has(name))
      problems.push({ code: 'wrong-format', text: '角色代号应为小写字母、数字和横线，且未被使用', at: '/name' })
    if (!title || title.length > 40) problems.push({ code: 'missing', text: '请填写角色名称', at: '/title' })
    if (!parent || parent.retiredAt) problems.push({ code: 'not-an-option', text: '请选择上级角色', at: '/parent' })
    if (problems.length > 0 || !parent) throw invalid(problems)
    const [row] = await sql`insert into role (name, title, base, parent, narrows)
      values (${name}, ${title}, ${parent.base}, ${parent.name}, ${sql.json(value as never)})
      on conflict do nothing returning name`
    if (!row) throw new Failure(409, 'already-used', '这个角色代号已被使用')
    forgetRoles(sql)
    const { address } = doorOf(request, house)
    await note(sql, { actor, act: 'create', kind: 'role', id: name, title, address, detail: { narrows: value } })
    return reply.code(201).send({ name, version: 1 })
  })

  app.put('/api/v1/roles/:name', async (request, reply) => {
    const actor = requireDuty(request, 'security')
    const { name } = request.params as { name: string }
    const body = (request.body ?? {}) as Record<string, unknown>
    const role = (await readRoles(sql)).get(name)
    if (!role?.parent) throw notFound('可修改的角色')
    if (body.version !== role.version) throw new Failure(409, 'version-conflict', '这个角色刚被别人修改过')
    const reason = reasonOf(body.reason)
    const title = typeof body.title === 'string' && body.title.trim() ? body.title.trim().slice(0, 40) : role.title
    const { value, problems } = checkNarrowing(body.narrows, catalogue.kinds, operations)
    if (problems.length > 0) throw invalid(problems)
    const more = widened(role.narrows, value, catalogue.kinds)
    const subject = { name, narrows: value, before: role.narrows, version: role.version, title }
    const { address } = doorOf(request, house)
    if (more.length > 0) {
      const wish = { title: `扩大“${title}”的权限：${more.slice(0, 5).join('、')}`, subject, reason }
      const approval = await ask(sql, widenRole, actor, wish, house.clock())
      await note(sql, { actor, act: 'ask', kind: 'role', id: name, title, address, detail: subject })
      return reply.code(202).send({ approval, more })
    }
    await widenRole.carryOut?.(sql, subject, actor, house.clock())
    forgetRoles(sql)
    await note(sql, { actor, act: 'change', kind: 'role', id: name, title, address, detail: { ...subject, reason } })
    return { name, version: role.version + 1 }
  })
}
