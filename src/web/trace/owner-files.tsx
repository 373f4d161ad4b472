import { useQuery } from '@tanstack/react-query'
import { createContext, type ReactNode, useContext, useMemo } from 'react'
import type { Place } from '../map/map.tsx'
import { read } from '../shell/api.ts'
import { useCatalogue } from '../shell/catalogue.ts'
import { path } from '../shell/path.ts'
import { Link } from '../shell/router.tsx'
import type { Row } from '../shell/row.ts'
import { type Holder, holderWord } from './answer.ts'

/** Where a party is and how to reach it, as its file says; a list hides the person. */
export type OwnerFile = { place?: Place; contact?: string; phone?: string; address?: string }
type Files = ReadonlyMap<string, OwnerFile>

const atOnce = 200
const none: Files = new Map()
const Known = createContext<Files>(none)

/** The files of holders below, as far as they are open to this reader. */
export const useOwnerFiles = (): Files => useContext(Known)

/** Asks for the files of these holders in one, so that only what may be opened is a link. */
export function OwnerFiles({ holders, children }: { holders: readonly Holder[]; children: ReactNode }) {
  const kind = useCatalogue().kinds.find(({ isOwner, verbs }) => isOwner && verbs.includes('read'))
  const ids = useMemo(() => [...new Set(holders.flatMap(({ ownerId }) => ownerId ?? []))].sort(), [holders])
  const { data } = useQuery({
    queryKey: ['owner-files', kind?.name, ids],
    enabled: kind !== undefined && ids.length > 0,
    staleTime: 300_000,
    queryFn: async ({ signal }) => {
      const files = new Map<string, OwnerFile>()
      for (let at = 0; at < ids.length; at += atOnce) {
        const asked = { id: ids.slice(at, at + atOnce).join(','), limit: String(atOnce) }
        const { items } = await read<{ items: Row[] }>(`/api/v1/records/${kind?.name}`, asked, signal)
        for (const row of items) files.set(row.id, row as unknown as OwnerFile)
      }
      return files
    },
  })
  return <Known value={data ?? none}>{children}</Known>
}

/** A holder, leading to its file where this reader may open it. */
export function HolderLink({ holder }: { holder: Holder | undefined }) {
  const kind = useCatalogue().kinds.find(({ isOwner }) => isOwner)
  const files = useOwnerFiles()
  if (!holder) return <span className="muted">—</span>
  if (!kind || !holder.ownerId || !files.has(holder.ownerId)) return <>{holderWord(holder)}</>
  return <Link to={path.record(kind.name, holder.ownerId)}>{holderWord(holder)}</Link>
}
