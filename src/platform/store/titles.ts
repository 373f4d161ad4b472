import type { ISql } from 'postgres'
import { tableOf } from '../../language/columns.ts'
import { type Kind, sealedFields } from '../../language/index.ts'
import { snake } from '../../language/names.ts'
import type { Actor } from '../access/actor.ts'
import { mayUse, reach, withinRows } from '../access/reach.ts'
import { hasPublicTitle } from './context.ts'

type Titled = { name: string; table: string; column: string }
/** `titled` are named to everybody, `within` to those who may read them. */
type Plan = {
  kinds: ReadonlyMap<string, Kind>
  owners: readonly string[]
  titled: readonly Titled[]
  within: readonly (Titled & { target: Kind })[]
}

const plans = new WeakMap<Kind, Plan>()

/** Which fields of a kind lead to something that has a title: asked with every answer, so it is found out once. */
function planOf(kinds: ReadonlyMap<string, Kind>, kind: Kind): Plan {
  const known = plans.get(kind)
  if (known?.kinds === kinds) return known
  const references = Object.entries(kind.fields).flatMap(([name, field]) => {
    const target = field.type === 'reference' ? kinds.get(field.to) : undefined
    return target ? [{ name, target }] : []
  })
  const named = ({ name, target }: { name: string; target: Kind }) => ({
    name,
    target,
    table: tableOf(target),
    column: snake(target.titleFields[0] as string),
  })
  const others = references.filter(({ target }) => !target.isOwner)
  const plan = {
    kinds,
    owners: ['ownerId', ...references.filter(({ target }) => target.isOwner).map(({ name }) => name)],
    titled: others.filter(({ target }) => hasPublicTitle(target)).map(named),
    // A person's name is not told beside: it is opened, and that is recorded.
    within: others
      .filter(({ target }) => !hasPublicTitle(target))
      .filter(({ target }) => !sealedFields(target).includes(target.titleFields[0] as string))
      .map(named),
  }
  plans.set(kind, plan)
  return plan
}

/** The ids that some fields of the rows hold. */
function idsIn(rows: readonly Record<string, unknown>[], names: readonly string[]): string[] {
  const ids = new Set<string>()
  for (const row of rows)
    for (const name of names) {
      const id = row[name]
      if (typeof id === 'string') ids.add(id)
    }
  return [...ids]
}

/**
 * Titles of the owners of some records and of what they refer to, by id: what a list shows instead of ids. Outside
 * their own reach only records with public titles are named. Nothing is asked about the actor's own house.
 */
export async function titlesOf(
  sql: ISql,
  kinds: ReadonlyMap<string, Kind>,
  actor: Actor,
  kind: Kind,
  rows: readonly Record<string, unknown>[],
): Promise<Record<string, string>> {
  const found: { id: string; title: string }[] = [{ id: actor.ownerId, title: actor.ownerTitle }]
  const take = async (table: string, column: string, asked: string[]) => {
    const ids = asked.filter((id) => id !== actor.ownerId)
    if (ids.length === 0) return
    found.push(
      ...(await sql<{ id: string; title: string }[]>`
        select id, ${sql(column)} as title from ${sql(table)} where id = any(${ids}::uuid[])`),
    )
  }
  const { owners, titled, within } = planOf(kinds, kind)
  await take('owner', 'title', idsIn(rows, owners))
  for (const { name, table, column } of titled) await take(table, column, idsIn(rows, [name]))
  for (const { name, table, column, target } of within) {
    const ids = idsIn(rows, [name])
    if (ids.length === 0 || !mayUse(actor, target, 'read')) continue
    found.push(
      ...(await sql<{ id: string; title: string }[]>`
        select t.id, t.${sql(column)}::text as title from ${sql(table)} t
        where t.id = any(${ids}::uuid[]) and ${withinRows(sql, 't', reach(actor, target, 'read'))}`),
    )
  }
  return Object.fromEntries(found.map((each) => [each.id, each.title]))
}
