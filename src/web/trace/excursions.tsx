import { useQuery } from '@tanstack/react-query'
import { call } from '../shell/api.ts'
import { useCatalogue } from '../shell/catalogue.ts'
import { path } from '../shell/path.ts'
import { Link } from '../shell/router.tsx'
import { spokenMinute } from '../shell/time.ts'
import { markOf, type Node, nameOf } from './answer.ts'

type Excursion = {
  id: string
  title: string
  from: string
  until: string | null
  bound: string | null
  peak: string | null
  lots: { lot: string }[]
}

const askedMax = 500

/** Temperature excursions of the stores and vehicles in which lots of this chain were, as far as the reader may see them. */
export function Excursions({ nodes }: { nodes: readonly Node[] }) {
  const may = useCatalogue().operations.some((each) => each.name === 'excursions-of-lots')
  const lots = nodes.filter((node) => node.level === 'lot').slice(0, askedMax)
  const { data } = useQuery({
    queryKey: ['excursions', lots.map((node) => node.key)],
    enabled: may && lots.length > 0,
    queryFn: () =>
      call<{ kind: string; excursions: Excursion[] }>('POST', '/api/v1/operations/excursions-of-lots', {
        lots: lots.map((node) => ({ lot: node.key })),
      }),
  })
  if (!data || data.excursions.length === 0) return null
  const byKey = new Map(lots.map((node) => [node.key, node]))
  return (
    <section className="note bad excursions" style={{ marginBottom: 14 }} aria-label="温度异常">
      <b>这条链上有 {data.excursions.length} 次温度异常</b>
      <ul>
        {data.excursions.slice(0, 10).map((each) => (
          <li key={each.id}>
            <Link to={path.record(data.kind, each.id)}>{each.title}</Link>
            <small>
              {' '}
              {spokenMinute(each.from)} 至 {each.until ? spokenMinute(each.until) : '现在'}
              {each.bound && `，限值 ${each.bound}`}
              {each.peak && `，最重 ${each.peak}`}；当时在场：
              {each.lots
                .slice(0, 4)
                .map(({ lot }) => {
                  const node = byKey.get(lot)
                  return node ? `${nameOf(node)} ${markOf(node)}` : lot
                })
                .join('、')}
              {each.lots.length > 4 && ` 等 ${each.lots.length} 批`}
            </small>
          </li>
        ))}
      </ul>
    </section>
  )
}
