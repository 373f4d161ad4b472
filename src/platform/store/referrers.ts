import type { ISql } from 'postgres'
import { tableOf } from '../../language/columns.ts'
import { titleOf } from '../../language/image.ts'
import type { Kind } from '../../language/index.ts'
import { snake } from '../../language/names.ts'
import type { Actor } from '../access/actor.ts'
import { mayUse, reach, within } from '../access/reach.ts'

export type Referrer = {
  kind: string
  kindTitle: string
  field: string
  items: { id: string; title: string }[]
  more: boolean
}

/** Shown of each kind; the rest is a list away. */
const shown = 5

/** What refers to a record, kind by kind, newest first, as far as the actor may read. */
export async function referrersOf(
  sql: ISql,
  kinds: ReadonlyMap<string, Kind>,
  actor: Actor,
  target: Kind,
  id: string,
): Promise<Referrer[]> {
  const found: Referrer[] = []
  for (const kind of kinds.values()) {
    if (!mayUse(actor, kind, 'read')) continue
    const bound = reach(actor, kind, 'read')
    for (const [name, field] of Object.entries(kind.fields)) {
      if (field.type !== 'reference' || field.to !== target.name) continue
      const rows = await sql.unsafe<{ id: string; title: string }[]>(
        `select t.id, ${titleOf(kind, 't')} as title from ${tableOf(kind)} t
         where t.${snake(name)} = $1::uuid and ${within('t', bound, '$2')} and t.state <> 'void' order by t.id desc limit ${shown + 1}`,
        [id, bound.value],
        { prepare: true },
      )
      if (rows.length > 0)
        found.push({
          kind: kind.name,
          kindTitle: kind.title,
          field: name,
          items: rows.slice(0, shown),
          more: rows.length > shown,
        })
    }
  }
  return found
}
