import { type DragEvent, type KeyboardEvent, useRef, useState } from 'react'
import type { OwnKind } from '../shell/catalogue.ts'
import { Drawer } from '../ui/dialog.tsx'
import type { Column, useColumns } from './columns.ts'

type Props = Pick<ReturnType<typeof useColumns>, 'columns' | 'every' | 'isChosen' | 'choose'> & {
  kind: OwnKind
  onClose(): void
}

function moved<T>(list: readonly T[], from: number, to: number): T[] {
  const rest = list.filter((_, index) => index !== from)
  return [...rest.slice(0, to), list[from] as T, ...rest.slice(to)]
}

/** Which columns a list shows, in which order: dragged, or moved with Alt and the arrows. */
export function ColumnSettings({ kind, columns, every, isChosen, choose, onClose }: Props) {
  const names = columns.map(({ name }) => name)
  const hidden = every.filter(({ name }) => !names.includes(name))
  const [dragged, setDragged] = useState<number>()
  const [told, setTold] = useState('')
  const list = useRef<HTMLUListElement>(null)
  const move = (from: number, to: number) => {
    if (to < 0 || to >= names.length) return
    choose(moved(names, from, to))
    setTold(`${columns[from]?.title}移到第 ${to + 1} 列`)
    requestAnimationFrame(() => list.current?.querySelectorAll<HTMLElement>('[data-handle]')[to]?.focus())
  }
  const byKeys = (event: KeyboardEvent, index: number) => {
    const step = event.key === 'ArrowUp' ? -1 : event.key === 'ArrowDown' ? 1 : 0
    if (step === 0) return
    event.preventDefault()
    move(index, index + step)
  }
  const over = (event: DragEvent, index: number) => {
    event.preventDefault()
    if (dragged === undefined || dragged === index) return
    choose(moved(names, dragged, index))
    setDragged(index)
  }
  const tick = (column: Column, index?: number) => (
    <label className="check">
      <input
        type="checkbox"
        checked={index !== undefined}
        disabled={index !== undefined && names.length === 1}
        onChange={() =>
          choose(index === undefined ? [...names, column.name] : names.filter((name) => name !== column.name))
        }
      />
      {column.title}
    </label>
  )
  return (
    <Drawer title={`${kind.title}列表显示哪些列`} onClose={onClose}>
      <p className="sub">拖动，或用上下箭头键移动。导出和打印也按这里的列和次序。</p>
      <ul className="columnlist" ref={list}>
        {columns.map((column, index) => (
          <li
            key={column.name}
            draggable
            className={dragged === index ? 'dragged' : undefined}
            onDragStart={() => setDragged(index)}
            onDragEnd={() => setDragged(undefined)}
            onDragOver={(event) => over(event, index)}
          >
            {tick(column, index)}
            <button
              type="button"
              data-handle
              className="button plain small"
              aria-label={`移动${column.title}，现在第 ${index + 1} 列，用上下箭头键`}
              onKeyDown={(event) => byKeys(event, index)}
            >
              ⠿
            </button>
          </li>
        ))}
      </ul>
      {hidden.length > 0 && (
        <>
          <h3>没有显示的</h3>
          <ul className="columnlist">
            {hidden.map((column) => (
              <li key={column.name}>{tick(column)}</li>
            ))}
          </ul>
        </>
      )}
      <p className="unseen" role="status">
        {told}
      </p>
      <div className="savebar">
        <button type="button" className="button primary" onClick={onClose}>
          完成
        </button>
        <button type="button" className="button" disabled={!isChosen} onClick={() => choose(undefined)}>
          恢复原来的列
        </button>
      </div>
    </Drawer>
  )
}
