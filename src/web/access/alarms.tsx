import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { call, read } from '../shell/api.ts'
import { Head } from '../shell/layout.tsx'
import { ageOf, minuteOf } from '../shell/time.ts'
import { Trouble } from '../shell/trouble.tsx'
import { Waiting } from '../ui/empty.tsx'
import { RowAct, Rows } from '../ui/rows.tsx'
import { Tag } from '../ui/shape.tsx'
import { AskBox } from './form.tsx'

type Alarm = {
  id: string
  at: string
  level: 'bad' | 'warn'
  actorName: string
  address: string
  text: string
  answer: string | null
  answeredBy: string | null
}

/** Behaviour that needs a question: mass reading, odd hours, probing, an address that is refused again and again. */
export default function Alarms() {
  const [all, setAll] = useState(false)
  const [answering, setAnswering] = useState<Alarm>()
  const { data, error, refetch } = useQuery({
    queryKey: ['alarms', all],
    queryFn: () => read<{ items: Alarm[] }>('/api/v1/audit/alarms', { state: all ? 'all' : 'open' }),
    refetchInterval: 60_000,
  })
  if (error) return <Trouble error={error} retry={refetch} />
  if (!data) return <Waiting />
  const open = data.items.filter((alarm) => !alarm.answer)
  return (
    <>
      <Head
        title={open.length > 0 ? `${open.length} 条行为告警待核实` : '没有待核实的行为告警'}
        sub="阈值由安全管理员在“策略”中设定。"
      >
        <button type="button" className="button" onClick={() => setAll(!all)}>
          {all ? '只看待核实' : '看全部'}
        </button>
      </Head>
      <Rows
        empty="都正常"
        items={data.items}
        keyOf={({ id }) => id}
        columns={[
          {
            title: '什么事',
            of: (alarm) => (
              <>
                {alarm.actorName || alarm.address}：{alarm.text}
                {alarm.answer && (
                  <small>
                    {alarm.answeredBy}：{alarm.answer}
                  </small>
                )}
              </>
            ),
          },
          {
            title: '轻重',
            of: ({ level }) => <Tag tone={level}>{level === 'bad' ? '严重' : '注意'}</Tag>,
          },
          {
            title: '时间',
            of: ({ at }) => (
              <>
                {minuteOf(at)}
                <small>{ageOf(at)}前</small>
              </>
            ),
            as: 'short',
          },
        ]}
        acts={(alarm) =>
          !alarm.answer && (
            <RowAct solid onClick={() => setAnswering(alarm)}>
              核实
            </RowAct>
          )
        }
      />
      {answering && (
        <AskBox
          title="核实结果"
          act="记录"
          fields={[{ name: 'answer', title: '查到了什么、怎么处理', type: 'area' }]}
          onClose={() => setAnswering(undefined)}
          submit={async ({ answer }) => {
            await call('POST', `/api/v1/audit/alarms/${answering.id}/answer`, { answer })
            setAnswering(undefined)
            refetch()
          }}
        />
      )}
    </>
  )
}
