import { useQuery } from '@tanstack/react-query'
import type { QualityAnswer, QualityRow } from '../../platform/review/wire.ts'
import { read } from '../shell/api.ts'
import { useCatalogue } from '../shell/catalogue.ts'
import { Head } from '../shell/layout.tsx'
import { path } from '../shell/path.ts'
import { navigate, useRoute } from '../shell/router.tsx'
import { countOf, minuteOf } from '../shell/time.ts'
import { Trouble } from '../shell/trouble.tsx'
import { Waiting } from '../ui/empty.tsx'
import { type Column, Rows } from '../ui/rows.tsx'

const groups = [
  ['kind', '记录'],
  ['owner', '单位'],
  ['region', '县区'],
  ['source', '来路'],
  ['month', '月份'],
] as const

/** Few records say little: their share is shown with the count beside it. */
function Share({ part, of }: { part: number | null; of: number }) {
  if (part === null || of === 0) return <span className="muted">—</span>
  return (
    <>
      {`${((part / of) * 100).toFixed(1)}%`}
      {of < 30 && <small>{`${part}/${of}`}</small>}
    </>
  )
}

const shares = [
  ['填写完整', 'filled', 'fields'],
  ['补录', 'late', 'records'],
  ['不准确', 'incorrect', 'records'],
  ['重复', 'repeated', 'records'],
  ['缺项', 'incomplete', 'records'],
] as const

function share(title: string, part: (typeof shares)[number][1], whole: 'fields' | 'records'): Column<QualityRow> {
  return {
    title,
    of: (row) => <Share part={row[part]} of={row[whole]} />,
    // What cannot be said stands last of all when the largest stands first.
    by: (row) => (row[part] === null || row[whole] === 0 ? -1 : row[part] / row[whole]),
    as: 'figure',
  }
}

/** The data-quality report: completeness, timeliness, correctness and repetition, by what one chooses. */
export default function Quality() {
  const { query } = useRoute()
  const { kinds, regions } = useCatalogue()
  const by = query.by ?? 'kind'
  const { data, error, refetch } = useQuery({
    queryKey: ['quality', by, query.kind, query.from, query.to],
    queryFn: () => read<QualityAnswer>('/api/v1/quality', { by, kind: query.kind, from: query.from, to: query.to }),
  })
  const go = (change: Record<string, string | undefined>) => {
    const all = Object.entries({ ...query, tab: 'quality', ...change }).filter(
      (pair): pair is [string, string] => !!pair[1],
    )
    navigate(`${path.desk('review')}?${new URLSearchParams(all)}`, { replace: true })
  }
  if (error) return <Trouble error={error} retry={refetch} />
  if (!data) return <Waiting />
  const sum = (name: 'records' | 'filled' | 'fields') => data.rows.reduce((total, row) => total + row[name], 0)
  const complete = sum('fields') === 0 ? undefined : ((sum('filled') / sum('fields')) * 100).toFixed(1)
  const nameOf = (row: QualityRow) =>
    by === 'region' ? (regions.find((each) => each.code === row.key)?.title ?? row.title) : row.title
  return (
    <>
      <Head
        title={complete ? `${countOf(sum('records'))} 条记录，填写完整 ${complete}%` : '这段时间没有记录'}
        sub={`${data.from} 至 ${data.to} 登记的记录。准确、重复、缺项按已启用的审核规则；数据时间 ${minuteOf(data.asOf)}`}
      >
        <select
          className="in"
          aria-label="哪类记录"
          value={query.kind ?? ''}
          onChange={(event) => go({ kind: event.target.value || undefined })}
          style={{ width: 'auto' }}
        >
          <option value="">全部记录</option>
          {kinds
            .filter((kind) => kind.verbs.includes('read'))
            .map((kind) => (
              <option key={kind.name} value={kind.name}>
                {kind.title}
              </option>
            ))}
        </select>
        <input
          className="in"
          type="date"
          aria-label="从"
          value={data.from}
          onChange={(event) => go({ from: event.target.value })}
          style={{ width: 'auto' }}
        />
        <input
          className="in"
          type="date"
          aria-label="到"
          value={data.to}
          onChange={(event) => go({ to: event.target.value })}
          style={{ width: 'auto' }}
        />
      </Head>
      <nav className="tabs" aria-label="按什么看">
        {groups.map(([name, title]) => (
          <button key={name} type="button" aria-pressed={by === name} onClick={() => go({ by: name })}>
            按{title}
          </button>
        ))}
      </nav>
      <Rows
        empty="没有记录"
        hint="换一段时间，或换一类记录再看。"
        items={data.rows}
        keyOf={({ key }) => key}
        columns={[
          { title: groups.find(([name]) => name === by)?.[1] ?? '', of: nameOf, by: nameOf },
          { title: '条数', of: ({ records }) => countOf(records), by: ({ records }) => records, as: 'figure' },
          ...shares.map(([title, part, whole]) => share(title, part, whole)),
        ]}
      />
    </>
  )
}
