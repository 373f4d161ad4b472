import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { call, read } from '../shell/api.ts'
import { Head } from '../shell/layout.tsx'
import { ageOf, minuteOf } from '../shell/time.ts'
import { Trouble } from '../shell/trouble.tsx'
import { Waiting } from '../ui/empty.tsx'
import { RowAct, Rows } from '../ui/rows.tsx'
import { Tag } from '../ui/shape.tsx'
import { say } from '../ui/toast.tsx'
import { AskBox, Once } from './form.tsx'

type Approval = {
  id: string
  title: string
  reason: string
  askedName: string
  askedAt: string
  state: 'waiting' | 'approved' | 'refused' | 'withdrawn'
  decidedName: string | null
  answer: string | null
}

const states = {
  waiting: ['info', '待审批'],
  approved: ['good', '已批准'],
  refused: ['bad', '未批准'],
  withdrawn: ['unknown', '已撤回'],
} as const

/** What waits for one's decision, with how long it has waited; what one asked for oneself. */
export default function Approvals() {
  const client = useQueryClient()
  const { data, error, refetch } = useQuery({
    queryKey: ['approvals'],
    queryFn: () => read<{ waiting: Approval[]; own: Approval[] }>('/api/v1/approvals'),
    refetchInterval: 30_000,
  })
  const [deciding, setDeciding] = useState<{ approval: Approval; allow: boolean }>()
  const [shown, setShown] = useState<{ login: string; password: string }>()
  if (error) return <Trouble error={error} retry={refetch} />
  if (!data) return <Waiting />
  const decide = async (answer: string) => {
    if (!deciding) return
    const { approval, allow } = deciding
    const done = await call<{ shown?: { login: string; password: string } }>(
      'POST',
      `/api/v1/approvals/${approval.id}/decision`,
      {
        allow,
        answer,
      },
    )
    setDeciding(undefined)
    if (done.shown) setShown(done.shown)
    say(allow ? '已批准' : '已退回')
    client.invalidateQueries()
  }
  return (
    <>
      <Head
        title={data.waiting.length > 0 ? `${data.waiting.length} 项等您审批` : '没有等您审批的事项'}
        sub="危险的操作由一人申请、另一人批准；不能批准自己的申请。"
      />
      <div className="stack">
        <Rows
          title="等我审批"
          items={data.waiting}
          keyOf={({ id }) => id}
          columns={[
            { title: '事项', of: ({ title }) => title },
            { title: '原因', of: ({ reason }) => reason },
            { title: '申请人', as: 'short', of: ({ askedName }) => askedName },
            { title: '已等', as: 'short', of: ({ askedAt }) => ageOf(askedAt) },
          ]}
          acts={(approval) => (
            <>
              <RowAct solid onClick={() => setDeciding({ approval, allow: true })}>
                批准
              </RowAct>
              <RowAct onClick={() => setDeciding({ approval, allow: false })}>退回</RowAct>
            </>
          )}
          empty="都处理完了"
        />
        <Rows
          title="我申请的"
          items={data.own}
          keyOf={({ id }) => id}
          columns={[
            {
              title: '事项',
              of: ({ title, reason }) => (
                <>
                  {title}
                  <small>{reason}</small>
                </>
              ),
            },
            { title: '申请时间', as: 'short', of: ({ askedAt }) => minuteOf(askedAt) },
            {
              title: '结果',
              of: ({ state, decidedName, answer }) => (
                <>
                  <Tag tone={states[state][0]}>{states[state][1]}</Tag>
                  <small>
                    {decidedName} {answer}
                  </small>
                </>
              ),
            },
          ]}
          acts={({ id, state }) =>
            state === 'waiting' && (
              <RowAct
                onClick={async () => {
                  await call('POST', `/api/v1/approvals/${id}/withdraw`)
                  refetch()
                }}
              >
                撤回
              </RowAct>
            )
          }
          empty="没有申请过"
          hint="重置密码、改法规数值、停用账号等危险的操作，申请后列在这里。"
        />
      </div>
      {deciding && (
        <AskBox
          title={deciding.allow ? '批准' : '退回'}
          act={deciding.allow ? '批准' : '退回'}
          fields={[{ name: 'answer', title: '意见（可不填）', type: 'area' }]}
          submit={({ answer }) => decide(answer ?? '')}
          onClose={() => setDeciding(undefined)}
        >
          <p>{deciding.approval.title}</p>
          <p className="muted">原因：{deciding.approval.reason}</p>
        </AskBox>
      )}
      {shown && (
        <Once
          title="新的临时密码"
          lines={[`用户名  ${shown.login}`, `密码    ${shown.password}`]}
          onClose={() => setShown(undefined)}
        />
      )}
    </>
  )
}
