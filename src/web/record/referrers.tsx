import { useQuery } from '@tanstack/react-query'
import { read } from '../shell/api.ts'
import type { OwnKind } from '../shell/catalogue.ts'
import { path } from '../shell/path.ts'
import { Link } from '../shell/router.tsx'
import { countOf } from '../shell/time.ts'

type Referrer = {
  kind: string
  kindTitle: string
  field: string
  fieldTitle: string
  count?: number
  countCapped: boolean
  items: { id: string; title: string }[]
  more: boolean
}

function countText({ count, countCapped }: Referrer): string {
  if (count === undefined) return '很多'
  return countCapped ? `超过 ${countOf(count)} 条` : `${countOf(count)} 条`
}

/** What refers to a record: the newest of each kind, how many, and the way to the rest. */
export function Referrers({ kind, id }: { kind: OwnKind; id: string }) {
  const { data } = useQuery({
    queryKey: ['referrers', kind.name, id],
    queryFn: ({ signal }) => read<{ items: Referrer[] }>(`/api/v1/records/${kind.name}/${id}/referrers`, {}, signal),
  })
  // What cannot be told (no network, no right) is no trouble of this record.
  if (!data || data.items.length === 0) return null
  return (
    <section className="card referrers">
      <h2>相关记录</h2>
      {data.items.map((referrer) => (
        <div key={`${referrer.kind} ${referrer.field}`}>
          <h3>
            <Link to={path.list(referrer.kind, { [referrer.field]: id })}>{referrer.kindTitle}</Link>
            <small className="muted">
              作为{referrer.fieldTitle} · {countText(referrer)}
            </small>
          </h3>
          <ul>
            {referrer.items.map((item) => (
              <li key={item.id}>
                <Link to={path.record(referrer.kind, item.id)}>{item.title || '查看'}</Link>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </section>
  )
}
