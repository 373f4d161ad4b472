import '@fastify/cookie'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { invalid } from '../../failure.ts'
import type { Actor } from '../access/actor.ts'
import { sessionActor, sessionHours, signIn, signOut } from '../access/session.ts'
import { cookieName, requireSignIn } from './authenticate.ts'
import type { House } from './house.ts'

function shown(actor: Actor, house: House) {
  const { name, role, ownerId, ownerTitle, region } = actor
  const regionTitle = house.catalogue.regions.find((each) => each.code === region)?.title ?? ''
  return { actor: { name, role, ownerId, ownerTitle, region, regionTitle } }
}

function setCookie(reply: FastifyReply, token: string, secure: boolean): void {
  const age = token ? sessionHours * 3600 : 0
  reply.setCookie(cookieName, token, { path: '/', httpOnly: true, sameSite: 'strict', secure, maxAge: age })
}

/** Sign-in with name and password, and sign-out. */
export function sessionRoutes(app: FastifyInstance, house: House): void {
  app.get('/api/v1/session', async (request) => shown(requireSignIn(request), house))

  app.post('/api/v1/session', async (request, reply) => {
    const { user, password } = (request.body ?? {}) as { user?: unknown; password?: unknown }
    const problems = [
      ...(typeof user === 'string' && user.length > 0 && user.length <= 100
        ? []
        : [{ code: 'missing', text: '请填写用户名', at: '/user' }]),
      ...(typeof password === 'string' && password.length > 0 && password.length <= 200
        ? []
        : [{ code: 'missing', text: '请填写密码', at: '/password' }]),
    ]
    if (problems.length > 0) throw invalid(problems)
    const now = house.clock()
    const token = await signIn(house.sql, String(user), String(password), now)
    setCookie(reply, token, request.protocol === 'https')
    const actor = await sessionActor(house.sql, token, now)
    return actor && shown(actor, house)
  })

  app.delete('/api/v1/session', async (request, reply) => {
    const token = request.cookies[cookieName]
    if (token) await signOut(house.sql, token)
    setCookie(reply, '', request.protocol === 'https')
    return reply.code(204).send()
  })
}
