import { notFound } from '../../../failure.ts'
import { reference } from '../../../language/index.ts'
import type { Operation, Work } from '../../../platform/operation.ts'
import { attemptsOn, breachesOf } from '../../../trace/index.ts'
import { recallOrder } from '../records/recall-order.ts'
import { type RecallScope, sum } from './recall-scope.ts'
import type { Effect, HolderProgress, Line, Progress } from './wire.ts'

export type { Effect, HolderProgress } from './wire.ts'

export type RecallProgress = Progress<Date>

/** 召回进度: who has acknowledged, what came back and what was destroyed, of how much. */
export const recallProgress: Operation = {
  name: 'recall-progress',
  title: '召回进度',
  help: '每个持有单位的确认、追回和销毁情况，以及总的召回率。',
  fields: { order: reference({ title: '召回', to: 'recall-order', required: true }) },
  roles: ['city', 'county', 'enterprise'],
  ofPage: true,
  run: (work, input) => progressOf(work, String((input as { order: string }).order)),
}

type OrderRow = {
  id: string
  ownerId: string
  number: string
  mode: 'real' | 'drill' | null
  state: string
  level: string
  reason: string
  measures: string
  decidedAt: Date
  subject: string
  ownerTitle: string
  scope: RecallScope | null
}

type TaskRow = {
  task: string
  holder: string
  title: string
  region: string
  state: string
  sentAt: Date
  dueAt: Date
  acknowledgedAt: Date | null
  contact: string | null
  report: string | null
  goods: Line[] | null
}

/** Throws 404 where the order is none of the actor's: it is read through the door that records are read through. */
export async function progressOf({ sql, store, now }: Work, id: string): Promise<RecallProgress> {
  const { ownerId } = await store.read(recallOrder, id)
  const [order] = await sql<OrderRow[]>`
    select o.id, o.owner_id as "ownerId", o.number, o.mode, o.state, o.level, o.reason, o.measures,
      o.decided_at as "decidedAt", s.title as subject, w.title as "ownerTitle", r.scope
    from recall_order o join owner s on s.id = o.subject join owner w on w.id = o.owner_id
    left join recall_scope r on r.order_id = o.id
    where o.id = ${id} and o.owner_id = ${ownerId}`
  if (!order) throw notFound('这次召回')
  const tasks = await sql<TaskRow[]>`
    select t.id as task, t.holder, h.title, h.region, t.state, t.sent_at as "sentAt", t.due_at as "dueAt", t.contact,
      t.report, t.goods, (
        -- By the clock that the task went by, which in the demonstration is another than the database's.
        select min(coalesce((c.image ->> 'updatedAt')::timestamptz, c.at)) from change c
        where c.owner_id = t.owner_id and c.kind = 'recall-task' and c.id = t.id and c.image ->> 'state' = 'acknowledged'
      ) as "acknowledgedAt"
    from recall_task t join owner h on h.id = t.holder
    where t.owner_id = ${order.ownerId} and t.recall = ${id} and t.state <> 'void' order by h.title`
  const holders = tasks.map((task) => holderOf(task, now))
  const scope = order.scope ?? {
    asOf: '',
    starts: [],
    lots: [],
    keys: [],
    mixes: [],
    holders: [],
    hidden: 0,
    truncated: false,
    unconfirmed: [],
  }
  return {
    asOf: now.toISOString(),
    order: order.id,
    number: order.number,
    mode: order.mode ?? 'real',
    state: order.state,
    level: order.level,
    reason: order.reason,
    measures: order.measures,
    decidedAt: order.decidedAt.toISOString(),
    subject: order.subject,
    ownerTitle: order.ownerTitle,
    holders,
    unreached: scope.holders.filter(({ ownerId }) => !ownerId).map(({ id: gln, title }) => ({ id: gln, title })),
    acknowledged: holders.filter(({ acknowledgedAt }) => acknowledgedAt !== undefined).length,
    late: holders.filter(({ isLate }) => isLate).length,
    effect: effectOf(holders.flatMap(({ lines }) => lines)),
    breaches: (await breachesOf(sql, id)).map(({ key, eventId, eventTime, recordTime, bizStep, who, isBackdated }) => ({
      ...{ key, eventId, bizStep, who, isBackdated },
      eventTime: eventTime.toISOString(),
      recordTime: recordTime.toISOString(),
    })),
    attempts: (await attemptsOn(sql, id)).map((attempt) => ({ ...attempt, lastAt: attempt.lastAt.toISOString() })),
    scope,
  }
}

function holderOf(task: TaskRow, now: Date): HolderProgress {
  const lines = task.goods ?? []
  const { acknowledgedAt, contact, report } = task
  return {
    task: task.task,
    holder: task.holder,
    title: task.title,
    region: task.region,
    state: task.state,
    sentAt: task.sentAt.toISOString(),
    dueAt: task.dueAt.toISOString(),
    ...(acknowledgedAt && { acknowledgedAt: acknowledgedAt.toISOString() }),
    isLate: (acknowledgedAt ?? now) > task.dueAt,
    ...(contact && { contact }),
    ...(report && { report }),
    lines,
    excess: excessOf(lines),
    effect: effectOf(lines),
  }
}

const inUnit = (amount: Line['involved'], unit: string) => (amount?.unit === unit ? Number(amount.value) : 0)

/** Destroyed where it was, or destroyed after it had come back: what came back is not counted twice. */
const recoveredOf = (line: Line, unit: string) => Math.max(inUnit(line.returned, unit), inUnit(line.destroyed, unit))

/**
 * Which goods a holder reports more of than the chain says it had. More may really have come back (bought elsewhere), so the
 * report is taken as it is and the difference is shown to whoever verifies it.
 */
export function excessOf(lines: readonly Line[]): string[] {
  return lines.flatMap((line) => {
    const unit = line.involved?.unit
    if (!unit) return []
    const told = recoveredOf(line, unit) + inUnit(line.lost, unit)
    return told > inUnit(line.involved, unit) ? [line.lot ?? line.name] : []
  })
}

/** By unit: how much was out there, and how much of it came back or was destroyed. */
export function effectOf(lines: readonly Line[]): Effect[] {
  const units = new Set(lines.flatMap(({ involved, returned }) => (involved ?? returned)?.unit ?? []))
  return [...units].map((unit) => {
    const total = (name: 'involved' | 'returned' | 'destroyed' | 'lost') =>
      sum(...lines.flatMap((line) => (line[name]?.unit === unit ? (line[name]?.value ?? []) : [])))
    const [involved, returned, destroyed, lost] = [
      total('involved'),
      total('returned'),
      total('destroyed'),
      total('lost'),
    ]
    // Line by line: what one holder reports beyond what it had makes up for nobody else's shortfall.
    const recovered = lines.reduce(
      (total, line) => total + Math.min(recoveredOf(line, unit), inUnit(line.involved, unit)),
      0,
    )
    const rate = Number(involved) > 0 ? ((recovered / Number(involved)) * 100).toFixed(1) : '0.0'
    return { unit, involved, returned, destroyed, lost, rate }
  })
}
