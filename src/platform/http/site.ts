import type { FastifyInstance, FastifyRequest } from 'fastify'
import { forbidden, invalid, notFound } from '../../failure.ts'
import { isId } from '../../language/index.ts'
import { isPersons } from '../access/clients.ts'
import { openSitePoint, setPin } from '../access/site.ts'
import { note } from '../audit/note.ts'
import { doorOf, requirePerson } from './authenticate.ts'
import type { House } from './house.ts'

/** Whoever runs an enterprise's accounts: its own role, not narrowed. */
export function requireKeeper(request: FastifyRequest) {
  const actor = requirePerson(request)
  if (actor.role !== 'enterprise' || actor.position) throw forbidden('只有企业的主账号能管理本企业的账号和登录点')
  return actor
}

/** Shared phones: places to sign in at by QR and PIN. */
export function siteRoutes(app: FastifyInstance, house: House): void {
  const { sql } = house

  app.get('/api/v1/site-points', async (request) => {
    const actor = requireKeeper(request)
    const items = await sql`
      select id, title, created_at as "createdAt", revoked_at as "revokedAt" from site_point
      where owner_id = ${actor.ownerId} order by created_at desc`
    const people = await sql`
      select a.id, a.name, a.login, p.set_at as "pinSetAt" from account a left join site_pin p on p.account_id = a.id
      where a.owner_id = ${actor.ownerId} and a.role = 'enterprise' and a.disabled_at is null
        and ${isPersons(sql, 'a')} order by a.name`
    return { items, people }
  })

  app.post('/api/v1/site-points', async (request, reply) => {
    const actor = requireKeeper(request)
    const { title } = (request.body ?? {}) as { title?: unknown }
    const named = typeof title === 'string' ? title.trim() : ''
    if (named.length < 1 || named.length > 60)
      throw invalid([{ code: 'missing', text: '请填写登录点名称（60 字以内）', at: '/title' }])
    const { id, code } = await openSitePoint(sql, actor, named, house.clock())
    await note(sql, {
      actor,
      act: 'create',
      kind: 'site-point',
      id,
      title: named,
      address: doorOf(request, house).address,
    })
    const url = `${request.protocol}://${request.host}/shared/${code}`
    const { default: QRCode } = await import('qrcode')
    const image = await QRCode.toString(url, { type: 'svg', margin: 1 })
    return reply.code(201).send({ id, url, qr: `data:image/svg+xml;base64,${Buffer.from(image).toString('base64')}` })
  })

  app.post('/api/v1/site-points/:id/revoke', async (request, reply) => {
    const actor = requireKeeper(request)
    const { id } = request.params as { id: string }
    const [row] = isId(id)
      ? await sql<{ title: string }[]>`update site_point set revoked_at = ${house.clock()}
          where id = ${id} and owner_id = ${actor.ownerId} and revoked_at is null returning title`
      : []
    if (!row) throw notFound('这个登录点')
    await note(sql, {
      actor,
      act: 'void',
      kind: 'site-point',
      id,
      title: row.title,
      address: doorOf(request, house).address,
    })
    return reply.code(204).send()
  })

  app.put('/api/v1/site-points/people/:id/pin', async (request, reply) => {
    const actor = requireKeeper(request)
    const { id } = request.params as { id: string }
    const [account] = isId(id)
      ? await sql<{ id: string; ownerId: string; name: string }[]>`
          select a.id, a.owner_id as "ownerId", a.name from account a
          where a.id = ${id} and a.owner_id = ${actor.ownerId} and a.role = 'enterprise' and a.disabled_at is null
            and ${isPersons(sql, 'a')}`
      : []
    if (!account) throw notFound('这个人')
    await setPin(sql, house.keyring, account, (request.body as { pin?: unknown } | null)?.pin, house.clock())
    await note(sql, {
      actor,
      act: 'pin',
      kind: 'account',
      id,
      title: account.name,
      address: doorOf(request, house).address,
    })
    return reply.code(204).send()
  })
}
