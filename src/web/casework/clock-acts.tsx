import { useQuery, useQueryClient } from '@tanstack/react-query'
import { AskBox } from '../access/form.tsx'
import { call, read } from '../shell/api.ts'
import { say } from '../ui/toast.tsx'
import type { At, ClockShown } from './beside.tsx'

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

type Figure = { name: string; validFrom: string; value: string; unit: string; article: string; note: string | null }

const spans: Readonly<Record<string, string>> = { DAY: '天', WD: '个工作日', HUR: '小时' }

/** Starts a clock by a figure of the rules table, as it is today. */
export function StartClock({ at, onClose }: { at: At; onClose(): void }) {
  const again = useAgain()
  const { data } = useQuery({
    queryKey: ['rules'],
    queryFn: () => read<{ today: string; items: Figure[] }>('/api/v1/rules'),
  })
  if (!data) return null
  const inForce = data.items.filter(({ unit, validFrom }) => spans[unit] && validFrom <= data.today)
  const figures = [...new Map(inForce.toReversed().map((each) => [each.name, each])).values()]
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
          options: figures.map(({ name, value, unit, article, note }) => ({
            value: name,
            // The figure first: a long note is cut off at the end of a narrow box.
            title: `${value} ${spans[unit]} · ${note ?? name}（${article}）`,
          })),
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
