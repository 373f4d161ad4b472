import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Failure, invalid } from '../../failure.ts'
import { categoriesOf, momentsOf } from '../../language/expression/index.ts'
import { isDay } from '../../language/index.ts'
import { legalDay } from '../../standards/china/index.ts'
import { mayUse, reach, reachOf } from '../access/reach.ts'
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
import { eventGround, groundOf } from '../define/ground.ts'
import { lawTitles } from '../define/speak.ts'
import { colleagues, countFindings, listFindings, settleFindings } from '../review/findings.ts'
import { hitsAll, tryRule } from '../review/judge.ts'
import { quality } from '../review/quality.ts'
import { readConditions, requireRule, ruleSpeech } from '../review/rule.ts'
import { reviewAll } from '../review/run.ts'
import type { QualityGroup } from '../review/wire.ts'
import { doorOf, requireScope } from './authenticate.ts'
import type { House } from './house.ts'
import { noteDefinition } from './note-act.ts'
import { limitOf, queryOf } from './records.ts'

type Body = Record<string, unknown>

/** A JSON object as it was sent. */
export const objectOf = (request: FastifyRequest): Body => {
  const { body } = request
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Body
  throw invalid([{ code: 'wrong-type', text: '内容应为一个 JSON 对象', at: '' }])
}

/** A period from the query, else the last `days` days. */
export function periodOf(query: Record<string, string>, now: Date, days: number): { from: string; to: string } {
  const to = query.to || legalDay(now)
  const from = query.from || legalDay(new Date(now.getTime() - (days - 1) * 86_400_000))
  for (const [name, day] of [
    ['from', from],
    ['to', to],
  ] as const)
    if (!isDay(day)) throw invalid([{ code: 'wrong-format', text: '日期应形如 2026-11-20', at: `/${name}` }])
  if (from > to) throw invalid([{ code: 'out-of-order', text: '结束日期不能早于开始', at: '/to' }])
  return { from, to }
}

/** What users may speak of in rules, indicators and reports: kinds with their fields, events, figures of the law. */
function sourceRoutes(app: FastifyInstance, house: House): void {
  app.get('/api/v1/sources', async (request) => {
    const actor = requireScope(request, 'desk')
    reachOf(actor)
    const kinds = [...house.catalogue.kinds.values()].filter((kind) => mayUse(actor, kind, 'read'))
    const grounds = [...kinds.map(groundOf), eventGround]
    return {
      sources: grounds.map(({ source, kind }) => ({
        ...source,
        moments: momentsOf(source, kind?.timing?.occurred),
        categories: categoriesOf(source),
      })),
      laws: [...(await lawTitles(house.sql))].map(([name, law]) => ({ name, ...law })),
    }
  })
}

function ruleRoutes(app: FastifyInstance, house: House): void {
  const { sql } = house
  const speech = (request: FastifyRequest) => ruleSpeech(sql, house.catalogue.kinds, requireScope(request, 'desk'))
  const auditRule = (request: FastifyRequest, act: string, of: Definition) =>
    noteDefinition(request, house, 'rule', act, of)

  app.get('/api/v1/review-rules', async (request) => {
    const actor = requireScope(request, 'desk')
    const speaks = await speech(request)
    const open = await countFindings(sql, actor)
    const rules = await listDefinitions(sql, actor, 'rule')
    return {
      items: rules.map((rule) => {
        const outcome = readConditions(speaks, rule.body, rule.id)
        return {
          ...shownTo(actor, rule),
          open: open[rule.id] ?? 0,
          words: 'rule' in outcome ? outcome.rule.words : null,
        }
      }),
    }
  })

  app.post('/api/v1/review-rules', async (request, reply) => {
    const { id, title, body } = objectOf(request)
    const problems = titleProblems(title)
    const { body: checked } = requireRule(await speech(request), body, typeof id === 'string' ? id : undefined)
    if (problems.length > 0) throw invalid(problems)
    const rule = await createDefinition(
      sql,
      request.actor,
      { id, type: 'rule', title: String(title), body: checked },
      house.clock(),
    )
    await auditRule(request, 'create', rule)
    return reply.code(201).send(shownTo(request.actor, rule))
  })

  app.post('/api/v1/review-rules/try', async (request) => {
    const rule = requireRule(await speech(request), objectOf(request))
    const kind = rule.ground.kind
    if (!kind) throw invalid([{ code: 'unknown-source', text: '请选择要看的记录', at: '/source' }])
    const trial = await tryRule(sql, rule, reach(request.actor, kind, 'read'), house.clock())
    return { ...trial, words: rule.words, hitsAll: hitsAll(trial) }
  })

  app.get('/api/v1/review-rules/:id', async (request) => {
    const actor = requireScope(request, 'desk')
    const rule = await readDefinition(sql, actor, 'rule', (request.params as { id: string }).id)
    return { ...shownTo(actor, rule), versions: await versionsOf(sql, rule) }
  })

  app.put('/api/v1/review-rules/:id', async (request) => {
    const actor = requireScope(request, 'desk')
    const current = await readDefinition(sql, actor, 'rule', (request.params as { id: string }).id)
    const { title, body, version } = objectOf(request)
    const problems = titleProblems(title)
    const { body: checked } = requireRule(await speech(request), body, current.id)
    if (problems.length > 0) throw invalid(problems)
    // A changed rule is tried again before it is switched on.
    const rule = await changeDefinition(
      sql,
      actor,
      current,
      { version, title: String(title), body: checked, state: 'draft' },
      house.clock(),
    )
    await auditRule(request, 'change', rule)
    return shownTo(actor, rule)
  })

  app.post('/api/v1/review-rules/:id/state', async (request) => {
    const actor = requireScope(request, 'desk')
    const current = await readDefinition(sql, actor, 'rule', (request.params as { id: string }).id)
    const { state, version, confirm } = objectOf(request)
    if (state !== 'on' && state !== 'off')
      throw invalid([{ code: 'not-an-option', text: '只能启用（on）或停用（off）', at: '/state' }])
    if (state === 'on') {
      const read = requireRule(await speech(request), current.body, current.id)
      const kind = read.ground.kind
      if (!kind) throw invalid([{ code: 'unknown-source', text: '请选择要看的记录', at: '/source' }])
      const trial = await tryRule(sql, read, reach(actor, kind, 'read'), house.clock())
      if (hitsAll(trial) && confirm !== true)
        throw new Failure(
          409,
          'matches-everything',
          `这条规则在 ${trial.applied} 条记录中认定 ${trial.broken} 条有问题，多半写反了。确认无误再启用`,
          { details: { trial } },
        )
    }
    const rule = await changeDefinition(sql, actor, current, { version, state }, house.clock())
    await auditRule(request, state === 'on' ? 'switch-on' : 'switch-off', rule)
    if (state === 'on') await reviewAll(sql, house.catalogue.kinds, house.clock(), { number: rule.number })
    return shownTo(actor, rule)
  })
}

function findingRoutes(app: FastifyInstance, house: House): void {
  const { sql, catalogue } = house

  app.get('/api/v1/findings', async (request) => {
    const actor = requireScope(request, 'desk')
    const { state = 'open', rule, kind, region, mine, after, limit } = queryOf(request)
    if (!['open', 'mended', 'closed'].includes(state))
      throw invalid([{ code: 'not-an-option', text: '状态应为 open、mended 或 closed', at: '/state' }])
    const page = await listFindings(sql, catalogue.kinds, actor, {
      state,
      rule,
      kind,
      region,
      mine: mine === 'true',
      after,
      limit: limitOf(limit),
    })
    return { ...page, people: await colleagues(sql, actor) }
  })

  app.post('/api/v1/findings/settle', async (request) => {
    const actor = requireScope(request, 'desk')
    const { ids, assignee, reason } = objectOf(request)
    const changed = await settleFindings(sql, actor, ids, { assignee, reason }, house.clock())
    await note(sql, {
      actor,
      act: reason === undefined ? 'assign' : 'close',
      kind: 'finding',
      rows: changed,
      address: doorOf(request, house).address,
      detail: { reason, assignee },
    })
    return { changed }
  })

  app.get('/api/v1/quality', async (request) => {
    const actor = requireScope(request, 'desk')
    reachOf(actor)
    const { by = 'kind', kind, ...query } = queryOf(request)
    if (!/^(kind|owner|region|month|source)$/.test(by))
      throw invalid([{ code: 'not-an-option', text: '只能按 kind、owner、region、month 或 source 汇总', at: '/by' }])
    const chosen = kind ? [catalogue.kinds.get(kind)] : [...catalogue.kinds.values()]
    const kinds = chosen.filter((each) => each !== undefined)
    if (kinds.length === 0) throw invalid([{ code: 'unknown-source', text: '没有这类记录', at: '/kind' }])
    const now = house.clock()
    const period = periodOf(query, now, 90)
    return { asOf: now.toISOString(), ...period, rows: await quality(sql, kinds, actor, period, by as QualityGroup) }
  })
}

/** Review of what is recorded: users' rules, what they find, and the quality of the data. */
export function reviewRoutes(app: FastifyInstance, house: House): void {
  sourceRoutes(app, house)
  ruleRoutes(app, house)
  findingRoutes(app, house)
}
