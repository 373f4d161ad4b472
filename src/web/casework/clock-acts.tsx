import { useQueryClient } from '@tanstack/react-query'
import type { ClockShown, FigureShown } from '../../platform/casework/wire.ts'
import { AskBox } from '../access/form.tsx'
import { call } from '../shell/api.ts'
import { say } from '../ui/toast.tsx'
import type { At } from './beside.tsx'

export type ClockAct = 'pause' | 'resume' | 'stop'
export const clockActs: Readonly<Record<ClockAct, string>> = { pause: '中止计时', resume: '继续计时', stop: '结束计时' }

function useAgain() {
  const client = useQueryClient()
  return () => {
    for (const key of ['casework', 'tasks', 'home']) client.invalidateQueries({ queryKey: [key] })
  }
}

/** Pauses, goes on with or ends a clock that somebody started, saying why. */
export function ActOnClock({ clock, act, onClose }: { clock: ClockShown; act: ClockAct; onClose(): void }) {
  const again = useAgain()
  return (
    <AskBox
      title={`${clockActs[act]}：${clock.title}`}
      act={clockActs[act]}
      fields={[{ name: 'reason', title: '原因', type: 'area', help: '2 到 300 个字，记入审计' }]}
      onClose={onClose}
      submit={async ({ reason }) => {
        await call('POST', `/api/v1/clocks/${clock.id}/${act}`, { reason })
        say(`已${clockActs[act]}：${clock.title}`)
        again()
        onClose()
      }}
    />
  )
}

const spans: Readonly<Record<string, string>> = { DAY: '天', WD: '个工作日', HUR: '小时' }

/** Starts a clock by one of the figures that time such a record, as they are today. */
export function StartClock({ at, figures, onClose }: { at: At; figures: readonly FigureShown[]; onClose(): void }) {
  const again = useAgain()
  return (
    <AskBox
      title="开始计时"
      act="开始"
      fields={[
        { name: 'title', title: '要在期限内办的事' },
        {
          name: 'rule',
          title: '按哪项法规数值',
          type: 'select',
          options: [
            { value: '', title: '请选择' },
            ...figures.map(({ name, value, unit, article, note }) => ({
              value: name,
              // The figure first: a long note is cut off at the end of a narrow box.
              title: `${value} ${spans[unit] ?? ''} · ${note ?? name}（${article}）`,
            })),
          ],
        },
      ]}
      onClose={onClose}
      submit={async ({ title, rule }) => {
        await call('POST', `/api/v1/records/${at.kind}/${at.id}/clocks`, { title, rule })
        say(`开始计时：${title}`)
        again()
        onClose()
      }}
    />
  )
}
