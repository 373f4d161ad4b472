import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Failure, forbidden, invalid, notFound, type Problem } from '../../failure.ts'
import { isId, isMoment } from '../../language/index.ts'
import { type Actor, signature } from '../access/actor.ts'
import { ask, type DangerousAct, reasonOf } from '../access/approvals.ts'
import { readCertificate } from '../access/certificate.ts'
import {
  authorityScopes,
  type Client,
  createClient,
  issueToken,
  nextStates,
  tokenDaysMax,
  tokenScopes,
} from '../access/clients.ts'
import { isAuthority } from '../access/filed.ts'
import { uuidv7 } from '../id.ts'
import { requirePerson } from './authenticate.ts'
import type { House } from './house.ts'
import { noteAct } from './note-act.ts'

const columns = `id, owner_id as "ownerId", account_id as "accountId", sandbox_account_id as "sandboxAccountId", name,
  scopes, state, version`

/** Sandbox tokens end with the sandbox. */
async function goLive(sql: Parameters<NonNullable<DangerousAct['carryOut']>>[0], id: string, now: Date): Promise<void> {
  const [row] = await sql`update api_client set state = 'live', version = version + 1
    where id = ${id} and state = 'sandbox' returning id`
  if (!row) throw new Failure(409, 'wrong-state', '这个接入方不在沙箱中')
  await sql`update api_token set revoked_at = ${now} where client_id = ${id} and revoked_at is null`
}

/** A system that acts for an authority sees what the authority sees. */
export const openClient: DangerousAct = {
  name: 'open-client',
  title: '接口上线',
  deciders: ['security'],
  async carryOut(sql, subject, _decider, now) {
    await goLive(sql, String(subject.id), now)
  },
}

/** Whoever keeps clients: the system and security administrators, and an enterprise its own. */
export function requireClientKeeper(request: FastifyRequest): Actor {
  const actor = requirePerson(request)
  const own = actor.role === 'enterprise' && !actor.position
  if (actor.role !== 'system' && actor.role !== 'security' && !own) throw forbidden()
  return actor
}

const withinOf = (sql: House['sql'], actor: Actor) =>
  actor.role === 'enterprise' ? sql`c.owner_id = ${actor.ownerId}` : sql`true`

/** The client that a request names, where it is the actor's to keep. */
export async function clientOf(request: FastifyRequest, { sql }: House, actor: Actor): Promise<Client> {
  const { id } = request.params as { id: string }
  const [client] = isId(id)
    ? await sql<
        Client[]
      >`select ${sql.unsafe(columns)} from api_client c where c.id = ${id} and ${withinOf(sql, actor)}`
    : []
  if (!client) throw notFound('这个接入方')
  return client
}

/** Puts down what was done about a client. */
export const noteClient =
  (house: House) =>
  (request: FastifyRequest, act: string, client: { id: string; name: string }, detail: Record<string, unknown> = {}) =>
    noteAct(request, house, { act, kind: 'api-client', id: client.id, title: client.name, detail })

/** Business systems and devices: registration, sandbox, tokens with scopes, quota and expiry, usage, retirement. */
export function clientRoutes(app: FastifyInstance, house: House): void {
  const { sql } = house
  const oneOf = (request: FastifyRequest, actor: Actor) => clientOf(request, house, actor)
  const noted = noteClient(house)

  app.get('/api/v1/clients', async (request) => {
    const actor = requireClientKeeper(request)
    const items = await sql`
      select c.id, c.account_id as "signsAs", c.name, c.purpose, c.kind, c.scopes, c.state, c.version, c.retires_at as "retiresAt",
        c.created_at as "createdAt", o.title as "ownerTitle",
        coalesce((select json_agg(json_build_object('id', t.id, 'scopes', t.scopes, 'createdAt', t.created_at,
          'expiresAt', t.expires_at, 'revokedAt', t.revoked_at, 'perMinute', t.per_minute, 'lastUsedAt', t.last_used_at,
          'lastAddress', t.last_address,
          'calls', (select coalesce(sum(u.calls), 0) from api_usage u where u.token_id = t.id and u.hour > now() - interval '30 days'),
          'refused', (select coalesce(sum(u.refused), 0) from api_usage u where u.token_id = t.id and u.hour > now() - interval '30 days'))
          order by t.created_at desc) from api_token t where t.client_id = c.id), '[]') as tokens,
        coalesce((select json_agg(row_to_json(r)) from (
          select x.id, x.subject, x.sha256, x.not_after as "notAfter", x.added_at as "addedAt", x.revoked_at as "revokedAt"
          from client_certificate x where x.client_id = c.id order by x.added_at desc) r), '[]') as certificates,
        coalesce((select json_agg(row_to_json(r)) from (
          select k.id, k.title, k.suite, k.created_at as "createdAt", k.revoked_at as "revokedAt"
          from signing_key k where k.account_id = c.account_id order by k.created_at desc) r), '[]') as "signingKeys"
      from api_client c join owner o on o.id = c.owner_id where ${withinOf(sql, actor)} order by c.id desc limit 200`
    const open = Object.entries(tokenScopes).filter(
      ([scope]) => actor.role !== 'enterprise' || !authorityScopes.includes(scope),
    )
    return { items, scopes: Object.fromEntries(open) }
  })

  app.post('/api/v1/clients', async (request, reply) => {
    const actor = requireClientKeeper(request)
    if (actor.role === 'security') throw forbidden('接入方由系统管理员登记，安全管理员审批上线')
    const body = (request.body ?? {}) as Record<string, unknown>
    const text = (name: string) => (typeof body[name] === 'string' ? (body[name] as string).trim() : '')
    const scopes = Array.isArray(body.scopes) ? [...new Set(body.scopes)] : []
    const ownerId = actor.role === 'enterprise' ? actor.ownerId : body.ownerId
    const [owner] = isId(ownerId)
      ? await sql<{ region: string; isSubject: boolean }[]>`
          select region, not (${isAuthority(sql, house.catalogue.kinds)}) as "isSubject" from owner o where id = ${ownerId}`
      : []
    const problems: Problem[] = []
    if (text('name').length < 2 || text('name').length > 60)
      problems.push({ code: 'missing', text: '请填写名称（2 到 60 字）', at: '/name' })
    if (text('purpose').length < 2 || text('purpose').length > 300)
      problems.push({ code: 'missing', text: '请填写用途', at: '/purpose' })
    if (!['system', 'device'].includes(text('kind')))
      problems.push({ code: 'not-an-option', text: '类型应为系统或设备', at: '/kind' })
    if (scopes.length === 0 || !scopes.every((scope) => typeof scope === 'string' && Object.hasOwn(tokenScopes, scope)))
      problems.push({
        code: 'not-an-option',
        text: `权限应为：${Object.values(tokenScopes).join('、')}`,
        at: '/scopes',
      })
    if (actor.role === 'enterprise' && scopes.some((scope) => authorityScopes.includes(scope as string)))
      problems.push({ code: 'not-an-option', text: '运行指标只给运维单位的监控系统', at: '/scopes' })
    if (!owner) problems.push({ code: 'no-such-record', text: '请选择所属单位', at: '/ownerId' })
    if (problems.length > 0 || !owner) throw invalid(problems)
    const role =
      actor.role === 'enterprise' || owner.isSubject ? 'enterprise' : owner.region.endsWith('00') ? 'city' : 'county'
    const wish = {
      ownerId: String(ownerId),
      role,
      name: text('name'),
      purpose: text('purpose'),
      kind: text('kind'),
      scopes: scopes as string[],
    } as const
    const id = await createClient(sql, actor, wish, house.clock())
    await noted(request, 'create', { id, name: wish.name }, { scopes, role })
    return reply.code(201).send({ id, state: 'sandbox' })
  })

  app.post('/api/v1/clients/:id/state', async (request, reply) => {
    const actor = requireClientKeeper(request)
    const client = await oneOf(request, actor)
    const body = (request.body ?? {}) as { state?: unknown; reason?: unknown; retiresAt?: unknown }
    const state = nextStates[client.state].find((each) => each === body.state)
    if (!state) throw new Failure(409, 'wrong-state', '接入方只能从沙箱上线、从上线弃用、最后停用')
    const reason = reasonOf(body.reason)
    const now = house.clock()
    if (state === 'live' && actor.role !== 'enterprise') {
      const title = `接入方“${client.name}”上线，权限：${client.scopes.map((scope) => tokenScopes[scope]).join('、')}`
      const approval = await ask(sql, openClient, actor, { title, subject: { id: client.id }, reason }, now)
      return reply.code(202).send({ approval })
    }
    if (state === 'live') await sql.begin((tx) => goLive(tx, client.id, now))
    else {
      const retires = state === 'deprecated' ? new Date(String(body.retiresAt)) : null
      if (retires && (!isMoment(retires) || retires <= now))
        throw invalid([{ code: 'wrong-value', text: '请填写停用日期', at: '/retiresAt' }])
      await sql.begin(async (tx) => {
        await tx`update api_client set state = ${state}, retires_at = coalesce(${retires}, retires_at), version = version + 1 where id = ${client.id}`
        if (retires)
          await tx`update api_token set expires_at = least(expires_at, ${retires}) where client_id = ${client.id}`
        else await tx`update api_token set revoked_at = ${now} where client_id = ${client.id} and revoked_at is null`
      })
    }
    await noted(request, 'change', client, { before: client.state, after: state, reason })
    return reply.code(204).send()
  })

  app.post('/api/v1/clients/:id/tokens', async (request, reply) => {
    const actor = requireClientKeeper(request)
    if (actor.role === 'security') throw forbidden()
    const client = await oneOf(request, actor)
    const { days, perMinute = null } = (request.body ?? {}) as { days?: unknown; perMinute?: unknown }
    const problems: Problem[] = []
    if (!(Number.isInteger(days) && Number(days) >= 1 && Number(days) <= tokenDaysMax))
      problems.push({ code: 'out-of-range', text: `有效天数应在 1 到 ${tokenDaysMax} 之间`, at: '/days' })
    if (
      perMinute !== null &&
      !(Number.isInteger(perMinute) && Number(perMinute) >= 1 && Number(perMinute) <= 1_000_000)
    )
      problems.push({ code: 'out-of-range', text: '每分钟次数应为 1 到 1000000 的整数', at: '/perMinute' })
    if (problems.length > 0) throw invalid(problems)
    const wish = { days: Number(days), perMinute: perMinute as number | null }
    const made = await sql.begin((tx) => issueToken(tx, client, wish, house.clock()))
    await noted(request, 'token', client, { token: made.id, days, perMinute })
    return reply.code(201).send(made)
  })

  app.post('/api/v1/clients/:id/tokens/:token/revoke', async (request, reply) => {
    const actor = requireClientKeeper(request)
    const client = await oneOf(request, actor)
    const { token } = request.params as { token: string }
    const [row] = isId(token)
      ? await sql`update api_token set revoked_at = ${house.clock()}
          where id = ${token} and client_id = ${client.id} and revoked_at is null returning id`
      : []
    if (!row) throw notFound('在用的令牌')
    await noted(request, 'token-revoked', client, { token })
    return reply.code(204).send()
  })

  app.post('/api/v1/clients/:id/certificates', async (request, reply) => {
    const actor = requireClientKeeper(request)
    if (actor.role === 'security') throw forbidden()
    const client = await oneOf(request, actor)
    const now = house.clock()
    const { sha256, subject, notAfter } = readCertificate((request.body as { pem?: unknown } | null)?.pem, now)
    const [row] = await sql<{ id: string }[]>`
      insert into client_certificate (id, client_id, sha256, subject, not_after, added_by, added_at)
      values (${uuidv7(now.getTime())}, ${client.id}, ${sha256}, ${subject}, ${notAfter}, ${signature(actor)}, ${now})
      on conflict (sha256) do nothing returning id`
    if (!row) throw new Failure(409, 'already-used', '这张证书已经登记过')
    await noted(request, 'certificate', client, { sha256, subject })
    return reply.code(201).send({ id: row.id, sha256, subject, notAfter })
  })

  app.post('/api/v1/clients/:id/certificates/:certificate/revoke', async (request, reply) => {
    const actor = requireClientKeeper(request)
    const client = await oneOf(request, actor)
    const { certificate } = request.params as { certificate: string }
    const [row] = isId(certificate)
      ? await sql`update client_certificate set revoked_at = ${house.clock()}
          where id = ${certificate} and client_id = ${client.id} and revoked_at is null returning sha256`
      : []
    if (!row) throw notFound('在用的证书')
    await noted(request, 'certificate-revoked', client, { certificate })
    return reply.code(204).send()
  })
}
