import { Head } from '../shell/layout.tsx'
import { path } from '../shell/path.ts'
import { Link, useRoute } from '../shell/router.tsx'
import { countOf, spokenMinute } from '../shell/time.ts'
import { Trouble } from '../shell/trouble.tsx'
import { Empty, Waiting } from '../ui/empty.tsx'
import { useTasks, type View } from './task.ts'
import { TaskTable } from './task-table.tsx'
import '../home/home.css'

const views: Readonly<Record<View, string>> = { mine: '要我办的', asked: '我交办的', done: '我办过的' }

function answerOf({ open, overdue, today }: { open: number; overdue: number; today: number }): string {
  if (open === 0) return '没有要办的事'
  const said = [overdue > 0 && `${countOf(overdue)} 件已超期`, today > 0 && `${countOf(today)} 件一天内到期`].filter(
    Boolean,
  )
  return `${countOf(open)} 件事要办${said.length > 0 ? `，${said.join('，')}` : ''}`
}

/** 待办: what waits for one, by its deadline. */
export default function Tasks() {
  const { query } = useRoute()
  const view = (Object.keys(views).find((each) => each === query.view) ?? 'mine') as View
  const { data, error, refetch } = useTasks(view, 200)
  if (error) return <Trouble error={error} retry={refetch} />
  if (!data) return <Waiting />
  return (
    <>
      <Head title={answerOf(data.counts)} sub={`期限近的在前 · 数据到 ${spokenMinute(data.asOf)}`} />
      <div className="levels">
        {(Object.keys(views) as View[]).map((name) => (
          <Link
            key={name}
            to={path.tasks({ view: name === 'mine' ? undefined : name })}
            aria-current={view === name ? 'true' : undefined}
          >
            {views[name]} {name === 'mine' ? countOf(data.counts.open) : ''}
          </Link>
        ))}
      </div>
      <div className="card">
        {data.items.length === 0 ? (
          <Empty title={view === 'mine' ? '都办完了' : '这里还没有'}>
            <p>时限、到期、审批、别人交办和提到您的事会列在这里。</p>
          </Empty>
        ) : (
          <TaskTable tasks={data.items} />
        )}
      </div>
      {data.next !== null && <p className="muted more">只列出前 {countOf(data.items.length)} 件。</p>}
    </>
  )
}
