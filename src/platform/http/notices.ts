import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Sql } from 'postgres'
import { invalid, notFound } from '../../failure.ts'
import { isId } from '../../language/index.ts'
import { type Reach, reachOf, withinRows } from '../access/reach.ts'
import type { NoticePage, NoticeShown } from '../feed/wire.ts'
import { requireScope } from './authenticate.ts'
import type { House } from './house.ts'
import { limitOf, queryOf } from './records.ts'

type NoticeRow = Omit<NoticeShown<Date>, 'regionTitle'>

/** The reach of the signed-in actor over rows that carry owner, county and city. */
export function reachHere(request: FastifyRequest): Reach {
  return reachOf(requireScope(request, 'desk'))
}

async function openNotices(
  sql: Sql,
  reach: Reach,
  page: { level: string; region: string; after: string; limit: number },
) {
  const before = page.after ? sql`and (n.at, n.id) < (select at, id from notice where id = ${page.after})` : sql``
  const level = page.level ? sql`and n.level = ${page.level}` : sql``
  const region = page.region ? sql`and n.region = ${page.region}` : sql``
  return sql<NoticeRow[]>`
    select n.id, n.level, n.title, n.detail, n.kind, n.record_id as "recordId", n.owner_id as "ownerId",
      o.title as "ownerTitle", n.region, n.at
    from notice n join owner o on o.id = n.owner_id
    where ${withinRows(sql, 'n', reach)} and n.done_at is null ${level} ${region} ${before}
    order by n.at desc, n.id desc limit ${page.limit + 1}`
}

/** What somebody should look at, newest first, until it is marked as dealt with. */
export function noticeRoutes(app: FastifyInstance, house: House): void {
  const { sql } = house
  const regionTitle = (code: string) => house.catalogue.regions.find((each) => each.code === code)?.title ?? code

  app.get('/api/v1/notices', async (request) => {
    const reach = reachHere(request)
    const { level = '', region = '', after = '', limit } = queryOf(request)
    if (level !== '' && !['bad', 'warn', 'info'].includes(level))
      throw invalid([{ code: 'not-an-option', text: '级别应为 bad、warn 或 info', at: '/level' }])
    if (region !== '' && !/^\d{6}$/.test(region))
      throw invalid([{ code: 'wrong-code', text: '县区应为 6 位区划代码', at: '/region' }])
    if (after !== '' && !isId(after)) throw invalid([{ code: 'wrong-cursor', text: '翻页位置无效', at: '/after' }])
    const size = limitOf(limit)
    const rows = await openNotices(sql, reach, { level, region, after, limit: size })
    const items = rows.slice(0, size).map((row) => ({ ...row, regionTitle: regionTitle(row.region) }))
    const [count] = await sql<{ n: number }[]>`
      select count(*)::int as n from notice n where ${withinRows(sql, 'n', reach)} and done_at is null
        ${level ? sql`and level = ${level}` : sql``} ${region ? sql`and region = ${region}` : sql``}`
    const next = rows.length > size ? (items.at(-1)?.id ?? null) : null
    return { items, next, total: count?.n ?? 0 } satisfies NoticePage<Date>
  })

  app.post('/api/v1/notices/:id/done', async (request) => {
    const reach = reachHere(request)
    const { id } = request.params as { id: string }
    const { undo = false } = (request.body ?? {}) as { undo?: unknown }
    const done = undo === true ? null : house.clock()
    const [row] = isId(id)
      ? await sql`update notice n set done_at = ${done}, done_by = ${done && request.actor.name}
          where n.id = ${id} and ${withinRows(sql, 'n', reach)} returning n.id, n.done_at as "doneAt"`
      : []
    if (!row) throw notFound('这条提醒')
    return row
  })
}
