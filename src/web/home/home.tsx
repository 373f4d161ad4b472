import { useState } from 'react'
import { useTasks } from '../casework/task.ts'
import { TaskTable } from '../casework/task-table.tsx'
import { useCatalogue } from '../shell/catalogue.ts'
import { Head } from '../shell/layout.tsx'
import { type Home as Figures, useHome } from '../shell/menu.tsx'
import { path } from '../shell/path.ts'
import { Link } from '../shell/router.tsx'
import { useSession } from '../shell/session.tsx'
import { countOf, spokenMinute } from '../shell/time.ts'
import { Trouble } from '../shell/trouble.tsx'
import { Empty, Waiting } from '../ui/empty.tsx'
import { byUrgency, useNotices } from './notice.ts'
import { NoticeTable } from './notice-table.tsx'
import './home.css'

/** The answer to "is anything wrong, and what must I do?" in one sentence. */
function answerOf({ open, work }: Figures): string {
  const mine = work.open > 0 ? `，${work.open} 件待办${work.overdue > 0 ? `（${work.overdue} 件超期）` : ''}` : ''
  return `${trouble(open)}${mine}`
}

function trouble({ bad, warn, info }: Figures['open']): string {
  if (bad > 0) return `${bad} 件事现在需要处置${warn > 0 ? `，另有 ${warn} 件限期办` : ''}`
  if (warn > 0) return `没有紧急的事，${warn} 件限期办`
  return info > 0 ? `没有需要处置的事，${info} 条提醒可以看看` : '现在没有需要处置的事'
}

/** 待办 first: what the user has to do, the nearest deadline on top. */
function Todo() {
  const { data, error, refetch } = useTasks('mine', 6)
  if (error) return <Trouble error={error} retry={refetch} />
  if (!data) return <Waiting lines={3} />
  if (data.items.length === 0) return null
  return (
    <section className="card">
      <h2>
        我的待办
        {data.next !== null && <Link to={path.tasks()}>全部 {countOf(data.counts.open)} 件 →</Link>}
      </h2>
      <TaskTable tasks={data.items} />
    </section>
  )
}

function Regions({ byRegion }: { byRegion: Figures['byRegion'] }) {
  const most = Math.max(...byRegion.map((each) => each.count))
  return (
    <section className="card">
      <h2>各县区未结问题</h2>
      <div className="bars">
        {byRegion.map((each) => (
          <Link key={each.region} to={path.notices({ region: each.region })}>
            {each.title}
            <i style={{ width: `${(each.count / most) * 100}%` }} />
            <span>{countOf(each.count)}</span>
          </Link>
        ))}
      </div>
    </section>
  )
}

function Today({ kinds }: { kinds: Figures['kinds'] }) {
  const today = kinds.filter((kind) => kind.today > 0).sort((a, b) => b.today - a.today)
  return (
    <section className="card">
      <h2>今天的登记</h2>
      <ul className="counts">
        {today.map((kind) => (
          <li key={kind.name}>
            <Link to={path.list(kind.name)}>
              {kind.title} <small>共 {countOf(kind.total)} 条</small>
            </Link>
            <b>{countOf(kind.today)}</b>
          </li>
        ))}
      </ul>
      {today.length < kinds.length && (
        <p className="sub rest">
          {today.length > 0 ? `其余 ${kinds.length - today.length} 类今天没有登记` : '今天还没有登记'}
        </p>
      )}
    </section>
  )
}

const quickMax = 6

/** What the user records most, one tap away; the others behind one more. */
function Quick({ figures }: { figures: Figures['kinds'] }) {
  const [all, setAll] = useState(false)
  const totals = new Map(figures.map((kind) => [kind.name, kind.total]))
  const kinds = useCatalogue()
    .kinds.filter((kind) => kind.verbs.includes('create'))
    .sort((a, b) => (totals.get(b.name) ?? 0) - (totals.get(a.name) ?? 0))
  if (kinds.length === 0) return null
  return (
    <nav className="quick" aria-label="登记">
      {kinds.slice(0, all ? kinds.length : quickMax).map((kind) => (
        <Link key={kind.name} to={path.create(kind.name)}>
          <b>＋ 登记{kind.title}</b>
          <small>{kind.help}</small>
        </Link>
      ))}
      {!all && kinds.length > quickMax && (
        <button type="button" className="button plain" onClick={() => setAll(true)}>
          全部 {kinds.length} 种登记
        </button>
      )}
    </nav>
  )
}

/** The first page: its heading is the answer, then the evidence. */
export default function Home() {
  const { actor } = useSession()
  const { data, error, refetch } = useHome()
  const { notices, error: noticesError, refetch: readAgain, isPending, total } = useNotices({ limit: 50 })
  if (error) return <Trouble error={error} retry={refetch} />
  if (!data) return <Waiting />
  const shown = byUrgency(notices).slice(0, 10)
  const isEnterprise = actor.role === 'enterprise'
  const where = isEnterprise ? actor.ownerTitle : `${actor.regionTitle}${actor.role === 'city' ? '全域' : ''}`
  return (
    <>
      <Head title={answerOf(data)} sub={`${where} · 数据到 ${spokenMinute(data.asOf)}`} />
      {isEnterprise && <Quick figures={data.kinds} />}
      <div className="homegrid">
        <div>
          <Todo />
          <section className="card">
            <h2>
              正在发生
              {total > shown.length && <Link to={path.notices()}>全部 {countOf(total)} 件 →</Link>}
            </h2>
            {noticesError ? (
              <Trouble error={noticesError} retry={readAgain} />
            ) : isPending ? (
              <Waiting />
            ) : notices.length === 0 ? (
              <Empty title="没有未结的问题">
                <p>{isEnterprise ? '按时登记，这里就会一直是空的。' : '企业的登记和监测一有问题就会列在这里。'}</p>
              </Empty>
            ) : (
              <NoticeTable notices={shown} />
            )}
          </section>
        </div>
        <div>
          {!isEnterprise && data.byRegion.length > 1 && <Regions byRegion={data.byRegion} />}
          <Today kinds={data.kinds} />
        </div>
      </div>
    </>
  )
}
