import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Failure, forbidden, notFound } from '../../failure.ts'
import { isId } from '../../language/index.ts'
import { isAdministrator } from '../access/actor.ts'
import { beginTotp, confirmTotp, factorsOf, giveRecoveryCodes, removeFactor } from '../access/factors.ts'
import { enrolPasskey, passkeyEnrolOptions } from '../access/passkeys.ts'
import { advance, type Session, usableAccount } from '../access/session.ts'
import { requirePassword } from '../access/sign-in.ts'
import { note } from '../audit/note.ts'
import { doorOf, requireSignIn } from './authenticate.ts'
import type { House } from './house.ts'
import { setCookie, siteOf } from './session.ts'

/** A person in a session that has proven all that it has; enrolling the first factor is what `enrol` asks for. */
function ownSession(request: FastifyRequest): Session {
  const actor = requireSignIn(request)
  const { session } = request
  if (!session || actor.scopes.length > 0 || actor.viewedBy || actor.deputy) throw forbidden('请用自己的账号登录后操作')
  if (session.next && session.next !== 'enrol') throw new Failure(403, session.next, '请先完成登录的其他步骤')
  return session
}

/** One's own second factors and sessions. */
export function factorRoutes(app: FastifyInstance, house: House): void {
  const { sql } = house

  /** A session that only lacked a factor goes on under a new token. */
  const goOn = async (request: FastifyRequest, reply: FastifyReply) => {
    const { session } = request
    if (session?.next !== 'enrol') return
    const { token } = await advance(doorOf(request, house), session, `${session.factor}+enrolled`)
    await setCookie(request, reply, house, token)
  }
  const noted = (request: FastifyRequest, act: string, title: string) =>
    note(sql, { actor: request.actor, act, kind: 'second-factor', title, address: doorOf(request, house).address })
  /** Adding to or taking from one's factors asks for the password again, but not while the first is enrolled. */
  const proven = async (request: FastifyRequest, session: Session) => {
    if (session.next === 'enrol') return
    await requirePassword(doorOf(request, house), session.accountId, (request.body as { current?: unknown })?.current)
  }

  app.get('/api/v1/me/factors', async (request) => factorsOf(sql, ownSession(request).accountId))

  app.post('/api/v1/me/factors/totp', async (request) => {
    const session = ownSession(request)
    await proven(request, session)
    const account = await usableAccount(sql, { id: session.accountId }, house.clock())
    if (!account) throw notFound('这个账号')
    const { secret, uri } = await beginTotp(sql, house.keyring, account, house.clock())
    const { default: QRCode } = await import('qrcode')
    const image = await QRCode.toString(uri, { type: 'svg', margin: 1 })
    return { secret, uri, qr: `data:image/svg+xml;base64,${Buffer.from(image).toString('base64')}` }
  })

  app.post('/api/v1/me/factors/totp/confirm', async (request, reply) => {
    const session = ownSession(request)
    const recovery = await confirmTotp(
      doorOf(request, house),
      session.accountId,
      (request.body as { code?: unknown })?.code,
    )
    await noted(request, 'factor-added', '动态口令')
    await goOn(request, reply)
    return { recovery }
  })

  app.post('/api/v1/me/factors/passkey', async (request) => {
    const session = ownSession(request)
    await proven(request, session)
    const account = await usableAccount(sql, { id: session.accountId }, house.clock())
    if (!account) throw notFound('这个账号')
    return passkeyEnrolOptions(doorOf(request, house), session, account, siteOf(request))
  })

  app.post('/api/v1/me/factors/passkey/confirm', async (request, reply) => {
    const session = ownSession(request)
    const door = doorOf(request, house)
    await enrolPasskey(door, session, siteOf(request), (request.body ?? {}) as { title?: unknown; response?: unknown })
    const recovery = await giveRecoveryCodes(sql, session.accountId, door.now)
    await noted(request, 'factor-added', '通行密钥')
    await goOn(request, reply)
    return { recovery }
  })

  app.post('/api/v1/me/factors/remove', async (request, reply) => {
    const session = ownSession(request)
    await proven(request, session)
    const { id } = (request.body ?? {}) as { id?: unknown }
    if (!isId(id)) throw notFound('这个验证方式')
    await removeFactor(sql, session.accountId, id, isAdministrator(request.actor.role))
    await noted(request, 'factor-removed', String(id))
    return reply.code(204).send()
  })

  app.get('/api/v1/me/sessions', async (request) => {
    const session = ownSession(request)
    const items = await sql`
      select id, created_at as "createdAt", seen_at as "seenAt", address, agent, factor, id = ${session.id} as current
      from session where account_id = ${session.accountId} order by seen_at desc`
    return { items }
  })

  app.delete('/api/v1/me/sessions/:id', async (request, reply) => {
    const session = ownSession(request)
    const { id } = request.params as { id: string }
    if (!isId(id)) throw notFound('这个登录')
    const [ended] = await sql`
      delete from session where id = ${id} and account_id = ${session.accountId} returning id`
    if (!ended) throw notFound('这个登录')
    return reply.code(204).send()
  })
}
