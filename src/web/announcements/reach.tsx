import { useQuery } from '@tanstack/react-query'
import type { Reached } from '../../areas/supervision/operations/wire.ts'
import { call } from '../shell/api.ts'
import { type OwnKind, type Row, useCatalogue } from '../shell/catalogue.ts'
import { countOf, dayOf, spokenMinute } from '../shell/time.ts'
import { Tag } from '../ui/shape.tsx'
import './announcements.css'

function Figures({ reached, isDraft }: { reached: Reached; isDraft: boolean }) {
  const { units, people, read, confirmed, confirmBy } = reached
  if (units === 0) return <p className="note warn">按现在的对象和范围，没有一个单位会收到。</p>
  if (isDraft)
    return (
      <p>
        发布后将发给 {countOf(units)} 个单位的 {countOf(people)} 人。
      </p>
    )
  const done = confirmBy ? confirmed : read
  return (
    <>
      <p>
        <b>
          {countOf(done)} / {countOf(units)}
        </b>{' '}
        个单位{confirmBy ? `已确认，${countOf(read)} 个已看` : '已看'}
      </p>
      {confirmBy && confirmed < units && confirmBy < dayOf(Date.now()) && (
        <p className="wrong">
          确认期限 {confirmBy} 已过，{countOf(units - confirmed)} 个单位逾期未确认
        </p>
      )}
      <meter min={0} max={units} value={done} aria-label={confirmBy ? '已确认的单位' : '已看的单位'} />
    </>
  )
}

/** Beside what was announced, for its publisher: whom it reaches, who has read it, and who is still to confirm. */
export default function Reach({ kind, row }: { kind: OwnKind; row: Row }) {
  const { operations, regions } = useCatalogue()
  const isOne = operations.some(({ name }) => name === 'announcement-reach') && row.state !== 'void'
  const { data, error } = useQuery({
    queryKey: ['announcement-reach', row.id, row.version],
    queryFn: () => call<Reached>('POST', '/api/v1/operations/announcement-reach', { announcement: row.id }),
    enabled: isOne,
  })
  if (!isOne) return null
  const isDraft =
    kind.states?.transitions.some(({ from }) => from.includes(row.state) && row.state === 'draft') ?? false
  return (
    <aside className="card reach">
      <h2>{isDraft ? '将发给谁' : '谁看了'}</h2>
      {error && <p className="sub">{error.message}</p>}
      {data && <Figures reached={data} isDraft={isDraft} />}
      {data && !isDraft && data.missing.length > 0 && (
        <details>
          <summary>
            还差 {countOf(data.confirmBy ? data.units - data.confirmed : data.units - data.read)} 个单位
          </summary>
          <ul>
            {data.missing.map((unit) => (
              <li key={unit.id}>
                <span>
                  {unit.title}
                  <small>{regions.find(({ code }) => code === unit.region)?.title}</small>
                </span>
                {data.confirmBy && unit.hasRead && <Tag tone="info">已看</Tag>}
              </li>
            ))}
          </ul>
        </details>
      )}
      {data && <p className="sub">数据到 {spokenMinute(data.asOf)}</p>}
    </aside>
  )
}
