import type { ISql } from 'postgres'
import type { Kind } from '../../language/index.ts'

/**
 * Titles of the owners of some records and of the owners they refer to, by id: what a list shows instead of ids.
 * Only owners have titles outside their own reach.
 */
export async function titlesOf(
  sql: ISql,
  kinds: ReadonlyMap<string, Kind>,
  kind: Kind,
  rows: readonly Record<string, unknown>[],
): Promise<Record<string, string>> {
  const references = Object.entries(kind.fields)
    .filter(([, field]) => field.type === 'reference' && kinds.get(field.to)?.isOwner)
    .map(([name]) => name)
  const ids = new Set(rows.flatMap((row) => ['ownerId', ...references].map((name) => row[name])).filter(Boolean))
  if (ids.size === 0) return {}
  const found = await sql<{ id: string; title: string }[]>`
    select id, title from owner where id = any(${[...ids] as string[]}::uuid[])`
  return Object.fromEntries(found.map((owner) => [owner.id, owner.title]))
}
