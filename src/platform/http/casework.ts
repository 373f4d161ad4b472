import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Failure, forbidden, invalid, notFound } from '../../failure.ts'
import { isId } from '../../language/index.ts'
import { legalDay } from '../../standards/china/index.ts'
import { type Actor, isAdministrator } from '../access/actor.ts'
import { mayUse, reach, withinRows } from '../access/reach.ts'
import { note } from '../audit/note.ts'
import { atRecord, peopleAt, requireReader, textOf, titleAt } from '../casework/at-record.ts'
import {
  clockSource,
  missingNote,
  pauseClock,
  resumeClock,
  runningClocks,
  startClock,
  stopClock,
} from '../casework/clock.ts'
import { addComment, mayComment, readFiles, visibleTo } from '../casework/comment.ts'
import { type Flow, flowColumns } from '../casework/flow.ts'
import { templatesFor } from '../casework/flow-template.ts'
import { authorityOf, isMine, nameOf, openTask, type Task, taskColumns } from '../casework/task.ts'
import type { Casework, ClockShown, CommentShown, DecisionShown } from '../casework/wire.ts'
import { openStored } from '../files/files.ts'
import { tell } from '../message/tell.ts'
import { readCalendar } from '../rules/calendar.ts'
import { figuresThatTime } from '../rules/figures.ts'
import { doorOf, requireScope, requireSignIn } from './authenticate.ts'
import type { House } from './house.ts'
import { queryOf } from './records.ts'
import { deskOf } from './tasks.ts'

type Params = { kind: string; id: string }

/** What stands beside a record: clocks, 待办, approvals, comments with files; and what one may do there. */
export function caseworkRoutes(app: FastifyInstance, house: House): void {
  const { sql } = house
  const { kinds } = house.catalogue
  const here = async (request: FastifyRequest, actor: Actor) => {
    const { kind, id } = request.params as Params
    return atRecord(sql, deskOf(house), actor, kind, id, house.clock())
  }

  const clocksAt = (kind: string, id: string) => sql<ClockShown<Date>[]>`
    select id, name, title, rule, value::float8 as value, unit, started_at as "startedAt", due_at as "dueAt", missing,
      paused_at as "pausedAt", stopped_at as "stoppedAt", overdue_at as "overdueAt", by_hand as "byHand"
    from clock where kind = ${kind} and record_id = ${id} order by started_at desc, id desc limit 30`

  const flowsAt = async (actor: Actor, kind: string, id: string) => {
    const flows = await sql<Flow[]>`
      select ${flowColumns(sql)} from flow f where f.kind = ${kind} and f.record_id = ${id} order by f.asked_at desc limit 20`
    const decisions = await sql<DecisionShown<Date>[]>`
      select flow_id as "flowId", turn, step, name, owner_title as "ownerTitle", hand_name as "handName", allow, remark, at
      from flow_decision where flow_id = any(${flows.map((flow) => flow.id)}::uuid[]) order by at`
    const mine = await sql<{ source: string }[]>`
      select t.source from task t where t.kind = ${kind} and t.record_id = ${id} and t.why = 'flow'
        and t.state in ('open', 'taken') and ${isMine(sql, actor)}`
    return flows.map(({ input, ...flow }) => ({
      ...flow,
      decisions: decisions.filter((each) => each.flowId === flow.id),
      mayDecide: flow.askedBy !== actor.userId && mine.some(({ source }) => source.startsWith(`flow ${flow.id} `)),
      mayWithdraw: flow.state === 'running' && flow.askedBy === actor.userId,
    }))
  }

  app.get('/api/v1/records/:kind/:id/casework', async (request) => {
    const actor = requireScope(request, 'desk')
    const at = await here(request, actor)
    const { kind, row } = at
    const business = !isAdministrator(actor.role)
    const tasks = business
      ? await sql<Task[]>`
          select ${taskColumns(sql)} from task t where t.kind = ${kind.name} and t.record_id = ${row.id}
            and t.state in ('open', 'taken') and t.why <> 'flow' order by t.due_at asc nulls last limit 50`
      : []
    const comments = business
      ? await sql<CommentShown<Date>[]>`
          select c.id, c.name, c.by_title as "byTitle", c.audience, c.text, c.mentions, c.files, c.at from record_comment c
          where c.kind = ${kind.name} and c.record_id = ${row.id} and ${visibleTo(sql, actor)} order by c.id limit 200`
      : []
    const mayTime = business && mayUse(actor, kind, 'change')
    return {
      clocks: await clocksAt(kind.name, row.id),
      figures: mayTime ? await figuresThatTime(sql, kind.name, legalDay(house.clock())) : [],
      tasks,
      flows: await flowsAt(actor, kind.name, row.id),
      comments,
      templates: business
        ? (await templatesFor(sql, house.catalogue.flows, actor, kind.title)).filter((each) => !each.onStep)
        : [],
      people: business && !actor.viewedBy ? await peopleAt(sql, actor, at) : [],
      may: {
        comment: mayComment(actor),
        ask: business && !actor.viewedBy,
      },
    } satisfies Casework<Date>
  })

  app.post('/api/v1/records/:kind/:id/comments', async (request, reply) => {
    const actor = requireScope(request, 'desk')
    const at = await here(request, actor)
    if (!mayComment(actor)) throw forbidden('您没有“批注”的权限')
    const now = house.clock()
    const body = (request.body ?? {}) as Record<string, unknown>
    const text = textOf(body.text, '/text', '批注', { max: 2000 })
    const { audience = 'all', mentions = [] } = body
    if (audience !== 'all' && audience !== 'side')
      throw invalid([{ code: 'not-an-option', text: '谁能看应为 all 或 side', at: '/audience' }])
    if (!Array.isArray(mentions) || mentions.length > 20)
      throw invalid([{ code: 'wrong-type', text: '提到的人应为列表，最多 20 人', at: '/mentions' }])
    const people: Actor[] = []
    for (const [index, account] of mentions.entries()) {
      const person = await requireReader(sql, deskOf(house), account, at, now, `/mentions/${index}`)
      const outside = audience === 'side' && (actor.role === 'enterprise') !== (person.role === 'enterprise')
      if (outside)
        throw invalid([{ code: 'out-of-reach', text: `${person.name}看不到内部批注`, at: `/mentions/${index}` }])
      people.push(person)
    }
    const files = await readFiles(sql, actor, body.files)
    const id = await sql.begin(async (tx) => {
      const named = people.map((person) => ({ id: person.userId, name: person.name }))
      const made = await addComment(tx, actor, at, { text, audience, mentions: named, files }, now)
      const base = { kind: at.kind.name, recordId: at.row.id }
      for (const person of people.filter((each) => each.userId !== actor.userId)) {
        const title = `${nameOf(actor)}提到了您：${text.slice(0, 60)}`
        await openTask(
          tx,
          {
            ...base,
            ownerId: at.row.ownerId,
            region: at.region,
            title,
            detail: text.slice(0, 500),
            why: 'mention',
            source: `mention ${made} ${person.userId}`,
            whose: { account: person.userId },
            askedBy: actor.userId,
            askedName: nameOf(actor),
          },
          now,
        )
        await tell(
          tx,
          [person.userId],
          { topic: 'mention', level: 'info', title, ...base, key: `mention ${made}` },
          now,
        )
      }
      return made
    })
    const { address } = doorOf(request, house)
    const detail = { comment: id, audience, mentions: people.map((person) => person.name), files: files.length }
    await note(sql, { actor, act: 'comment', kind: at.kind.name, id: at.row.id, address, detail })
    return reply.code(201).send({ id })
  })

  /** A file of a comment, for whoever may see the comment. */
  app.get('/api/v1/records/:kind/:id/comments/:comment/files/:sha256', async (request, reply) => {
    const actor = requireScope(request, 'desk')
    const at = await here(request, actor)
    const { comment, sha256 } = request.params as Params & { comment: string; sha256: string }
    const [found] = isId(comment)
      ? await sql<{ byOwner: string; files: { sha256: string; name: string }[] }[]>`
          select c.by_owner as "byOwner", c.files from record_comment c
          where c.id = ${comment} and c.kind = ${at.kind.name} and c.record_id = ${at.row.id} and ${visibleTo(sql, actor)}`
      : []
    const file = found?.files.find((each) => each.sha256 === sha256)
    if (!found || !file) throw notFound('这个附件')
    const opened = await openStored(sql, house.dataDir, found.byOwner, sha256)
    return reply
      .header('content-type', opened.mediaType)
      .header('content-length', opened.size)
      .header('content-disposition', `inline; filename*=UTF-8''${encodeURIComponent(file.name)}`)
      .send(opened.stream)
  })

  /** Clocks of some records of a list, for those within reach. */
  app.get('/api/v1/clocks', async (request) => {
    const actor = requireSignIn(request)
    const { kind: name = '', ids = '' } = queryOf(request)
    const kind = kinds.get(name)
    if (!kind) throw notFound('这类记录')
    const wanted = ids.split(',').filter(Boolean)
    if (wanted.length > 200 || !wanted.every(isId))
      throw invalid([{ code: 'wrong-format', text: '编号应为至多 200 个 UUID', at: '/ids' }])
    const bound = reach(actor, kind, 'read')
    // The subject that a record is about reaches the record itself, whose clocks are then asked for one by one.
    if (bound.column === 'about_id') return { items: [] }
    const items = await sql`
      select c.record_id as "recordId", c.title, c.due_at as "dueAt", c.missing, c.paused_at as "pausedAt" from clock c
      where c.kind = ${name} and c.record_id = any(${wanted}::uuid[]) and c.stopped_at is null
        and ${withinRows(sql, 'c', bound)}`
    return { items }
  })

  app.post('/api/v1/records/:kind/:id/clocks', async (request, reply) => {
    const actor = requireScope(request, 'desk')
    const at = await here(request, actor)
    if (!mayUse(actor, at.kind, 'change')) throw forbidden(`您没有“${at.kind.title}”的这项权限`)
    const now = house.clock()
    const body = (request.body ?? {}) as Record<string, unknown>
    const title = textOf(body.title, '/title', '要在期限内办的事', { min: 2, max: 80 })
    const figures = await figuresThatTime(sql, at.kind.name, legalDay(now))
    const rule = figures.find(({ name }) => name === body.rule)?.name
    if (!rule) throw invalid([{ code: 'not-an-option', text: '请选择按哪项法规数值计时', at: '/rule' }])
    const base = { ownerId: at.row.ownerId, kind: at.kind.name, recordId: at.row.id, region: at.region }
    const whose = actor.role === 'enterprise' ? { owner: actor.ownerId } : authorityOf(at.region)
    const made = await sql.begin(async (tx) => {
      const clock = { ...base, name: `hand ${title}`, title, rule, from: now, byHand: nameOf(actor) }
      const started = await startClock(tx, clock, await readCalendar(tx))
      if (!started) throw new Failure(409, 'already-running', '同样的时限正在计')
      const { id, dueAt, missing } = started
      const said = { dueAt, dueNote: missingNote(missing), why: 'clock' as const, source: clockSource(id) }
      const named = `${title}：${await titleAt(tx, at.kind, at.row.id)}`
      const task = { ...base, ...said, title: named, whose, askedBy: actor.userId, askedName: nameOf(actor) }
      await openTask(tx, task, now)
      return started
    })
    const { address } = doorOf(request, house)
    await note(sql, { actor, act: 'clock-start', kind: base.kind, id: base.recordId, title, address, detail: { rule } })
    return reply.code(201).send({ ...made, note: missingNote(made.missing) })
  })

  app.post('/api/v1/clocks/:id/:act', async (request) => {
    const actor = requireScope(request, 'desk')
    const { id, act } = request.params as { id: string; act: string }
    if (!['pause', 'resume', 'stop'].includes(act)) throw notFound('这项操作')
    const [clock] = isId(id)
      ? await sql<{ kind: string; recordId: string; title: string; byHand: string | null }[]>`
          select kind, record_id as "recordId", title, by_hand as "byHand" from clock where id = ${id} and stopped_at is null`
      : []
    const now = house.clock()
    const at = await atRecord(sql, deskOf(house), actor, clock?.kind ?? '', clock?.recordId ?? '', now)
    if (!clock || !mayUse(actor, at.kind, 'change')) throw forbidden()
    if (!clock.byHand) throw new Failure(409, 'wrong-way', '这个时限随记录的状态走，请办理这条记录')
    const reason = textOf((request.body as { reason?: unknown } | null)?.reason, '/reason', '原因', {
      min: 2,
      max: 300,
    })
    await sql.begin(async (tx) => {
      const [locked] = await tx`select from clock where id = ${id} and stopped_at is null for update`
      const found = (await runningClocks(tx, clock.kind, clock.recordId)).find((each) => each.id === id)
      if (!locked || !found) throw new Failure(409, 'already-done', '这个时限已经结束')
      if ((act === 'pause') === (found.pausedAt !== null) && act !== 'stop')
        throw new Failure(409, 'nothing-to-do', act === 'pause' ? '已经中止' : '没有中止')
      const calendar = await readCalendar(tx)
      if (act === 'stop') await stopClock(tx, id, now, nameOf(actor))
      else await (act === 'pause' ? pauseClock : resumeClock)(tx, found, now, calendar)
    })
    const { address } = doorOf(request, house)
    await note(sql, {
      actor,
      act: `clock-${act}`,
      kind: clock.kind,
      id: clock.recordId,
      title: clock.title,
      address,
      detail: { reason },
    })
    return { id }
  })
}
