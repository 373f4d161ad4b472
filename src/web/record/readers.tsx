import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { isImportant } from '../../language/kind.ts'
import { read } from '../shell/api.ts'
import type { OwnKind, Row } from '../shell/catalogue.ts'
import { useSession } from '../shell/session.tsx'
import { spokenMinute } from '../shell/time.ts'
import { Waiting } from '../ui/empty.tsx'

type Reader = { name: string; ownerTitle: string; times: number; lastAt: string }

/** Who saw a record that holds personal data, for those who may know: asked for only when wanted. */
export function Readers({ kind, row }: { kind: OwnKind; row: Row }) {
  const { actor } = useSession()
  const [open, setOpen] = useState(false)
  const { data, error } = useQuery({
    queryKey: ['readers', kind.name, row.id],
    queryFn: ({ signal }) => read<{ items: Reader[] }>(`/api/v1/records/${kind.name}/${row.id}/readers`, {}, signal),
    enabled: open,
  })
  if (!isImportant(kind) || (row.ownerId !== actor.ownerId && actor.role !== 'city')) return null
  return (
    <div className="readers">
      <h2>
        谁看过
        <button type="button" className="link" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? '收起' : '查看'}
        </button>
      </h2>
      {open && error && <p className="sub">{error.message}</p>}
      {open && !error && !data && <Waiting lines={2} />}
      {open && data && (
        <ul>
          {data.items.map((reader) => (
            <li key={`${reader.name} ${reader.ownerTitle}`}>
              {reader.name}
              <span className="sub">
                {reader.ownerTitle && `${reader.ownerTitle} · `}
                {reader.times} 次，最近 {spokenMinute(reader.lastAt)}
              </span>
            </li>
          ))}
          {data.items.length === 0 && <li className="muted">半年内没有人打开过</li>}
        </ul>
      )}
    </div>
  )
}
