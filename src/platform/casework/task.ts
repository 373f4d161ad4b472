import type { ISql, Sql } from 'postgres'
import { Failure, notFound } from '../../failure.ts'
import { isId } from '../../language/index.ts'
import type { Actor } from '../access/actor.ts'
import { uuidv7 } from '../id.ts'
import type { TaskShown } from './wire.ts'

/** Who is to do it: one person, anybody of an owner, of the authority of a region, or of a station. */
export type Whose =
  | { account: string }
  | { owner: string }
  | { role: 'city' | 'county'; region: string }
  | { station: string }

export type NewTask = {
  ownerId: string
  kind: string
  recordId: string
  region: string
  title: string
  detail?: string
  why: 'hand' | 'clock' | 'flow' | 'mention' | 'finding'
  source?: string
  dueAt?: Date | null
  dueNote?: string | null
  whose: Whose
  askedBy?: string
  askedName: string
}

export type Task = TaskShown<Date>

/** The authority of a region: the city's own code ends with two noughts. */
export function authorityOf(region: string): Whose {
  return { role: region.endsWith('00') ? 'city' : 'county', region }
}

export const taskColumns = (sql: ISql) => sql`t.id, t.owner_id as "ownerId", t.kind, t.record_id as "recordId", t.title,
  t.detail, t.why, t.source, t.due_at as "dueAt", t.due_note as "dueNote", t.state, t.taken_by as "takenBy",
  t.taken_name as "takenName", t.done_name as "doneName", t.done_at as "doneAt", t.answer, t.asked_by as "askedBy",
  t.asked_name as "askedName", t.created_at as "createdAt",
  coalesce((select a.name from account a where a.id = t.for_account), (select o.title from owner o where o.id = t.for_owner),
    (select s.title from area s where s.code = t.for_station),
    case t.for_role when 'city' then '市级监管' when 'county' then '县区监管' end) as "forName"`

/** Tasks that are this actor's to do: equalities on indexed columns. */
export function isMine(sql: ISql, actor: Actor) {
  const group =
    actor.role === 'enterprise' || actor.station
      ? sql`t.for_station = ${actor.station ?? null}`
      : sql`(t.for_role = ${actor.role} and t.for_region = ${actor.region})`
  return sql`(t.for_account = ${actor.userId} or t.for_owner = ${actor.ownerId} or ${group})`
}

/** Opens a task; one with a source is opened once. Returns its id, or undefined where it stood already. */
export async function openTask(sql: ISql, task: NewTask, now: Date): Promise<string | undefined> {
  const { whose } = task
  const row = {
    id: uuidv7(now.getTime()),
    owner_id: task.ownerId,
    kind: task.kind,
    record_id: task.recordId,
    region: task.region,
    title: task.title.slice(0, 200),
    detail: task.detail?.slice(0, 500) || null,
    why: task.why,
    source: task.source ?? null,
    due_at: task.dueAt ?? null,
    due_note: task.dueNote ?? null,
    for_account: 'account' in whose ? whose.account : null,
    for_owner: 'owner' in whose ? whose.owner : null,
    for_role: 'role' in whose ? whose.role : null,
    for_region: 'role' in whose ? whose.region : null,
    for_station: 'station' in whose ? whose.station : null,
    asked_by: task.askedBy ?? null,
    asked_name: task.askedName,
    created_at: now,
  }
  const [made] = await sql<{ id: string }[]>`insert into task ${sql(row)} on conflict (source) do nothing returning id`
  return made?.id
}

/** Ends the open tasks of a source, because what they asked for has happened or has fallen away. */
export async function closeTasks(
  sql: ISql,
  sources: readonly string[],
  end: { state: 'done' | 'cancelled'; name: string; answer?: string },
  now: Date,
): Promise<void> {
  if (sources.length === 0) return
  const closed = await sql<{ id: string }[]>`
    update task set state = ${end.state}, done_at = ${now}, done_name = ${end.name}, answer = ${end.answer ?? null}
    where source = any(${sources as string[]}) and state in ('open', 'taken') returning id`
  if (closed.length > 0)
    await sql`insert into task_move ${sql(
      closed.map(({ id }) => ({
        task_id: id,
        at: now,
        act: end.state === 'done' ? 'done' : 'cancel',
        who: end.name,
        remark: end.answer ?? null,
      })),
    )}`
}

/** Who really sits there: the deputy's name stands beside the absent one's. */
export const nameOf = (actor: Actor): string => (actor.deputy ? `${actor.deputy.name}（代${actor.name}）` : actor.name)

/** Locks a task of the actor's; says plainly where somebody else was first. */
async function lock(tx: ISql, actor: Actor, id: string): Promise<Task> {
  const [task] = isId(id)
    ? await tx<(Task & { mine: boolean })[]>`
        select ${taskColumns(tx)}, ${isMine(tx, actor)} as mine from task t
        where t.id = ${id} and (${isMine(tx, actor)} or t.taken_by = ${actor.userId} or t.asked_by = ${actor.userId})
        for update of t`
    : []
  if (!task) throw notFound('这件待办')
  if (task.state === 'done') throw new Failure(409, 'already-done', `这件事已由${task.doneName}办结`)
  if (task.state === 'cancelled') throw new Failure(409, 'already-done', `这件事已由${task.doneName}撤回`)
  return task
}

function requireFree(task: Task, actor: Actor): void {
  if (task.state === 'taken' && task.takenBy !== actor.userId)
    throw new Failure(409, 'already-taken', `这件事${task.takenName}正在办`)
}

const byHand = (task: Task): void => {
  if (task.why === 'clock' || task.why === 'flow' || task.why === 'finding')
    throw new Failure(
      409,
      'wrong-way',
      task.why === 'flow' ? '请在审批里同意或退回' : '请办理这条记录，办完后这件事自动办结',
    )
}

async function move(
  tx: ISql,
  id: string,
  act: string,
  actor: Actor,
  now: Date,
  more: { onto?: string; remark?: string } = {},
) {
  await tx`insert into task_move (task_id, at, act, who, onto, remark)
    values (${id}, ${now}, ${act}, ${nameOf(actor)}, ${more.onto ?? null}, ${more.remark || null})`
}

/** Takes a task: of two who take it at once the second is told who has it. */
export function takeTask(sql: Sql, actor: Actor, id: string, now: Date): Promise<Task> {
  return sql.begin(async (tx) => {
    const task = await lock(tx, actor, id)
    requireFree(task, actor)
    if (task.state === 'taken') return task
    await tx`update task set state = 'taken', taken_by = ${actor.userId}, taken_name = ${nameOf(actor)}, taken_at = ${now} where id = ${id}`
    await move(tx, id, 'take', actor, now)
    return { ...task, state: 'taken' as const }
  }) as Promise<Task>
}

/** Hands a task on to another person, with a word. */
export function handOn(sql: Sql, actor: Actor, id: string, to: Actor, remark: string, now: Date): Promise<Task> {
  return sql.begin(async (tx) => {
    const task = await lock(tx, actor, id)
    requireFree(task, actor)
    // Who decides in a flow is named by its template, not by who happens to be asked.
    if (task.why === 'flow') throw new Failure(409, 'wrong-way', '审批不能转交；不在岗时请委托代理')
    await tx`update task set state = 'open', for_account = ${to.userId}, for_owner = null, for_role = null, for_region = null,
      for_station = null, taken_by = null, taken_name = null, taken_at = null where id = ${id}`
    await move(tx, id, 'hand-on', actor, now, { onto: to.name, remark })
    return task
  }) as Promise<Task>
}

/**
 * Somebody leaves: what waits for that person goes to the successor, and what the person had in hand is free again. A
 * step of a flow that asked for that very person's eyes falls away: the successor is asked for with eyes of one's own.
 * Returns how many went on.
 */
export async function handOver(
  tx: ISql,
  keeper: Actor,
  leaver: string,
  to: { id: string; name: string },
  remark: string,
  now: Date,
): Promise<number> {
  await tx`
    update task set state = 'cancelled', done_at = ${now}, done_name = ${nameOf(keeper)}, answer = ${remark}
    where for_account = ${leaver} and why = 'flow' and state in ('open', 'taken')`
  const moved = await tx<{ id: string }[]>`
    update task set state = 'open', taken_by = null, taken_name = null, taken_at = null,
      for_account = case when for_account = ${leaver} then ${to.id} else for_account end
    where (for_account = ${leaver} or taken_by = ${leaver}) and state in ('open', 'taken') returning id`
  for (const { id } of moved) await move(tx, id, 'hand-on', keeper, now, { onto: to.name, remark })
  return moved.length
}

/** Ends a task with what was done. Of two who end it at once the second is told who was first. */
export function finishTask(sql: Sql, actor: Actor, id: string, answer: string, now: Date): Promise<Task> {
  return sql.begin(async (tx) => {
    const task = await lock(tx, actor, id)
    requireFree(task, actor)
    byHand(task)
    await tx`update task set state = 'done', done_by = ${actor.userId}, done_name = ${nameOf(actor)}, done_at = ${now},
      answer = ${answer || null} where id = ${id}`
    await move(tx, id, 'done', actor, now, { remark: answer })
    return task
  }) as Promise<Task>
}

/** Takes back what one asked for. */
export function cancelTask(sql: Sql, actor: Actor, id: string, reason: string, now: Date): Promise<Task> {
  return sql.begin(async (tx) => {
    const task = await lock(tx, actor, id)
    byHand(task)
    if (task.askedBy !== actor.userId) throw notFound('您交办的这件事')
    await tx`update task set state = 'cancelled', done_by = ${actor.userId}, done_name = ${nameOf(actor)}, done_at = ${now},
      answer = ${reason} where id = ${id}`
    await move(tx, id, 'cancel', actor, now, { remark: reason })
    return task
  }) as Promise<Task>
}
