import type { ReactNode } from 'react'
import { Empty } from './empty.tsx'

export type Column<T> = {
  title: string
  of(item: T): ReactNode
  /** A moment or a word that stays on one line; a figure stands right. */
  as?: 'short' | 'figure'
}

type Props<T> = {
  title: string
  items: readonly T[]
  keyOf(item: T): string
  /** The first names the row; on a phone each other one stands beside its title. */
  columns: readonly Column<T>[]
  /** What may be done with a row. */
  acts?(item: T): ReactNode
  /** What an empty table says, and what to do about it. */
  empty?: string
  hint?: string
  /** Between heading and table. */
  children?: ReactNode
}

/** A card of things in rows, alike at the desk and on the phone. */
export function Rows<T>({ title, items, keyOf, columns, acts, empty, hint, children }: Props<T>) {
  return (
    <section className="card">
      <h2>{title}</h2>
      {children}
      {items.length === 0 ? (
        <Empty title={empty ?? '还没有'}>{hint && <p>{hint}</p>}</Empty>
      ) : (
        <div className="scroll">
          <table className="rows stack">
            <thead>
              <tr>
                {columns.map((column) => (
                  <th key={column.title} className={column.as === 'figure' ? 'right' : undefined}>
                    {column.title}
                  </th>
                ))}
                {acts && (
                  <th>
                    <span className="unseen">操作</span>
                  </th>
                )}
              </tr>
            </thead>
            <tbody>
              {items.map((item) => (
                <tr key={keyOf(item)}>
                  {columns.map((column, index) => (
                    <td
                      key={column.title}
                      data-title={index === 0 ? undefined : column.title}
                      className={column.as === 'figure' ? 'right' : column.as === 'short' ? 'nowrap' : undefined}
                    >
                      <div>{column.of(item)}</div>
                    </td>
                  ))}
                  {acts && (
                    <td>
                      <div className="rowacts">{acts(item)}</div>
                    </td>
                  )}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  )
}

/** A small act at the end of a row. */
export function RowAct({ onClick, children, solid }: { onClick(): void; children: ReactNode; solid?: boolean }) {
  return (
    <button type="button" className={`button small ${solid ? '' : 'plain'}`} onClick={onClick}>
      {children}
    </button>
  )
}
