import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { call, Refusal, read } from '../shell/api.ts'
import { path } from '../shell/path.ts'
import { Link } from '../shell/router.tsx'
import { useSession } from '../shell/session.tsx'
import { minuteOf } from '../shell/time.ts'
import { Dialog } from '../ui/dialog.tsx'
import { RowAct, Rows } from '../ui/rows.tsx'
import { Tag } from '../ui/shape.tsx'

type Signal = {
  id: string
  reason: string
  gtin: string
  lot: string | null
  at: string
  detail: { km?: number; minutes?: number; places?: unknown[]; scans?: number; market?: string; region?: string }
  owner: string
  outcome: 'genuine' | 'copied' | 'referred' | null
  remark: string | null
  answeredAt: string | null
  answeredBy: string | null
}

const reasons: Readonly<Record<string, string>> = {
  speed: '相距太远，先后被查',
  places: '多地被查',
  scans: '被查次数异常多',
  inactive: '没有激活就被查',
  void: '作废后被查',
  consumed: '销毁后被查',
  market: '在销售区域之外出现',
}
const outcomes = { copied: '确是仿冒', genuine: '不是仿冒', referred: '转有关部门' } as const
type Outcome = keyof typeof outcomes
const tones = { copied: 'bad', genuine: 'good', referred: 'info' } as const

function factOf({ km, minutes, places, scans, market, region }: Signal['detail']): string {
  if (km !== undefined) return `${minutes} 分钟内相距 ${km} 公里`
  if (places) return `${places.length} 个地方`
  if (scans !== undefined) return `${scans} 次`
  return market ? `限 ${market} 销售，出现在 ${region}` : ''
}

/** What an officer found: told with a reason, which the owner reads. */
function AnswerBox({ signal, close }: { signal: Signal; close(): void }) {
  const client = useQueryClient()
  const [outcome, setOutcome] = useState<Outcome>('copied')
  const [remark, setRemark] = useState('')
  const [problem, setProblem] = useState<string>()
  const submit = async () => {
    try {
      await call('POST', '/api/v1/code-signals/answers', { id: signal.id, reason: signal.reason, outcome, remark })
      await client.invalidateQueries({ queryKey: ['code-signals'] })
      close()
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      setProblem(error.problems[0]?.text ?? error.message)
    }
  }
  return (
    <Dialog title={`核查：${reasons[signal.reason] ?? signal.reason}`} onClose={close}>
      <div className="answerbox">
        <p className="muted">
          {signal.owner} · {signal.gtin}
          {signal.lot ? ` · 批号 ${signal.lot}` : ''}
        </p>
        <fieldset>
          <legend>结论</legend>
          {Object.entries(outcomes).map(([value, title]) => (
            <label key={value}>
              <input
                type="radio"
                name="outcome"
                checked={outcome === value}
                onChange={() => setOutcome(value as Outcome)}
              />
              {title}
            </label>
          ))}
        </fieldset>
        <label htmlFor="remark">怎样查的、依据是什么</label>
        <textarea
          id="remark"
          className="in"
          rows={3}
          maxLength={300}
          value={remark}
          onChange={(event) => setRemark(event.target.value)}
        />
        {outcome === 'genuine' && <p className="muted">扫码页不再提示这个码可能被复制，同样的原因也不再提示。</p>}
        {problem && <p className="note bad">{problem}</p>}
        <div className="codeacts">
          <button type="button" className="button primary" onClick={submit}>
            记下结论
          </button>
          <button type="button" className="button" onClick={close}>
            取消
          </button>
        </div>
      </div>
    </Dialog>
  )
}

/** What speaks for copied codes: impossible places and numbers, with what was found about each. */
export function Signals() {
  const { actor } = useSession()
  const isOfficer = actor.role === 'city' || actor.role === 'county'
  const [asked, setAsked] = useState<Signal>()
  const { data } = useQuery({
    queryKey: ['code-signals'],
    queryFn: ({ signal }) => read<{ items: Signal[] }>('/api/v1/code-signals', {}, signal),
  })
  const items = data?.items ?? []
  const open = items.filter(({ outcome }) => outcome === null).length
  return (
    <>
      <Rows
        title={open > 0 ? `疑似仿冒：${open} 条没有核查` : '疑似仿冒'}
        empty="没有疑似仿冒的码"
        hint="同一个码先后在相距很远的两地、在多地、被查次数异常多，或作废、销毁后又出现，会列在这里。"
        items={items}
        keyOf={({ id, reason }) => `${id} ${reason}`}
        columns={[
          {
            title: '哪里不对',
            of: ({ reason, detail }) => (
              <>
                {reasons[reason] ?? reason}
                <small>{factOf(detail)}</small>
              </>
            ),
          },
          {
            title: '码',
            of: ({ id, gtin, lot }) => (
              <>
                <Link to={path.trace(id)}>{decodeURIComponent(id.split('/').at(-1) ?? '')}</Link>
                <small>
                  {gtin}
                  {lot ? ` · ${lot}` : ''}
                </small>
              </>
            ),
          },
          ...(isOfficer ? [{ title: '企业', of: ({ owner }: Signal) => owner }] : []),
          { title: '发现时间', of: ({ at }) => minuteOf(at), as: 'short' as const },
          {
            title: '核查',
            of: ({ outcome, remark, answeredBy }) =>
              outcome ? (
                <>
                  <Tag tone={tones[outcome]}>{outcomes[outcome]}</Tag>
                  <small>
                    {remark}（{answeredBy}）
                  </small>
                </>
              ) : (
                <Tag tone="warn">没有核查</Tag>
              ),
          },
        ]}
        {...(isOfficer && {
          acts: (signal: Signal) =>
            signal.outcome !== 'genuine' && <RowAct onClick={() => setAsked(signal)}>核查</RowAct>,
        })}
      />
      {asked && <AnswerBox signal={asked} close={() => setAsked(undefined)} />}
    </>
  )
}
