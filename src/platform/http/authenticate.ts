import '@fastify/cookie'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Failure, forbidden } from '../../failure.ts'
import { type Actor, publicActor } from '../access/actor.ts'
import { sessionActor, tokenActor } from '../access/session.ts'
import type { House } from './house.ts'

export const cookieName = 'shisu_session'

async function actorOf(request: FastifyRequest, house: House): Promise<Actor> {
  const { authorization } = request.headers
  if (authorization !== undefined) {
    const [, token] = /^Bearer ([\w-]{20,200})$/.exec(authorization) ?? []
    const actor = token ? await tokenActor(house.sql, token, house.clock()) : undefined
    if (!actor) throw new Failure(401, 'bad-token', '令牌无效或已过期')
    return actor
  }
  const cookie = request.cookies[cookieName]
  if (!cookie) return publicActor
  const actor = await sessionActor(house.sql, cookie, house.clock())
  if (!actor) return publicActor
  // A form on another site can send the cookie but not this header.
  if (!['GET', 'HEAD', 'OPTIONS'].includes(request.method) && request.headers['x-shisu'] !== '1')
    throw new Failure(403, 'cross-site', '请求缺少 X-Shisu 头，已拒绝')
  return actor
}

/** Sets `request.actor` before every handler of the instance. */
export function authenticate(app: FastifyInstance, house: House): void {
  app.decorateRequest('actor')
  app.addHook('onRequest', async (request) => {
    request.actor = publicActor
    request.actor = await actorOf(request, house)
  })
}

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
