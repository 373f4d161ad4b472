import type { ISql, Sql } from 'postgres'
import { tableOf } from '../../language/columns.ts'
import type { Kind } from '../../language/index.ts'
import { snake } from '../../language/names.ts'
import { legalDay } from '../../standards/china/index.ts'
import type { Job } from '../jobs/job.ts'
import { peopleOfTask, tell } from '../message/tell.ts'
import type { Reaction } from '../operation.ts'
import { daysOfWarning } from '../rules/figures.ts'
import { type Kinds, titleAt } from './at-record.ts'
import { actorName } from './clock.ts'
import { authorityOf, closeTasks, openTask, type Whose } from './task.ts'

const dayMs = 86_400_000
const step = 500

/** A field whose end is renewed: what has to be done, and the column that holds its last day. */
type Renewal = { field: string; what: string; column: string }

function renewalsOf(kind: Kind): Renewal[] {
  return Object.entries(kind.fields).flatMap(([field, said]) =>
    (said.type === 'validity' || said.type === 'day') && said.renewal
      ? [{ field, what: said.renewal, column: snake(field) + (said.type === 'validity' ? '_until' : '') }]
      : [],
  )
}

const renewed = (kinds: Kinds): Kind[] => [...kinds.values()].filter((kind) => renewalsOf(kind).length > 0)

/** Behind what an enterprise lets lapse stands its authority; an authority's own lapses before its own people. */
const isWatched = (kind: Kind): boolean => kind.grants.enterprise?.includes('change') ?? false

const daysUntil = (until: string, today: string): number => (Date.parse(until) - Date.parse(today)) / dayMs

type Held = {
  ownerId: string
  region: string
  state: string
  version: number
  until: string | null
  station: string | null
}
/** Who is to be asked, under which source. */
type Wanted = { whom: 'owner' | 'authority'; whose: Whose; dueAt: Date | null; dueNote: string | null }

/** When it is looked at, and on which days before an end it is warned of. */
type Eye = { now: Date; today: string; days: readonly number[] }

const eyeAt = async (sql: ISql, now: Date): Promise<Eye> => {
  const today = legalDay(now)
  return { now, today, days: await daysOfWarning(sql, today) }
}

type Asked = { id: string; title: string; kind: string; recordId: string }

/** Tells whom a task is put before of the shortest warning that has been reached: once for each of them. */
async function warn(sql: ISql, task: Asked, left: number, { days, now }: Eye): Promise<void> {
  const stage = days.filter((each) => left <= each).at(-1)
  const said = left < 0 ? '已到期' : left === 0 ? '今天到期' : `还有 ${left} 天到期`
  const told = {
    topic: 'task',
    level: left < 0 || stage === days.at(-1) ? 'bad' : stage === days[0] ? 'info' : 'warn',
    title: `${task.title}，${said}`,
    kind: task.kind,
    recordId: task.recordId,
    key: `renewal ${task.id} ${left < 0 ? 'over' : stage}`,
  } as const
  await tell(sql, await peopleOfTask(sql, task.id), told, now)
}

async function holds(sql: ISql, kind: Kind, { column }: Renewal, id: string): Promise<Held | undefined> {
  const [held] = await sql.unsafe<Held[]>(
    `select t.owner_id as "ownerId", t.region, t.state, t.version, t.${column}::text as until, o.station
     from ${tableOf(kind)} t left join owner o on o.id = t.owner_id where t.id = $1`,
    [id],
    { prepare: true },
  )
  return held
}

/** Who is to be asked on a day; nobody while the end is far. */
function wantedOn(kind: Kind, held: Held, left: number, { days }: Eye): Wanted[] {
  if (held.state === 'void' || !held.until || left > (days[0] ?? -1)) return []
  // The whole last day is left to do it.
  const dueAt = new Date(Date.parse(`${held.until}T00:00:00+08:00`) + dayMs)
  const owner: Wanted = { whom: 'owner', whose: { owner: held.ownerId }, dueAt, dueNote: null }
  if (left >= 0 || !isWatched(kind)) return [owner]
  const whose = held.station ? { station: held.station } : authorityOf(held.region)
  return [owner, { whom: 'authority', whose, dueAt: null, dueNote: '已到期' }]
}

/**
 * Brings what is asked for before one end to what the record says now: asked for from the first day of warning, of the
 * authority too from the day after the end, and no longer once another end is recorded or the record is void. Returns
 * how many 待办 it opened.
 */
async function look(sql: ISql, kind: Kind, renewal: Renewal, id: string, eye: Eye, by: string): Promise<number> {
  const ofField = `renewal ${renewal.field} `
  // The feed and the clock may look at one record at the same moment; one of them opens the task.
  await sql`select pg_advisory_xact_lock(hashtextextended(${ofField + id}, 0))`
  const held = await holds(sql, kind, renewal, id)
  if (!held) return 0
  const { until, ownerId, region, version } = held
  const isVoid = held.state === 'void'
  const open = await sql<{ source: string }[]>`
    select source from task where kind = ${kind.name} and record_id = ${id}
      and state in ('open', 'taken') and starts_with(source, ${ofField})`
  const asked = open.map(({ source }) => source)
  const over = asked.filter((source) => isVoid || !source.endsWith(` ${until}`))
  const end = isVoid
    ? ({ state: 'cancelled', name: by, answer: '记录已作废' } as const)
    : ({ state: 'done', name: by, answer: '已登记新的有效期' } as const)
  await closeTasks(sql, over, end, eye.now)
  const left = until ? daysUntil(until, eye.today) : Number.POSITIVE_INFINITY
  let made = 0
  for (const { whom, ...each } of wantedOn(kind, held, left, eye)) {
    const begin = `${ofField}${whom} `
    if (asked.some((source) => source.startsWith(begin) && !over.includes(source))) continue
    const words = await titleAt(sql, kind, id)
    const what = whom === 'owner' ? renewal.what : `督促${renewal.what}`
    const title = words === kind.title ? what : `${what}：${words}`
    const base = { kind: kind.name, recordId: id, title }
    // An end that is changed and then put back is asked for again: its version tells them apart.
    const source = `${begin}${id} ${version} ${until}`
    const about = { ...base, ownerId, region, detail: `有效期至 ${until}`, askedName: kind.title }
    const task = await openTask(sql, { ...about, ...each, why: 'clock', source }, eye.now)
    if (!task) continue
    made += 1
    await warn(sql, { id: task, ...base }, left, eye)
  }
  return made
}

/** Follows the feed: an end that is recorded near is asked for at once, and one that was renewed no longer. */
export function renewalReaction(kinds: Kinds, clock: () => Date): Reaction {
  return {
    name: 'renewals',
    kinds: renewed(kinds).map(({ name }) => name),
    async react(sql, change) {
      const kind = kinds.get(change.kind)
      if (!kind) return
      const eye = await eyeAt(sql, clock())
      for (const renewal of renewalsOf(kind)) await look(sql, kind, renewal, change.id, eye, actorName(change))
    },
  }
}

/** The next records whose end has come near, or gone by, and of which somebody has not been asked. */
async function due(sql: Sql, kind: Kind, { field, column }: Renewal, last: string, today: string, after: string) {
  return sql.unsafe<{ id: string }[]>(
    `select t.id from ${tableOf(kind)} t
     where t.state <> 'void' and t.${column} <= $1::date and t.id > $2::uuid
       and (select count(*) from task k where k.kind = $3 and k.record_id = t.id and k.state in ('open', 'taken')
         and starts_with(k.source, $4)) < case when $5 and t.${column} < $6::date then 2 else 1 end
     order by t.id limit ${step}`,
    [last, after, kind.name, `renewal ${field} `, isWatched(kind), today],
    { prepare: true },
  )
}

/** What has already been asked for is told again at each further warning. */
async function warnAgain(sql: Sql, eye: Eye): Promise<void> {
  const { now, today, days } = eye
  const within = new Date(now.getTime() + ((days[1] ?? 0) + 1) * dayMs)
  const tasks = await sql<(Asked & { dueAt: Date })[]>`
    select id, title, kind, record_id as "recordId", due_at as "dueAt" from task
    where state in ('open', 'taken') and starts_with(source, 'renewal ') and due_at > ${now} and due_at <= ${within}`
  for (const task of tasks) await warn(sql, task, daysUntil(legalDay(new Date(task.dueAt.getTime() - 1)), today), eye)
}

/** Asks for what comes near its end, as the days go by. Returns how many 待办 it opened. */
export async function askForRenewals(sql: Sql, kinds: Kinds, now: Date): Promise<number> {
  const eye = await eyeAt(sql, now)
  const [first] = eye.days
  if (first === undefined) return 0
  const last = new Date(Date.parse(eye.today) + first * dayMs).toISOString().slice(0, 10)
  let made = 0
  for (const kind of renewed(kinds))
    for (const renewal of renewalsOf(kind)) {
      let after = '00000000-0000-0000-0000-000000000000'
      for (let more = true; more; ) {
        const found = await due(sql, kind, renewal, last, eye.today, after)
        for (const { id } of found)
          made += (await sql.begin((tx) => look(tx, kind, renewal, id, eye, '系统'))) as number
        after = found.at(-1)?.id ?? after
        more = found.length === step
      }
    }
  await warnAgain(sql, eye)
  return made
}

/** Just after the day's edge. */
export const renewalJob = (sql: Sql, kinds: Kinds): Job => ({
  name: 'renewals',
  title: '提醒到期',
  schedule: { at: '00:05' },
  run: ({ now }) => askForRenewals(sql, kinds, now),
})
