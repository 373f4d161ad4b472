import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { Casework, ClockShown, PersonShown } from '../../platform/casework/wire.ts'
import { AskBox } from '../access/form.tsx'
import { call, read } from '../shell/api.ts'

import { Tag } from '../ui/shape.tsx'
import { say } from '../ui/toast.tsx'
import { ActOnClock, type ClockAct, clockActs, StartClock } from './clock-acts.tsx'
import { Comments } from './comments.tsx'
import { Flows } from './flows.tsx'
import { Due } from './task-table.tsx'
import './casework.css'

/** Where a record's casework is read. */
export type At = { kind: string; id: string }

function Clocks({ clocks }: { clocks: ClockShown[] }) {
  const [acting, setActing] = useState<{ clock: ClockShown; act: ClockAct }>()
  const running = clocks.filter((clock) => !clock.stoppedAt)
  const ended = clocks.filter((clock) => clock.stoppedAt)
  return (
    <ul className="besides">
      {running.map((clock) => (
        <li key={clock.id}>
          <span>{clock.title}</span>
          {clock.pausedAt ? (
            <Tag tone="unknown">已中止计时</Tag>
          ) : (
            <Due
              dueAt={clock.dueAt}
              note={clock.missing ? `${clock.missing} 年节假日未录入，期限暂不能确定` : undefined}
            />
          )}
          {clock.byHand && (
            <span className="clockacts">
              {(clock.pausedAt ? (['resume', 'stop'] as const) : (['pause', 'stop'] as const)).map((act) => (
                <button
                  key={act}
                  type="button"
                  className="button plain small"
                  onClick={() => setActing({ clock, act })}
                >
                  {clockActs[act]}
                </button>
              ))}
            </span>
          )}
        </li>
      ))}
      {acting && <ActOnClock {...acting} onClose={() => setActing(undefined)} />}
      {ended.map((clock) => (
        <li key={clock.id} className="muted">
          <span>{clock.title}</span>
          <span>{clock.overdueAt ? '超期后办结' : '按期办结'}</span>
        </li>
      ))}
    </ul>
  )
}

function AskTask({ at, people, onClose }: { at: At; people: PersonShown[]; onClose(): void }) {
  const client = useQueryClient()
  return (
    <AskBox
      title="交办"
      act="交办"
      fields={[
        { name: 'title', title: '要办的事' },
        {
          name: 'to',
          title: '交给谁',
          type: 'select',
          options: [
            { value: 'authority', title: '辖区监管部门' },
            { value: 'owner', title: '记录所属单位' },
            ...people.map(({ id, name, ownerTitle }) => ({ value: id, title: `${name}（${ownerTitle}）` })),
          ],
        },
        { name: 'dueOn', title: '期限（可不填）', type: 'date' },
        { name: 'detail', title: '说明（可不填）', type: 'area' },
      ]}
      onClose={onClose}
      submit={async ({ to = '', title, dueOn, detail }) => {
        const whose = to === 'authority' || to === 'owner' ? { [to]: true } : { account: to }
        const body = { title, detail, to: whose, ...(dueOn ? { dueOn } : {}) }
        await call('POST', `/api/v1/records/${at.kind}/${at.id}/tasks`, body)
        say(`已交办：${title}`)
        client.invalidateQueries({ queryKey: ['casework'] })
        client.invalidateQueries({ queryKey: ['tasks'] })
        onClose()
      }}
    />
  )
}

/** What stands beside a record: its clocks, 待办, approvals and comments. */
export function Beside({ kind, id, version }: At & { version: number }) {
  const at = { kind, id }
  const { data } = useQuery({
    queryKey: ['casework', kind, id, version],
    queryFn: ({ signal }) => read<Casework>(`/api/v1/records/${kind}/${id}/casework`, {}, signal),
    refetchInterval: 30_000,
  })
  const [asking, setAsking] = useState(false)
  const [timing, setTiming] = useState(false)
  if (!data) return null
  return (
    <>
      {(data.clocks.length > 0 || data.tasks.length > 0 || data.may.ask) && (
        <section className="card noprint">
          <h2>
            待办和时限
            {data.may.ask && (
              <span className="clockacts">
                <button type="button" className="button plain small" onClick={() => setAsking(true)}>
                  交办
                </button>
                {data.figures.length > 0 && (
                  <button type="button" className="button plain small" onClick={() => setTiming(true)}>
                    计时
                  </button>
                )}
              </span>
            )}
          </h2>
          {data.clocks.length > 0 && <Clocks clocks={data.clocks} />}
          <ul className="besides">
            {data.tasks
              .filter(({ source }) => !data.clocks.some((clock) => !clock.stoppedAt && source === `clock ${clock.id}`))
              .map((task) => (
                <li key={task.id}>
                  <span>
                    {task.title}
                    <small>{task.takenName ? `${task.takenName}正在办` : task.forName}</small>
                  </span>
                  <Due dueAt={task.dueAt} note={task.dueNote ?? ''} />
                </li>
              ))}
          </ul>
          {data.clocks.length === 0 && data.tasks.length === 0 && <p className="sub quiet">没有交办的事。</p>}
        </section>
      )}
      <Flows at={at} flows={data.flows} templates={data.templates} />
      <Comments at={at} comments={data.comments} people={data.people} mayComment={data.may.comment} />
      {timing && <StartClock at={at} figures={data.figures} onClose={() => setTiming(false)} />}
      {asking && <AskTask at={at} people={data.people} onClose={() => setAsking(false)} />}
    </>
  )
}
