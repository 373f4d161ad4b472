import type { ReactNode } from 'react'
import { Empty } from './empty.tsx'

export type Column<T> = {
  title: string
  of(item: T): ReactNode
  /** A moment or a word that stays on one line; a figure stands right; a code has letters of one width. */
  as?: 'short' | 'figure' | 'code'
}

type TableProps<T> = {
  items: readonly T[]
  keyOf(item: T): string
  /** The first names the row; on a phone each other one stands beside its title. */
  columns: readonly Column<T>[]
  /** What may be done with a row. */
  acts?(item: T): ReactNode
}

type Props<T> = TableProps<T> & {
  /** Absent where the page's own heading says it. */
  title?: string
  /** What may be done with all of them, beside the title. */
  side?: ReactNode
  /** What an empty table says, and what to do about it. */
  empty?: string
  hint?: ReactNode
  /** Between heading and table. */
  children?: ReactNode
  /** Below the table. */
  foot?: ReactNode
}

const classes = { short: 'nowrap', figure: 'right', code: 'mono' } as const

/** Things in rows, alike at the desk and on the phone, where the page around them gives the card. */
export function RowTable<T>({ items, keyOf, columns, acts }: TableProps<T>) {
  return (
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
                  className={column.as && classes[column.as]}
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
  )
}

/** A card of things in rows. */
export function Rows<T>({ title, side, empty, hint, children, foot, ...table }: Props<T>) {
  return (
    <section className="card">
      {title && side ? (
        <header>
          <h2>{title}</h2>
          {side}
        </header>
      ) : (
        title && <h2>{title}</h2>
      )}
      {children}
      {table.items.length === 0 ? (
        <Empty title={empty ?? '还没有'}>{typeof hint === 'string' ? <p>{hint}</p> : hint}</Empty>
      ) : (
        <RowTable {...table} />
      )}
      {foot}
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
