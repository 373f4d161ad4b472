import type { ISql } from 'postgres'
import type { Role, Verb } from '../../language/index.ts'

/** What a place in the role tree leaves of one kind. */
export type KindNarrowing = { verbs?: readonly Verb[]; hide?: readonly string[] }

/** What a role narrows, kind by kind; `*` speaks for every kind that is not named. Operations: named ones only. */
export type Narrowing = {
  kinds?: Readonly<Record<string, KindNarrowing>>
  operations?: readonly string[]
}

export type RoleRow = {
  name: string
  title: string
  base: Exclude<Role, 'public'>
  parent: string | null
  narrows: Narrowing
  version: number
  retiredAt: Date | null
}

/** A narrowing under another one: a child never has more than its parent. */
export function under(parent: Narrowing, child: Narrowing): Narrowing {
  const names = new Set([...Object.keys(parent.kinds ?? {}), ...Object.keys(child.kinds ?? {})])
  const kinds: Record<string, KindNarrowing> = {}
  for (const name of names) {
    const outer = parent.kinds?.[name] ?? parent.kinds?.['*'] ?? {}
    const inner = child.kinds?.[name] ?? child.kinds?.['*'] ?? {}
    const verbs = outer.verbs && inner.verbs ? inner.verbs.filter((verb) => outer.verbs?.includes(verb)) : undefined
    kinds[name] = {
      ...((verbs ?? outer.verbs ?? inner.verbs) ? { verbs: verbs ?? outer.verbs ?? inner.verbs } : {}),
      hide: [...new Set([...(outer.hide ?? []), ...(inner.hide ?? [])])],
    }
  }
  const operations =
    parent.operations && child.operations
      ? child.operations.filter((name) => parent.operations?.includes(name))
      : (parent.operations ?? child.operations)
  return { ...(names.size > 0 ? { kinds } : {}), ...(operations ? { operations } : {}) }
}

/** What is left of one kind. */
export function narrowingOf(narrowing: Narrowing | undefined, kind: string): KindNarrowing {
  return narrowing?.kinds?.[kind] ?? narrowing?.kinds?.['*'] ?? {}
}

export async function readRoles(sql: ISql): Promise<Map<string, RoleRow>> {
  const rows = await sql<RoleRow[]>`
    select name, title, base, parent, narrows, version, retired_at as "retiredAt" from role order by name`
  return new Map(rows.map((row) => [row.name, row]))
}

/** The whole narrowing of a role along its line of parents. */
export function wholeNarrowing(roles: ReadonlyMap<string, RoleRow>, name: string): Narrowing {
  const row = roles.get(name)
  if (!row) return { kinds: { '*': { verbs: [] } } }
  return row.parent ? under(wholeNarrowing(roles, row.parent), row.narrows) : row.narrows
}
