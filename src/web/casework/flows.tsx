import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { FlowShown } from '../../platform/casework/wire.ts'
import { AskBox } from '../access/form.tsx'
import { call } from '../shell/api.ts'
import { spokenMinute } from '../shell/time.ts'
import { Tag } from '../ui/shape.tsx'
import { say } from '../ui/toast.tsx'

const states = {
  running: ['info', '审批中'],
  approved: ['good', '已通过'],
  refused: ['bad', '未通过'],
  withdrawn: ['unknown', '已撤回'],
  failed: ['warn', '通过但未生效'],
} as const

function One({ flow, onDecide, onWithdraw }: { flow: FlowShown; onDecide(allow: boolean): void; onWithdraw(): void }) {
  return (
    <article className="flow">
      <header>
        <b>{flow.title}</b>
        <Tag tone={states[flow.state][0]}>{states[flow.state][1]}</Tag>
      </header>
      <ol>
        {flow.steps.map((step, index) => (
          <li
            // biome-ignore lint/suspicious/noArrayIndexKey: the order is the step
            key={index}
            aria-current={flow.state === 'running' && index === flow.atStep ? 'step' : undefined}
          >
            {step.title}
          </li>
        ))}
      </ol>
      <p className="sub">
        {flow.askedName}于 {spokenMinute(flow.askedAt)} 发起{flow.note && `：${flow.note}`}
      </p>
      {flow.decisions.map((each) => (
        <p key={`${each.name}${each.at}`} className="sub">
          {spokenMinute(each.at)} {each.name}
          {each.handName && `（${each.handName}代）`} <b>{each.allow ? '同意' : '不同意'}</b>
          {each.remark && `：${each.remark}`}
        </p>
      ))}
      {flow.outcome && <p className="sub">{flow.outcome}</p>}
      {(flow.mayDecide || flow.mayWithdraw) && (
        <div className="rowacts">
          {flow.mayDecide && (
            <>
              <button type="button" className="button small primary" onClick={() => onDecide(true)}>
                同意
              </button>
              <button type="button" className="button small" onClick={() => onDecide(false)}>
                不同意
              </button>
            </>
          )}
          {flow.mayWithdraw && (
            <button type="button" className="button plain small" onClick={onWithdraw}>
              撤回审批
            </button>
          )}
        </div>
      )}
    </article>
  )
}

/** Approvals of a record: where each stands, who said what; deciding, starting and taking back. */
export function Flows(props: {
  at: { kind: string; id: string }
  flows: FlowShown[]
  templates: { id: string; name: string }[]
}) {
  const { at, flows, templates } = props
  const client = useQueryClient()
  const [deciding, setDeciding] = useState<{ flow: FlowShown; allow: boolean }>()
  const [starting, setStarting] = useState(false)
  if (flows.length === 0 && templates.length === 0) return null
  const again = () => {
    for (const key of ['casework', 'tasks', 'record', 'history', 'home']) client.invalidateQueries({ queryKey: [key] })
  }
  const withdraw = async (flow: FlowShown) => {
    await call('POST', `/api/v1/flows/${flow.id}/withdraw`).then(
      () => say('已撤回，记录没有变动'),
      (error) => say(error instanceof Error ? error.message : '没有办成，请重试'),
    )
    again()
  }
  return (
    <section className="card noprint">
      <h2>
        审批
        {templates.length > 0 && (
          <button type="button" className="button plain small" onClick={() => setStarting(true)}>
            发起审批
          </button>
        )}
      </h2>
      {flows.length === 0 && <p className="sub quiet">还没有审批过。</p>}
      {flows.map((flow) => (
        <One
          key={flow.id}
          flow={flow}
          onDecide={(allow) => setDeciding({ flow, allow })}
          onWithdraw={() => withdraw(flow)}
        />
      ))}
      {deciding && (
        <AskBox
          title={deciding.allow ? '同意' : '不同意'}
          act={deciding.allow ? '同意' : '不同意'}
          fields={[{ name: 'remark', title: deciding.allow ? '意见（可不填）' : '理由', type: 'area' }]}
          onClose={() => setDeciding(undefined)}
          submit={async ({ remark }) => {
            await call('POST', `/api/v1/flows/${deciding.flow.id}/decision`, { allow: deciding.allow, remark })
            setDeciding(undefined)
            say(deciding.allow ? '已同意' : '已退回')
            again()
          }}
        >
          <p>{deciding.flow.title}</p>
        </AskBox>
      )}
      {starting && (
        <AskBox
          title="发起审批"
          act="发起"
          fields={[
            {
              name: 'template',
              title: '审批流程',
              type: 'select',
              options: templates.map(({ id, name }) => ({ value: id, title: name })),
            },
            { name: 'note', title: '说明（可不填）', type: 'area' },
          ]}
          onClose={() => setStarting(false)}
          submit={async ({ template, note }) => {
            await call('POST', `/api/v1/records/${at.kind}/${at.id}/flows`, { template, note })
            setStarting(false)
            say('已发起审批')
            again()
          }}
        />
      )}
    </section>
  )
}
