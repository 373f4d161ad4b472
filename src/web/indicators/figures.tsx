import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { lazy, Suspense, useMemo } from 'react'
import { read } from '../shell/api.ts'
import { useCatalogue } from '../shell/catalogue.ts'
import { Head } from '../shell/layout.tsx'
import { path } from '../shell/path.ts'
import { Link, navigate, useRoute } from '../shell/router.tsx'
import { countOf, minuteOf } from '../shell/time.ts'
import { Trouble } from '../shell/trouble.tsx'
import { Empty, Waiting } from '../ui/empty.tsx'
import { type Column, RowTable } from '../ui/rows.tsx'
import { Tag } from '../ui/shape.tsx'
import type { Line } from './chart.tsx'
import { type Answer, type Cell, type Compared, counts, percentOf, shownFigure, toneOf } from './indicator.ts'
import { indicatorPath } from './indicators.tsx'

const Chart = lazy(() => import('./chart.tsx'))

const splits = { none: '随时间', region: '按县区', owner: '按单位', category: '按类别' } as const
const grains = { day: '每天', month: '每月', year: '每年' } as const

/** Keys over the whole period, the largest first. */
function ranked(answer: Answer): Cell[] {
  const byKey = new Map<string, Cell>()
  for (const cell of answer.cells) {
    const known = byKey.get(cell.key)
    if (known) {
      known.num += cell.num
      known.den += cell.den
      known.rows += cell.rows
    } else byKey.set(cell.key, { ...cell })
  }
  for (const cell of byKey.values()) {
    cell.value = answer.divides
      ? cell.den === 0
        ? null
        : (cell.num / cell.den) * (answer.counts === 'share' ? 100 : 1)
      : cell.num
    cell.small = answer.divides && cell.den < answer.minimum
  }
  return [...byKey.values()].sort((a, b) => (b.value ?? -1) - (a.value ?? -1))
}

/** The list of exactly the rows that a figure counts. */
function drillTo(
  answer: Answer,
  change: { from?: string; to?: string; region?: string; owner?: string; category?: string },
): string | undefined {
  if (!answer.source.isKind) return undefined
  const { query } = answer
  return path.list(answer.source.name, {
    indicator: answer.id,
    indicatorFrom: change.from ?? query.from,
    indicatorTo: change.to ?? query.to,
    indicatorPart: answer.counts === 'share' ? 'den' : undefined,
    region: change.region ?? query.region,
    ownerId: change.owner,
    ...(answer.category && (change.category ?? query.category)
      ? { [answer.category]: change.category ?? query.category }
      : {}),
    state: 'all',
  })
}

/** First and last day of what a point in time stands for, within the period. */
function spanOf(at: string, { from, to }: Answer['query']): { from: string; to: string } {
  const first = at.length === 4 ? `${at}-01-01` : at.length === 7 ? `${at}-01` : at
  const last =
    at.length === 4
      ? `${at}-12-31`
      : at.length === 7
        ? new Date(Date.UTC(Number(at.slice(0, 4)), Number(at.slice(5, 7)), 0)).toISOString().slice(0, 10)
        : at
  return { from: first < from ? from : first, to: last > to ? to : last }
}

function Move({ title, then, answer }: { title: string; then: Compared; answer: Answer }) {
  return (
    <span title={`${then.from} 至 ${then.to}：${shownFigure(then, answer.unit, answer.divides)}`}>
      {title} <b className={toneOf(then.percent, answer.better)}>{percentOf(then.percent)}</b>
    </span>
  )
}

function Small({ cell, answer }: { cell: Pick<Cell, 'value' | 'small' | 'den'>; answer: Answer }) {
  if (cell.value === null) return <Tag tone="unknown">分母为 0</Tag>
  return cell.small ? (
    <Tag tone="warn">
      样本仅 {cell.den}，不足 {answer.minimum}
    </Tag>
  ) : null
}

function Table({ answer, rows, timed }: { answer: Answer; rows: readonly Cell[]; timed: boolean }) {
  const first = timed
    ? '时间'
    : answer.query.split === 'category' && answer.categoryTitle
      ? answer.categoryTitle
      : answer.query.split === 'region'
        ? '县区'
        : '单位'
  const columns: Column<Cell>[] = [
    { title: first, of: ({ at, title }) => (timed ? at : title), by: ({ at, title }) => (timed ? at : title) },
    {
      title: answer.title,
      as: 'figure',
      of: (cell) => shownFigure(cell, answer.unit, answer.divides),
      by: ({ value }) => Number(value ?? Number.NEGATIVE_INFINITY),
    },
    { title: '说明', of: (cell) => <Small cell={cell} answer={answer} /> },
  ]
  if (answer.divides)
    columns.splice(2, 0, {
      title: answer.counts === 'share' ? '分子 / 分母' : '条数',
      as: 'figure',
      of: ({ num, den }) => (answer.counts === 'share' ? `${countOf(num)} / ${countOf(den)}` : countOf(den)),
      by: ({ den }) => den,
    })
  return (
    <RowTable
      items={rows}
      keyOf={({ at, key }) => (timed ? at : key)}
      columns={columns}
      acts={(cell) => {
        const to = drillTo(answer, timed ? spanOf(cell.at, answer.query) : { [answer.query.split]: cell.key })
        return to && <Link to={to}>看记录</Link>
      }}
    />
  )
}

/** Formula, source, owner and time of the data: one click away. */
function Formula({ answer }: { answer: Answer }) {
  return (
    <details className="card formula">
      <summary>公式、来源和数据时间</summary>
      <dl>
        <dt>公式</dt>
        <dd>{answer.words}</dd>
        <dt>来源</dt>
        <dd>{answer.source.title}（已作废的不算；只算您能看到的）</dd>
        <dt>怎么算</dt>
        <dd>
          {counts[answer.counts]}
          {answer.divides ? `；分母不足 ${answer.minimum} 时标明样本不足` : ''}
        </dd>
        <dt>负责</dt>
        <dd>{answer.owner}</dd>
        <dt>数据时间</dt>
        <dd>{minuteOf(answer.asOf)}</dd>
        {answer.note && (
          <>
            <dt>说明</dt>
            <dd>{answer.note}</dd>
          </>
        )}
      </dl>
    </details>
  )
}

function Asked({ answer, go }: { answer: Answer; go(change: Record<string, string | undefined>): void }) {
  const { regions } = useCatalogue()
  const { query } = answer
  return (
    <div className="asked-for noprint">
      <input
        className="in"
        type="date"
        aria-label="从"
        value={query.from}
        onChange={(event) => go({ from: event.target.value })}
      />
      <input
        className="in"
        type="date"
        aria-label="到"
        value={query.to}
        onChange={(event) => go({ to: event.target.value })}
      />
      <select
        className="in"
        aria-label="怎样拆分"
        value={query.split}
        onChange={(event) => go({ split: event.target.value })}
      >
        {Object.entries(splits)
          .filter(([name]) => name !== 'category' || answer.category)
          .map(([name, title]) => (
            <option key={name} value={name}>
              {name === 'category' ? `按${answer.categoryTitle}` : title}
            </option>
          ))}
      </select>
      <select
        className="in"
        aria-label="时间粗细"
        value={query.grain}
        onChange={(event) => go({ grain: event.target.value })}
      >
        {Object.entries(grains).map(([name, title]) => (
          <option key={name} value={name}>
            {title}
          </option>
        ))}
      </select>
      <select
        className="in"
        aria-label="县区"
        value={query.region ?? ''}
        onChange={(event) => go({ region: event.target.value || undefined })}
      >
        <option value="">全部县区</option>
        {regions.slice(1).map(({ code, title }) => (
          <option key={code} value={code}>
            {title}
          </option>
        ))}
      </select>
    </div>
  )
}

/** One indicator: its figure, how it moves, its chart and table, and the way to each row. */
export default function Figures({ id }: { id: string }) {
  const { query } = useRoute()
  const asked = { from: query.from, to: query.to, grain: query.grain, split: query.split, region: query.region }
  const {
    data: answer,
    error,
    refetch,
  } = useQuery({
    queryKey: ['indicator-figures', id, asked],
    queryFn: () => read<Answer>(`/api/v1/indicators/${id}/figures`, asked),
    placeholderData: keepPreviousData,
  })
  const over = answer?.query.split === 'none'
  const rows = useMemo(() => (answer ? (over ? answer.cells : ranked(answer)) : []), [answer, over])
  const lines = useMemo((): Line[] => {
    if (!answer) return []
    const marks = rows.slice(0, 30).map((cell) => ({
      key: over ? cell.at : cell.key,
      title: cell.title,
      value: cell.value,
      small: cell.small,
      text:
        shownFigure(cell, answer.unit === '%' ? '%' : '', answer.divides).trim() +
        (cell.small && cell.value !== null ? `（样本 ${cell.den}）` : ''),
    }))
    return [
      {
        key: 'all',
        title: answer.title,
        marks: over
          ? rows.map((cell) => ({
              key: cell.at,
              title: cell.at,
              value: cell.value,
              small: cell.small,
              text: shownFigure(cell, answer.unit === '%' ? '%' : '', answer.divides).trim(),
            }))
          : marks,
      },
    ]
  }, [answer, rows, over])
  if (error) return <Trouble error={error} retry={refetch} />
  if (!answer) return <Waiting />
  const go = (change: Record<string, string | undefined>) => {
    const all = Object.entries({ id, ...query, ...change }).filter((pair): pair is [string, string] => !!pair[1])
    navigate(indicatorPath(Object.fromEntries(all)), { replace: true })
  }
  const pick = (key: string) => {
    const to = drillTo(answer, over ? spanOf(key, answer.query) : { [answer.query.split]: key })
    if (to && key) navigate(to)
  }
  const search = new URLSearchParams(Object.entries(asked).filter((pair): pair is [string, string] => !!pair[1]))
  const whole = drillTo(answer, {})
  return (
    <>
      <Head
        title={`${answer.title}：${shownFigure(answer.total, answer.unit, answer.divides)}`}
        sub={`${answer.query.from} 至 ${answer.query.to}，数据时间 ${minuteOf(answer.asOf)}`}
      >
        <Link className="button" to={path.desk('indicators')}>
          全部指标
        </Link>
        <Link className="button" to={indicatorPath({ edit: id })}>
          看定义
        </Link>
        <a className="button" href={`/api/v1/indicators/${id}/figures.xlsx?${search}`} download>
          导出 Excel
        </a>
        <a className="button" href={`/api/v1/indicators/${id}/figures.docx?${search}`} download>
          导出 Word
        </a>
      </Head>
      <Asked answer={answer} go={go} />
      <div className="card">
        <div className="answer">
          <strong>{shownFigure(answer.total, answer.unit, answer.divides)}</strong>
          <span className="moves">
            <Move title="环比" then={answer.before} answer={answer} />
            <Move title="同比" then={answer.yearAgo} answer={answer} />
          </span>
          <Small cell={answer.total} answer={answer} />
          {whole && <Link to={whole}>看全部 {countOf(answer.total.rows)} 条记录</Link>}
        </div>
        {answer.cells.length === 0 ? (
          <Empty title="这段时间没有数据">
            <p>换一段时间再看。</p>
          </Empty>
        ) : (
          <div className="chartbox">
            <Suspense fallback={<Waiting />}>
              <Chart
                kind={over ? 'lines' : 'bars'}
                lines={lines}
                label={`${answer.title}${splits[answer.query.split]}的图，下面的表是同样的数`}
                onPick={answer.source.isKind ? pick : undefined}
              />
            </Suspense>
          </div>
        )}
      </div>
      {answer.cells.length > 0 && (
        <div className="card scroll">
          <Table answer={answer} rows={rows} timed={over ?? true} />
        </div>
      )}
      <Formula answer={answer} />
    </>
  )
}
