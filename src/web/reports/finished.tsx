import { useQuery } from '@tanstack/react-query'
import { read } from '../shell/api.ts'
import { Head } from '../shell/layout.tsx'
import { path } from '../shell/path.ts'
import { minuteOf } from '../shell/time.ts'
import { Trouble } from '../shell/trouble.tsx'
import { Waiting } from '../ui/empty.tsx'
import { Paper } from './paper.tsx'
import type { Finished } from './report.ts'

/** A finished report as it was made: to read, to print, to take away. */
export default function FinishedReport({ id }: { id: string }) {
  const { data, error, refetch } = useQuery({
    queryKey: ['report', id],
    queryFn: () => read<Finished>(`/api/v1/reports/${id}`),
  })
  if (error) return <Trouble error={error} retry={refetch} />
  if (!data) return <Waiting lines={8} />
  return (
    <div className="paper">
      <div className="noprint">
        <Head
          title={data.title}
          sub={`数据时间 ${minuteOf(data.asOf)}，生成以后不再变化。`}
          crumb={{ title: '报表中心', to: path.desk('reports') }}
        >
          <a className="button" href={`/api/v1/reports/${id}/report.docx`} download>
            Word
          </a>
          <a className="button" href={`/api/v1/reports/${id}/report.xlsx`} download>
            Excel
          </a>
          <button type="button" className="button primary" onClick={() => window.print()}>
            打印
          </button>
        </Head>
      </div>
      <Paper title={data.title} pieces={data.content.pieces}>
        {data.ownerTitle} {data.madeBy}，{minuteOf(data.madeAt)} 编制 · 模板“{data.template}”第 {data.templateVersion}{' '}
        版 · 期间 {data.periodFrom} 至 {data.periodTo} · 数据时间 {minuteOf(data.asOf)}
      </Paper>
    </div>
  )
}
