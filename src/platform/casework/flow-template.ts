import type { ISql } from 'postgres'
import { tableOf } from '../../language/columns.ts'
import type { Kind } from '../../language/index.ts'
import type { Actor } from '../access/actor.ts'

/** One step of a flow, as its template's lines have it. */
export type FlowStep = {
  title: string
  who: 'colleague' | 'owner' | 'station' | 'county' | 'city'
  how: 'any' | 'all'
  days?: number
  onRefusal: 'end' | 'back'
}

export type Template = { id: string; name: string; onStep: string | null; steps: FlowStep[] }

/**
 * Published templates that somebody may use on a kind: one's own owner's, and those of the authorities above. `step` asks
 * for those that must be passed before that step of the record's life; one's own come first.
 */
export async function templatesFor(
  sql: ISql,
  templates: Kind,
  actor: Actor,
  kindTitle: string,
  step?: string,
): Promise<Template[]> {
  const wanted = step === undefined ? sql`` : sql`and t.on_step = ${step}`
  return sql<Template[]>`
    select t.id, t.name, t.on_step as "onStep", t.steps from ${sql(tableOf(templates))} t
    where t.state = 'published' and (t.applies_to is null or t.applies_to = ${kindTitle}) ${wanted}
      and (t.owner_id = ${actor.ownerId} or (
        t.region in (${actor.region}, left(${actor.region}, 4) || '00')
        and exists (select from account a where a.owner_id = t.owner_id and a.role in ('city', 'county'))))
    order by t.owner_id = ${actor.ownerId} desc, t.id desc limit 50`
}
