import type { FastifyInstance, FastifyRequest } from 'fastify'
import { invalid } from '../../failure.ts'
import { isDay } from '../../language/index.ts'
import type { Actor } from '../access/actor.ts'
import { isAdministrator } from '../access/actor.ts'
import { mayUse } from '../access/reach.ts'
import { note } from '../audit/note.ts'
import { atRecord, type Desk, requireReader, textOf } from '../casework/at-record.ts'
import {
  authorityOf,
  cancelTask,
  finishTask,
  handOn,
  isMine,
  nameOf,
  openTask,
  type Task,
  takeTask,
  taskColumns,
  type Whose,
} from '../casework/task.ts'
import type { TaskPage } from '../casework/wire.ts'
import { peopleOfTask, tell } from '../message/tell.ts'
import { isSealed, sealedTitles } from '../sheets/references.ts'
import { doorOf, requireScope } from './authenticate.ts'
import type { House } from './house.ts'
import { limitOf, queryOf } from './records.ts'

const views = ['mine', 'done', 'asked'] as const
type View = (typeof views)[number]

/** What casework needs of the house. */
export const deskOf = (house: House): Desk => ({ kinds: house.catalogue.kinds, keyring: house.keyring })

/** Who does business at the desk: administrators have no 待办 of records. */
export function deskActor(request: FastifyRequest): Actor {
  const actor = requireScope(request, 'desk')
  if (isAdministrator(actor.role)) throw invalid([{ code: 'wrong-role', text: '管理员不办理业务', at: '' }])
  return actor
}

/** 待办: what waits for somebody, by its deadline; taken, handed on, and done once. */
export function taskRoutes(app: FastifyInstance, house: House): void {
  const { sql } = house
  const readable = (actor: Actor) =>
    [...house.catalogue.kinds.values()].filter((kind) => mayUse(actor, kind, 'read')).map((kind) => kind.name)
  const kindTitle = (name: string) => house.catalogue.kinds.get(name)?.title ?? name

  /** Whom tasks are about, where their records are known by a person's name: titles do not keep it. */
  const personsOf = async (actor: Actor, tasks: readonly Task[]) => {
    const names = new Map<string, string>()
    for (const [name, of] of Map.groupBy(tasks, ({ kind }) => kind)) {
      const kind = house.catalogue.kinds.get(name)
      if (!kind || !isSealed(kind)) continue
      const ids = of.map(({ recordId }) => recordId)
      for (const { id, title } of await sealedTitles(sql, house.keyring, kind, actor, ids)) names.set(id, title)
    }
    return names
  }

  const within = (actor: Actor, view: View) => {
    const kinds = sql`and t.kind = any(${readable(actor)})`
    if (view === 'done') return sql`t.state in ('done', 'cancelled') and t.done_by = ${actor.userId} ${kinds}`
    if (view === 'asked') return sql`t.asked_by = ${actor.userId} and t.why <> 'flow' ${kinds}`
    return sql`t.state in ('open', 'taken') and (${isMine(sql, actor)} or t.taken_by = ${actor.userId}) ${kinds}`
  }

  app.get('/api/v1/tasks', async (request) => {
    const actor = deskActor(request)
    const { view = 'mine', limit, offset = '0' } = queryOf(request)
    if (!views.includes(view as View))
      throw invalid([{ code: 'not-an-option', text: '应为 mine、done 或 asked', at: '/view' }])
    if (!/^\d{1,5}$/.test(offset)) throw invalid([{ code: 'wrong-cursor', text: '翻页位置无效', at: '/offset' }])
    const size = limitOf(limit)
    const order = view === 'mine' ? sql`t.due_at asc nulls last, t.id` : sql`t.id desc`
    const rows = await sql<(Task & { ownerTitle: string })[]>`
      select ${taskColumns(sql)}, w.title as "ownerTitle" from task t left join owner w on w.id = t.owner_id
      where ${within(actor, view as View)} order by ${order} limit ${size + 1} offset ${Number(offset)}`
    const names = await personsOf(actor, rows)
    const now = house.clock()
    const [counts] = await sql<{ open: number; overdue: number; today: number }[]>`
      select count(*)::int as open, count(*) filter (where t.due_at < ${now})::int as overdue,
        count(*) filter (where t.due_at >= ${now} and t.due_at < ${now}::timestamptz + interval '1 day')::int as today
      from task t where ${within(actor, 'mine')}`
    return {
      asOf: now.toISOString(),
      counts: counts ?? { open: 0, overdue: 0, today: 0 },
      items: rows.slice(0, size).map((row) => ({
        ...row,
        kindTitle: kindTitle(row.kind),
        who: names.get(row.recordId),
        mine: row.takenBy === actor.userId,
      })),
      next: rows.length > size ? Number(offset) + size : null,
    } satisfies TaskPage<Date>
  })

  app.get('/api/v1/tasks/:id/moves', async (request) => {
    const actor = deskActor(request)
    const { id } = request.params as { id: string }
    const [task] = /^[0-9a-f-]{36}$/.test(id)
      ? await sql<{ kind: string; recordId: string }[]>`select kind, record_id as "recordId" from task where id = ${id}`
      : []
    await atRecord(sql, deskOf(house), actor, task?.kind ?? '', task?.recordId ?? '', house.clock())
    const items = await sql`select at, act, who, onto, remark from task_move where task_id = ${id} order by seq`
    return { items }
  })

  /** Whom a request means: a person, the record's owner, the authority of its region or its station. */
  const whoseOf = async (actor: Actor, to: unknown, at: Awaited<ReturnType<typeof atRecord>>): Promise<Whose> => {
    const given = (typeof to === 'object' && to !== null ? to : {}) as Record<string, unknown>
    if (given.account !== undefined) {
      const person = await requireReader(sql, deskOf(house), given.account, at, house.clock(), '/to')
      return { account: person.userId }
    }
    if (given.owner === true && actor.role !== 'enterprise') return { owner: at.row.ownerId }
    if (given.authority === true) return authorityOf(at.region)
    if (given.station === true) {
      const [owner] = await sql<{ station: string | null }[]>`select station from owner where id = ${at.row.ownerId}`
      if (owner?.station) return { station: owner.station }
    }
    throw invalid([{ code: 'missing', text: '请选择交给谁办', at: '/to' }])
  }

  app.post('/api/v1/records/:kind/:id/tasks', async (request, reply) => {
    const actor = deskActor(request)
    const { kind, id } = request.params as { kind: string; id: string }
    const now = house.clock()
    const at = await atRecord(sql, deskOf(house), actor, kind, id, now)
    const body = (request.body ?? {}) as Record<string, unknown>
    const title = textOf(body.title, '/title', '要办的事', { min: 2, max: 100 })
    const detail = textOf(body.detail, '/detail', '说明', { min: 0, max: 500 })
    const { dueOn } = body
    if (dueOn !== undefined && !(typeof dueOn === 'string' && isDay(dueOn)))
      throw invalid([{ code: 'wrong-format', text: '期限应为日期', at: '/dueOn' }])
    const dueAt = dueOn ? new Date(Date.parse(`${dueOn}T00:00:00+08:00`) + 86_400_000) : null
    if (dueAt && dueAt <= now) throw invalid([{ code: 'out-of-range', text: '期限已过', at: '/dueOn' }])
    const whose = await whoseOf(actor, body.to, at)
    const task = {
      ownerId: at.row.ownerId,
      kind: at.kind.name,
      recordId: at.row.id,
      region: at.region,
      title,
      detail,
      why: 'hand' as const,
      dueAt,
      whose,
      askedBy: actor.userId,
      askedName: nameOf(actor),
    }
    const made = await sql.begin(async (tx) => {
      const taskId = (await openTask(tx, task, now)) as string
      const people = (await peopleOfTask(tx, taskId)).filter((person) => person !== actor.userId)
      const told = { title: `${nameOf(actor)}请您办：${title}`, detail, kind: task.kind, recordId: task.recordId }
      await tell(tx, people, { topic: 'task', level: 'info', ...told, key: `task ${taskId}` }, now)
      return taskId
    })
    const { address } = doorOf(request, house)
    await note(sql, { actor, act: 'task', kind: task.kind, id: task.recordId, title, address, detail: { task: made } })
    return reply.code(201).send({ id: made })
  })

  /** Every act on a task leaves its trace in the task's moves and in the audit. */
  const acted = async (request: FastifyRequest, actor: Actor, act: string, task: Task) => {
    const { address } = doorOf(request, house)
    const { kind, recordId, title, id } = task
    await note(sql, { actor, act: `task-${act}`, kind, id: recordId, title, address, detail: { task: id } })
    return { id }
  }

  app.post('/api/v1/tasks/:id/take', async (request) => {
    const actor = deskActor(request)
    const { id } = request.params as { id: string }
    return acted(request, actor, 'take', await takeTask(sql, actor, id, house.clock()))
  })

  app.post('/api/v1/tasks/:id/hand-on', async (request) => {
    const actor = deskActor(request)
    const { id } = request.params as { id: string }
    const { to, remark } = (request.body ?? {}) as Record<string, unknown>
    const said = textOf(remark, '/remark', '交代的话', { min: 0, max: 300 })
    const now = house.clock()
    const [task] = /^[0-9a-f-]{36}$/.test(id)
      ? await sql<{ kind: string; recordId: string }[]>`select kind, record_id as "recordId" from task where id = ${id}`
      : []
    const at = await atRecord(sql, deskOf(house), actor, task?.kind ?? '', task?.recordId ?? '', now)
    const person = await requireReader(sql, deskOf(house), to, at, now, '/to')
    const moved = await handOn(sql, actor, id, person, said, now)
    const told = {
      title: `${nameOf(actor)}转给您：${moved.title}`,
      detail: said,
      kind: moved.kind,
      recordId: moved.recordId,
    }
    await tell(sql, [person.userId], { topic: 'task', level: 'info', ...told, key: `task ${id} ${now.getTime()}` }, now)
    return acted(request, actor, 'hand-on', moved)
  })

  app.post('/api/v1/tasks/:id/done', async (request) => {
    const actor = deskActor(request)
    const { id } = request.params as { id: string }
    const { answer } = (request.body ?? {}) as Record<string, unknown>
    const said = textOf(answer, '/answer', '办理情况', { min: 0, max: 500 })
    const now = house.clock()
    const task = await finishTask(sql, actor, id, said, now)
    if (task.askedBy && task.askedBy !== actor.userId) {
      const told = {
        title: `已办结：${task.title}`,
        detail: said || nameOf(actor),
        kind: task.kind,
        recordId: task.recordId,
      }
      await tell(sql, [task.askedBy], { topic: 'task', level: 'info', ...told, key: `task ${id} done` }, now)
    }
    return acted(request, actor, 'done', task)
  })

  app.post('/api/v1/tasks/:id/cancel', async (request) => {
    const actor = deskActor(request)
    const { id } = request.params as { id: string }
    const reason = textOf((request.body as { reason?: unknown } | null)?.reason, '/reason', '原因', {
      min: 2,
      max: 300,
    })
    return acted(request, actor, 'cancel', await cancelTask(sql, actor, id, reason, house.clock()))
  })
}
