import { useQuery } from '@tanstack/react-query'
import type { Tone } from '../../language/fields/choice.ts'
import { call, read } from '../shell/api.ts'
import { Head } from '../shell/layout.tsx'
import { useSession } from '../shell/session.tsx'
import { countOf, secondOf, spokenMinute } from '../shell/time.ts'
import { Trouble } from '../shell/trouble.tsx'
import { Waiting } from '../ui/empty.tsx'
import { type Column, RowAct, Rows } from '../ui/rows.tsx'
import { Tag } from '../ui/shape.tsx'
import { say } from '../ui/toast.tsx'
import './casework.css'

type Job = {
  name: string
  title: string
  schedule: string
  nextAt: string
  failures: number
  runs: number
  startedAt: string | null
  doneAt: string | null
  ms: number | null
  error: string | null
  pausedBy: string | null
  askedBy: string | null
  state: 'paused' | 'running' | 'failed' | 'waiting'
}
type Run = {
  id: string
  title: string
  startedAt: string
  endedAt: string | null
  state: 'running' | 'done' | 'failed' | 'cancelled' | 'lost'
  done: number
  total: number | null
  note: string | null
  error: string | null
  askedBy: string | null
}
type Answer = {
  asOf: string
  items: Job[]
  runs: Run[]
  followers: { name: string; behind: number; movedAt: string }[]
  queues: { imports: number; subscriptions: number; failingSubscriptions: number }
}

const states: Readonly<Record<Job['state'], readonly [Tone, string]>> = {
  waiting: ['good', '正常'],
  running: ['info', '运行中'],
  failed: ['bad', '失败，等待重试'],
  paused: ['unknown', '已暂停'],
}
const ends: Readonly<Record<Run['state'], readonly [Tone, string]>> = {
  running: ['info', '运行中'],
  done: ['good', '完成'],
  failed: ['bad', '失败'],
  cancelled: ['unknown', '已停止'],
  lost: ['warn', '中断'],
}

function JobActs({ job, act }: { job: Job; act(job: Job, name: string, said: string): void }) {
  return (
    <>
      {job.state === 'running' ? (
        <RowAct onClick={() => act(job, 'cancel', '已要求停止')}>停止</RowAct>
      ) : (
        <RowAct onClick={() => act(job, 'run', '马上运行')}>{job.state === 'failed' ? '重试' : '运行'}</RowAct>
      )}
      {job.state === 'paused' ? (
        <RowAct onClick={() => act(job, 'resume', '已恢复')}>恢复</RowAct>
      ) : (
        <RowAct onClick={() => act(job, 'pause', '已暂停')}>暂停</RowAct>
      )}
    </>
  )
}

const ofJobs: readonly Column<Job>[] = [
  {
    title: '任务',
    of: (job) => (
      <>
        {job.title}
        {job.error && <small className="wrong">{job.error}</small>}
      </>
    ),
  },
  {
    title: '状态',
    of: (job) => (
      <>
        <Tag tone={states[job.state][0]}>{states[job.state][1]}</Tag>
        {job.failures > 0 && <small>连续 {job.failures} 次</small>}
        {job.askedBy && <small>{job.askedBy} 要求立即运行</small>}
      </>
    ),
  },
  {
    title: '何时运行',
    as: 'short',
    of: (job) => (
      <>
        {job.schedule}
        <small>{job.state === 'paused' ? `${job.pausedBy}暂停` : `下次 ${secondOf(job.nextAt).slice(5)}`}</small>
      </>
    ),
  },
  {
    title: '上次完成',
    as: 'short',
    of: (job) => (
      <>
        {job.doneAt ? secondOf(job.doneAt).slice(5) : '还没有'}
        {job.ms !== null && <small>用时 {countOf(job.ms)} 毫秒</small>}
      </>
    ),
  },
  { title: '共运行', as: 'figure', of: (job) => `${countOf(job.runs)} 次` },
]

const ofRuns: readonly Column<Run>[] = [
  {
    title: '任务',
    of: (run) => (
      <>
        {run.title}
        {run.askedBy && <small>{run.askedBy}要求运行</small>}
      </>
    ),
  },
  { title: '开始', as: 'short', of: (run) => secondOf(run.startedAt).slice(5) },
  { title: '结果', of: (run) => <Tag tone={ends[run.state][0]}>{ends[run.state][1]}</Tag> },
  {
    title: '做了什么',
    of: (run) => (
      <>
        {run.total !== null
          ? `${countOf(run.done)} / ${countOf(run.total)}`
          : run.done > 0 && `做了 ${countOf(run.done)} 件`}
        <small className={run.error ? 'wrong' : undefined}>{run.error ?? run.note}</small>
      </>
    ),
  },
]

/** What runs, ran and failed behind the desk, and why. */
export default function Jobs() {
  const { actor } = useSession()
  const { data, error, refetch } = useQuery({
    queryKey: ['jobs'],
    queryFn: () => read<Answer>('/api/v1/jobs'),
    refetchInterval: 5000,
  })
  if (error) return <Trouble error={error} retry={refetch} />
  if (!data) return <Waiting />
  const failing = data.items.filter((job) => job.state === 'failed')
  const act = async (job: Job, name: string, said: string) => {
    try {
      await call('POST', `/api/v1/jobs/${job.name}/${name}`)
      say(`${job.title}：${said}`)
    } catch (problem) {
      say(problem instanceof Error ? problem.message : '没有办成，请重试')
    }
    refetch()
  }
  const behind = data.followers.filter((each) => each.behind > 0)
  return (
    <>
      <Head
        title={
          failing.length > 0 ? `${failing.length} 项后台任务失败，正在重试` : `${data.items.length} 项后台任务都正常`
        }
        sub={`数据到 ${spokenMinute(data.asOf)} · 每项任务同一时间只在一个进程里运行`}
      />
      <div className="stack">
        <Rows
          title="任务"
          items={data.items}
          keyOf={({ name }) => name}
          columns={ofJobs}
          acts={actor.role === 'system' ? (job) => <JobActs job={job} act={act} /> : undefined}
        />
        <section className="card">
          <h2>跟随变更的反应和队列</h2>
          <dl className="facts figures">
            <div>
              <dt>反应</dt>
              <dd>
                {data.followers.length} 个，
                {behind.length === 0
                  ? '都已跟上'
                  : `${behind.length} 个还没跟上，最多的还差 ${countOf(Math.max(...behind.map((each) => each.behind)))} 条`}
              </dd>
            </div>
            <div>
              <dt>正在读入或写入的导入文件</dt>
              <dd>{countOf(data.queues.imports)}</dd>
            </div>
            <div>
              <dt>事件订阅</dt>
              <dd>
                {countOf(data.queues.subscriptions)} 个，其中 {countOf(data.queues.failingSubscriptions)}{' '}
                个送不出去、等待重试
              </dd>
            </div>
          </dl>
        </section>
        <Rows
          title="最近的运行"
          items={data.runs}
          keyOf={({ id }) => id}
          columns={ofRuns}
          empty="还没有可记的运行"
          hint="做了事、失败、用时较长或由人要求的运行记在这里；什么也没做的只计次数。"
        />
      </div>
    </>
  )
}
