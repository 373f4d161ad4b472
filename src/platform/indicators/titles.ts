import type { Sql } from 'postgres'
import { tableOf } from '../../language/columns.ts'
import type { Kind } from '../../language/index.ts'
import { snake } from '../../language/names.ts'
import type { Actor } from '../access/actor.ts'
import { mayUse } from '../access/reach.ts'
import { hasPublicTitle } from '../store/context.ts'

/** Titles of referred records, where they are public. */
export async function titlesByIds(
  sql: Sql,
  kinds: ReadonlyMap<string, Kind>,
  actor: Actor,
  to: string,
  ids: readonly string[],
): Promise<Map<string, string>> {
  const kind = kinds.get(to)
  if (!kind || !hasPublicTitle(kind) || !(mayUse(actor, kind, 'read') || mayUse(actor, kind, 'refer'))) return new Map()
  const rows = await sql<{ id: string; title: string }[]>`
    select id, ${sql(snake(kind.titleFields[0] as string))} as title from ${sql(tableOf(kind))} where id = any(${ids as string[]}::uuid[])`
  return new Map(rows.map(({ id, title }) => [id, title]))
}
