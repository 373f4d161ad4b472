import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Failure, forbidden } from '../../failure.ts'
import { isId, isImportant, type Kind } from '../../language/index.ts'
import { isOwn } from '../access/actor.ts'
import { narrowingOf } from '../access/roles.ts'
import { note } from '../audit/note.ts'
import { maskRow, withoutSecrets } from '../protect/mask.ts'
import { doorOf, requireScope } from './authenticate.ts'
import { requireConsent } from './exports.ts'
import type { House } from './house.ts'

type Row = Record<string, unknown>

/** What may leave in the answers about one kind to one actor. */
type Glass = { kind: Kind; hide: readonly string[]; only?: readonly string[] }

declare module 'fastify' {
  interface FastifyRequest {
    glass?: Glass
  }
}

const ofRecords = /^\/api\/v1\/records\/:kind/

/** Looking at a direct trading partner's records: both the relation and the opening must stand. */
async function asPartner(request: FastifyRequest, house: House, kind: Kind, partner: unknown): Promise<string[]> {
  const actor = requireScope(request, 'records')
  if (actor.role !== 'enterprise' || request.method !== 'GET') throw forbidden('只有企业能查看贸易伙伴开放的记录')
  const [open] = isId(partner)
    ? await house.sql<{ fields: string[] }[]>`
        select g.fields from trading_partner p join relation_grant g on g.kind = ${kind.name} and g.ended_at is null
        where p.owner_id = ${actor.ownerId} and p.partner_id = ${partner}`
    : []
  if (!open) throw forbidden('对方不是您的直接贸易伙伴，或没有开放这类记录')
  request.actor = { ...actor, partnerId: partner as string }
  return open.fields
}

function refuseHidden(request: FastifyRequest, kind: Kind, closed: readonly string[]): void {
  const query = request.query as Record<string, unknown>
  const body = (
    typeof request.body === 'object' && request.body !== null && !Buffer.isBuffer(request.body) ? request.body : {}
  ) as Row
  const asked = [
    ...Object.keys(query).map((name) => name.split('.')[0] ?? ''),
    String(query.sort ?? '').replace(/^-/, ''),
    ...Object.keys(body),
    ...(query.q ? (kind.list.search ?? []) : []),
  ]
  const hidden = asked.find((name) => closed.includes(name))
  if (hidden)
    throw new Failure(
      403,
      'hidden-field',
      `您的角色看不到“${kind.fields[hidden]?.title ?? hidden}”，不能按它查询或填写`,
    )
}

const base = ['id', 'ownerId', 'region', 'version', 'state', 'createdAt', 'updatedAt', 'titles', 'late', 'erased']

const isWhole = ({ hide, only }: Glass): boolean => hide.length === 0 && !only

function through(glass: Glass, row: Row): Row {
  if (isWhole(glass)) return row
  const kept = Object.entries(row).filter(
    ([name]) => !glass.hide.includes(name) && (!glass.only || glass.only.includes(name) || base.includes(name)),
  )
  return Object.fromEntries(kept)
}

/** A list's rows: what is hidden goes, secrets go, and personal fields of others are masked. */
export function listed(request: FastifyRequest, glass: Glass, rows: readonly Row[]): Row[] {
  const hasSecrets = Object.values(glass.kind.fields).some((field) => field.class === 'secret')
  return rows.map((row) => {
    const open = through(glass, row)
    const shown = hasSecrets ? withoutSecrets(glass.kind, open) : open
    return isOwn(request.actor, row.ownerId) ? shown : maskRow(glass.kind, shown)
  })
}

/** Decides what may leave to this actor, and refuses what he may not ask or fill in. */
export async function look(request: FastifyRequest, house: House): Promise<void> {
  const kind = house.catalogue.kinds.get((request.params as { kind: string }).kind)
  if (!kind) return
  if (request.actor.viewedBy && request.routeOptions.url?.endsWith('/export'))
    throw new Failure(403, 'read-only', '正在以他人视角查看，不能导出')
  const { partner, ...query } = request.query as Record<string, unknown>
  const hide = narrowingOf(request.actor.narrowing, kind.name).hide ?? []
  if (partner === undefined) request.glass = { kind, hide }
  else {
    const only = await asPartner(request, house, kind, partner)
    request.query = query
    request.glass = { kind, hide, only }
  }
  const { only } = request.glass
  const closed = only ? Object.keys(kind.fields).filter((name) => !only.includes(name)) : hide
  if (closed.length > 0) refuseHidden(request, kind, closed)
  if (request.routeOptions.url === '/api/v1/records/:kind/export') await requireConsent(request, house, kind)
}

/**
 * What stands between the store and whoever asks, for every kind alike: fields that a role does not see, what a
 * trading partner may see, masking in lists, and the record of each read of important data, written before the answer.
 */
export function guardAnswers(app: FastifyInstance, house: House): void {
  app.decorateRequest('glass', undefined)

  app.addHook('preHandler', (request, _reply, done) =>
    ofRecords.test(request.routeOptions.url ?? '') ? look(request, house) : done(),
  )
  app.addHook('preSerialization', (request, reply, payload, done) => {
    const { glass } = request
    if (!glass || reply.statusCode >= 300 || typeof payload !== 'object' || payload === null) done(null, payload)
    // What is said to a writer is no read, and nothing waits for its entry.
    else if (request.method !== 'GET') done(null, through(glass, payload as Row))
    else return show(request, glass, payload as Row)
  })
  const show = async (request: FastifyRequest, glass: Glass, answer: Row): Promise<Row> => {
    const url = request.routeOptions.url ?? ''
    const isHistory = url.endsWith('/history')
    const items = Array.isArray(answer.items) ? (answer.items as Row[]) : undefined
    if (isImportant(glass.kind)) {
      const { id } = request.params as { id?: string }
      const rows = isHistory ? 1 : (items?.length ?? 1)
      if (rows > 0)
        await note(house.sql, {
          actor: request.actor,
          act: 'read',
          kind: glass.kind.name,
          id,
          title: glass.kind.title,
          rows,
          address: doorOf(request, house).address,
        })
    }
    if (items && isHistory)
      return { ...answer, items: items.map((item) => ({ ...item, image: through(glass, item.image as Row) })) }
    if (items) return { ...answer, items: listed(request, glass, items) }
    return through(glass, answer)
  }
}
