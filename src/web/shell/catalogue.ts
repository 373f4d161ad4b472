import { useQuery } from '@tanstack/react-query'
import type { Fields } from '../../language/fields/index.ts'
import type { Kind, Verb } from '../../language/kind.ts'
import { read } from './api.ts'
import { useSession } from './session.tsx'

/** A kind with its area and the verbs that this user has. */
export type OwnKind = Kind & { area: string; verbs: readonly Verb[] }

export type Operation = { name: string; title: string; help: string; area: string; fields: Fields }

export type Catalogue = {
  areas: { name: string; title: string }[]
  kinds: OwnKind[]
  operations: Operation[]
  regions: { code: string; title: string }[]
  units: Record<string, string>
}

/** A record in its API form. */
export type Row = {
  id: string
  ownerId: string
  region: string
  version: number
  /** `void`, or one of the kind's own. */
  state: string
  voidReason?: string
  createdAt: string
  updatedAt: string
  titles?: Record<string, string>
} & Record<string, unknown>

/** What this user may see and do: all pages are derived from it. */
export function useCatalogueQuery() {
  const { actor } = useSession()
  return useQuery({
    queryKey: ['catalogue', actor.ownerId, actor.name],
    queryFn: () => read<Catalogue>('/api/v1/catalogue'),
    staleTime: 10 * 60_000,
  })
}

/** The catalogue, once the shell has read it. */
export function useCatalogue(): Catalogue {
  const { data } = useCatalogueQuery()
  if (!data) throw new Error('the shell shows pages only after the catalogue is read')
  return data
}

export function useKind(name: string): OwnKind | undefined {
  return useCatalogue().kinds.find((kind) => kind.name === name)
}
