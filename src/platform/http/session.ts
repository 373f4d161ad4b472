import { legalDay } from '../../standards/china/index.ts'
import '@fastify/cookie'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Failure, invalid } from '../../failure.ts'
import type { Actor } from '../access/actor.ts'
import { proveCode } from '../access/factors.ts'
import { setPassword } from '../access/new-password.ts'
import { passkeyOptions, provePasskey, type Site } from '../access/passkeys.ts'
import { advance, endSessions, type Session, sessionActor, signOut, wasEnded } from '../access/session.ts'
import { requirePassword, signIn } from '../access/sign-in.ts'
import { siteSignIn } from '../access/site.ts'
import { note } from '../audit/note.ts'
import { cookieName, doorOf, requireSignIn } from './authenticate.ts'
import type { House } from './house.ts'

async function shown(request: FastifyRequest, actor: Actor, session: Session | undefined, house: House) {
  const { userId, name, role, ownerId, ownerTitle, region, viewedBy, deputy, scopes } = actor
  const regionTitle = house.catalogue.regions.find((each) => each.code === region)?.title ?? ''
  const { screen } = await house.policies.get('watermark')
  const { idleMinutes } = await house.policies.get('session')
  const sits = viewedBy ? `${viewedBy.name}（看${name}）` : deputy ? `${deputy.name}（代${name}）` : name
  return {
    // What a browser keeps without a network it keeps under the account.
    actor: { account: userId, name, role, ownerId, ownerTitle, region, regionTitle, next: session?.next ?? null },
    next: session?.next ?? null,
    factor: session?.factor ?? 'token',
    scopes,
    ...(viewedBy ? { viewedBy: viewedBy.name } : {}),
    ...(deputy ? { deputy: deputy.name } : {}),
    idleMinutes,
    // Says on a photographed screen who really sat there and when.
    watermark: screen === 'on' ? `${sits} ${ownerTitle} ${legalDay(house.clock())} ${request.ip}` : null,
  }
}

/** Hands the browser its session; an empty token takes it away. */
export async function setCookie(
  request: FastifyRequest,
  reply: FastifyReply,
  house: House,
  token: string,
): Promise<void> {
  const { hours } = await house.policies.get('session')
  const secure = request.protocol === 'https'
  const maxAge = token ? hours * 3600 : 0
  reply.setCookie(cookieName, token, { path: '/', httpOnly: true, sameSite: 'strict', secure, maxAge })
}

function requireSession(request: FastifyRequest): Session {
  if (!request.session) throw new Failure(401, 'sign-in', '请先登录')
  return request.session
}

/** Where the browser believes it is. */
export function siteOf(request: FastifyRequest): Site {
  return { origin: `${request.protocol}://${request.host}`, rpId: request.hostname }
}

function credentials(body: unknown): { user: string; password: string } {
  const { user, password } = (body ?? {}) as { user?: unknown; password?: unknown }
  const ok = (value: unknown, max: number): value is string =>
    // No text in the database holds a NUL.
    typeof value === 'string' && value.length > 0 && value.length <= max && !value.includes('\u0000')
  const problems = [
    ...(ok(user, 100) ? [] : [{ code: 'missing', text: '请填写用户名', at: '/user' }]),
    ...(ok(password, 200) ? [] : [{ code: 'missing', text: '请填写密码', at: '/password' }]),
  ]
  if (problems.length > 0) throw invalid(problems)
  return { user: user as string, password: password as string }
}

/** Gives the browser its new token and says who is in and what is still asked. */
async function enter(request: FastifyRequest, reply: FastifyReply, house: House, token: string, act: string) {
  const door = doorOf(request, house)
  const found = await sessionActor(door, token)
  if (!found) throw new Failure(401, 'sign-in', '请重新登录')
  const { actor, session } = found
  await note(house.sql, { actor, act, address: door.address, detail: { factor: session.factor, next: session.next } })
  await setCookie(request, reply, house, token)
  return shown(request, actor, session, house)
}

/** Whatever went wrong at a door is recorded with the name that was given. */
async function orNote<T>(request: FastifyRequest, house: House, act: string, claimed: string, run: () => Promise<T>) {
  try {
    return await run()
  } catch (error) {
    if (error instanceof Failure) {
      const detail = { code: error.code }
      const address = doorOf(request, house).address
      const actor = request.actor.userId ? request.actor : undefined
      await note(house.sql, { act, claimed, actor, result: 'refused', address, detail })
    }
    throw error
  }
}

/** Sign-in with name and password, second step, change of password, and sign-out. */
export function sessionRoutes(app: FastifyInstance, house: House): void {
  app.get('/api/v1/session', async (request) => {
    const token = request.cookies[cookieName]
    // A browser that was signed out from elsewhere forgets what it kept; one whose time ran out only asks again.
    if (!request.session && token && (await wasEnded(house.sql, token)))
      throw new Failure(401, 'signed-out', '这台设备已被退出登录')
    return shown(request, requireSignIn(request), request.session, house)
  })

  app.post('/api/v1/session', async (request, reply) => {
    const { user, password } = credentials(request.body)
    const door = doorOf(request, house)
    const { token } = await orNote(request, house, 'sign-in', user, () => signIn(door, user, password))
    // Whatever session the browser came with ends here: none is carried into the new one.
    const old = request.cookies[cookieName]
    if (old) await signOut(house.sql, old)
    return enter(request, reply, house, token, 'sign-in')
  })

  app.post('/api/v1/session/site', async (request, reply) => {
    const { code, pin } = (request.body ?? {}) as { code?: unknown; pin?: unknown }
    const door = doorOf(request, house)
    const { token } = await orNote(request, house, 'sign-in', '现场登录点', () => siteSignIn(door, code, pin))
    return enter(request, reply, house, token, 'sign-in')
  })

  app.post('/api/v1/session/factor', async (request, reply) => {
    const session = requireSession(request)
    if (session.next !== 'second-factor') throw new Failure(409, 'not-asked', '现在不需要第二步验证')
    const { code, passkey } = (request.body ?? {}) as { code?: unknown; passkey?: unknown }
    const door = doorOf(request, house)
    const factor = await orNote(request, house, 'second-factor', '', () =>
      passkey === undefined ? proveCode(door, session, code) : provePasskey(door, session, siteOf(request), passkey),
    )
    const { token } = await advance(door, session, factor)
    return enter(request, reply, house, token, 'second-factor')
  })

  app.post('/api/v1/session/factor/passkey', async (request) => {
    const session = requireSession(request)
    if (session.next !== 'second-factor') throw new Failure(409, 'not-asked', '现在不需要第二步验证')
    return passkeyOptions(doorOf(request, house), session, siteOf(request))
  })

  app.post('/api/v1/session/password', async (request, reply) => {
    const session = requireSession(request)
    if (session.next === 'second-factor') throw new Failure(403, 'second-factor', '请先完成第二步验证')
    if (request.actor.scopes.length > 0 || request.actor.viewedBy || request.actor.deputy)
      throw new Failure(403, 'forbidden', '公用手机上不能修改密码')
    const { current, password } = (request.body ?? {}) as { current?: unknown; password?: unknown }
    const door = doorOf(request, house)
    await orNote(request, house, 'password', '', async () => {
      const account = await requirePassword(door, session.accountId, current)
      await setPassword(house.sql, house.policies, account, password, door.now)
    })
    await endSessions(house.sql, session.accountId, session.id)
    const { token } = await advance(door, session, session.factor)
    return enter(request, reply, house, token, 'password')
  })

  app.delete('/api/v1/session', async (request, reply) => {
    const token = request.cookies[cookieName]
    if (token) await signOut(house.sql, token)
    if (request.session) {
      const { actor } = request
      await note(house.sql, { actor, act: 'sign-out', address: doorOf(request, house).address })
    }
    await setCookie(request, reply, house, '')
    return reply.code(204).send()
  })
}
