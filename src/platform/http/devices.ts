import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Failure, invalid, notFound } from '../../failure.ts'
import { isMoment } from '../../language/index.ts'
import { history, latest } from '../../telemetry/index.ts'
import { reachOf, withinRows } from '../access/reach.ts'
import { issueCredential, type Protocol, protocols } from '../ingest/credentials.ts'
import { requireScope } from './authenticate.ts'
import type { House } from './house.ts'

const pointsMax = 5000
const isId = (id: string) => /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(id)

/**
 * What a device measured: `GET /api/v1/devices/ID/history?property=…&from=…&to=…&points=…` (thinned, extremes kept) and
 * `/latest`; `POST /api/v1/devices/ID/credentials` lets it in and answers its secret once.
 */
export function deviceRoutes(app: FastifyInstance, house: House): void {
  const deviceOf = async (request: FastifyRequest): Promise<{ id: string; ownerId: string }> => {
    const actor = requireScope(request, 'records')
    const { id } = request.params as { id: string }
    const bound = reachOf(actor)
    const [row] = isId(id)
      ? await house.sql<{ ownerId: string }[]>`
          select d.owner_id as "ownerId" from (
            select k.owner_id, left(o.region, 4) || '00' as city, o.region as county
            from (select owner_id from device_credential where device_id = ${id}
              union select owner_id from telemetry_device where device_id = ${id}) k
            join owner o on o.id = k.owner_id limit 1) d
          where ${withinRows(house.sql, 'd', bound)}`
      : []
    if (!row) throw notFound('这台设备')
    return { id, ownerId: row.ownerId }
  }

  app.get('/api/v1/devices/:id/history', async (request) => {
    const { id } = await deviceOf(request)
    return history(house.sql, id, rangeOf(request.query as Record<string, unknown>))
  })

  app.get('/api/v1/devices/:id/latest', async (request) => {
    const { id } = await deviceOf(request)
    return { values: (await latest(house.sql, [id])).get(id) ?? {} }
  })

  app.post('/api/v1/devices/:id/credentials', async (request, reply) => {
    const actor = requireScope(request, 'records')
    const { id } = request.params as { id: string }
    if (actor.role !== 'enterprise' || actor.viewedBy || actor.partnerId)
      throw new Failure(403, 'forbidden', '设备由它的所有者接入')
    const own = await ownDevice(house, id, actor.ownerId)
    const given = credentialOf(request.body)
    requireAllowed(given, house.allowedHosts)
    const issued = await issueCredential(house.sql, {
      ...given,
      deviceId: own,
      ownerId: actor.ownerId,
      now: house.clock(),
    })
    return reply.status(201).send({ ...issued, protocol: given.protocol, identity: given.identity })
  })
}

/** A device that is the caller's own: one that nobody has let in yet becomes the caller's by its first credential. */
async function ownDevice(house: House, id: string, ownerId: string): Promise<string> {
  const [other] = isId(id)
    ? await house.sql`
        select from device_credential where device_id = ${id} and owner_id <> ${ownerId}
        union all select from telemetry_device where device_id = ${id} and owner_id <> ${ownerId} limit 1`
    : [{}]
  if (other) throw notFound('这台设备')
  return id
}

function credentialOf(body: unknown): {
  protocol: Protocol
  identity: string
  secret?: string
  variant?: Record<string, unknown>
} {
  const { protocol, identity, secret, variant } = (body ?? {}) as Record<string, unknown>
  const known = protocols.find((each) => each === protocol)
  const wrong = (at: string, text: string) => invalid([{ code: 'wrong-format', text, at }])
  if (!known) throw wrong('/protocol', `协议应为 ${protocols.join('、')} 之一`)
  if (typeof identity !== 'string' || !/^[\x21-\x7e]{1,200}$/.test(identity))
    throw wrong('/identity', '标识应为 1 到 200 个可见字符')
  if (/[/+#|]/.test(identity) && ['mqtt', 'http', 'frame'].includes(known))
    throw wrong('/identity', '标识不能含有 / + # |')
  if (secret !== undefined && (typeof secret !== 'string' || !/^[\x21-\x7e]{6,100}$/.test(secret)))
    throw wrong('/secret', '密码应为 6 到 100 个可见字符')
  if (
    variant !== undefined &&
    (typeof variant !== 'object' ||
      variant === null ||
      Array.isArray(variant) ||
      JSON.stringify(variant).length > 20_000)
  )
    throw wrong('/variant', '接入参数应为对象，最长 20000 个字符')
  return {
    protocol: known,
    identity,
    ...(secret !== undefined && { secret }),
    ...(variant && { variant: variant as Record<string, unknown> }),
  }
}

/** What the platform itself asks, on an enterprise's word, is only what its operator lets it call: the rest would be a way in. */
function requireAllowed(
  { protocol, identity }: { protocol: Protocol; identity: string },
  allowed: ReadonlySet<string>,
): void {
  if (protocol !== 'modbus' && protocol !== 'opcua') return
  const place = identity.replace(/^opc\.tcp:\/\//, '').split('/')[0] ?? ''
  if (allowed.has(place) || allowed.has(place.replace(/:\d+$/, ''))) return
  const text = `平台不能询问 ${place}：请运维人员先在 SHISU_ALLOWED_HOSTS 中放行`
  throw invalid([{ code: 'forbidden-url', text, at: '/identity' }])
}

function rangeOf({ property, from, to, points = '600' }: Record<string, unknown>) {
  const wrong = (at: string, text: string) =>
    new Failure(400, 'query-parameter', text, { problems: [{ code: 'query-parameter', text, at }] })
  if (typeof property !== 'string' || property === '' || property.length > 64)
    throw wrong('/property', '请给出属性 property')
  const instant = (value: unknown, at: string) => {
    const text = typeof value === 'string' ? value.replace(' ', '+') : ''
    const time = new Date(text)
    if (!/^\d{4}-\d\d-\d\dT.*(?:Z|[+-]\d\d:?\d\d)$/.test(text) || !isMoment(time))
      throw wrong(at, `${at.slice(1)} 应为带时区的时间`)
    return time
  }
  const range = { property, from: instant(from, '/from'), to: instant(to, '/to'), points: Number(points) }
  if (range.to <= range.from) throw wrong('/to', 'to 应晚于 from')
  if (!Number.isInteger(range.points) || range.points < 1 || range.points > pointsMax)
    throw wrong('/points', `points 应为 1 到 ${pointsMax} 的整数`)
  return range
}
