import { useState } from 'react'
import { AskBox } from '../access/form.tsx'
import { moveByArrows } from '../shell/keys.ts'
import { path } from '../shell/path.ts'
import { Link, navigate } from '../shell/router.tsx'
import { ageOf, spokenMinute } from '../shell/time.ts'
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

/** What somebody has to do, by its deadline. A row leads to the record. */
export function TaskTable({ tasks }: { tasks: Task[] }) {
  const act = useTaskAct()
  const [ending, setEnding] = useState<Task>()
  return (
    <>
      <table className="rows tasktable" onKeyDown={moveByArrows}>
        <thead>
          <tr>
            <th>要办的事</th>
            <th>谁交办</th>
            <th>期限</th>
            <th>
              <span className="unseen">操作</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {tasks.map((task) => {
            const to = path.record(task.kind, task.recordId)
            return (
              <tr
                key={task.id}
                data-row
                tabIndex={0}
                onClick={(event) => !(event.target as HTMLElement).closest('a, button') && navigate(to)}
                onKeyDown={(event) => event.key === 'Enter' && event.target === event.currentTarget && navigate(to)}
              >
                <td>
                  <Link to={to} style={{ color: 'inherit' }} tabIndex={-1}>
                    {task.title}
                  </Link>
                  <small>{[task.kindTitle, task.ownerTitle, task.detail].filter(Boolean).join(' · ')}</small>
                </td>
                <td>
                  {task.why === 'clock' ? whyOf.clock : task.askedName}
                  <small>{ageOf(task.createdAt)}</small>
                </td>
                <td>
                  {task.doneAt ? (
                    <span className="age">
                      {task.doneName}
                      <small>{task.answer}</small>
                    </span>
                  ) : (
                    <Due dueAt={task.dueAt} note={task.dueNote} />
                  )}
                </td>
                <td>
                  <div className="rowacts">
                    <Acts task={task} onDone={() => setEnding(task)} />
                  </div>
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
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
