import { useQuery } from '@tanstack/react-query'
import { read } from './api.ts'
import type { Catalogue, OwnKind } from './row.ts'
import { useSession } from './session.tsx'

export type { Catalogue, Operation, OwnKind, Row } from './row.ts'

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
