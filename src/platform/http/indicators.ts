import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { invalid } from '../../failure.ts'
import type { Kind } from '../../language/index.ts'
import { reachOf } from '../access/reach.ts'
import { note } from '../audit/note.ts'
import {
  changeDefinition,
  createDefinition,
  type Definition,
  listDefinitions,
  readDefinition,
  shownTo,
  titleProblems,
  versionsOf,
} from '../define/definitions.ts'
import { eventSource } from '../define/ground.ts'
import { answerOf } from '../indicators/answer.ts'
import { indicatorSpeech, readIndicator, requireIndicator } from '../indicators/indicator.ts'
import { refreshIndicators } from '../indicators/sums.ts'
import type { Answer, FigureQuery, Grain, Split } from '../indicators/wire.ts'
import { minuteOf, spoken, tableOf } from '../indicators/words.ts'
import { form, sheetName } from '../sheets/xlsx-write.ts'
import { doorOf, requireScope } from './authenticate.ts'
import { attach } from './export.ts'
import type { House } from './house.ts'
import { docxType, xlsxType } from './media.ts'
import { noteDefinition } from './note-act.ts'
import { queryOf } from './records.ts'
import { objectOf, periodOf } from './review.ts'

function queryFor(query: Record<string, string>, now: Date): FigureQuery {
  const { grain = 'month', split = 'none', region, category } = query
  if (!/^(day|month|year)$/.test(grain))
    throw invalid([{ code: 'not-an-option', text: '只能按 day、month 或 year 汇总', at: '/grain' }])
  if (!/^(none|region|owner|category)$/.test(split))
    throw invalid([{ code: 'not-an-option', text: '只能按 region、owner 或 category 拆分', at: '/split' }])
  if (region && !/^\d{6}$/.test(region))
    throw invalid([{ code: 'wrong-code', text: '县区应为 6 位区划代码', at: '/region' }])
  return { ...periodOf(query, now, 365), grain: grain as Grain, split: split as Split, region, category }
}

/** One indicator's answer for one actor. */
export async function answered(
  house: House,
  actor: FastifyRequest['actor'],
  id: string,
  query: FigureQuery,
): Promise<Answer> {
  const definition = await readDefinition(house.sql, actor, 'indicator', id)
  const indicator = requireIndicator(await indicatorSpeech(house.sql, house.catalogue.kinds, actor), definition.body)
  return answerOf(house.sql, house.catalogue, actor, { ...indicator, definition }, query)
}

/** Indicators: defined as data, counted as records are written, read with formula, source and time. */
export function indicatorRoutes(app: FastifyInstance, house: House): void {
  const { sql, catalogue } = house
  const kinds: ReadonlyMap<string, Kind> = catalogue.kinds
  const speech = (request: FastifyRequest) => indicatorSpeech(sql, kinds, requireScope(request, 'desk'))
  const audited = (request: FastifyRequest, act: string, of: Definition) =>
    noteDefinition(request, house, 'indicator', act, of)
  const exported = (request: FastifyRequest, { id, title, cells }: Answer) =>
    note(sql, {
      actor: request.actor,
      act: 'export',
      kind: 'indicator',
      id,
      title,
      rows: cells.length,
      address: doorOf(request, house).address,
    })
  const idOf = (request: FastifyRequest) => (request.params as { id: string }).id

  app.get('/api/v1/indicators', async (request) => {
    const actor = requireScope(request, 'desk')
    reachOf(actor)
    const speaks = await speech(request)
    const all = await listDefinitions(sql, actor, 'indicator')
    const now = house.clock()
    const period = periodOf(queryOf(request), now, 30)
    const items = await Promise.all(
      all.map(async (definition) => {
        const { indicator } = readIndicator(speaks, definition.body)
        const answer =
          indicator && definition.state === 'on'
            ? await answerOf(
                sql,
                catalogue,
                actor,
                { ...indicator, definition },
                { ...period, grain: 'year', split: 'none' },
              )
            : undefined
        return {
          ...shownTo(actor, definition),
          words: indicator?.words ?? null,
          now: answer && { total: answer.total, before: answer.before, yearAgo: answer.yearAgo },
        }
      }),
    )
    // What speaks of records that this reader may not see is not offered.
    return { asOf: now.toISOString(), ...period, items: items.filter((each) => each.words !== null || each.mine) }
  })

  app.post('/api/v1/indicators', async (request, reply) => {
    const { id, title, body } = objectOf(request)
    const { body: checked } = requireIndicator(await speech(request), body)
    const problems = titleProblems(title)
    if (problems.length > 0) throw invalid(problems)
    const made = await createDefinition(
      sql,
      request.actor,
      { id, type: 'indicator', title: String(title), body: checked, state: 'on' },
      house.clock(),
    )
    await audited(request, 'create', made)
    await refreshIndicators(sql, kinds, eventSource.name, house.clock())
    return reply.code(201).send(shownTo(request.actor, made))
  })

  app.post('/api/v1/indicators/read', async (request) => {
    const { words } = requireIndicator(await speech(request), objectOf(request))
    return { words }
  })

  app.get('/api/v1/indicators/:id', async (request) => {
    const actor = requireScope(request, 'desk')
    const definition = await readDefinition(sql, actor, 'indicator', idOf(request))
    const { indicator } = readIndicator(await speech(request), definition.body)
    return {
      ...shownTo(actor, definition),
      words: indicator?.words ?? null,
      versions: await versionsOf(sql, definition),
    }
  })

  app.put('/api/v1/indicators/:id', async (request) => {
    const actor = requireScope(request, 'desk')
    const current = await readDefinition(sql, actor, 'indicator', idOf(request))
    const { title, body, version, state } = objectOf(request)
    const { body: checked } = requireIndicator(await speech(request), body)
    const problems = titleProblems(title)
    if (state !== undefined && state !== 'on' && state !== 'off')
      problems.push({ code: 'not-an-option', text: '状态应为 on 或 off', at: '/state' })
    if (problems.length > 0) throw invalid(problems)
    const made = await changeDefinition(
      sql,
      actor,
      current,
      { version, title: String(title), body: checked, state: state === 'off' ? 'off' : 'on' },
      house.clock(),
    )
    await audited(request, 'change', made)
    await refreshIndicators(sql, kinds, eventSource.name, house.clock())
    return shownTo(actor, made)
  })

  app.get('/api/v1/indicators/:id/figures', async (request) => {
    const actor = requireScope(request, 'desk')
    return answered(house, actor, idOf(request), queryFor(queryOf(request), house.clock()))
  })

  app.get('/api/v1/indicators/:id/figures.docx', async (request, reply) => {
    const actor = requireScope(request, 'desk')
    const answer = await answered(house, actor, idOf(request), queryFor(queryOf(request), house.clock()))
    await exported(request, answer)
    const { heads, rows } = tableOf(answer)
    const { word } = await import('../reports/word.ts')
    const file = await word(answer.title, [
      { text: spoken(answer) },
      { heads, rows },
      { text: `公式：${answer.words}`, small: true },
      { text: `负责：${answer.owner}；数据时间：${minuteOf(answer.asOf)}`, small: true },
    ])
    attach(reply, answer.title, house.clock(), 'docx')
    return reply.type(docxType).send(file)
  })

  app.get('/api/v1/indicators/:id/figures.xlsx', async (request, reply) => {
    const actor = requireScope(request, 'desk')
    const answer = await answered(house, actor, idOf(request), queryFor(queryOf(request), house.clock()))
    await exported(request, answer)
    const { heads, rows } = tableOf(answer)
    const columns = heads.map((title) => ({
      title,
      required: false,
      readable: false,
      format: 'text' as const,
      hint: '',
    }))
    const lines = [...rows, [], [`公式：${answer.words}`], [`数据时间：${minuteOf(answer.asOf)}`]].map((cells) => ({
      cells: heads.map((_, at) => cells[at] ?? ''),
    }))
    attach(reply, answer.title, house.clock(), 'xlsx')
    return reply
      .type(xlsxType)
      .send(Readable.from(form(sheetName(answer.title), columns, lines), { objectMode: false }))
  })
}
