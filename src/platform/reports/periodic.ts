import { Failure } from '../../failure.ts'
import type { Actor } from '../access/actor.ts'
import { type Definition, definitionsOn, stopDefinition } from '../define/definitions.ts'
import type { Period } from '../indicators/wire.ts'
import { minuteOf } from '../indicators/words.ts'
import type { Job, Run } from '../jobs/job.ts'
import { tell } from '../message/tell.ts'
import { keepReport } from './kept.ts'
import { makeReport, type Press, scopedTo } from './make.ts'
import { duePeriods } from './period.ts'
import { reportSpeech, requireTemplate } from './template.ts'
import { cadences, type ReportBody } from './wire.ts'

/** By six in the morning the night's review has run and phones that were out have sent what they wrote. */
const fromHour = 6

/** Missed periods that one run makes up for: a platform that stood still for a month catches up on its daily reports. */
const missedMax = 31

/** The template's own authority or enterprise, acting by the clock. */
function actorOf(definition: Definition): Actor {
  const role = ({ city: 'city', county: 'county', owner_id: 'enterprise' } as const)[definition.reachColumn]
  const region = definition.reachColumn === 'owner_id' ? '' : definition.reachValue
  const { ownerId, ownerTitle } = definition
  return { userId: '', name: '定期生成', role, ownerId, ownerTitle, region, scopes: [] }
}

/** Who is told of a report: the people of the place or enterprise that it is for. */
async function readersOf(sql: Press['sql'], actor: Actor): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    select a.id from account a join owner o on o.id = a.owner_id
    where a.disabled_at is null and a.confirmed_at is not null and a.role = ${actor.role} and
      ${actor.role === 'enterprise' ? sql`a.owner_id = ${actor.ownerId}` : sql`o.region = ${actor.region} and o.station is null`}
    limit 500`
  return rows.map(({ id }) => id)
}

async function makeOne(press: Press, run: Run, definition: Definition, actor: Actor, period: Period): Promise<boolean> {
  const { sql } = press
  const known = await reportSpeech(sql, press.words.kinds, actor)
  const template = requireTemplate({ ...known, isCity: true }, definition.body)
  const made = await makeReport(press, actor, definition, template, period)
  const { cadence } = template.body
  const readers = await readersOf(sql, actor)
  const id = await sql.begin(async (tx) => {
    await run.guard(tx)
    const kept = await keepReport(tx, actor, definition, { made, period, cadence, byClock: true }, run.now)
    if (!kept) return undefined
    const told = { topic: 'report', level: 'info', kind: 'report', recordId: kept, key: `report ${kept}` } as const
    const detail = `${cadences[cadence]}已生成，数据时间 ${minuteOf(made.asOf.toISOString())}`
    await tell(tx, readers, { ...told, title: made.title, detail }, run.now)
    return kept
  })
  return id !== undefined
}

async function ofTemplate(press: Press, run: Run, definition: Definition, counties: readonly string[]) {
  const body = definition.body as unknown as ReportBody
  const today = minuteOf(run.now.toISOString()).slice(0, 10)
  const owner = actorOf(definition)
  const scopes =
    body.counties && owner.role === 'city' ? [owner, ...counties.map((code) => scopedTo(owner, code))] : [owner]
  let done = 0
  for (const actor of scopes) {
    if (actor.role === 'enterprise') {
      const [own] = await press.sql<{ region: string }[]>`select region from owner where id = ${actor.ownerId}`
      actor.region = own?.region ?? ''
    }
    const place = actor.role === 'enterprise' ? actor.ownerId : actor.region
    const [last] = await press.sql<{ from: string }[]>`
      select max(period_from)::text as from from report
      where definition_id = ${definition.id} and cadence = ${body.cadence} and reach_value = ${place} and by_clock`
    for (const period of duePeriods(body.cadence, today, last?.from ?? undefined, missedMax))
      if (await makeOne(press, run, definition, actor, period)) done++
  }
  return done
}

/** Makes the reports of all periods that are over, each once; a template that can no longer be read is switched off, saying why. */
export async function makeDue(press: Press, run: Run, counties: readonly string[]): Promise<number> {
  if (Number(minuteOf(run.now.toISOString()).slice(11, 13)) < fromHour) return 0
  const templates = await definitionsOn(press.sql, 'report')
  let done = 0
  for (const definition of templates.filter(({ body }) => (body as unknown as ReportBody).auto)) {
    if (run.signal.aborted) break
    try {
      done += await ofTemplate(press, run, definition, counties)
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      const why = error.problems[0]?.text ?? error.text
      await stopDefinition(press.sql, definition.number, `没有生成，已自动停用：${why}`)
    }
  }
  return done
}

/** The job that makes periodic reports. */
export const reportJob = (press: Press, counties: () => readonly string[]): Job => ({
  name: 'periodic-reports',
  title: '生成定期报告',
  schedule: { everySeconds: 300 },
  run: (run) => makeDue(press, run, counties()),
})
