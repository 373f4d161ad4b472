import { useQuery, useQueryClient } from '@tanstack/react-query'
import { dropList, keptLists } from '../offline/kept.ts'
import { path } from '../shell/path.ts'
import { Link } from '../shell/router.tsx'
import { countOf, spokenMinute } from '../shell/time.ts'

/** The lists that were taken along for work without a network. */
export function FieldLists() {
  const client = useQueryClient()
  const { data: lists = [] } = useQuery({ queryKey: ['field-lists'], queryFn: keptLists })
  if (lists.length === 0) return null
  return (
    <section className="card" style={{ marginTop: 18 }}>
      <h2>带到现场的列表</h2>
      <div className="scroll">
        <table className="rows stack">
          <tbody>
            {lists.map((list) => (
              <tr key={list.kind + list.query}>
                <td>
                  <Link to={`${path.list(list.kind)}${list.query ? `?${list.query}` : ''}`}>{list.title}</Link>
                </td>
                <td data-title="带了">
                  {countOf(list.rows.length)} 条{list.more && '（只带了前面的）'}
                </td>
                <td data-title="时间">{spokenMinute(list.at)}</td>
                <td className="right">
                  <button
                    type="button"
                    className="button plain small"
                    onClick={() =>
                      dropList(list.kind, list.query).then(() =>
                        client.invalidateQueries({ queryKey: ['field-lists'] }),
                      )
                    }
                  >
                    不再保留
                  </button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}
