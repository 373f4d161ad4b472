import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Failure, invalid } from '../../failure.ts'
import { isDay } from '../../language/index.ts'
import { legalDay } from '../../standards/china/index.ts'
import type { Actor } from '../access/actor.ts'
import { reachOf } from '../access/reach.ts'
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
import type { Period } from '../indicators/wire.ts'
import { draw, svg } from '../reports/chart.ts'
import { reportExcel, reportWord } from '../reports/files.ts'
import { keepReport, listReports, type Report, readReport } from '../reports/kept.ts'
import { type Made, makeReport, type Press, scopedTo } from '../reports/make.ts'
import { lastPeriod } from '../reports/period.ts'
import { readTemplate, reportSpeech, requireTemplate } from '../reports/template.ts'
import { placeholders } from '../reports/wire.ts'
import { requireScope } from './authenticate.ts'
import { attach } from './export.ts'
import type { House } from './house.ts'
import { docxType, xlsxType } from './media.ts'
import { noteAct, noteDefinition } from './note-act.ts'
import { queryOf } from './records.ts'
import { objectOf } from './review.ts'

/** The period that was asked for; the last one that is over, where none was. */
function periodAsked(given: Record<string, unknown>, fallback: Period): Period {
  const { from = fallback.from, to = fallback.to } = given
  for (const [name, day] of Object.entries({ from, to }))
    if (typeof day !== 'string' || !isDay(day))
      throw invalid([{ code: 'wrong-format', text: '日期应形如 2026-11-20', at: `/${name}` }])
  if (String(from) > String(to)) throw invalid([{ code: 'out-of-order', text: '结束日期不能早于开始', at: '/to' }])
  return { from: String(from), to: String(to) }
}

const regionAsked = ({ region }: Record<string, unknown>): string | undefined => {
  if (region === undefined || region === '') return undefined
  if (typeof region === 'string' && /^\d{6}$/.test(region)) return region
  throw invalid([{ code: 'wrong-code', text: '县区应为 6 位区划代码', at: '/region' }])
}

/** Content as a page shows it: charts as drawings. */
const drawn = (made: Pick<Made, 'pieces'>) => ({
  pieces: made.pieces.map((piece) => (piece.is === 'chart' ? { ...piece, svg: svg(draw(piece)) } : piece)),
})

/** Where every reader may look a report up and take it away. */
function finishedRoutes(app: FastifyInstance, house: House): void {
  const { sql, catalogue } = house
  const readOne = (request: FastifyRequest): Promise<Report> =>
    readReport(sql, catalogue.kinds, requireScope(request, 'desk'), (request.params as { id: string }).id)
  const taken = (request: FastifyRequest, { id, title }: Report, format: string) =>
    noteAct(request, house, {
      act: 'export',
      kind: 'report',
      id,
      title,
      detail: { format },
    })

  app.get('/api/v1/reports', async (request) => {
    const actor = requireScope(request, 'desk')
    const { template, region } = queryOf(request)
    return { items: await listReports(sql, catalogue.kinds, actor, { template, region }) }
  })

  app.get('/api/v1/reports/:id', async (request) => {
    const report = await readOne(request)
    return { ...report, content: drawn(report.content) }
  })

  app.get('/api/v1/reports/:id/report.docx', async (request, reply) => {
    const report = await readOne(request)
    await taken(request, report, 'docx')
    attach(reply, report.title, house.clock(), 'docx')
    return reply.type(docxType).send(await reportWord(report))
  })

  app.get('/api/v1/reports/:id/report.xlsx', async (request, reply) => {
    const report = await readOne(request)
    await taken(request, report, 'xlsx')
    attach(reply, report.title, house.clock(), 'xlsx')
    return reply.type(xlsxType).send(Readable.from(reportExcel(report), { objectMode: false }))
  })
}

/** 报表中心 (D4.3.7.6, C5.4.3.a): templates as data, reports made from them by hand or by the clock, kept as made. */
export function reportRoutes(app: FastifyInstance, house: House): void {
  const { sql, catalogue } = house
  const press: Press = { sql, words: catalogue, keyring: house.keyring, clock: house.clock }
  const speech = (actor: Actor) => reportSpeech(sql, catalogue.kinds, actor)
  const idOf = (request: FastifyRequest) => (request.params as { id: string }).id
  const audited = (request: FastifyRequest, act: string, of: Definition) =>
    noteDefinition(request, house, 'report-template', act, of)

  app.get('/api/v1/report-templates', async (request) => {
    const actor = requireScope(request, 'desk')
    reachOf(actor)
    const known = await speech(actor)
    const items = (await listDefinitions(sql, actor, 'report')).map((definition) => ({
      ...shownTo(actor, definition),
      problem: readTemplate({ ...known, isCity: true }, definition.body).problems?.[0]?.text ?? null,
    }))
    return { items, placeholders }
  })

  app.post('/api/v1/report-templates', async (request, reply) => {
    const actor = requireScope(request, 'desk')
    const { id, title, body, state } = objectOf(request)
    const problems = titleProblems(title)
    if (state !== undefined && state !== 'draft' && state !== 'on')
      problems.push({ code: 'not-an-option', text: '状态应为 draft 或 on', at: '/state' })
    const { template, problems: wrong = [] } = readTemplate(await speech(actor), body)
    if (!template || problems.length > 0) throw invalid([...problems, ...wrong])
    const given = { id, type: 'report', title: String(title), body: template.body, state: state as 'on' } as const
    const made = await createDefinition(sql, actor, given, house.clock())
    await audited(request, 'create', made)
    return reply.code(201).send(shownTo(actor, made))
  })

  // A look before it is saved: a POST only because of its size, it writes nothing.
  app.post('/api/v1/report-templates/try', async (request) => {
    const actor = requireScope(request, 'desk')
    const { title, body, ...asked } = objectOf(request)
    const scope = scopedTo(actor, regionAsked(asked))
    requireTemplate(await speech(actor), body)
    const template = requireTemplate({ ...(await speech(scope)), isCity: true }, body)
    const period = periodAsked(asked, lastPeriod(template.body.cadence, legalDay(house.clock())))
    const of = { title: typeof title === 'string' && title ? title : '预览', ownerTitle: actor.ownerTitle }
    const made = await makeReport(press, scope, of, template, period)
    return { title: made.title, asOf: made.asOf, ...period, content: drawn(made) }
  })

  app.get('/api/v1/report-templates/:id', async (request) => {
    const actor = requireScope(request, 'desk')
    const definition = await readDefinition(sql, actor, 'report', idOf(request))
    return { ...shownTo(actor, definition), versions: await versionsOf(sql, definition) }
  })

  app.put('/api/v1/report-templates/:id', async (request) => {
    const actor = requireScope(request, 'desk')
    const current = await readDefinition(sql, actor, 'report', idOf(request))
    const { title, body, version, state } = objectOf(request)
    const problems = titleProblems(title)
    if (state !== undefined && state !== 'draft' && state !== 'on' && state !== 'off')
      problems.push({ code: 'not-an-option', text: '状态应为 draft、on 或 off', at: '/state' })
    const { template, problems: wrong = [] } = readTemplate(await speech(actor), body)
    if (!template || problems.length > 0) throw invalid([...problems, ...wrong])
    const next = { version, title: String(title), body: template.body, state: (state ?? current.state) as 'on' }
    const made = await changeDefinition(sql, actor, current, next, house.clock())
    await audited(request, 'change', made)
    return shownTo(actor, made)
  })

  app.post('/api/v1/report-templates/:id/reports', async (request, reply) => {
    const actor = requireScope(request, 'desk')
    const definition = await readDefinition(sql, actor, 'report', idOf(request))
    if (definition.state !== 'on') throw new Failure(409, 'wrong-state', '这个模板还没有启用')
    const asked = objectOf(request)
    const scope = scopedTo(actor, regionAsked(asked))
    const template = requireTemplate({ ...(await speech(scope)), isCity: true }, definition.body)
    const { cadence } = template.body
    const period = periodAsked(asked, lastPeriod(cadence, legalDay(house.clock())))
    const made = await makeReport(press, scope, definition, template, period)
    const id = await keepReport(sql, scope, definition, { made, period, cadence, byClock: false }, house.clock())
    await audited(request, 'make-report', definition)
    return reply.code(201).send({ id, title: made.title })
  })

  finishedRoutes(app, house)
}
