import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Failure, forbidden, invalid, notFound, type Problem } from '../../failure.ts'
import { isId, isMoment, type Role } from '../../language/index.ts'
import { confirmAccount, grantPosition, recoverAccount, restoreAccount } from '../access/account-acts.ts'
import { createAccount } from '../access/accounts.ts'
import { type Actor, administrators, isAdministrator } from '../access/actor.ts'
import { ask, reasonOf } from '../access/approvals.ts'
import { isPersons } from '../access/clients.ts'
import { isAuthority } from '../access/filed.ts'
import { temporaryPassword } from '../access/new-password.ts'
import { bindPerson, personKey } from '../access/person.ts'
import { type RoleRow, readRoles } from '../access/roles.ts'
import { endSessions } from '../access/session.ts'
import { requirePerson } from './authenticate.ts'
import type { House } from './house.ts'
import { noteAct } from './note-act.ts'
import { limitOf, queryOf } from './records.ts'

type Account = {
  id: string
  login: string
  name: string
  role: Exclude<Role, 'public'>
  position: string
  ownerId: string
  ownerTitle: string
  version: number
  disabledAt: Date | null
  confirmedAt: Date | null
}

/** Who keeps accounts: the system administrator all of them, an enterprise's own account its staff's. */
function requireAccountKeeper(request: FastifyRequest): Actor {
  const actor = requirePerson(request)
  const own = actor.role === 'enterprise' && !actor.position
  if (actor.role !== 'system' && actor.role !== 'security' && !own) throw forbidden()
  return actor
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value.trim() : '')

function checkNew(body: Record<string, unknown>, role: RoleRow | undefined): void {
  const problems: Problem[] = []
  const must = (ok: boolean, at: string, text: string) => ok || problems.push({ code: 'wrong-value', text, at })
  must(/^[a-z][a-z0-9._-]{2,39}$/.test(textOf(body.login)), '/login', '用户名应为 3 到 40 位小写字母、数字、点、横线')
  must(/^[^\p{Cc}]{2,40}$/u.test(textOf(body.name)), '/name', '请填写姓名（2 到 40 字）')
  must(role !== undefined && !role.retiredAt, '/position', '请选择角色')
  if (body.validUntil !== undefined && body.validUntil !== null)
    must(isMoment(new Date(textOf(body.validUntil))), '/validUntil', '有效期应为日期')
  if (problems.length > 0) throw invalid(problems)
}

/** Accounts: opened by one administrator and given their rights by another; enterprises keep their own staff's. */
export function accountRoutes(app: FastifyInstance, house: House): void {
  const { sql } = house

  const oneOf = async (request: FastifyRequest, actor: Actor): Promise<Account> => {
    const { id } = request.params as { id: string }
    const [account] = isId(id)
      ? await sql<Account[]>`
          select a.id, a.login, a.name, a.role, a.position, a.owner_id as "ownerId", o.title as "ownerTitle", a.version,
            a.disabled_at as "disabledAt", a.confirmed_at as "confirmedAt"
          from account a join owner o on o.id = a.owner_id where a.id = ${id} and ${isPersons(sql, 'a')}
            ${actor.role === 'enterprise' ? sql`and a.owner_id = ${actor.ownerId} and a.role = 'enterprise'` : sql``}`
      : []
    if (!account) throw notFound('这个账号')
    return account
  }
  const noted = (request: FastifyRequest, act: string, account: { id: string; name: string }, detail = {}) =>
    noteAct(request, house, {
      act,
      kind: 'account',
      id: account.id,
      title: account.name,
      detail,
    })

  app.get('/api/v1/accounts', async (request) => {
    const actor = requireAccountKeeper(request)
    const { q = '', after = '', limit, role = '' } = queryOf(request)
    if (after !== '' && !isId(after)) throw invalid([{ code: 'wrong-cursor', text: '翻页位置无效', at: '/after' }])
    const size = limitOf(limit)
    const like = `%${q.replace(/[\\%_]/g, '\\$&').slice(0, 60)}%`
    const rows = await sql<{ id: string }[]>`
      select a.id, a.login, a.name, a.role, a.position, r.title as "positionTitle", a.owner_id as "ownerId",
        o.title as "ownerTitle", o.region, a.version, a.created_at as "createdAt", a.disabled_at as "disabledAt",
        a.disabled_reason as "disabledReason", a.confirmed_at as "confirmedAt", a.valid_until as "validUntil",
        a.password_changed_at as "passwordChangedAt", a.must_change as "mustChange",
        (select max(s.seen_at) from session s where s.account_id = a.id) as "seenAt",
        exists (select from second_factor f where f.account_id = a.id and f.confirmed_at is not null) as "secondFactor"
      from account a join owner o on o.id = a.owner_id join role r on r.name = a.position
      where ${isPersons(sql, 'a')} ${actor.role === 'enterprise' ? sql`and a.owner_id = ${actor.ownerId} and a.role = 'enterprise'` : sql``}
        ${q ? sql`and (a.login like ${like} or a.name like ${like} or o.title like ${like})` : sql``}
        ${role ? sql`and a.role = ${role}` : sql``} ${after ? sql`and a.id < ${after}` : sql``}
      order by a.id desc limit ${size + 1}`
    return { items: rows.slice(0, size), next: rows.length > size ? rows[size - 1]?.id : null }
  })

  app.post('/api/v1/accounts', async (request, reply) => {
    const actor = requireAccountKeeper(request)
    if (actor.role === 'security') throw forbidden('账号由系统管理员开立，安全管理员审批')
    const body = (request.body ?? {}) as Record<string, unknown>
    const role = (await readRoles(sql)).get(textOf(body.position))
    checkNew(body, role)
    const base = (role as RoleRow).base
    if (actor.role === 'enterprise' && base !== 'enterprise') throw forbidden('只能为本企业开立企业账号')
    const ownerId =
      actor.role === 'enterprise' ? actor.ownerId : administrators.includes(base) ? actor.ownerId : body.ownerId
    const [owner] = isId(ownerId)
      ? await sql<{ isSubject: boolean; region: string }[]>`
          select region, not (${isAuthority(sql, house.catalogue.kinds)}) as "isSubject" from owner o where o.id = ${ownerId}`
      : []
    if (!owner || (base === 'enterprise') !== owner.isSubject) {
      const text = base === 'enterprise' ? '请选择所属企业' : '请选择所属监管部门'
      throw invalid([{ code: 'no-such-record', text, at: '/ownerId' }])
    }
    if ((base === 'city') !== owner.region.endsWith('00') && (base === 'city' || base === 'county'))
      throw invalid([{ code: 'wrong-level', text: '角色与部门的级别不一致', at: '/position' }])
    const needsPerson = isAdministrator(base)
    const key = needsPerson || body.identityNumber ? personKey(house.keyring, body.identityNumber) : undefined
    const now = house.clock()
    const reason = actor.role === 'system' ? reasonOf(body.reason) : ''
    const password = temporaryPassword()
    const made = await sql.begin(async (tx) => {
      if (key) await bindPerson(tx, key, needsPerson ? base : 'business')
      const id = await createAccount(
        tx,
        {
          ownerId: String(ownerId),
          login: textOf(body.login),
          name: textOf(body.name),
          role: base,
          position: (role as RoleRow).name,
          password,
          mustChange: 'first',
          unconfirmed: actor.role === 'system',
          ...(key ? { personKey: key } : {}),
          ...(body.validUntil ? { validUntil: new Date(textOf(body.validUntil)) } : {}),
        },
        now,
      )
      const title = `开立账号 ${textOf(body.login)}（${textOf(body.name)}，${(role as RoleRow).title}）`
      const approval =
        actor.role === 'system' ? await ask(tx, confirmAccount, actor, { title, subject: { id }, reason }, now) : null
      return { id, approval }
    })
    await noted(
      request,
      'create',
      { id: made.id, name: textOf(body.name) },
      { login: body.login, position: role?.name },
    )
    return reply.code(201).send({ ...made, login: textOf(body.login), password })
  })

  app.post('/api/v1/accounts/:id/position', async (request, reply) => {
    const actor = requireAccountKeeper(request)
    const account = await oneOf(request, actor)
    const body = (request.body ?? {}) as { position?: unknown; reason?: unknown }
    const role = (await readRoles(sql)).get(textOf(body.position))
    if (!role || role.retiredAt) throw invalid([{ code: 'not-an-option', text: '请选择角色', at: '/position' }])
    if (role.base !== account.role && (isAdministrator(role.base) || isAdministrator(account.role)))
      throw new Failure(409, 'other-duty', '系统、安全、审计管理员与业务账号之间不能互换，请另开账号')
    if (role.base !== account.role) throw new Failure(409, 'other-level', '不同级别之间不能互换，请另开账号')
    const reason = reasonOf(body.reason)
    const now = house.clock()
    const subject = { id: account.id, position: role.name, before: account.position }
    if (actor.role === 'enterprise') {
      if (account.id === actor.userId) throw forbidden('不能更改自己的角色')
      await grantPosition.carryOut?.(sql, subject, actor, now)
      await noted(request, 'grant', account, { ...subject, reason })
      return reply.code(204).send()
    }
    const title = `把 ${account.login}（${account.name}）的角色改为“${role.title}”`
    const approval = await ask(sql, grantPosition, actor, { title, subject, reason }, now)
    await noted(request, 'ask', account, { ...subject, reason })
    return reply.code(202).send({ approval })
  })

  app.post('/api/v1/accounts/:id/disable', async (request, reply) => {
    const actor = requireAccountKeeper(request)
    const account = await oneOf(request, actor)
    if (account.id === actor.userId) throw forbidden('不能停用自己的账号')
    if (actor.role === 'system' && isAdministrator(account.role) && account.role !== 'system')
      throw forbidden('安全、审计管理员的账号由安全管理员停用')
    if (actor.role === 'security' && account.role === 'security') throw forbidden('安全管理员不能停用同岗的账号')
    const reason = reasonOf((request.body as { reason?: unknown } | null)?.reason)
    const now = house.clock()
    const [left] = isAdministrator(account.role)
      ? await sql<{ n: number }[]>`select count(*)::int as n from account
          where role = ${account.role} and disabled_at is null and confirmed_at is not null`
      : []
    if (left && left.n <= 1 && account.confirmedAt && !account.disabledAt)
      throw new Failure(409, 'last-administrator', '这是最后一个在用的同类管理员，请先开立接任者')
    await sql.begin(async (tx) => {
      await tx`update account set disabled_at = coalesce(disabled_at, ${now}), disabled_reason = ${reason},
        version = version + 1 where id = ${account.id}`
      await endSessions(tx, account.id)
      await tx`update api_token set revoked_at = ${now} where account_id = ${account.id} and revoked_at is null`
      await tx`delete from site_pin where account_id = ${account.id}`
      await tx`update delegation set ended_at = ${now}
        where ended_at is null and (from_account = ${account.id} or to_account = ${account.id})`
    })
    await noted(request, 'disable', account, { reason })
    return reply.code(204).send()
  })

  app.post('/api/v1/accounts/:id/enable', async (request, reply) => {
    const actor = requireAccountKeeper(request)
    const account = await oneOf(request, actor)
    const reason = reasonOf((request.body as { reason?: unknown } | null)?.reason)
    const now = house.clock()
    if (actor.role === 'enterprise') {
      await restoreAccount.carryOut?.(sql, { id: account.id }, actor, now)
      await noted(request, 'enable', account, { reason })
      return reply.code(204).send()
    }
    const title = `恢复账号 ${account.login}（${account.name}）`
    const approval = await ask(sql, restoreAccount, actor, { title, subject: { id: account.id }, reason }, now)
    return reply.code(202).send({ approval })
  })

  app.post('/api/v1/accounts/:id/recover', async (request, reply) => {
    const actor = requireAccountKeeper(request)
    const account = await oneOf(request, actor)
    if (account.id === actor.userId) throw forbidden('自己的密码请用“修改密码”')
    const body = (request.body ?? {}) as { reason?: unknown; factors?: unknown }
    const reason = reasonOf(body.reason)
    const subject = { id: account.id, factors: body.factors === true }
    const now = house.clock()
    // A password in another's hands is that account: an administrator's is only given back by two.
    if (actor.role !== 'enterprise' && (isAdministrator(account.role) || subject.factors)) {
      const title = `重置 ${account.login}（${account.name}）的密码${subject.factors ? '和第二验证方式' : ''}`
      const approval = await ask(sql, recoverAccount, actor, { title, subject, reason }, now)
      return reply.code(202).send({ approval })
    }
    if (actor.role === 'security') throw forbidden('密码由系统管理员重置')
    const shown = await sql.begin((tx) => recoverAccount.carryOut?.(tx, subject, actor, now))
    await noted(request, 'recover', account, { reason })
    return shown
  })
}
