import type { ISql, Sql } from 'postgres'
import { Failure, forbidden, invalid, notFound } from '../../failure.ts'
import { isId, type Role } from '../../language/index.ts'
import { uuidv7 } from '../id.ts'
import { type Actor, isAdministrator } from './actor.ts'

/** An approval that nobody decides lapses: nobody should be able to carry out what was forgotten. */
const daysOpen = 7

export type Approval = {
  id: string
  act: string
  title: string
  subject: Record<string, unknown>
  reason: string
  askedBy: string
  askedName: string
  askedDuty: string
  askedAt: Date
  expiresAt: Date
  deciders: Role[]
  deciderOwner: string | null
  state: 'waiting' | 'approved' | 'refused' | 'withdrawn'
  decidedName: string | null
  decidedAt: Date | null
  answer: string | null
  usedAt: Date | null
}

/** A dangerous act: who may allow it, and what happens, in the same transaction, when they do. */
export type DangerousAct = {
  name: string
  title: string
  /** Whoever decides is one of these, and never who asked. */
  deciders: readonly Role[]
  /**
   * The subject holds the id of its `approval` too. What it gives back is shown once to the one who decides. Acts whose permission is used by the one who asked
   * (exports) do nothing here.
   */
  carryOut?(sql: ISql, subject: Record<string, unknown>, decider: Actor, now: Date): Promise<object | undefined>
}

const dutyOf = (role: Role): string => (isAdministrator(role) ? role : 'business')

const columns = (sql: ISql) => sql`id, act, title, subject, reason, asked_by as "askedBy", asked_name as "askedName",
  asked_duty as "askedDuty", asked_at as "askedAt", expires_at as "expiresAt", deciders,
  decider_owner as "deciderOwner", state, decided_name as "decidedName", decided_at as "decidedAt", answer,
  used_at as "usedAt"`

/** A reason of 2 to 300 characters, as every dangerous act needs one. */
export function reasonOf(value: unknown, at = '/reason'): string {
  const reason = typeof value === 'string' ? value.replace(/\p{Cc}+/gu, ' ').trim() : ''
  if ([...reason].length < 2 || [...reason].length > 300)
    throw invalid([{ code: 'missing', text: '请写明原因（2 到 300 字）', at }])
  return reason
}

/** Asks for a dangerous act. It is done when somebody else allows it. */
export async function ask(
  sql: ISql,
  act: DangerousAct,
  actor: Actor,
  wish: { title: string; subject: Record<string, unknown>; reason: string; deciderOwner?: string },
  now: Date,
): Promise<string> {
  const id = uuidv7(now.getTime())
  const expires = new Date(now.getTime() + daysOpen * 86_400_000)
  await sql`
    insert into approval (id, act, title, subject, reason, asked_by, asked_name, asked_duty, asked_owner, asked_at,
      expires_at, deciders, decider_owner)
    values (${id}, ${act.name}, ${wish.title.slice(0, 300)}, ${sql.json(wish.subject as never)}, ${wish.reason},
      ${actor.userId}, ${actor.name}, ${dutyOf(actor.role)}, ${actor.ownerId}, ${now}, ${expires},
      ${act.deciders.filter((role) => role !== actor.role || !isAdministrator(role))}, ${wish.deciderOwner ?? null})`
  return id
}

/** What waits for this actor, and what this actor asked for. */
export async function approvalsFor(
  sql: ISql,
  actor: Actor,
  now: Date,
): Promise<{ waiting: Approval[]; own: Approval[] }> {
  const waiting = await sql<Approval[]>`
    select ${columns(sql)} from approval
    where state = 'waiting' and expires_at > ${now} and asked_by <> ${actor.userId} and ${actor.role} = any(deciders)
      and (decider_owner is null or decider_owner = ${actor.ownerId})
    order by asked_at desc limit 200`
  const own = await sql<Approval[]>`
    select ${columns(sql)} from approval where asked_by = ${actor.userId} order by asked_at desc limit 100`
  return { waiting: [...waiting], own: [...own] }
}

/** Allows or refuses, once: of two who decide at the same moment one is told so. Allowing carries the act out. */
export async function decide(
  sql: Sql,
  acts: ReadonlyMap<string, DangerousAct>,
  actor: Actor,
  id: string,
  decision: { allow: boolean; answer: string },
  now: Date,
): Promise<{ decided: Approval; shown: object | undefined }> {
  if (!isId(id)) throw notFound('这项审批')
  return sql.begin(async (tx) => {
    const [waiting] = await tx<Approval[]>`
      select ${columns(tx)} from approval where id = ${id} for update`
    const mayDecide =
      waiting?.deciders.includes(actor.role) && (!waiting.deciderOwner || waiting.deciderOwner === actor.ownerId)
    if (!waiting || (!mayDecide && waiting.askedBy !== actor.userId)) throw notFound('这项审批')
    if (waiting.askedBy === actor.userId) throw forbidden('自己申请的事项须由另一人审批')
    if (waiting.state !== 'waiting') throw new Failure(409, 'already-decided', '这项审批已经处理过')
    if (waiting.expiresAt <= now) throw new Failure(409, 'expired', '这项申请已过期，请重新申请')
    const [decided] = await tx<Approval[]>`
      update approval set state = ${decision.allow ? 'approved' : 'refused'}, decided_by = ${actor.userId},
        decided_name = ${actor.name}, decided_duty = ${dutyOf(actor.role)}, decided_at = ${now}, answer = ${decision.answer || null}
      where id = ${id} and state = 'waiting' returning ${columns(tx)}`
    if (!decided) throw new Failure(409, 'already-decided', '这项审批已经处理过')
    const shown = decision.allow
      ? await acts.get(decided.act)?.carryOut?.(tx, { ...decided.subject, approval: decided.id }, actor, now)
      : undefined
    return { decided, shown: shown ?? undefined }
  }) as Promise<{ decided: Approval; shown: object | undefined }>
}

/** Takes one's own request back. */
export async function withdraw(sql: ISql, actor: Actor, id: string): Promise<void> {
  const [row] = isId(id)
    ? await sql`update approval set state = 'withdrawn' where id = ${id} and asked_by = ${actor.userId}
        and state = 'waiting' returning id`
    : []
  if (!row) throw notFound('待审批的申请')
}

/** Uses an approved permission, once and within a day: of two uses at the same moment one is refused. */
export async function spendApproval(
  sql: ISql,
  actor: Actor,
  id: unknown,
  act: string,
  now: Date,
): Promise<{ subject: Record<string, unknown>; reason: string }> {
  const since = new Date(now.getTime() - 86_400_000)
  const [row] = isId(id)
    ? await sql<{ subject: Record<string, unknown>; reason: string }[]>`
        update approval set used_at = ${now}
        where id = ${id} and asked_by = ${actor.userId} and act = ${act} and state = 'approved' and used_at is null
          and decided_at > ${since}
        returning subject, reason`
    : []
  if (!row) throw new Failure(403, 'not-approved', '没有有效的批准：未批准、已用过或已超过一天')
  return row
}
