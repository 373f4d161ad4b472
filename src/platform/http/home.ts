import type { FastifyInstance } from 'fastify'
import type { Sql } from 'postgres'
import { tableOf } from '../../language/columns.ts'
import { openableImageOf } from '../../language/image.ts'
import type { Kind } from '../../language/index.ts'
import { mayUse, type Reach, reach as reachFor, within, withinRows } from '../access/reach.ts'
import { isMine } from '../casework/task.ts'
import type { Keyring } from '../protect/keyring.ts'
import { maskedTitle, openImage } from '../protect/record-persons.ts'
import { searchQuery } from '../store/search.ts'
import { requireScope } from './authenticate.ts'
import type { House } from './house.ts'
import { reachHere } from './notices.ts'
import { queryOf } from './records.ts'

/** Midnight of the legal day in Asia/Shanghai. */
function startOfDay(now: Date): Date {
  const shifted = new Date(now.getTime() + 8 * 3600_000)
  return new Date(Math.floor(shifted.getTime() / 86_400_000) * 86_400_000 - 8 * 3600_000)
}

/** Counting stops here: a desk's first page must cost the same in a large city. */
const countLimit = 10_000

async function countKind(sql: Sql, kind: Kind, reach: Reach, since: Date) {
  const [row] = await sql<{ today: number; total: number }[]>`
    select count(*) filter (where created_at >= ${since})::int as today, count(*)::int as total
    from (select created_at from ${sql(tableOf(kind))} t where ${withinRows(sql, 't', reach)} and t.state <> 'void'
      order by id desc limit ${countLimit}) newest`
  return { name: kind.name, title: kind.title, today: row?.today ?? 0, total: row?.total ?? 0 }
}

/** Hits are told by their titles, names of persons masked: what is looked at whole is opened, and that is recorded. */
async function findInKind({ sql, keyring }: { sql: Sql; keyring: Keyring }, kind: Kind, reach: Reach, words: string) {
  const rows = await sql.unsafe<{ id: string; image: Record<string, unknown>; detail: string }[]>(
    `select t.id, ${openableImageOf(kind, 't')} as image, o.title as detail
     from ${tableOf(kind)} t join owner o on o.id = t.owner_id
     where ${within('t', reach, '$1')} and t.search @@ $2::tsquery order by t.id desc limit 8`,
    [reach.value, words],
    { prepare: true },
  )
  return rows.map(({ image, ...row }) => ({
    kind: kind.name,
    kindTitle: kind.title,
    ...row,
    title: maskedTitle(kind, openImage(keyring, kind, image)),
  }))
}

/** The desk's first page, and the search box that stands above every page. */
export function homeRoutes(app: FastifyInstance, house: House): void {
  const { sql, catalogue } = house

  app.get('/api/v1/home', async (request) => {
    const reach = reachHere(request)
    const actor = requireScope(request, 'desk')
    const now = house.clock()
    const levels = await sql<{ level: 'bad' | 'warn' | 'info'; n: number }[]>`
      select level, count(*)::int as n from notice n
      where ${withinRows(sql, 'n', reach)} and done_at is null group by level`
    const regions = await sql<{ region: string; count: number }[]>`
      select region, count(*)::int as count from notice n
      where ${withinRows(sql, 'n', reach)} and done_at is null group by region order by count desc, region`
    const readable = [...catalogue.kinds.values()].filter((kind) => mayUse(actor, kind, 'read'))
    const since = startOfDay(now)
    const names = readable.map((kind) => kind.name)
    const [work] = await sql<{ open: number; overdue: number; unread: number }[]>`
      select count(*)::int as open, count(*) filter (where t.due_at < ${now})::int as overdue,
        (select count(*)::int from message where account_id = ${actor.userId} and channel = 'app' and read_at is null) as unread
      from task t where t.state in ('open', 'taken') and (${isMine(sql, actor)} or t.taken_by = ${actor.userId})
        and t.kind = any(${names})`
    return {
      asOf: now.toISOString(),
      work,
      open: { bad: 0, warn: 0, info: 0, ...Object.fromEntries(levels.map((each) => [each.level, each.n])) },
      byRegion: regions.map((each) => ({
        ...each,
        title: catalogue.regions.find((region) => region.code === each.region)?.title ?? each.region,
      })),
      kinds: await Promise.all(readable.map((kind) => countKind(sql, kind, reachFor(actor, kind, 'read'), since))),
    }
  })

  app.get('/api/v1/search', async (request) => {
    const actor = requireScope(request, 'desk')
    const text = (queryOf(request).q ?? '').trim()
    const words = searchQuery(house.keyring, text)
    const readable = [...catalogue.kinds.values()].filter((kind) => kind.list.search && mayUse(actor, kind, 'read'))
    const found = words
      ? await Promise.all(readable.map((kind) => findInKind(house, kind, reachFor(actor, kind, 'read'), words)))
      : []
    // What looks like a GS1 key is also offered as the start of a chain.
    const looksLikeKey = /^(urn:epc:|https?:\/\/|\(?0[01]\)?\d{14,})/.test(text)
    return { items: found.flat(), trace: looksLikeKey ? { id: text, title: '查看它的追溯链条' } : null }
  })
}
