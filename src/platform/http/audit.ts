import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { ISql } from 'postgres'
import { forbidden, invalid, notFound, type Problem } from '../../failure.ts'
import { isId, isMoment } from '../../language/index.ts'
import { reasonOf } from '../access/approvals.ts'
import { note, plain } from '../audit/note.ts'
import { compareVersions, exportsOf, searchAudit } from '../audit/search.ts'
import { readBookMark } from '../sheets/book-mark.ts'
import { readMark } from '../sheets/hidden-mark.ts'
import { titlesOf } from '../store/titles.ts'
import { doorOf, requireDuty, requireSignIn } from './authenticate.ts'
import type { House } from './house.ts'
import { limitOf, queryOf } from './records.ts'

const text = (value: unknown, max: number): string => (typeof value === 'string' ? plain(value, max) : '')

/** Enough of a leaked file to read its mark. */
const leakBytesMax = 8 * 1024 * 1024

/** The number of the export that leaked: read from text of a CSV file, from a workbook (base64), or as it was seen in print. */
async function leakedNumber({ text: csv, book, number }: Record<string, unknown>): Promise<string | undefined> {
  if (typeof number === 'string' && /^[0-9a-f]{8}$/i.test(number.trim())) return number.trim().toLowerCase()
  if (typeof csv === 'string') return readMark(csv)
  if (typeof book === 'string') return readBookMark(Buffer.from(book, 'base64'))
  throw invalid([{ code: 'missing', text: '请粘贴文字、上传文件，或填写打印件下方的编号', at: '/text' }])
}

type Reported = {
  actorName: string
  act: string
  kind: string
  objectId: string
  title: string
  result: string
  address: string
  at: Date
  detail: object
}

function readReported(item: unknown, index: number, problems: Problem[], now: Date): Reported {
  const given = (typeof item === 'object' && item !== null ? item : {}) as Record<string, unknown>
  const wrong = (name: string, sentence: string) =>
    problems.push({ code: 'wrong-value', text: `第 ${index + 1} 条：${sentence}`, at: `/items/${index}/${name}` })
  const at = given.at === undefined ? now : new Date(String(given.at))
  if (!isMoment(at) || at.getTime() > now.getTime() + 300_000) wrong('at', '时间不对')
  if (!text(given.actor, 100)) wrong('actor', '缺少操作人 actor')
  if (!/^[a-z][a-z0-9-]{1,40}$/.test(text(given.act, 60))) wrong('act', '动作 act 应为小写英文')
  const result = given.result === undefined ? 'done' : text(given.result, 10)
  if (!['done', 'refused', 'failed'].includes(result)) wrong('result', '结果应为 done、refused 或 failed')
  const detail =
    typeof given.detail === 'object' && given.detail !== null && !Array.isArray(given.detail) ? given.detail : {}
  const written = JSON.stringify(detail)
  if (written.length > 8000) wrong('detail', '详情过长')
  // The database takes neither a zero character nor half a character, in a name or in a value.
  if (/(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/i.test(written)) wrong('detail', '详情里有不成字的字符')
  return {
    actorName: text(given.actor, 100),
    act: text(given.act, 60),
    kind: text(given.kind, 60),
    objectId: text(given.objectId, 200),
    title: text(given.title, 200),
    result,
    address: text(given.address, 60),
    at,
    detail,
  }
}

/** The applications that may hand in logs, by the name that their entries carry; revoked tokens too: what they said stays. */
async function reportingApps(sql: ISql): Promise<string[]> {
  const rows = await sql<{ name: string }[]>`
    select distinct name from api_token where 'log' = any(scopes) order by name limit 200`
  return rows.map(({ name }) => name)
}

/** What the owners are called that images name. */
async function ownerTitles(sql: ISql, images: readonly Record<string, unknown>[]): Promise<Record<string, string>> {
  const ids = images.flatMap((image) => Object.values(image)).filter((value) => isId(value))
  const rows = await sql<
    { id: string; title: string }[]
  >`select id, title from owner where id = any(${ids as string[]})`
  return Object.fromEntries(rows.map(({ id, title }) => [id, title]))
}

/** The audit desk, its alarms, and the door through which other applications hand in their logs. */
export function auditRoutes(app: FastifyInstance, house: House): void {
  const { auditSql } = house

  app.get('/api/v1/audit', async (request) => {
    const actor = requireDuty(request, 'audit')
    const { limit, ...query } = queryOf(request)
    const page = await searchAudit(auditSql, { ...query, limit: limitOf(limit) }, house.clock())
    if (!query.after)
      await note(house.sql, {
        actor,
        act: 'search',
        kind: 'audit',
        rows: page.items.length,
        address: doorOf(request, house).address,
        detail: { query },
      })
    return query.after ? page : { ...page, apps: await reportingApps(house.sql) }
  })

  app.get('/api/v1/audit/people', async (request) => {
    requireDuty(request, 'audit')
    const like = `%${(queryOf(request).q ?? '').replace(/[\\%_]/g, '\\$&').slice(0, 60)}%`
    const items = await house.sql`
      select a.id, a.name, a.login, o.title as "ownerTitle" from account a join owner o on o.id = a.owner_id
      where a.name like ${like} or a.login like ${like} or o.title like ${like} order by a.name limit 30`
    return { items }
  })

  app.get('/api/v1/audit/compare', async (request) => {
    const actor = requireDuty(request, 'audit')
    const { kind = '', id = '', version = '' } = queryOf(request)
    if (!isId(id) || !/^\d{1,9}$/.test(version)) throw notFound('这个版本')
    const versions = await compareVersions(auditSql, kind, id, Number(version))
    const declared = house.catalogue.kinds.get(kind)
    const images = [versions.before, versions.after].filter((image) => image !== null)
    return {
      ...versions,
      kind: declared ? { fields: declared.fields, states: declared.states } : null,
      titles: {
        ...(await ownerTitles(house.sql, images)),
        ...(declared && (await titlesOf(house.sql, house.catalogue.kinds, actor, declared, images))),
      },
    }
  })

  // A file that turned up somewhere: its hidden mark leads to whoever took it out.
  app.post('/api/v1/audit/leaks', { bodyLimit: leakBytesMax }, async (request) => {
    const actor = requireDuty(request, 'audit')
    const number = await leakedNumber((request.body ?? {}) as Record<string, unknown>)
    const { address } = doorOf(request, house)
    await note(house.sql, { actor, act: 'search', kind: 'leak', id: number, address })
    return { number: number ?? null, items: number ? await exportsOf(auditSql, number) : [] }
  })

  app.get('/api/v1/audit/alarms', async (request) => {
    requireDuty(request, 'audit')
    const { state = 'open' } = queryOf(request)
    const items = await auditSql`
      select id, at, rule, level, actor_id as "actorId", actor_name as "actorName", address, text,
        answered_at as "answeredAt", answered_by as "answeredBy", answer
      from audit_alarm where ${state === 'open' ? auditSql`answered_at is null` : auditSql`true`}
      order by at desc limit 200`
    return { items }
  })

  app.post('/api/v1/audit/alarms/:id/answer', async (request, reply) => {
    const actor = requireDuty(request, 'audit')
    const { id } = request.params as { id: string }
    const answer = reasonOf((request.body as { answer?: unknown } | null)?.answer, '/answer')
    const [row] = isId(id)
      ? await auditSql`update audit_alarm set answered_at = ${house.clock()}, answered_by = ${actor.name}, answer = ${answer}
          where id = ${id} and answered_at is null returning id`
      : []
    if (!row) throw notFound('待处理的告警')
    await note(house.sql, {
      actor,
      act: 'answer',
      kind: 'audit-alarm',
      id,
      title: answer,
      address: doorOf(request, house).address,
    })
    return reply.code(204).send()
  })

  /** Other applications' logs, under a token with the scope `log`; each carries the application's name. */
  app.post('/api/v1/audit/log', async (request, reply) => {
    const actor = requireSignIn(request)
    if (!actor.tokenId || !actor.scopes.includes('log')) throw forbidden('需要带“日志上报”权限的令牌')
    const { items } = (request.body ?? {}) as { items?: unknown }
    if (!Array.isArray(items) || items.length === 0 || items.length > 500)
      throw invalid([{ code: 'wrong-type', text: 'items 应为 1 到 500 条日志', at: '/items' }])
    const problems: Problem[] = []
    const now = house.clock()
    const read = items.map((item, index) => readReported(item, index, problems, now))
    if (problems.length > 0) throw invalid(problems.slice(0, 50))
    const rows = read.map((each) => ({
      at: each.at,
      app: actor.tokenId as string,
      actor_name: each.actorName,
      owner_id: actor.ownerId,
      owner_title: actor.ownerTitle,
      act: each.act,
      object_kind: each.kind,
      object_id: each.objectId,
      object_title: each.title,
      result: each.result,
      address: each.address,
      detail: house.sql.json(each.detail as never),
    }))
    await house.sql`insert into audit ${house.sql(rows)}`
    return reply.code(201).send({ stored: rows.length })
  })
}

/** Refusals of known actors and at doors, written beside the answer: never before it, and none lost at the end. */
export function noteRefusals(app: FastifyInstance, house: House): void {
  const writing = new Set<Promise<void>>()
  const refusals = [401, 403, 404, 413, 415, 429]
  app.addHook('onResponse', (request, reply, done) => {
    if (refusals.includes(reply.statusCode)) keep(request, reply.statusCode)
    done()
  })
  const keep = (request: FastifyRequest, status: number): void => {
    const { url } = request.routeOptions
    if (url === undefined) return
    // Sign-in has its own entries, and strangers' missing pages are no event.
    if (url.startsWith('/api/v1/session') || (status === 404 && !request.actor?.userId) || url === '/*') return
    const { kind = '', id = '' } = (request.params ?? {}) as { kind?: string; id?: string }
    const actor = request.actor?.userId ? request.actor : undefined
    const detail = { status: String(status), method: request.method, url, requestId: request.id }
    const entry = {
      actor,
      act: 'refusal',
      kind,
      id,
      result: 'refused' as const,
      address: doorOf(request, house).address,
      detail,
    }
    const write: Promise<void> = note(house.sql, entry)
      .catch((error) => request.log.error({ err: error, requestId: request.id }, 'a refusal was not recorded'))
      .finally(() => writing.delete(write))
    writing.add(write)
  }
  app.addHook('onClose', async () => {
    await Promise.allSettled(writing)
  })
}
