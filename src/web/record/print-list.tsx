import { useQuery } from '@tanstack/react-query'
import type { Field } from '../../language/fields/index.ts'
import { Cell, cellAlign } from '../input/index.tsx'
import type { OwnKind, Row } from '../shell/catalogue.ts'
import { Head } from '../shell/layout.tsx'
import { path, type Query } from '../shell/path.ts'
import { useRoute } from '../shell/router.tsx'
import { useSession } from '../shell/session.tsx'
import { countOf, minuteOf } from '../shell/time.ts'
import { Trouble } from '../shell/trouble.tsx'
import { Waiting } from '../ui/empty.tsx'
import { readPage } from './query.ts'
import { StateTags } from './state.tsx'
import { isSeenAcrossOwners, useRecordWords } from './words.ts'
import './print.css'

/** Rows that one printed list holds; more is for an export. */
const rowsMax = 500

async function readRows(kind: OwnKind, query: Query, signal: AbortSignal) {
  const rows: Row[] = []
  const titles: Record<string, string> = {}
  let after: string | undefined
  let total = 0
  do {
    const page = await readPage(kind, query, { after, limit: 200 }, signal)
    rows.push(...page.items)
    Object.assign(titles, page.titles)
    total = page.total
    after = page.next ?? undefined
  } while (after && rows.length < rowsMax)
  return { rows: rows.slice(0, rowsMax), titles, total }
}

/** What a list shows, on paper: the same columns, conditions and order. */
export default function PrintList({ kind }: { kind: OwnKind }) {
  const { query } = useRoute()
  const { actor } = useSession()
  const { data, error, refetch } = useQuery({
    queryKey: ['print', kind.name, query],
    queryFn: ({ signal }) => readRows(kind, query, signal),
  })
  const words = useRecordWords(data?.titles ?? {})
  if (error) return <Trouble error={error} retry={refetch} />
  if (!data) return <Waiting lines={8} />
  const across = isSeenAcrossOwners(kind, actor.role)
  const columns = kind.list.columns.map((name) => ({ name, field: kind.fields[name] as Field }))
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
              {columns.map(({ name, field }) => (
                <th key={name} className={cellAlign(field)}>
                  {field.title}
                </th>
              ))}
              {kind.states && <th>状态</th>}
              {across && <th>单位</th>}
            </tr>
          </thead>
          <tbody>
            {data.rows.map((row, index) => (
              <tr key={row.id}>
                <td>{index + 1}</td>
                {columns.map(({ name, field }) => (
                  <td key={name} className={cellAlign(field)}>
                    <Cell field={field} value={row[name]} words={words} siblings={kind.fields} />
                  </td>
                ))}
                {kind.states && (
                  <td>
                    <StateTags kind={kind} row={row} />
                  </td>
                )}
                {across && <td>{words.titles[row.ownerId] ?? '—'}</td>}
              </tr>
            ))}
          </tbody>
        </table>
        <footer>由 {actor.name} 打印</footer>
      </article>
    </div>
  )
}
