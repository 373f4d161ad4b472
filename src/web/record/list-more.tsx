import { useEffect, useRef, useState } from 'react'
import { TakeAlong } from '../outbox/take-along.tsx'
import type { OwnKind } from '../shell/catalogue.ts'
import { usePhone } from '../shell/layout.tsx'
import { path, type Query } from '../shell/path.ts'
import { Link } from '../shell/router.tsx'
import { ColumnSettings } from './column-settings.tsx'
import type { useColumns } from './columns.ts'
import { useExport } from './export.tsx'

type Props = { kind: OwnKind; query: Query; shown: ReturnType<typeof useColumns> }

/** What is done with a list less often than looking at it: columns, export, import, paper, the field. */
export function ListMore({ kind, query, shown }: Props) {
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
  const { start, dialog } = useExport(kind)
  const [settings, setSettings] = useState(false)
  const columns = shown.columns.map(({ name }) => name)
  const act = (run: () => void) => () => {
    setOpen(false)
    run()
  }
  return (
    <div className="more-acts" ref={ref}>
      <button type="button" className="button" aria-expanded={open} onClick={() => setOpen(!open)}>
        更多
      </button>
      {open && (
        <div className="popped">
          <button type="button" onClick={act(() => setSettings(true))}>
            选择列
          </button>
          <button type="button" onClick={act(() => start({ query, format: 'xlsx', columns }))}>
            导出 Excel
          </button>
          <button type="button" onClick={act(() => start({ query, format: 'csv', columns }))}>
            导出 CSV
          </button>
          <button type="button" onClick={act(() => start({ query, format: 'xlsx' }))}>
            导出全部项目
          </button>
          <Link to={path.printList(kind.name, query)}>打印列表</Link>
          {kind.verbs.includes('create') && <Link to={path.import(kind.name)}>从 Excel 导入</Link>}
          {!phone && <TakeAlong kind={kind} query={query} />}
        </div>
      )}
      {settings && <ColumnSettings kind={kind} {...shown} onClose={() => setSettings(false)} />}
      {dialog}
    </div>
  )
}
