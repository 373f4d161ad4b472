import type { ISql } from 'postgres'
import { forbidden, notFound } from '../../failure.ts'
import { isId, type Kind } from '../../language/index.ts'
import type { Actor } from '../access/actor.ts'
import { mayUse, reachOf } from '../access/reach.ts'
import { narrowingOf } from '../access/roles.ts'
import type { Definition } from '../define/definitions.ts'
import { uuidv7 } from '../id.ts'
import type { Period } from '../indicators/wire.ts'
import type { Made } from './make.ts'
import type { Cadence, ReportContent, ReportHead } from './wire.ts'

/** A finished report, as it was made. */
export type Report = ReportHead<Date> & {
  ownerId: string
  definitionId: string
  reachColumn: 'city' | 'county' | 'station' | 'owner_id'
  reachValue: string
  uses: Record<string, string[]>
  content: ReportContent
}

/** Keeps a report; undefined where the clock has made the one of this period and place before. */
export async function keepReport(
  sql: ISql,
  actor: Actor,
  definition: Definition,
  given: { made: Made; period: Period; cadence: Cadence; byClock: boolean },
  now: Date,
): Promise<string | undefined> {
  const bound = reachOf(actor)
  if (bound.column === 'about_id' || actor.viewedBy || actor.partnerId) throw forbidden()
  const { made, period, cadence, byClock } = given
  const [row] = await sql<{ id: string }[]>`
    insert into report (owner_id, id, definition_id, template_version, cadence, by_clock, title, period_from, period_to,
      reach_column, reach_value, region, uses, content, as_of, made_at, made_by)
    values (${actor.ownerId}, ${uuidv7(now.getTime())}, ${definition.id}, ${definition.version}, ${cadence}, ${byClock},
      ${made.title}, ${period.from}, ${period.to}, ${bound.column}, ${bound.value}, ${actor.region},
      ${sql.json(made.uses)}, ${sql.json({ pieces: made.pieces } as never)}, ${made.asOf}, ${now}, ${actor.name})
    on conflict do nothing returning id`
  return row?.id
}

/** Reports made with a scope that the actor's own includes; an enterprise's are its own. */
function within(sql: ISql, actor: Actor) {
  const bound = reachOf(actor)
  if (actor.partnerId) return sql`false`
  switch (bound.column) {
    case 'city':
      return sql`r.city = ${bound.value} and r.reach_column <> 'owner_id'`
    case 'county':
      return sql`r.county = ${bound.value} and r.reach_column in ('county', 'station')`
    case 'station':
      return sql`r.reach_column = 'station' and r.reach_value = ${bound.value}`
    default:
      return sql`r.reach_column = 'owner_id' and r.owner_id = ${actor.ownerId}`
  }
}

/** Whether the actor may see all that a report was made of: a right that was taken away closes its reports too. */
export function mayRead(kinds: ReadonlyMap<string, Kind>, actor: Actor, { uses }: Pick<Report, 'uses'>): boolean {
  return Object.entries(uses).every(([name, fields]) => {
    const kind = kinds.get(name)
    if (!kind) return true
    const hidden = narrowingOf(actor.narrowing, name).hide ?? []
    return mayUse(actor, kind, 'read') && !fields.some((field) => hidden.includes(field))
  })
}

const columns = (sql: ISql) => sql`
  r.id, r.owner_id as "ownerId", o.title as "ownerTitle", r.definition_id as "definitionId", d.title as template,
  r.template_version as "templateVersion", r.cadence, r.by_clock as "byClock", r.title, r.period_from::text as "periodFrom",
  r.period_to::text as "periodTo", r.reach_column as "reachColumn", r.reach_value as "reachValue", r.region, r.uses,
  r.as_of as "asOf", r.made_at as "madeAt", r.made_by as "madeBy"`

const from = (sql: ISql) => sql`report r join owner o on o.id = r.owner_id join definition d on d.id = r.definition_id`

/** The newest finished reports that the actor may open, without their content. */
export async function listReports(
  sql: ISql,
  kinds: ReadonlyMap<string, Kind>,
  actor: Actor,
  asked: { template?: string; region?: string },
): Promise<Omit<Report, 'content'>[]> {
  const rows = await sql<Report[]>`
    select ${columns(sql)} from ${from(sql)} where ${within(sql, actor)}
      ${asked.template && isId(asked.template) ? sql`and r.definition_id = ${asked.template}` : sql``}
      ${asked.region ? sql`and r.region = ${asked.region}` : sql``}
    order by r.made_at desc, r.id desc limit 300`
  return rows.filter((row) => mayRead(kinds, actor, row))
}

/** One finished report; one out of reach, or made of what the actor may not see, is not there. */
export async function readReport(
  sql: ISql,
  kinds: ReadonlyMap<string, Kind>,
  actor: Actor,
  id: string,
): Promise<Report> {
  const [row] = isId(id)
    ? await sql<Report[]>`
        select ${columns(sql)}, r.content from ${from(sql)} where r.id = ${id} and ${within(sql, actor)}`
    : []
  if (!row || !mayRead(kinds, actor, row)) throw notFound('这份报告')
  return row
}
