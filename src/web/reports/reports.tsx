import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense, useState } from 'react'
import { definitionStates } from '../../platform/define/wire.ts'
import { AskBox } from '../access/form.tsx'
import { call, read } from '../shell/api.ts'
import { useCatalogue } from '../shell/catalogue.ts'
import { Head } from '../shell/layout.tsx'
import { path } from '../shell/path.ts'
import { Link, navigate, useRoute } from '../shell/router.tsx'
import { useSession } from '../shell/session.tsx'
import { countOf, minuteOf } from '../shell/time.ts'
import { Trouble } from '../shell/trouble.tsx'
import { Waiting } from '../ui/empty.tsx'
import { type Column, RowAct, Rows } from '../ui/rows.tsx'
import { Tag } from '../ui/shape.tsx'
import { cadences, type Report, type Template } from './report.ts'
import '../input/input.css'
import '../review/review.css'
import './reports.css'

const FinishedReport = lazy(() => import('./finished.tsx'))
const TemplateEditor = lazy(() => import('./template-editor.tsx'))

function Tabs({ on }: { on: 'finished' | 'templates' }) {
  return (
    <nav className="tabs" aria-label="报表中心">
      <Link to={path.desk('reports')} aria-current={on === 'finished' ? 'true' : undefined}>
        报告
      </Link>
      <Link to={path.desk('reports', { tab: 'templates' })} aria-current={on === 'templates' ? 'true' : undefined}>
        模板
      </Link>
    </nav>
  )
}

/** Asks for place and period, and makes the report. */
export function MakeBox({ template, onClose }: { template: Template; onClose(): void }) {
  const { regions } = useCatalogue()
  const { actor } = useSession()
  const places =
    actor.role === 'city'
      ? [
          {
            name: 'region',
            title: '哪里',
            type: 'select' as const,
            help: '选县区时，按那个县区看得到的数据生成',
            options: regions.map(({ code, title }, index) => ({ value: index === 0 ? '' : code, title })),
          },
        ]
      : []
  return (
    <AskBox
      title={`生成“${template.title}”`}
      act="生成"
      fields={[
        {
          name: 'from',
          title: '从',
          type: 'date',
          help: `两个日期都不填就是上一期（${cadences[template.body.cadence]}）`,
        },
        { name: 'to', title: '到', type: 'date' },
        ...places,
      ]}
      onClose={onClose}
      submit={async (given) => {
        const asked = Object.fromEntries(Object.entries(given).filter(([, value]) => value))
        const { id } = await call<{ id: string }>('POST', `/api/v1/report-templates/${template.id}/reports`, asked)
        navigate(path.desk('reports', { id }), { leave: true })
      }}
    />
  )
}

function FinishedList() {
  const { regions } = useCatalogue()
  const { data, error, refetch } = useQuery({
    queryKey: ['reports'],
    queryFn: () => read<{ items: Report[] }>('/api/v1/reports'),
    refetchInterval: 60_000,
  })
  if (error) return <Trouble error={error} retry={refetch} />
  if (!data) return <Waiting />
  return (
    <>
      <Head
        title={data.items.length > 0 ? `${countOf(data.items.length)} 份报告` : '还没有报告'}
        sub="到期自动生成的和手工生成的都在这里，生成以后不再变化。"
      />
      <Tabs on="finished" />
      <Rows
        empty="还没有报告"
        hint={
          <>
            <p>在“模板”里选一个模板生成；模板设为定期后，每期结束会自动生成并通知您。</p>
            <Link className="button" to={path.desk('reports', { tab: 'templates' })}>
              看模板
            </Link>
          </>
        }
        items={data.items}
        keyOf={({ id }) => id}
        columns={[
          { title: '报告', of: ({ id, title }) => <Link to={path.desk('reports', { id })}>{title}</Link> },
          { title: '哪里', of: ({ region }) => regions.find(({ code }) => code === region)?.title },
          {
            title: '期间',
            of: ({ periodFrom, periodTo }) => (periodFrom === periodTo ? periodFrom : `${periodFrom} 至 ${periodTo}`),
            as: 'short',
          },
          { title: '数据时间', of: ({ asOf }) => minuteOf(asOf), as: 'short' },
          {
            title: '怎么来的',
            of: (each) => (each.byClock ? `定期${cadences[each.cadence]}` : `${each.madeBy} 生成`),
          },
        ]}
      />
    </>
  )
}

const templateColumns: readonly Column<Template>[] = [
  {
    title: '模板',
    of: (each) => (
      <>
        <Link to={path.desk('reports', { edit: each.id })}>{each.title}</Link>
        {(each.trouble ?? each.problem) && <small className="wrong">{each.trouble ?? each.problem}</small>}
      </>
    ),
  },
  {
    title: '种类',
    of: ({ body }) => (
      <>
        {body.auto ? `定期${cadences[body.cadence]}` : cadences[body.cadence]}
        {body.counties && <small>各县区各一份</small>}
      </>
    ),
  },
  {
    title: '状态',
    of: ({ state }) => <Tag tone={state === 'on' ? 'good' : 'unknown'}>{definitionStates[state]}</Tag>,
  },
  { title: '谁建的', of: ({ ownerTitle }) => ownerTitle },
]

function TemplateList() {
  const [making, setMaking] = useState<Template>()
  const { data, error, refetch } = useQuery({
    queryKey: ['report-templates'],
    queryFn: () => read<{ items: Template[] }>('/api/v1/report-templates'),
  })
  if (error) return <Trouble error={error} retry={refetch} />
  if (!data) return <Waiting />
  const auto = data.items.filter(({ state, body }) => state === 'on' && body.auto).length
  return (
    <>
      <Head
        title={data.items.length === 0 ? '还没有报告模板' : `${data.items.length} 个报告模板，${auto} 个定期生成`}
        sub="模板由内容块拼成：标题、正文、指标的数值、表、图、排名，和记录清单。"
      >
        <Link className="button primary" to={path.desk('reports', { edit: 'new' })}>
          新建模板
        </Link>
      </Head>
      <Tabs on="templates" />
      <Rows
        empty="还没有模板"
        items={data.items}
        keyOf={({ id }) => id}
        columns={templateColumns}
        acts={(each) =>
          each.state === 'on' &&
          !each.problem && (
            <RowAct solid onClick={() => setMaking(each)}>
              生成
            </RowAct>
          )
        }
      />
      {making && <MakeBox template={making} onClose={() => setMaking(undefined)} />}
    </>
  )
}

/** 报表中心: finished reports, and the templates that they are made from. */
export default function Reports() {
  const { query } = useRoute()
  return (
    <Suspense fallback={<Waiting />}>
      {query.edit ? (
        <TemplateEditor key={query.edit} id={query.edit} />
      ) : query.id ? (
        <FinishedReport key={query.id} id={query.id} />
      ) : query.tab === 'templates' ? (
        <TemplateList />
      ) : (
        <FinishedList />
      )}
    </Suspense>
  )
}
