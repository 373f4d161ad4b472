import { type ReactNode, useState } from 'react'
import { moveByArrows } from '../shell/keys.ts'
import { Empty } from './empty.tsx'

export type Column<T> = {
  title: string
  of(item: T): ReactNode
  /** A moment or a word that stays on one line; a figure stands right; a code has letters of one width. */
  as?: 'short' | 'figure' | 'code'
  /** What the column is ordered by, where all rows are here: a click on its head orders by it. */
  by?(item: T): string | number
}

/** Some of the rows are chosen, to do one thing with them. */
export type Choice<T> = {
  chosen: readonly string[]
  choose(keys: readonly string[]): void
  nameOf(item: T): string
  /** Absent where every row may be chosen. */
  may?(item: T): boolean
}

type TableProps<T> = {
  items: readonly T[]
  keyOf(item: T): string
  /** The first names the row; on a phone each other one stands beside its title. */
  columns: readonly Column<T>[]
  /** What may be done with a row. */
  acts?(item: T): ReactNode
  choice?: Choice<T>
  /** Shows more of a row that is clicked, or taken by Enter. */
  open?(item: T): void
  /** A heading above the rows that belong together; `items` are in the order of their groups. */
  groupOf?(item: T): string
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

type Order = { title: string; down: boolean }

const inOrder = (a: string | number, b: string | number): number =>
  typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b), 'zh')

/** Figures begin with the largest, words with the first. */
function useOrder<T>(items: readonly T[], columns: readonly Column<T>[]) {
  const [order, setOrder] = useState<Order>()
  const by = columns.find(({ title }) => title === order?.title)?.by
  const sorted = by ? items.toSorted((a, b) => inOrder(by(a), by(b)) * (order?.down ? -1 : 1)) : items
  const turn = ({ title, as }: Column<T>) =>
    setOrder({ title, down: order?.title === title ? !order.down : as === 'figure' })
  return { sorted, order, turn }
}

function Head<T>({ column, order, turn }: { column: Column<T>; order?: Order; turn(column: Column<T>): void }) {
  const right = column.as === 'figure' ? 'right' : undefined
  if (!column.by) return <th className={right}>{column.title}</th>
  const down = order?.title === column.title ? order.down : undefined
  return (
    <th className={right} aria-sort={down === undefined ? undefined : down ? 'descending' : 'ascending'}>
      <button type="button" onClick={() => turn(column)} title="点击排序">
        {column.title}
        {down !== undefined && <span aria-hidden="true">{down ? ' ↓' : ' ↑'}</span>}
      </button>
    </th>
  )
}

function ChooseAll<T>({ choice, items, keyOf }: Pick<TableProps<T>, 'items' | 'keyOf'> & { choice: Choice<T> }) {
  const all = items.filter((item) => choice.may?.(item) ?? true).map(keyOf)
  const isAll = all.length > 0 && all.every((key) => choice.chosen.includes(key))
  return (
    <th className="tick">
      <label>
        <input
          type="checkbox"
          aria-label="选择全部"
          checked={isAll}
          disabled={all.length === 0}
          onChange={() => choice.choose(isAll ? [] : all)}
        />
        <span aria-hidden="true">选择全部</span>
      </label>
    </th>
  )
}

function Row<T>({ item, ...props }: Omit<TableProps<T>, 'items' | 'groupOf'> & { item: T }) {
  const { keyOf, columns, acts, choice, open } = props
  const key = keyOf(item)
  const isOwn = (target: EventTarget) => !(target as HTMLElement).closest('a, button, input, .tick')
  return (
    <tr
      data-row
      tabIndex={open ? 0 : undefined}
      onClick={open && (({ target }) => isOwn(target) && !getSelection()?.toString() && open(item))}
      onKeyDown={(event) => {
        if (!open || event.key !== 'Enter' || event.target !== event.currentTarget) return
        // The same Enter would press what has the focus in what is opened: the button that closes it.
        event.preventDefault()
        open(item)
      }}
    >
      {choice && (
        <td className="tick">
          {(choice.may?.(item) ?? true) && (
            <input
              type="checkbox"
              aria-label={`选择 ${choice.nameOf(item)}`}
              checked={choice.chosen.includes(key)}
              onChange={({ target }) =>
                choice.choose(target.checked ? [...choice.chosen, key] : choice.chosen.filter((each) => each !== key))
              }
            />
          )}
        </td>
      )}
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
  )
}

/** Things in rows, alike at the desk and on the phone, where the page around them gives the card. */
export function RowTable<T>({ items, groupOf, ...props }: TableProps<T>) {
  const { keyOf, columns, acts, choice, open } = props
  const { sorted, order, turn } = useOrder(items, columns)
  const width = columns.length + (acts ? 1 : 0) + (choice ? 1 : 0)
  return (
    <div className="scroll">
      <table className="rows stack" onKeyDown={open && moveByArrows}>
        <thead className={choice && 'chooses'}>
          <tr>
            {choice && <ChooseAll {...{ choice, items, keyOf }} />}
            {columns.map((column) => (
              <Head key={column.title} {...{ column, order, turn }} />
            ))}
            {acts && (
              <th>
                <span className="unseen">操作</span>
              </th>
            )}
          </tr>
        </thead>
        {[...Map.groupBy(sorted, (item) => groupOf?.(item) ?? '')].map(([group, members]) => (
          <tbody key={group}>
            {group && (
              <tr className="group">
                <th colSpan={width} scope="rowgroup">
                  {group}
                </th>
              </tr>
            )}
            {members.map((item) => (
              <Row key={keyOf(item)} item={item} {...props} />
            ))}
          </tbody>
        ))}
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
