import { useQuery, useQueryClient } from '@tanstack/react-query'
import type { TaskListed, TaskPage } from '../../platform/casework/wire.ts'
import { call, read } from '../shell/api.ts'
import { minuteOf } from '../shell/time.ts'
import { say } from '../ui/toast.tsx'

export type Task = TaskListed

export type View = 'mine' | 'done' | 'asked'

export function useTasks(view: View, limit: number) {
  return useQuery({
    queryKey: ['tasks', view, limit],
    queryFn: ({ signal }) => read<TaskPage>('/api/v1/tasks', { view, limit: String(limit) }, signal),
    refetchInterval: 30_000,
  })
}

/** How urgent a deadline is, in words: 已超期 2 天, 今天 18:00 前, 剩 3 天. */
export function dueOf(
  dueAt: string | null,
  now = Date.now(),
): { text: string; tone: 'late' | 'soon' | 'calm' } | undefined {
  if (!dueAt) return undefined
  const left = Date.parse(dueAt) - now
  const hours = Math.abs(left) / 3_600_000
  const span =
    hours < 1
      ? `${Math.max(1, Math.round(hours * 60))} 分钟`
      : hours < 48
        ? `${Math.round(hours)} 小时`
        : `${Math.floor(hours / 24)} 天`
  if (left < 0) return { text: `超期 ${span}`, tone: 'late' }
  // A deadline that ends with its day is said as that day.
  const last = minuteOf(Date.parse(dueAt) - 60_000)
  const day = `${Number(last.slice(5, 7))} 月 ${Number(last.slice(8, 10))} 日`
  if (hours < 24) return { text: `剩 ${span}`, tone: 'soon' }
  return { text: `${day}前，剩 ${span}`, tone: 'calm' }
}

export const whyOf: Readonly<Record<Task['why'], string>> = {
  hand: '交办',
  clock: '时限',
  flow: '审批',
  mention: '提到您',
  finding: '数据审核',
}

/** Acts on a task; whatever came of it is said, and every list is read anew. */
export function useTaskAct() {
  const client = useQueryClient()
  return async (task: Pick<Task, 'id' | 'title'>, act: 'take' | 'hand-on' | 'done' | 'cancel', body: object = {}) => {
    const words = { take: '已接下', 'hand-on': '已转交', done: '已办结', cancel: '已撤回' }
    try {
      await call('POST', `/api/v1/tasks/${task.id}/${act}`, body)
      say(`${words[act]}：${task.title}`)
    } finally {
      for (const key of ['tasks', 'home', 'casework']) client.invalidateQueries({ queryKey: [key] })
    }
  }
}
