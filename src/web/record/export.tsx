import type { OwnKind } from '../shell/catalogue.ts'
import type { Query } from '../shell/path.ts'
import { asked } from './query.ts'

/** The address of a file with exactly what the list shows under these conditions, in its order. */
export function exportUrl(kind: OwnKind, query: Query, format: 'csv' | 'xlsx'): string {
  const pairs = Object.entries<string | undefined>({ ...asked(kind, query), format }).filter(
    (pair): pair is [string, string] => !!pair[1],
  )
  return `/api/v1/records/${kind.name}/export?${new URLSearchParams(pairs)}`
}
