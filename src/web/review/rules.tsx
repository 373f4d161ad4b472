import { useQuery } from '@tanstack/react-query'
import { definitionStates } from '../../platform/define/wire.ts'
import { read } from '../shell/api.ts'
import { Head } from '../shell/layout.tsx'
import { path } from '../shell/path.ts'
import { Link } from '../shell/router.tsx'
import { Trouble } from '../shell/trouble.tsx'
import { Waiting } from '../ui/empty.tsx'
import { type Column, Rows } from '../ui/rows.tsx'
import { Tag } from '../ui/shape.tsx'
import type { Rule } from './rule.ts'
import { dimensions } from './rule.ts'

const to = (id: string) => `${path.desk('review')}?tab=rules&rule=${id}`

const columns: readonly Column<Rule>[] = [
  {
    title: '规则',
    of: (rule) => (
      <>
        <Link to={to(rule.id)}>{rule.title}</Link>
        <small>{rule.ownerTitle}</small>
      </>
    ),
  },
  { title: '要求', of: (rule) => rule.words ?? rule.trouble ?? '规则用到了您看不到的字段' },
  { title: '查什么', of: (rule) => dimensions[rule.body.dimension], as: 'short' },
  {
    title: '状态',
    of: (rule) => (
      <>
        <Tag tone={rule.trouble ? 'bad' : rule.state === 'on' ? 'good' : 'unknown'}>{definitionStates[rule.state]}</Tag>
        {rule.trouble && <small>{rule.trouble}</small>}
      </>
    ),
  },
  {
    title: '现有问题',
    of: (rule) =>
      rule.open > 0 ? <Link to={`${path.desk('review')}?tab=findings&of=${rule.id}`}>{rule.open}</Link> : '—',
    as: 'figure',
  },
]

/** The rules: what each demands, in a sentence, and how much it finds now. */
export default function Rules() {
  const { data, error, refetch } = useQuery({
    queryKey: ['review-rules'],
    queryFn: () => read<{ items: Rule[] }>('/api/v1/review-rules'),
  })
  if (error) return <Trouble error={error} retry={refetch} />
  if (!data) return <Waiting />
  const on = data.items.filter((rule) => rule.state === 'on')
  const open = on.reduce((sum, rule) => sum + rule.open, 0)
  return (
    <>
      <Head
        title={on.length === 0 ? '还没有启用的审核规则' : `${on.length} 条规则在审核，查出 ${open} 个问题`}
        sub="规则随写随查，每天夜里再全部复查一遍。启用前先在历史数据上试查。"
      >
        <Link className="button primary" to={to('new')}>
          新建规则
        </Link>
      </Head>
      <Rows
        empty="还没有规则"
        hint="例如：收货数量大于 0；晨检在当天登记；同一天同一人不重复。"
        items={data.items}
        keyOf={({ id }) => id}
        columns={columns}
      />
    </>
  )
}
