import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense } from 'react'
import { read } from '../shell/api.ts'
import { Head } from '../shell/layout.tsx'
import { path } from '../shell/path.ts'
import { Link, useRoute } from '../shell/router.tsx'
import { Trouble } from '../shell/trouble.tsx'
import { Empty, Waiting } from '../ui/empty.tsx'
import { type Indicator, percentOf, shownFigure, toneOf } from './indicator.ts'
import '../input/input.css'
import './indicators.css'

const Figures = lazy(() => import('./figures.tsx'))
const IndicatorEditor = lazy(() => import('./indicator-editor.tsx'))

/** The address of one indicator, or of making one. */
export const indicatorPath = (query: Record<string, string>) =>
  `${path.desk('indicators')}?${new URLSearchParams(query)}`

function Card({ indicator }: { indicator: Indicator }) {
  const { now, body } = indicator
  const divides = body.counts === 'share' || body.counts === 'average'
  return (
    <Link to={indicatorPath({ id: indicator.id })} className={indicator.state === 'on' ? undefined : 'off'}>
      <span>{indicator.title}</span>
      <strong>{now ? shownFigure(now.total, body.unit, divides) : indicator.state === 'on' ? '—' : '已停用'}</strong>
      {now && (
        <span className="moves">
          {now.total.small && now.total.value !== null && <span className="bad">样本仅 {now.total.den}</span>}
          <span>
            环比 <b className={toneOf(now.before.percent, body.better)}>{percentOf(now.before.percent)}</b>
          </span>
          <span>
            同比 <b className={toneOf(now.yearAgo.percent, body.better)}>{percentOf(now.yearAgo.percent)}</b>
          </span>
        </span>
      )}
      <small className="sub">{indicator.trouble ?? body.owner}</small>
    </Link>
  )
}

function List() {
  const { data, error, refetch } = useQuery({
    queryKey: ['indicators'],
    queryFn: () => read<{ from: string; to: string; items: Indicator[] }>('/api/v1/indicators'),
  })
  if (error) return <Trouble error={error} retry={refetch} />
  if (!data) return <Waiting />
  const on = data.items.filter((each) => each.state === 'on')
  const worse = on.filter((each) => toneOf(each.now?.before.percent ?? null, each.body.better) === 'bad')
  const title =
    on.length === 0
      ? '还没有指标'
      : worse.length > 0
        ? `${worse.length} 个指标比上期变差`
        : `${on.length} 个指标，没有变差的`
  return (
    <>
      <Head title={title} sub={`${data.from} 至 ${data.to}；随登记随更新。点开看趋势、排名、公式和每一条记录。`}>
        <Link className="button primary" to={indicatorPath({ edit: 'new' })}>
          新建指标
        </Link>
      </Head>
      {data.items.length === 0 ? (
        <div className="card">
          <Empty title="还没有指标">
            <p>选一类记录，说清算什么、按什么时间，就是一个指标，不用写程序。</p>
          </Empty>
        </div>
      ) : (
        <div className="figurecards">
          {data.items.map((each) => (
            <Card key={each.id} indicator={each} />
          ))}
        </div>
      )}
    </>
  )
}

/** Named figures: what they are now, and how they move. */
export default function Indicators() {
  const { query } = useRoute()
  return (
    <Suspense fallback={<Waiting />}>
      {query.edit ? (
        <IndicatorEditor key={query.edit} id={query.edit} />
      ) : query.id ? (
        <Figures key={query.id} id={query.id} />
      ) : (
        <List />
      )}
    </Suspense>
  )
}
