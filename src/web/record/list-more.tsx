import { useEffect, useRef, useState } from 'react'
import { TakeAlong } from '../outbox/take-along.tsx'
import type { OwnKind } from '../shell/catalogue.ts'
import { usePhone } from '../shell/layout.tsx'
import { path, type Query } from '../shell/path.ts'
import { Link } from '../shell/router.tsx'
import { exportUrl } from './export.tsx'

/** What is done with a list less often than looking at it: export, import, paper, the field. */
export function ListMore({ kind, query }: { kind: OwnKind; query: Query }) {
  const phone = usePhone()
  const [open, setOpen] = useState(false)
  const ref = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (!open) return
    const onPointer = (event: PointerEvent) => !ref.current?.contains(event.target as Node) && setOpen(false)
    const onKey = (event: KeyboardEvent) => event.key === 'Escape' && setOpen(false)
    window.addEventListener('pointerdown', onPointer)
    window.addEventListener('keydown', onKey)
    return () => {
      window.removeEventListener('pointerdown', onPointer)
      window.removeEventListener('keydown', onKey)
    }
  }, [open])
  const close = () => setOpen(false)
  return (
    <div className="more-acts" ref={ref}>
      <button type="button" className="button" aria-expanded={open} onClick={() => setOpen(!open)}>
        更多
      </button>
      {open && (
        <div className="popped">
          <a href={exportUrl(kind, query, 'xlsx')} download onClick={close}>
            导出 Excel
          </a>
          <a href={exportUrl(kind, query, 'csv')} download onClick={close}>
            导出 CSV
          </a>
          <Link to={path.printList(kind.name, query)}>打印列表</Link>
          {kind.verbs.includes('create') && <Link to={path.import(kind.name)}>从 Excel 导入</Link>}
          {!phone && <TakeAlong kind={kind} query={query} />}
        </div>
      )}
    </div>
  )
}
