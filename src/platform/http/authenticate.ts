import '@fastify/cookie'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Failure, forbidden } from '../../failure.ts'
import { type Actor, publicActor } from '../access/actor.ts'
import { certificateOf } from '../access/certificate.ts'
import type { Door } from '../access/door.ts'
import { certificateActor, sessionActor, tokenActor } from '../access/session.ts'
import type { PolicyValue } from '../policy/declared.ts'
import { liesIn, plainAddress } from '../policy/network.ts'
import type { House } from './house.ts'

export const cookieName = 'shisu_session'

const reading = ['GET', 'HEAD', 'OPTIONS']

/** Who knocks from where, with what every way in works with. */
export function doorOf(request: FastifyRequest, house: House): Door {
  const { sql, policies, keyring } = house
  const agent = request.headers['user-agent'] ?? ''
  const certificate = certificateOf(request.raw.socket)
  return {
    sql,
    policies,
    keyring,
    now: house.clock(),
    address: plainAddress(request.ip),
    agent,
    ...(certificate && { certificate }),
  }
}

/** What a session may still do while it has something to prove: that, see itself, and leave. */
function whileUnproven(request: FastifyRequest): boolean {
  const path = request.url.split('?')[0] ?? ''
  return /^\/api\/v1\/(session(\/[a-z/-]+)?|me\/factors(\/[a-z/-]+)?)$/.test(path)
}

const asks = {
  'second-factor': ['second-factor', '请先完成第二步验证'],
  password: ['password-change', '请先修改密码'],
  enrol: ['enrol', '管理员须先添加第二验证方式'],
} as const

async function actorOf(request: FastifyRequest, house: House, mayRemember = false): Promise<Actor> {
  const { authorization } = request.headers
  const door = doorOf(request, house)
  // The single sign-on provider has tokens of its own, and devices have credentials of theirs.
  if (authorization !== undefined && !/^\/(oidc|api\/v1\/ingest)\//.test(request.url)) {
    // A scheme's name is the same in either case (RFC 9110, 11.1).
    const [, token] = /^bearer +([\w-]{20,200})$/i.exec(authorization) ?? []
    const actor = token ? await tokenActor(door, token, mayRemember) : undefined
    if (!actor) throw new Failure(401, 'bad-token', '令牌无效或已过期')
    return actor
  }
  const cookie = request.cookies[cookieName]
  if (!cookie && door.certificate) return (await certificateActor(door, door.certificate)) ?? publicActor
  if (!cookie) return publicActor
  const found = await sessionActor(door, cookie, request.headers['x-shisu-unasked'] === '1')
  if (!found) return publicActor
  request.session = found.session
  // A form on another site can send the cookie but not this header. The provider's forms carry a secret of their own.
  const isProviders = request.url.startsWith('/oidc/')
  if (!reading.includes(request.method) && !isProviders && request.headers['x-shisu'] !== '1')
    throw new Failure(403, 'cross-site', '请求缺少 X-Shisu 头，已拒绝')
  // What was written without a network is sent in the name of who wrote it or not at all.
  const writer = request.headers['x-shisu-account']
  if (writer !== undefined && writer !== found.actor.userId)
    throw new Failure(409, 'other-account', '现在登录的是另一个账号')
  const { next } = found.session
  if (next && /^\/(api|epcis)(\/|$)/.test(request.url) && !whileUnproven(request)) {
    const [code, text] = asks[next]
    throw new Failure(403, code, text)
  }
  return found.actor
}

/** An actor from memory is asked of the database now; false where it was not from memory. Throws where he no longer enters. */
export async function prove(request: FastifyRequest, house: House): Promise<boolean> {
  if (!request.actor?.asRead) return false
  request.actor = publicActor
  request.actor = await actorOf(request, house)
  return true
}

/** Sets `request.actor` before every handler of the instance. At the public entrance nobody is ever signed in. */
export function authenticate(app: FastifyInstance, house: House, entrance: 'management' | 'public'): void {
  app.decorateRequest('actor')
  app.decorateRequest('session', undefined)
  app.addHook('onRequest', (request, _reply, done) => {
    request.actor = publicActor
    const access = house.policies.fresh('access')
    if (!access || (entrance === 'management' && knocks(request))) return enter(request)
    refuseBanned(request, access)
    done()
  })
  const enter = async (request: FastifyRequest): Promise<void> => {
    refuseBanned(request, await house.policies.get('access'))
    if (entrance === 'public') return
    request.actor = await actorOf(request, house, request.routeOptions.config.takesRemembered?.(request))
    if (
      request.actor.viewedBy &&
      !reading.includes(request.method) &&
      !/^\/api\/v1\/(session|view-as)$/.test(request.url)
    )
      throw new Failure(403, 'read-only', '正在以他人视角查看，只能看不能改')
  }
}

function refuseBanned({ ip }: FastifyRequest, { bannedNetworks }: PolicyValue<'access'>): void {
  if (bannedNetworks && liesIn(ip, bannedNetworks)) throw new Failure(403, 'banned-address', '这个地址已被禁止访问')
}

/** Whether a request brings anything that could tell whose it is. */
const knocks = ({ headers, cookies, raw }: FastifyRequest): boolean =>
  headers.authorization !== undefined || cookies[cookieName] !== undefined || certificateOf(raw.socket) !== undefined

/** Refuses whoever has not signed in. */
export function requireSignIn(request: FastifyRequest): Actor {
  if (request.actor.role === 'public') throw new Failure(401, 'sign-in', '请先登录')
  return request.actor
}

export type TokenScope = 'records' | 'operations' | 'desk' | 'epcis'

/** Refuses whoever has not signed in, and tokens that were narrowed to something else. */
export function requireScope(request: FastifyRequest, scope: TokenScope): Actor {
  const actor = requireSignIn(request)
  if (actor.scopes.length > 0 && !actor.scopes.includes(scope)) throw forbidden('这个令牌没有这项权限')
  return actor
}

/** A person with a session of their own, in their own name: what concerns an account is never done by a token. */
export function requirePerson(request: FastifyRequest): Actor {
  const actor = requireSignIn(request)
  if (!request.session || actor.scopes.length > 0 || actor.viewedBy || actor.deputy)
    throw forbidden('请用自己的账号登录后操作')
  return actor
}

/** A session on a phone that many share: the only kind of session that is narrowed. */
export const isShared = ({ session, actor }: FastifyRequest): boolean => !!session && actor.scopes.length > 0

/** On a phone that many share nothing is taken out of the house: what is downloaded there stays there. */
export function refuseShared(request: FastifyRequest): void {
  if (isShared(request)) throw forbidden('公用手机上不能导出，请用自己的账号登录')
}

/** One of the administrators named, in person. */
export function requireDuty(request: FastifyRequest, ...duties: readonly Actor['role'][]): Actor {
  const actor = requirePerson(request)
  if (!duties.includes(actor.role)) throw forbidden()
  return actor
}

/** The system administrator, or a monitor's token that was given just that: no other right implies it. */
export function requireMonitor(request: FastifyRequest): Actor {
  const actor = requireSignIn(request)
  const isMonitor = actor.scopes.includes('metrics') && actor.role !== 'enterprise'
  if (!isMonitor) requireDuty(request, 'system')
  return actor
}
