import type { ISql, Sql } from 'postgres'
import type { Clock, Kind } from '../../language/index.ts'
import { legalDay, type WorkCalendar, workingDaysBetween } from '../../standards/china/index.ts'
import { uuidv7 } from '../id.ts'
import type { Change, Reaction } from '../operation.ts'
import { deadlineAfter, leftOf, readCalendar, type Span } from '../rules/calendar.ts'
import { figureOn } from '../rules/figures.ts'
import { type Kinds, titleAt } from './at-record.ts'
import { authorityOf, closeTasks, openTask, type Whose } from './task.ts'

type Running = {
  id: string
  name: string
  dueAt: Date | null
  value: number
  unit: string
  startedAt: Date
  pausedAt: Date | null
  leftValue: number | null
  leftUnit: string | null
}

export const clockSource = (id: string): string => `clock ${id}`

/** What is said where an end cannot be said. */
export const missingNote = (year: number | null | undefined): string | null =>
  year ? `${year} 年节假日未录入，期限暂不能确定` : null

function whoseOf(clock: Clock, kind: Kind, change: Change): Whose {
  if (clock.whose === 'authority') return authorityOf(change.region)
  const about = clock.whose === 'about' ? change.image[kind.about ?? ''] : undefined
  return { owner: typeof about === 'string' ? about : change.ownerId }
}

export type NewClock = {
  ownerId: string
  kind: string
  recordId: string
  region: string
  name: string
  title: string
  rule: string
  from: Date
  byHand?: string
}

/** Starts a clock under the figure of the day on which it counts from; undefined where the name has none on that day. */
export async function startClock(sql: ISql, clock: NewClock, calendar: WorkCalendar) {
  const span = await figureOn(sql, clock.rule, legalDay(clock.from))
  if (!span) return undefined
  const { at, missing } = deadlineAfter(clock.from, span, calendar)
  const row = {
    id: uuidv7(clock.from.getTime()),
    owner_id: clock.ownerId,
    kind: clock.kind,
    record_id: clock.recordId,
    region: clock.region,
    name: clock.name,
    title: clock.title,
    rule: clock.rule,
    value: span.value,
    unit: span.unit,
    started_at: clock.from,
    due_at: at ?? null,
    missing: missing ?? null,
    by_hand: clock.byHand ?? null,
  }
  const [made] = await sql<{ id: string; dueAt: Date | null; missing: number | null }[]>`
    insert into clock ${sql(row)} on conflict (kind, record_id, name) where stopped_at is null do nothing
    returning id, due_at as "dueAt", missing`
  return made
}

/** What is left where the end could not be said: the whole less the working days that are gone. */
function wholeLess({ value, unit, startedAt }: Running, now: Date, calendar: WorkCalendar): Span {
  const gone = unit === 'WD' ? workingDaysBetween(legalDay(startedAt), legalDay(now), calendar) : 0
  return { value: value - (gone ?? 0), unit }
}

/** Stands a clock still: what is left of it is kept. */
export async function pauseClock(sql: ISql, clock: Running, now: Date, calendar: WorkCalendar): Promise<void> {
  const left = clock.dueAt ? leftOf(now, clock.dueAt, clock.unit, calendar) : wholeLess(clock, now, calendar)
  await sql`update clock set paused_at = ${now}, left_value = ${left?.value ?? clock.value}, left_unit = ${left?.unit ?? clock.unit}, due_at = null
    where id = ${clock.id} and paused_at is null and stopped_at is null`
  await sql`update task set due_at = null, due_note = '已中止计时' where source = ${clockSource(clock.id)} and state in ('open', 'taken')`
}

/** Lets a clock run on with what was left. */
export async function resumeClock(sql: ISql, clock: Running, now: Date, calendar: WorkCalendar): Promise<void> {
  const { leftValue: value, leftUnit: unit } = clock
  const { at, missing } = value !== null && unit ? deadlineAfter(now, { value, unit }, calendar) : {}
  await sql`update clock set paused_at = null, resumed_at = ${now}, due_at = ${at ?? null}, missing = ${missing ?? null}
    where id = ${clock.id} and stopped_at is null`
  await sql`update task set due_at = ${at ?? null}, due_note = ${missingNote(missing)}
    where source = ${clockSource(clock.id)} and state in ('open', 'taken')`
}

/** Ends a clock, and what it asked for with it. */
export async function stopClock(sql: ISql, id: string, now: Date, by: string): Promise<void> {
  await sql`update clock set stopped_at = ${now}, paused_at = null where id = ${id} and stopped_at is null`
  await closeTasks(sql, [clockSource(id)], { state: 'done', name: by }, now)
}

export async function runningClocks(sql: ISql, kind: string, recordId: string): Promise<Running[]> {
  return sql<Running[]>`
    select id, name, due_at as "dueAt", value::float8 as value, unit, started_at as "startedAt", paused_at as "pausedAt", left_value::float8 as "leftValue", left_unit as "leftUnit"
    from clock where kind = ${kind} and record_id = ${recordId} and stopped_at is null`
}

/** The name of whoever made a change. */
export function actorName(change: Change): string {
  try {
    return String((JSON.parse(change.actor) as { name?: string }).name ?? '系统')
  } catch {
    return '系统'
  }
}

/** Brings the clocks of one record to where its new state wants them. */
async function follow(sql: ISql, kind: Kind, change: Change, calendar: WorkCalendar): Promise<void> {
  const [seen] = await sql`
    insert into clock_seen as s (kind, record_id, version) values (${kind.name}, ${change.id}, ${change.version})
    on conflict (kind, record_id) do update set version = excluded.version where s.version < excluded.version
    returning version`
  if (!seen) return
  const state = String(change.image.state)
  const at = new Date(String(change.image.updatedAt))
  const running = await runningClocks(sql, kind.name, change.id)
  for (const clock of kind.clocks ?? []) {
    const found = running.find((each) => each.name === clock.name)
    if (clock.runs.includes(state)) {
      if (found?.pausedAt) await resumeClock(sql, found, at, calendar)
      else if (!found) await begin(sql, kind, clock, change, at, calendar)
    } else if (found && clock.pauses?.includes(state)) {
      if (!found.pausedAt) await pauseClock(sql, found, at, calendar)
    } else if (found) await stopClock(sql, found.id, at, actorName(change))
  }
}

async function begin(sql: ISql, kind: Kind, clock: Clock, change: Change, at: Date, calendar: WorkCalendar) {
  const given = clock.from ? change.image[clock.from] : undefined
  const from = typeof given === 'string' ? new Date(given.length === 10 ? `${given}T00:00:00+08:00` : given) : at
  const base = { ownerId: change.ownerId, kind: kind.name, recordId: change.id, region: change.region }
  const made = await startClock(
    sql,
    { ...base, name: clock.name, title: clock.title, rule: clock.rule, from },
    calendar,
  )
  if (!made) throw new Error(`no figure ${clock.rule} on the day of ${from.toISOString()}`)
  await openTask(
    sql,
    {
      ...base,
      title: `${clock.title}：${await titleAt(sql, kind, change.id)}`,
      why: 'clock',
      source: clockSource(made.id),
      dueAt: made.dueAt,
      dueNote: missingNote(made.missing),
      whose: whoseOf(clock, kind, change),
      askedName: kind.title,
    },
    at,
  )
}

/** Follows the feed: clocks start, stand still and stop with the states of their records. */
export function clockReaction(kinds: Kinds): Reaction {
  const timed = [...kinds.values()].filter((kind) => kind.clocks)
  return {
    name: 'clocks',
    kinds: timed.map((kind) => kind.name),
    async react(sql, change) {
      const kind = kinds.get(change.kind)
      if (kind) await follow(sql, kind, change, await readCalendar(sql))
    },
  }
}

/** Ends that could not be said for want of a year's holidays are said as soon as they can be. Returns how many. */
export async function sayEnds(sql: Sql): Promise<number> {
  const waiting = await sql<{ id: string; value: number; unit: string; startedAt: Date; missing: number }[]>`
    select id, coalesce(left_value, value)::float8 as value, coalesce(left_unit, unit) as unit,
      coalesce(resumed_at, started_at) as "startedAt", missing from clock
    where missing in (select year from calendar_year) and stopped_at is null and paused_at is null limit 500`
  if (waiting.length === 0) return 0
  const calendar = await readCalendar(sql)
  for (const clock of waiting) {
    const { at, missing } = deadlineAfter(clock.startedAt, clock, calendar)
    await sql.begin(async (tx) => {
      await tx`update clock set due_at = ${at ?? null}, missing = ${missing ?? null} where id = ${clock.id} and stopped_at is null`
      await tx`update task set due_at = ${at ?? null}, due_note = ${missingNote(missing)}
        where source = ${clockSource(clock.id)} and state in ('open', 'taken')`
    })
  }
  return waiting.length
}
