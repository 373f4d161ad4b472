import type { ISql } from 'postgres'
import { tableOf } from '../../language/columns.ts'
import type { Kind } from '../../language/index.ts'

/**
 * Whether owner `o` is an authority, as a condition: no kind of subject has it on file, not even as void, and it is no
 * sandbox. A closed enterprise has given its claims back and is none for that.
 */
export function isAuthority(sql: ISql, kinds: ReadonlyMap<string, Kind>) {
  const filed = [...kinds.values()].filter((kind) => kind.isOwner)
  const none = filed.map((kind) => `not exists (select from ${tableOf(kind)} f where f.id = o.id)`)
  return sql.unsafe([`o.region <> '${sandboxRegion}'`, ...none].join(' and '))
}

/** Sandbox owners lie in a region that no authority has. */
export const sandboxRegion = '990000'
