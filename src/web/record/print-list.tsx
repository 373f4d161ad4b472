import { useQuery } from '@tanstack/react-query'
import { cellAlign } from '../input/index.tsx'
import type { OwnKind } from '../shell/catalogue.ts'
import { Head } from '../shell/layout.tsx'
import { path } from '../shell/path.ts'
import { useRoute } from '../shell/router.tsx'
import { useSession } from '../shell/session.tsx'
import { countOf, minuteOf } from '../shell/time.ts'
import { Trouble } from '../shell/trouble.tsx'
import { Waiting } from '../ui/empty.tsx'
import { ColumnValue } from './column-value.tsx'
import { useColumns } from './columns.ts'
import { asked, readRows } from './query.ts'
import { useRecordWords } from './words.ts'
import './print.css'

/** Rows that one printed list holds; more is for an export. */
const rowsMax = 500

/** What a list shows, on paper: the same columns, conditions and order. */
export default function PrintList({ kind }: { kind: OwnKind }) {
  const { query } = useRoute()
  const { actor } = useSession()
  const { data, error, refetch } = useQuery({
    queryKey: ['print', kind.name, asked(kind, query)],
    queryFn: ({ signal }) => readRows(kind, query, rowsMax, signal),
  })
  const words = useRecordWords(data?.titles ?? {})
  const { columns } = useColumns(kind, actor.role, query)
  if (error) return <Trouble error={error} retry={refetch} />
  if (!data) return <Waiting lines={8} />
  return (
    <div className="paper">
      <div className="noprint">
        <Head
          title={`打印${kind.title}列表`}
          sub={
            data.total > data.rows.length
              ? `只印前 ${rowsMax} 条，共 ${countOf(data.total)} 条；全部请用导出。`
              : undefined
          }
          crumb={{ title: kind.title, to: path.list(kind.name, query) }}
        >
          <button type="button" className="button primary" onClick={() => window.print()}>
            打印
          </button>
        </Head>
      </div>
      <article className="sheet sheetlist">
        <header>
          <h2>{kind.title}</h2>
          <p>
            {actor.ownerTitle} · {data.rows.length} 条 · {minuteOf(Date.now())}
          </p>
        </header>
        <table className="rows">
          <thead>
            <tr>
              <th>#</th>
              {columns.map(({ name, title, field }) => (
                <th key={name} className={field && cellAlign(field)}>
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {data.rows.map((row, index) => (
              <tr key={row.id}>
                <td>{index + 1}</td>
                {columns.map((column) => (
                  <td key={column.name} className={column.field && cellAlign(column.field)}>
                    <ColumnValue {...{ kind, row, column, words }} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
        <footer>由 {actor.name} 打印</footer>
      </article>
    </div>
  )
}
