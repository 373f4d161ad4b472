import { useQuery } from '@tanstack/react-query'
import type { Progress } from '../../areas/response/operations/wire.ts'
import { call } from '../shell/api.ts'
import { type Row, useCatalogue } from '../shell/catalogue.ts'
import { path } from '../shell/path.ts'
import { Link } from '../shell/router.tsx'
import { countOf, spokenMinute } from '../shell/time.ts'
import { recallParts } from './answer.ts'
import { DrillPage } from './drill.tsx'
import './recall.css'

/** Beside a recall, for those who command it: who has answered, and the way to its board. */
export default function RecallBeside({ row }: { row: Row }) {
  const { progress } = recallParts(useCatalogue())
  const { data, error } = useQuery({
    queryKey: ['recall-progress', row.id],
    queryFn: () => call<Progress>('POST', '/api/v1/operations/recall-progress', { order: row.id }),
    enabled: !!progress && row.state !== 'void',
  })
  if (!progress || row.state === 'void') return null
  return (
    <aside className="card recallbeside">
      {row.mode === 'drill' && <DrillPage />}
      <h2>
        召回进展
        <Link to={path.recall(row.id)}>指挥板</Link>
      </h2>
      {error && <p className="sub">{error.message}</p>}
      {data && data.holders.length === 0 && <p className="sub">还没有向持有单位发出通知。</p>}
      {data && data.holders.length > 0 && (
        <>
          <p>
            <b>
              {countOf(data.acknowledged)} / {countOf(data.holders.length)}
            </b>{' '}
            个持有单位已确认{data.late > 0 && <span className="wrong">，{countOf(data.late)} 个超时</span>}
          </p>
          <meter min={0} max={data.holders.length} value={data.acknowledged} aria-label="已确认的持有单位" />
        </>
      )}
      {data && <p className="sub">数据到 {spokenMinute(data.asOf)}</p>}
    </aside>
  )
}
