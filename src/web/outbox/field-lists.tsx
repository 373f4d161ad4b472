import { useQuery, useQueryClient } from '@tanstack/react-query'
import { dropList, keptLists } from '../offline/kept.ts'
import { path } from '../shell/path.ts'
import { Link } from '../shell/router.tsx'
import { countOf, spokenMinute } from '../shell/time.ts'
import { RowAct, Rows } from '../ui/rows.tsx'

/** The lists that were taken along for work without a network. */
export function FieldLists() {
  const client = useQueryClient()
  const { data: lists = [] } = useQuery({ queryKey: ['field-lists'], queryFn: keptLists })
  if (lists.length === 0) return null
  return (
    <div style={{ marginTop: 18 }}>
      <Rows
        title="带到现场的列表"
        items={lists}
        keyOf={({ kind, query }) => kind + query}
        columns={[
          {
            title: '列表',
            of: (list) => <Link to={`${path.list(list.kind)}${list.query ? `?${list.query}` : ''}`}>{list.title}</Link>,
          },
          {
            title: '带了',
            of: (list) => `${countOf(list.rows.length)} 条${list.more ? '（只带了前面的）' : ''}`,
          },
          { title: '时间', of: ({ at }) => spokenMinute(at), as: 'short' },
        ]}
        acts={(list) => (
          <RowAct
            onClick={() =>
              dropList(list.kind, list.query).then(() => client.invalidateQueries({ queryKey: ['field-lists'] }))
            }
          >
            不再保留
          </RowAct>
        )}
      />
    </div>
  )
}
