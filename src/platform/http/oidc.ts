import { randomBytes } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type Provider from 'oidc-provider'
import { Failure, invalid, notFound, type Problem } from '../../failure.ts'
import { isId } from '../../language/index.ts'
import { signature } from '../access/actor.ts'
import { ask, type DangerousAct, reasonOf } from '../access/approvals.ts'
import { addSigningKey, publishedKeys, retireSigningKey } from '../access/oidc-keys.ts'
import { mount, secretAbout } from '../access/oidc-names.ts'
import { signOutEverywhere } from '../access/oidc-sign-out.ts'
import { signOut } from '../access/session.ts'
import { note } from '../audit/note.ts'
import { checkOutsideUrl } from '../protect/outside-url.ts'
import { cookieName, doorOf, requireDuty } from './authenticate.ts'
import type { House } from './house.ts'

/** Addresses at which this installation may be known at the same time. */
const originsMax = 4

/** A business system that people sign in to through here. */
export const openOidcClient: DangerousAct = {
  name: 'open-oidc-client',
  title: '登记单点登录系统',
  deciders: ['security'],
  async carryOut(sql, subject, _decider, now) {
    const [row] = await sql`update oidc_client set confirmed_at = ${now}
      where client_id = ${String(subject.id)} and confirmed_at is null returning client_id`
    if (!row) throw notFound('待确认的系统')
  },
}

const page = (path: string) =>
  `<!doctype html><html lang="zh-CN"><meta charset="utf-8"><meta http-equiv="refresh" content="0; url=${path}"><title>正在登录</title><p>正在登录…</p>`

function urisOf(value: unknown): string[] | undefined {
  if (!Array.isArray(value) || value.length > 10) return undefined
  const ok = value.every((each) => {
    if (typeof each !== 'string' || each.length > 500 || each.includes('#') || !URL.canParse(each)) return false
    const { protocol, hostname } = new URL(each)
    return protocol === 'https:' || (protocol === 'http:' && ['localhost', '127.0.0.1'].includes(hostname))
  })
  return ok ? (value as string[]) : undefined
}

/** Whose sign-ins everywhere end with a request that was done. */
function endedBy({ method, routeOptions, session, params }: FastifyRequest): string | undefined {
  const { url = '' } = routeOptions
  if (method === 'DELETE' && url === '/api/v1/session') return session?.accountId
  if (method === 'POST' && url === '/api/v1/session/password') return session?.accountId
  if (method === 'POST' && /^\/api\/v1\/accounts\/:id\/(disable|hand-over|recover)$/.test(url))
    return (params as { id: string }).id
  return undefined
}

/** When a session's person signed in, in seconds. */
async function signInTime(sql: House['sql'], id: string): Promise<number> {
  const [row] = await sql<{ at: Date }[]>`select created_at as at from session where id = ${id}`
  return Math.floor((row?.at.getTime() ?? 0) / 1000)
}

type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>

/** The oldest sign-in here that a business system takes: `prompt=login` and `max_age` ask for one anew. */
function oldestSignIn({ iat, prompt, params }: Interaction, now: Date): number {
  // Both are counted in whole seconds: one of the same second may be older.
  const begun = (iat ?? 0) + 1
  if (prompt.reasons.includes('login_prompt')) return begun
  const { max_age: most } = params
  return most === undefined ? 0 : Math.min(begun, Math.floor(now.getTime() / 1000) - Number(most))
}

/** Single sign-on for sub-platforms and outside systems: OpenID Connect with code and PKCE. */
export function oidcRoutes(app: FastifyInstance, house: House): void {
  const { sql } = house
  const providers = new Map<string, Promise<Provider>>()
  // Who signs out at a business system has signed out here: otherwise the next click there would be a sign-in again.
  const endDesk = (cookie: (name: string) => string | undefined): void => {
    const token = cookie(cookieName)
    if (token) signOut(sql, token).catch((err) => app.log.error({ err }, 'a desk stayed signed in'))
  }
  let keys = ''
  const providerOf = async (request: FastifyRequest): Promise<Provider> => {
    const origin = house.origin ?? `${request.protocol}://${request.host}`
    // Keys that another process made hold here with its next request.
    const now = await publishedKeys(sql)
    if (now !== keys) providers.clear()
    keys = now
    const known = providers.get(origin)
    if (known) return known
    if (providers.size >= originsMax) throw new Failure(421, 'wrong-host', '请使用平台的正式网址')
    // Loaded where a business system is signed in to: a quarter of a second that most processes never need.
    const opened = import('../access/oidc-provider.ts').then(({ openProvider }) => openProvider(house, origin, endDesk))
    providers.set(origin, opened)
    opened.catch(() => providers.delete(origin))
    return opened
  }

  app.register(async (scope) => {
    // The provider reads its requests itself.
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null))
    scope.all(`${mount}/*`, async (request, reply) => {
      const provider = await providerOf(request)
      // The provider answers by itself: its pages are kept as safe as ours, but may send on to the system that asked.
      for (const [name, value] of Object.entries(reply.getHeaders()))
        if (value !== undefined) reply.raw.setHeader(name, value)
      const policy = String(reply.getHeader('content-security-policy') ?? '').replace(" form-action 'self';", '')
      reply.raw.setHeader('content-security-policy', `${policy}; script-src 'self'`)
      reply.hijack()
      request.raw.url = (request.raw.url ?? '').slice(mount.length) || '/'
      Object.assign(request.raw, { baseUrl: mount, originalUrl: mount + request.raw.url })
      await provider.callback()(request.raw, reply.raw)
    })
  })

  // The session's cookie does not come with a request that another site began: this page begins one of our own.
  app.get('/oidc-login/:uid', async (request, reply) => {
    const { uid } = request.params as { uid: string }
    if (!/^[\w-]{10,60}$/.test(uid)) throw notFound('这次登录')
    return reply.type('text/html; charset=utf-8').send(page(`/oidc-login/${uid}/continue`))
  })

  app.get('/oidc-login/:uid/continue', async (request, reply) => {
    const { uid } = request.params as { uid: string }
    if (!/^[\w-]{10,60}$/.test(uid)) throw notFound('这次登录')
    const { actor, session } = request
    if (!session || session.next || actor.scopes.length > 0 || actor.viewedBy || actor.deputy)
      return reply.redirect(`/?return=${encodeURIComponent(`/oidc-login/${uid}/continue`)}`, 303)
    const provider = await providerOf(request)
    const details = await provider.interactionDetails(request.raw, reply.raw).catch(() => {
      throw new Failure(400, 'expired', '这次登录已过期，请回到原系统重新登录')
    })
    const signedInAt = await signInTime(sql, session.id)
    if (signedInAt < oldestSignIn(details, house.clock())) {
      await signOut(sql, request.cookies[cookieName] ?? '')
      return reply.redirect(`/?return=${encodeURIComponent(`/oidc-login/${uid}/continue`)}`, 303)
    }
    const { session: before } = details
    if (before && before.accountId !== actor.userId) {
      // Somebody else sat here before: what was given to that person in this browser ends with the change.
      await signOutEverywhere(house, provider, before.accountId, before.uid)
      details.session = undefined
      await details.persist()
    }
    const clientId = String(details.params.client_id)
    const known = before?.accountId === actor.userId && details.grantId && (await provider.Grant.find(details.grantId))
    const grant = known || new provider.Grant({ accountId: actor.userId, clientId })
    grant.addOIDCScope(String(details.params.scope ?? 'openid'))
    const { address } = doorOf(request, house)
    await note(sql, { actor, act: 'sign-in', kind: 'oidc-client', id: clientId, title: '单点登录', address })
    const result = { login: { accountId: actor.userId, ts: signedInAt }, consent: { grantId: await grant.save() } }
    const target = await provider.interactionResult(request.raw, reply.raw, result, { mergeWithLastSubmission: false })
    return reply.redirect(target, 303)
  })

  // Who signs out here is signed out everywhere, and so is whose account ends or gets another password: each business
  // system is told.
  app.addHook('onResponse', (request, reply, done) => {
    const accountId = [200, 204].includes(reply.statusCode) ? endedBy(request) : undefined
    return accountId ? signedOut(request, accountId) : done()
  })
  const signedOut = async (request: FastifyRequest, accountId: string): Promise<void> => {
    const known = await sql`select from oidc_store where account_id = ${accountId} limit 1`
    if (known.length > 0) await signOutEverywhere(house, await providerOf(request), accountId)
  }

  app.get('/api/v1/oidc-clients', async (request) => {
    requireDuty(request, 'system', 'security')
    const items = await sql`
      select client_id as id, name, redirect_uris as "redirectUris", backchannel_logout_uri as "backchannelLogoutUri",
        created_at as "createdAt", confirmed_at as "confirmedAt", retired_at as "retiredAt" from oidc_client order by created_at desc`
    const keys = await sql`select kid, made_at as "madeAt" from oidc_key where retired_at is null order by made_at desc`
    return { items, keys, issuer: `${house.origin ?? `${request.protocol}://${request.host}`}${mount}` }
  })

  app.post('/api/v1/oidc-clients', async (request, reply) => {
    const actor = requireDuty(request, 'system')
    const body = (request.body ?? {}) as Record<string, unknown>
    const name = typeof body.name === 'string' ? body.name.trim() : ''
    const redirects = urisOf(body.redirectUris)
    const posts = body.postLogoutUris === undefined ? [] : urisOf(body.postLogoutUris)
    const back = body.backchannelLogoutUri === undefined ? [] : urisOf([body.backchannelLogoutUri])
    const problems: Problem[] = []
    if (name.length < 2 || name.length > 60) problems.push({ code: 'missing', text: '请填写系统名称', at: '/name' })
    if (!redirects?.length)
      problems.push({ code: 'wrong-format', text: '回调地址应为 https 网址', at: '/redirectUris' })
    if (!posts) problems.push({ code: 'wrong-format', text: '退出后地址应为 https 网址', at: '/postLogoutUris' })
    if (!back) problems.push({ code: 'wrong-format', text: '退出通知地址应为 https 网址', at: '/backchannelLogoutUri' })
    if (problems.length > 0 || !redirects || !posts || !back) throw invalid(problems)
    const reason = reasonOf(body.reason)
    if (back[0]) await checkOutsideUrl(back[0], house.allowedHosts)
    const now = house.clock()
    const id = `app-${randomBytes(8).toString('hex')}`
    const secret = randomBytes(32).toString('base64url')
    const approval = await sql.begin(async (tx) => {
      await tx`insert into oidc_client (client_id, name, owner_id, secret, redirect_uris, post_logout_uris, backchannel_logout_uri, created_by, created_at)
        values (${id}, ${name}, ${actor.ownerId}, ${house.keyring.seal(secret, secretAbout(id))}, ${redirects}, ${posts}, ${back[0] ?? null}, ${signature(actor)}, ${now})`
      return ask(tx, openOidcClient, actor, { title: `单点登录系统“${name}”`, subject: { id, redirects }, reason }, now)
    })
    await note(sql, {
      actor,
      act: 'create',
      kind: 'oidc-client',
      id,
      title: name,
      address: doorOf(request, house).address,
    })
    return reply.code(201).send({ id, secret, approval })
  })

  app.post('/api/v1/oidc-clients/:id/retire', async (request, reply) => {
    const actor = requireDuty(request, 'system', 'security')
    const { id } = request.params as { id: string }
    const [row] = await sql<{ name: string }[]>`update oidc_client set retired_at = ${house.clock()}
      where client_id = ${id} and retired_at is null returning name`
    if (!row) throw notFound('这个系统')
    await note(sql, {
      actor,
      act: 'void',
      kind: 'oidc-client',
      id,
      title: row.name,
      address: doorOf(request, house).address,
    })
    return reply.code(204).send()
  })

  app.post('/api/v1/oidc-keys/rotate', async (request) => {
    const actor = requireDuty(request, 'system')
    const kid = await addSigningKey(sql, house.keyring, house.clock())
    await note(sql, { actor, act: 'rotate', kind: 'oidc-key', id: kid, address: doorOf(request, house).address })
    return { kid }
  })

  // A key that somebody else may hold is of no use from now on; nobody need agree to less being trusted.
  app.post('/api/v1/oidc-keys/:id/retire', async (request, reply) => {
    const actor = requireDuty(request, 'system', 'security')
    const { id } = request.params as { id: string }
    const reason = reasonOf((request.body as { reason?: unknown } | null)?.reason)
    if (!(await retireSigningKey(sql, id, house.clock()))) throw notFound('公布着的旧密钥（在用的请先更换）')
    const { address } = doorOf(request, house)
    await note(sql, { actor, act: 'void', kind: 'oidc-key', id, address, detail: { reason } })
    return reply.code(204).send()
  })

  app.get('/api/v1/identities', async (request) => {
    requireDuty(request, 'system', 'security')
    const items = await sql`
      select x.issuer, x.subject, x.account_id as "accountId", a.name, a.login, o.title as "ownerTitle",
        x.bound_at as "boundAt", x.bound_by::jsonb ->> 'name' as "boundBy", a.disabled_at is not null as disabled
      from external_identity x join account a on a.id = x.account_id join owner o on o.id = a.owner_id
      order by x.bound_at desc limit 2000`
    return { items }
  })

  // Ending one only takes away a way in: nobody need agree.
  app.post('/api/v1/identities/end', async (request, reply) => {
    const actor = requireDuty(request, 'system', 'security')
    const { issuer, subject, reason } = (request.body ?? {}) as Record<string, unknown>
    const why = reasonOf(reason)
    const [row] =
      typeof issuer === 'string' && typeof subject === 'string'
        ? await sql<{ accountId: string; name: string }[]>`
            delete from external_identity x using account a where a.id = x.account_id and x.issuer = ${issuer}
              and x.subject = ${subject} returning x.account_id as "accountId", a.name`
        : []
    if (!row) throw notFound('这个外部身份')
    // Who came in by it is out at once, too.
    await sql`delete from session where account_id = ${row.accountId} and factor = 'oidc'`
    await note(sql, {
      actor,
      act: 'unbind',
      kind: 'account',
      id: row.accountId,
      title: row.name,
      address: doorOf(request, house).address,
      detail: { issuer, subject, reason: why },
    })
    return reply.code(204).send()
  })

  app.put('/api/v1/accounts/:id/identities', async (request, reply) => {
    const actor = requireDuty(request, 'system')
    const { id } = request.params as { id: string }
    const { issuer, subject } = (request.body ?? {}) as { issuer?: unknown; subject?: unknown }
    if (
      !isId(id) ||
      typeof issuer !== 'string' ||
      typeof subject !== 'string' ||
      !URL.canParse(issuer) ||
      !subject ||
      subject.length > 200
    )
      throw invalid([{ code: 'missing', text: '请填写外部身份的签发方网址和用户标识', at: '/subject' }])
    const [account] = await sql<{ duty: string; name: string }[]>`select duty, name from account where id = ${id}`
    // Whoever can set an outside identity could enter as that person: administrators sign in here only.
    if (account?.duty !== 'business') throw notFound('这个业务账号')
    const [row] =
      await sql`insert into external_identity values (${issuer}, ${subject}, ${id}, ${signature(actor)}, ${house.clock()})
      on conflict do nothing returning account_id`
    if (!row) throw new Failure(409, 'already-used', '这个外部身份已对应另一个账号')
    await note(sql, {
      actor,
      act: 'bind',
      kind: 'account',
      id,
      title: account.name,
      address: doorOf(request, house).address,
      detail: { issuer, subject },
    })
    return reply.code(204).send()
  })
}
