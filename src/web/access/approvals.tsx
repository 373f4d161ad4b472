import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { call, read } from '../shell/api.ts'
import { Head } from '../shell/layout.tsx'
import { ageOf, minuteOf } from '../shell/time.ts'
import { Trouble } from '../shell/trouble.tsx'
import { Empty, Waiting } from '../ui/empty.tsx'
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
        <section className="card">
          <h2>等我审批</h2>
          {data.waiting.length === 0 ? (
            <Empty title="都处理完了" />
          ) : (
            <div className="scroll">
              <table className="rows">
                <thead>
                  <tr>
                    <th>事项</th>
                    <th>原因</th>
                    <th>申请人</th>
                    <th>已等</th>
                    <th />
                  </tr>
                </thead>
                <tbody>
                  {data.waiting.map((approval) => (
                    <tr key={approval.id}>
                      <td data-title="事项">{approval.title}</td>
                      <td data-title="原因">{approval.reason}</td>
                      <td data-title="申请人" className="nowrap">
                        {approval.askedName}
                      </td>
                      <td data-title="已等" className="nowrap">
                        {ageOf(approval.askedAt)}
                      </td>
                      <td>
                        <div className="rowacts">
                          <button
                            type="button"
                            className="button small"
                            onClick={() => setDeciding({ approval, allow: true })}
                          >
                            批准
                          </button>
                          <button
                            type="button"
                            className="button plain small"
                            onClick={() => setDeciding({ approval, allow: false })}
                          >
                            退回
                          </button>
                        </div>
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )}
        </section>
        <section className="card">
          <h2>我申请的</h2>
          {data.own.length === 0 ? (
            <Empty title="没有申请过" />
          ) : (
            <div className="scroll">
              <table className="rows">
                <tbody>
                  {data.own.map((approval) => (
                    <tr key={approval.id}>
                      <td className="nowrap">{minuteOf(approval.askedAt)}</td>
                      <td>
                        {approval.title}
                        <small>{approval.reason}</small>
                      </td>
                      <td>
                        <Tag tone={states[approval.state][0]}>{states[approval.state][1]}</Tag>
                        <small>
                          {approval.decidedName} {approval.answer}
                        </small>
                      </td>
                      <td>
                        {approval.state === 'waiting' && (
                          <button
                            type="button"
                            className="button plain small"
                            onClick={async () => {
                              await call('POST', `/api/v1/approvals/${approval.id}/withdraw`)
                              refetch()
                            }}
                          >
                            撤回
                          </button>
                        )}
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )}
        </section>
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
