import { useQuery } from '@tanstack/react-query'
import type { QualityAnswer, QualityRow } from '../../platform/review/wire.ts'
import { read } from '../shell/api.ts'
import { useCatalogue } from '../shell/catalogue.ts'
import { Head } from '../shell/layout.tsx'
import { path } from '../shell/path.ts'
import { navigate, useRoute } from '../shell/router.tsx'
import { countOf, minuteOf } from '../shell/time.ts'
import { Trouble } from '../shell/trouble.tsx'
import { Empty, Waiting } from '../ui/empty.tsx'

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
      <div className="card scroll">
        {data.rows.length === 0 ? (
          <Empty title="没有记录" />
        ) : (
          <table className="rows stack">
            <thead>
              <tr>
                <th>{groups.find(([name]) => name === by)?.[1]}</th>
                <th className="right">记录</th>
                <th className="right">填写完整</th>
                <th className="right">补录</th>
                <th className="right">不准确</th>
                <th className="right">重复</th>
                <th className="right">缺项</th>
              </tr>
            </thead>
            <tbody>
              {data.rows.map((row) => (
                <tr key={row.key}>
                  <td>{nameOf(row)}</td>
                  <td className="right" data-title="记录">
                    {countOf(row.records)}
                  </td>
                  <td className="right" data-title="填写完整">
                    <Share part={row.filled} of={row.fields} />
                  </td>
                  <td className="right" data-title="补录">
                    <Share part={row.late} of={row.records} />
                  </td>
                  <td className="right" data-title="不准确">
                    <Share part={row.incorrect} of={row.records} />
                  </td>
                  <td className="right" data-title="重复">
                    <Share part={row.repeated} of={row.records} />
                  </td>
                  <td className="right" data-title="缺项">
                    <Share part={row.incomplete} of={row.records} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </div>
    </>
  )
}
