import type { FastifyInstance } from 'fastify'
import { invalid, notFound } from '../../failure.ts'
import { isDay } from '../../language/index.ts'
import { legalDay } from '../../standards/china/index.ts'
import type { Actor } from '../access/actor.ts'
import { ask, type DangerousAct, reasonOf } from '../access/approvals.ts'
import { note } from '../audit/note.ts'
import { deadlineAfter, readCalendar } from '../rules/calendar.ts'
import { checkVersion, checkYear, figureOn, readFigures, setFigure, setYear } from '../rules/figures.ts'
import { doorOf, requireDuty, requireSignIn } from './authenticate.ts'
import type { House } from './house.ts'
import { queryOf } from './records.ts'

/** 法规数值 and 节假日: read by everybody who is signed in; a new version or year is asked for by one administrator and allowed by another. */
export function ruleRoutes(app: FastifyInstance, house: House): void {
  const { sql } = house
  const today = () => legalDay(house.clock())

  app.get('/api/v1/rules', async (request) => {
    requireSignIn(request)
    return { today: today(), items: await readFigures(sql) }
  })

  app.get('/api/v1/calendar', async (request) => {
    requireSignIn(request)
    const years = await sql`
      select year, source, mark, entered_at as "enteredAt", entered_by as "enteredBy" from calendar_year order by year desc`
    const days = await sql`select day::text, rest, title from calendar_day order by day`
    return { years, days }
  })

  /** When something that begins on a day, under a figure, must be done; a year without its holidays is said. */
  app.get('/api/v1/rules/:name/deadline', async (request) => {
    requireSignIn(request)
    const { name } = request.params as { name: string }
    const { from = today() } = queryOf(request)
    if (!isDay(from)) throw invalid([{ code: 'wrong-format', text: '起算日应为日期', at: '/from' }])
    const span = await figureOn(sql, name, from)
    if (!span) throw notFound('这项数值')
    const { at, missing } = deadlineAfter(new Date(`${from}T00:00:00+08:00`), span, await readCalendar(sql))
    return {
      name,
      from,
      ...span,
      dueAt: at ?? null,
      ...(missing ? { missing, note: `${missing} 年节假日未录入` } : {}),
    }
  })

  /** Asks under four eyes and notes it. */
  const asked = async (act: DangerousAct, actor: Actor, address: string, wish: Parameters<typeof ask>[3]) => {
    const approval = await ask(sql, act, actor, wish, house.clock())
    const detail = { subject: wish.subject, reason: wish.reason }
    await note(sql, { actor, act: 'ask', kind: act.name, id: approval, title: wish.title, address, detail })
    return { approval }
  }

  app.post('/api/v1/rules/:name/versions', async (request, reply) => {
    const actor = requireDuty(request, 'system')
    const body = (request.body ?? {}) as Record<string, unknown>
    const { name } = request.params as { name: string }
    const { before, ...wish } = await checkVersion(sql, { ...body, name }, today())
    const reason = reasonOf(body.reason)
    const title = `${before.note ?? name}：自 ${wish.from} 起由 ${before.value} 改为 ${wish.value}`
    const { address } = doorOf(request, house)
    return reply.code(202).send(await asked(setFigure, actor, address, { title, subject: wish, reason }))
  })

  app.post('/api/v1/calendar/years', async (request, reply) => {
    const actor = requireDuty(request, 'system')
    const wish = await checkYear(sql, request.body)
    const reason = reasonOf((request.body as { reason?: unknown }).reason)
    const title = `录入 ${wish.year} 年节假日和调休，共 ${wish.days.length} 天`
    const { address } = doorOf(request, house)
    return reply.code(202).send(await asked(setYear, actor, address, { title, subject: wish, reason }))
  })
}
