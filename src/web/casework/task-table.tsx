import { useState } from 'react'
import { AskBox } from '../access/form.tsx'
import { path } from '../shell/path.ts'
import { Link, navigate } from '../shell/router.tsx'
import { ageOf, spokenMinute } from '../shell/time.ts'
import { type Column, RowTable } from '../ui/rows.tsx'
import { Tag } from '../ui/shape.tsx'
import { say } from '../ui/toast.tsx'
import { dueOf, type Task, useTaskAct, whyOf } from './task.ts'
import './casework.css'

/** The deadline in words, coloured only where it matters. */
export function Due({ dueAt, note }: { dueAt: string | null; note?: string | null }) {
  const due = dueOf(dueAt)
  if (!due) return <span className="muted">{note ?? '没有期限'}</span>
  return (
    <span
      className={due.tone === 'late' ? 'late' : due.tone === 'soon' ? 'soon' : 'age'}
      title={spokenMinute(dueAt ?? '')}
    >
      {due.text}
    </span>
  )
}

function Acts({ task, onDone }: { task: Task; onDone(): void }) {
  const act = useTaskAct()
  const take = () =>
    act(task, 'take').catch((error) => say(error instanceof Error ? error.message : '没有办成，请重试'))
  if (task.state === 'done' || task.state === 'cancelled')
    return <Tag tone={task.state === 'done' ? 'good' : 'unknown'}>{task.state === 'done' ? '已办结' : '已撤回'}</Tag>
  if (task.why === 'flow')
    return (
      <Link className="button small" to={path.record(task.kind, task.recordId)}>
        去审批
      </Link>
    )
  if (task.why === 'clock' || task.why === 'finding')
    return (
      <Link className="button small" to={path.record(task.kind, task.recordId)}>
        去办理
      </Link>
    )
  if (task.state === 'taken' && !task.mine) return <span className="muted">{task.takenName}正在办</span>
  return (
    <>
      {task.state === 'open' && (
        <button type="button" className="button plain small" onClick={take}>
          接下
        </button>
      )}
      <button type="button" className="button small" onClick={onDone}>
        办结
      </button>
    </>
  )
}

const columns: readonly Column<Task>[] = [
  {
    title: '要办的事',
    of: ({ kind, recordId, title, who, kindTitle, ownerTitle, detail }) => (
      <>
        <Link to={path.record(kind, recordId)} style={{ color: 'inherit' }} tabIndex={-1}>
          {who ? `${title}：${who}` : title}
        </Link>
        <small>{[kindTitle, ownerTitle, detail].filter(Boolean).join(' · ')}</small>
      </>
    ),
  },
  {
    title: '谁交办',
    of: ({ why, askedName, createdAt }) => (
      <>
        {why === 'clock' ? whyOf.clock : askedName}
        <small>{ageOf(createdAt)}</small>
      </>
    ),
    by: ({ createdAt }) => createdAt,
  },
  {
    title: '期限',
    of: ({ doneAt, doneName, answer, dueAt, dueNote }) =>
      doneAt ? (
        <span className="age">
          {doneName}
          <small>{answer}</small>
        </span>
      ) : (
        <Due dueAt={dueAt} note={dueNote} />
      ),
    // Without a deadline it stands last.
    by: ({ doneAt, dueAt }) => doneAt ?? dueAt ?? '9999',
  },
]

/** What somebody has to do, by its deadline. A row leads to the record. */
export function TaskTable({ tasks }: { tasks: Task[] }) {
  const act = useTaskAct()
  const [ending, setEnding] = useState<Task>()
  return (
    <>
      <RowTable
        items={tasks}
        keyOf={({ id }) => id}
        open={({ kind, recordId }) => navigate(path.record(kind, recordId))}
        columns={columns}
        acts={(task) => <Acts task={task} onDone={() => setEnding(task)} />}
      />
      {ending && (
        <AskBox
          title="办结"
          act="办结"
          fields={[{ name: 'answer', title: '办理情况（可不填）', type: 'area' }]}
          submit={async ({ answer }) => {
            await act(ending, 'done', { answer })
            setEnding(undefined)
          }}
          onClose={() => setEnding(undefined)}
        >
          <p>{ending.title}</p>
        </AskBox>
      )}
    </>
  )
}
