import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { AskBox } from '../access/form.tsx'
import { call, read } from '../shell/api.ts'
import { useCatalogue } from '../shell/catalogue.ts'
import { Head } from '../shell/layout.tsx'
import { path } from '../shell/path.ts'
import { Link, navigate, useRoute } from '../shell/router.tsx'
import { useSession } from '../shell/session.tsx'
import { ageOf, countOf, secondOf } from '../shell/time.ts'
import { Trouble } from '../shell/trouble.tsx'
import { Waiting } from '../ui/empty.tsx'
import { type Column, Rows } from '../ui/rows.tsx'
import { Tag } from '../ui/shape.tsx'
import { say } from '../ui/toast.tsx'
import { dimensions, type levels } from './rule.ts'

type Finding = {
  id: string
  rule: { id: string; title: string; advice: string | null }
  kind: string
  recordId: string
  title: string
  ownerTitle: string
  region: string
  dimension: keyof typeof dimensions
  level: keyof typeof levels
  foundAt: string
  assignee: string | null
  reason: string | null
  closedBy: string | null
}
type Page = { items: Finding[]; next: string | null; total: number; people: { id: string; name: string }[] }

const states = [
  ['open', '待改正'],
  ['mended', '已改正'],
  ['closed', '已关闭'],
] as const

const where = '在哪里'

const columnsOf = (regionOf: (code: string) => string): readonly Column<Finding>[] => [
  {
    title: '记录',
    of: (each) => <Link to={path.record(each.kind, each.recordId)}>{each.title || '（没有名称）'}</Link>,
  },
  {
    title: '不符合',
    of: (each) => (
      <>
        <Tag tone={each.level === 'bad' ? 'bad' : each.level === 'warn' ? 'warn' : 'info'}>
          {dimensions[each.dimension]}
        </Tag>{' '}
        {each.rule.title}
        {each.rule.advice && <small>{each.rule.advice}</small>}
        {each.reason && <small>{`${each.closedBy}：${each.reason}`}</small>}
      </>
    ),
  },
  { title: where, of: (each) => `${regionOf(each.region)} ${each.ownerTitle}` },
  {
    title: '已过',
    of: ({ foundAt }) => (
      <time dateTime={foundAt} title={secondOf(foundAt)}>
        {ageOf(foundAt)}
      </time>
    ),
    as: 'short',
  },
  { title: '谁在办', of: ({ assignee }) => assignee ?? '—' },
]

/** What the rules found: where, since when, who sees to it. */
export default function Findings() {
  const { query } = useRoute()
  const { actor } = useSession()
  const { regions } = useCatalogue()
  const client = useQueryClient()
  const state = query.state ?? 'open'
  const [chosen, setChosen] = useState<readonly string[]>([])
  const [asking, setAsking] = useState<'close' | 'assign'>()
  const { data, error, refetch } = useQuery({
    queryKey: ['findings', state, query.of, query.mine],
    queryFn: () => read<Page>('/api/v1/findings', { state, rule: query.of, mine: query.mine, limit: '200' }),
  })
  if (error) return <Trouble error={error} retry={refetch} />
  if (!data) return <Waiting />
  const to = (change: Record<string, string>) =>
    `${path.desk('review')}?${new URLSearchParams({ tab: 'findings', state, ...(query.of ? { of: query.of } : {}), ...change })}`
  const settle = async (act: object, said: string) => {
    const { changed } = await call<{ changed: number }>('POST', '/api/v1/findings/settle', { ids: chosen, ...act })
    setChosen([])
    setAsking(undefined)
    await client.invalidateQueries({ queryKey: ['findings'] })
    const left = chosen.length - changed
    say(`${changed} 条${said}${left > 0 ? `，${left} 条已有人办过，没有再办` : ''}`)
  }
  const title =
    state !== 'open'
      ? `${states.find(([name]) => name === state)?.[1]} ${countOf(data.total)} 条`
      : data.total === 0
        ? '没有待改正的数据问题'
        : `${countOf(data.total)} 条记录需要改正`
  const regionOf = (code: string) => regions.find((region) => region.code === code)?.title ?? ''
  const columns = columnsOf(regionOf).filter(({ title }) => actor.role !== 'enterprise' || title !== where)
  return (
    <>
      <Head title={title} sub="记录改好以后，问题自动消失；确认无误的写明原因后关闭。" />
      <nav className="tabs" aria-label="状态">
        {states.map(([name, word]) => (
          <Link key={name} to={to({ state: name })} aria-current={state === name ? 'true' : undefined}>
            {word}
          </Link>
        ))}
        {query.of && <Link to={`${path.desk('review')}?tab=findings&state=${state}`}>只看一条规则　×</Link>}
      </nav>
      <Rows
        empty="这里没有数据问题"
        hint="启用审核规则后，查出的问题列在这里。"
        items={data.items}
        keyOf={({ id }) => id}
        columns={columns}
        choice={state === 'open' ? { chosen, choose: setChosen, nameOf: ({ title }) => title } : undefined}
        foot={
          chosen.length > 0 && (
            <div className="chosenacts">
              已选 {chosen.length} 条
              <button type="button" className="button" onClick={() => setAsking('assign')}>
                交给…
              </button>
              <button type="button" className="button" onClick={() => setAsking('close')}>
                关闭…
              </button>
            </div>
          )
        }
      />
      {data.next && (
        <p className="sub">
          这里是最近 {data.items.length} 条，共 {countOf(data.total)} 条。
          <button type="button" className="link" onClick={() => navigate(`${path.desk('review')}?tab=rules`)}>
            按规则看
          </button>
        </p>
      )}
      {asking === 'close' && (
        <AskBox
          title={`关闭 ${chosen.length} 个问题`}
          act="关闭"
          fields={[{ name: 'reason', title: '原因', help: '记录再次修改后会重新检查' }]}
          submit={({ reason }) => settle({ reason }, '已关闭')}
          onClose={() => setAsking(undefined)}
        />
      )}
      {asking === 'assign' && (
        <AskBox
          title={`把 ${chosen.length} 个问题交给谁办`}
          act="交办"
          fields={[
            {
              name: 'assignee',
              title: '经办人',
              type: 'select',
              options: data.people.map(({ id, name }) => ({ value: id, title: name })),
            },
          ]}
          submit={({ assignee }) => settle({ assignee }, '已交办')}
          onClose={() => setAsking(undefined)}
        />
      )}
    </>
  )
}
