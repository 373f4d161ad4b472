import { useQuery } from '@tanstack/react-query'
import { read } from '../shell/api.ts'
import type { OwnKind, Row } from '../shell/catalogue.ts'
import { dueOf } from './task.ts'
import './casework.css'

type Running = {
  recordId: string
  title: string
  dueAt: string | null
  missing: number | null
  pausedAt: string | null
}

/** The deadlines that run for the rows of a list, for kinds that have any. */
export function useListClocks(kind: OwnKind, rows: readonly Row[]): ReadonlyMap<string, Running> {
  const ids = rows.slice(0, 200).map((row) => row.id)
  const { data } = useQuery({
    queryKey: ['list-clocks', kind.name, ids],
    queryFn: () => read<{ items: Running[] }>('/api/v1/clocks', { kind: kind.name, ids: ids.join(',') }),
    enabled: !!kind.clocks && ids.length > 0,
    staleTime: 30_000,
  })
  return new Map((data?.items ?? []).map((each) => [each.recordId, each]))
}

/** What a row's clock says: what has to be done, and by when. */
export function ListClock({ clock }: { clock: Running | undefined }) {
  if (!clock || clock.pausedAt) return null
  const due = dueOf(clock.dueAt)
  if (!due) return <small>{clock.missing ? `${clock.title}：${clock.missing} 年节假日未录入` : clock.title}</small>
  return (
    <small className={`listclock ${due.tone === 'calm' ? '' : due.tone}`}>
      <span>{clock.title}：</span>
      <span>{due.text}</span>
    </small>
  )
}
