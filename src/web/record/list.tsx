import type { Field } from '../../language/fields/index.ts'
import { sealedFields } from '../../language/sealed.ts'
import { ListClock, useListClocks } from '../casework/list-clocks.tsx'
import { Cell, cellAlign, isBlank, type Words } from '../input/index.tsx'
import { TakeAlong } from '../outbox/take-along.tsx'
import { Refusal } from '../shell/api.ts'
import { type OwnKind, type Row, useCatalogue } from '../shell/catalogue.ts'
import { moveByArrows, useArrowIntoRows, useKey } from '../shell/keys.ts'
import { Head, usePhone } from '../shell/layout.tsx'
import { path } from '../shell/path.ts'
import { Link, navigate } from '../shell/router.tsx'
import { useSession } from '../shell/session.tsx'
import { countOf, spokenMinute } from '../shell/time.ts'
import { Trouble } from '../shell/trouble.tsx'
import { Empty, Waiting } from '../ui/empty.tsx'
import { Unbroken } from '../ui/unbroken.tsx'
import { BatchBar } from './batch.tsx'
import { useChosen } from './chosen.ts'
import { ColumnValue } from './column-value.tsx'
import { type Column, useColumns } from './columns.ts'
import { Filters } from './filters.tsx'
import { useFitting } from './fitting.ts'
import { ListMap, placeOf } from './list-map.tsx'
import { ListMore } from './list-more.tsx'
import { useListQuery, useRows } from './query.ts'
import { Late, StateTag } from './state.tsx'
import { Views } from './views.tsx'
import { wholeOnly } from './whole-only.ts'
import { isSeenAcrossOwners, titleOf, useRecordWords } from './words.ts'
import { leastWorthFirst } from './worth.ts'
import './list.css'

type RowsProps = {
  kind: OwnKind
  rows: Row[]
  words: Words
  across: boolean
  columns: readonly Column[]
  /** The user chose these columns: all of them stand, however wide. */
  isChosen: boolean
  chosen: ReturnType<typeof useChosen>
  sort: string
  setSort(sort: string): void
}

/** Ordering works on fields that are always there, have one plain value and are not sealed. */
function isSortable(kind: OwnKind, name: string, field: Field): boolean {
  const isPlain = ['day', 'instant', 'text', 'number', 'code'].includes(field.type)
  return !!field.required && isPlain && !sealedFields(kind).includes(name)
}

function SortHead({ kind, column, sort, setSort }: { column: Column } & Pick<RowsProps, 'kind' | 'sort' | 'setSort'>) {
  const { name, title, field } = column
  const direction = sort === name ? 'ascending' : sort === `-${name}` ? 'descending' : undefined
  if (!field) return <th>{title}</th>
  if (!isSortable(kind, name, field)) return <th className={cellAlign(field)}>{title}</th>
  return (
    <th className={cellAlign(field)} aria-sort={direction}>
      <button type="button" onClick={() => setSort(direction === 'descending' ? name : `-${name}`)} title="点击排序">
        {title}
        {direction && <span aria-hidden="true">{direction === 'ascending' ? ' ↑' : ' ↓'}</span>}
      </button>
    </th>
  )
}

/** What a narrow window leaves out is said below the table. */
function FittedTable(props: RowsProps) {
  const { kind, columns, rows, isChosen } = props
  const least = isChosen ? [] : leastWorthFirst(kind, columns)
  const content = [...columns.map(({ name }) => name), rows.length, rows[0]?.id].join()
  const { ref, out } = useFitting<HTMLDivElement>(content, least.length)
  const hidden = least.slice(0, out)
  const titles = columns.filter(({ name }) => hidden.includes(name)).map(({ title }) => title)
  return (
    <>
      <div className="scroll" ref={ref}>
        <Table {...props} columns={columns.filter(({ name }) => !hidden.includes(name))} />
      </div>
      {titles.length > 0 && <p className="leftout noprint">窗口较窄，没有显示：{titles.join('、')}</p>}
    </>
  )
}

function Table({ kind, rows, words, columns, chosen, sort, setSort }: RowsProps) {
  useArrowIntoRows()
  const clocks = useListClocks(kind, rows)
  // A deadline stands under the state in which it runs.
  const clockAt = Math.max(
    0,
    columns.findIndex(({ name }) => name === 'state'),
  )
  return (
    <table className="rows" onKeyDown={moveByArrows}>
      <thead>
        <tr>
          <th className="tick noprint">
            <input type="checkbox" aria-label="选择全部" checked={chosen.isAll} onChange={chosen.toggleAll} />
          </th>
          {columns.map((column) => (
            <SortHead key={column.name} {...{ kind, column, sort, setSort }} />
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row, at) => {
          const to = path.record(kind.name, row.id)
          const isText = (target: EventTarget) =>
            !(target as HTMLElement).closest('a, .tick') && !getSelection()?.toString()
          return (
            <tr
              key={row.id}
              data-row
              tabIndex={0}
              className={row.state === 'void' ? 'void' : undefined}
              onClick={(event) => isText(event.target) && navigate(to)}
              aria-selected={chosen.has(row)}
              onKeyDown={(event) => {
                if (event.target !== event.currentTarget) return
                if (event.key === 'Enter') navigate(to)
                if (event.key !== ' ' && event.key !== 'x') return
                event.preventDefault()
                chosen.toggle(at, event.shiftKey)
              }}
            >
              <td className="tick noprint">
                <input
                  type="checkbox"
                  tabIndex={-1}
                  aria-label="选择这一行"
                  checked={chosen.has(row)}
                  onChange={(event) => chosen.toggle(at, (event.nativeEvent as MouseEvent).shiftKey)}
                />
              </td>
              {columns.map((column, index) => {
                const cell = <ColumnValue {...{ kind, row, column, words }} />
                return (
                  <td key={column.name} className={column.field && cellAlign(column.field)}>
                    {index === 0 ? (
                      <Link to={to} tabIndex={-1}>
                        {cell}
                      </Link>
                    ) : (
                      cell
                    )}
                    {index === clockAt && <ListClock clock={clocks.get(row.id)} />}
                  </td>
                )
              })}
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}

function Cards({ kind, rows, words, across, columns }: RowsProps) {
  const clocks = useListClocks(kind, rows)
  const rest = columns.flatMap(({ name, field }) => (field && !kind.titleFields.includes(name) ? [name] : []))
  const toned = rest.findLast((name) => {
    const field = kind.fields[name]
    return field?.type === 'choice' && field.tones
  })
  // The state that matters most stands beside the title: a bad one before others.
  const stateOf = (row: Row) =>
    rest.find((name) => {
      const field = kind.fields[name]
      return field?.type === 'choice' && ['bad', 'warn'].includes(field.tones?.[String(row[name])] ?? '')
    }) ?? toned
  return (
    <div className="cards">
      {rows.map((row) => {
        const state = stateOf(row)
        const field = state ? kind.fields[state] : undefined
        return (
          <Link key={row.id} to={path.record(kind.name, row.id)} className={row.state} data-row>
            <header>
              <b>
                <Unbroken text={titleOf(kind, row, words)} />
              </b>
              {row.state === 'void' || kind.states ? (
                <StateTag kind={kind} row={row} />
              ) : (
                field && state && <Cell field={field} value={row[state]} words={words} />
              )}
            </header>
            {across && <span className="sub">{words.titles[row.ownerId]}</span>}
            <ListClock clock={clocks.get(row.id)} />
            <Late row={row} />
            <dl>
              {rest
                .filter((name) => (name !== state || kind.states) && !isBlank(row[name]))
                .map((name) => {
                  const inner = kind.fields[name] as Field
                  return (
                    <div key={name}>
                      <dt>{inner.title}</dt>
                      <dd>
                        <Cell field={inner} value={row[name]} words={words} />
                      </dd>
                    </div>
                  )
                })}
            </dl>
          </Link>
        )
      })}
    </div>
  )
}

type EmptyProps = { kind: OwnKind; narrowed: boolean; isSearch: boolean; clear(): void }

function EmptyList({ kind, narrowed, isSearch, clear }: EmptyProps) {
  const whole = isSearch ? wholeOnly(kind) : []
  const canCreate = kind.verbs.includes('create')
  if (narrowed)
    return (
      <Empty title="没有符合条件的记录">
        <p>放宽日期或换个词再试。</p>
        {whole.length > 0 && <p>{whole.join('、')}加密保存，要写全才能找到。</p>}
        <button type="button" className="button" onClick={clear}>
          清除条件
        </button>
      </Empty>
    )
  return (
    <Empty title={`还没有${kind.title}记录`}>
      <p>{canCreate ? kind.help : `企业登记以后会出现在这里。${kind.help}`}</p>
      {canCreate && (
        <Link className="button primary" to={path.create(kind.name)}>
          登记第一条
        </Link>
      )}
    </Empty>
  )
}

/** The list of a kind: derived columns, filters, paging and export. */
export default function List({ kind }: { kind: OwnKind }) {
  const { actor } = useSession()
  const { areas } = useCatalogue()
  const phone = usePhone()
  const { query, set, clear } = useListQuery(kind)
  const { rows, titles, total, totalCapped, narrowed, keptAt, error, refetch, isPending, isPlaceholderData, ...pages } =
    useRows(kind, query)
  const words = useRecordWords(titles)
  const canCreate = kind.verbs.includes('create')
  useKey('n', canCreate ? () => navigate(path.create(kind.name)) : undefined)

  const count = `${totalCapped ? '超过 ' : ''}${countOf(total)}`
  const title =
    isPending || error || (total === 0 && !narrowed)
      ? kind.title
      : narrowed
        ? `${kind.title}，符合条件的 ${count} 条`
        : `${kind.title}，共 ${count} 条`
  const across = isSeenAcrossOwners(kind, actor.role)
  const isMap = query.as === 'map' && !!placeOf(kind)
  const isOpen = rows.length > 0 && (phone || isMap)
  const chosen = useChosen(rows)
  const shown = useColumns(kind, actor.role, query, set)
  const props = {
    kind,
    chosen,
    rows,
    words,
    across,
    columns: shown.columns,
    isChosen: shown.isChosen,
    sort: query.sort ?? kind.list.sort ?? '',
    setSort: (sort: string) => set({ sort: sort === kind.list.sort ? undefined : sort }),
  }
  return (
    <>
      <Head title={title} sub={kind.help || areas.find((area) => area.name === kind.area)?.title}>
        {phone && <TakeAlong kind={kind} query={query} />}
        {placeOf(kind) && (
          <button
            type="button"
            className="button"
            aria-pressed={isMap}
            onClick={() => set({ as: isMap ? undefined : 'map' })}
          >
            {isMap ? '列表' : '地图'}
          </button>
        )}
        <ListMore kind={kind} query={query} shown={shown} />
        {canCreate && (
          <Link className="button primary" to={path.create(kind.name)}>
            登记<kbd className="desk">n</kbd>
          </Link>
        )}
      </Head>
      <Views kind={kind} query={query} columns={shown} />
      <Filters {...{ kind, query, titles, set, clear }} />
      {query.indicator && (
        <p className="note noprint" style={{ marginBottom: 12 }}>
          只列出指标计入的记录（{query.indicatorFrom} 至 {query.indicatorTo}）。
          <Link to={`${path.desk('indicators')}?id=${query.indicator}`}>回到指标</Link>
        </p>
      )}
      {error instanceof Refusal && error.problems[0]?.at === '/sort' ? (
        <Empty title={error.problems[0].text}>
          <button type="button" className="button" onClick={() => set({ sort: undefined })}>
            按原来的顺序看
          </button>
        </Empty>
      ) : error ? (
        <Trouble error={error} retry={refetch} />
      ) : (
        <>
          {keptAt && (
            <p className="note warn" style={{ marginBottom: 12 }}>
              没有网络，这里是 {spokenMinute(keptAt)} 带到现场的内容。
            </p>
          )}
          <div className={isOpen ? '' : `card listcard ${isPlaceholderData ? 'stale' : ''}`}>
            {isPending ? (
              <Waiting lines={8} />
            ) : rows.length === 0 ? (
              <EmptyList kind={kind} narrowed={narrowed} isSearch={!!query.q} clear={clear} />
            ) : isMap ? (
              <ListMap kind={kind} query={query} />
            ) : phone ? (
              <Cards {...props} />
            ) : (
              <FittedTable {...props} />
            )}
          </div>
          <BatchBar kind={kind} rows={chosen.chosen} columns={shown.columns} choose={chosen.choose} />
          {rows.length > 0 && !isMap && (
            <div className="listfoot noprint">
              <span>
                已显示 {countOf(rows.length)} 条，共 {count} 条
              </span>
              {pages.hasNextPage && (
                <button
                  type="button"
                  className="button"
                  disabled={pages.isFetchingNextPage}
                  onClick={() => pages.fetchNextPage()}
                >
                  {pages.isFetchingNextPage ? '正在读取…' : '加载更多'}
                </button>
              )}
            </div>
          )}
        </>
      )}
    </>
  )
}
