import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import type { Tone } from '../../language/fields/choice.ts'
import type { NoticeLevel, NoticePage, NoticeShown } from '../../platform/feed/wire.ts'
import { call, read } from '../shell/api.ts'
import { say } from '../ui/toast.tsx'

export type Level = NoticeLevel
export type Notice = NoticeShown

/** What each level asks of the reader. */
export const levels: Readonly<Record<Level, { word: string; tone: Tone; hoursMax: number }>> = {
  bad: { word: '即时', tone: 'bad', hoursMax: 2 },
  warn: { word: '限期', tone: 'warn', hoursMax: 72 },
  info: { word: '指导', tone: 'info', hoursMax: Number.POSITIVE_INFINITY },
}

export function isLate(notice: Notice, now = Date.now()): boolean {
  return now - new Date(notice.at).getTime() > levels[notice.level].hoursMax * 3_600_000
}

/** Open notices, newest first. */
export function useNotices(query: { level?: string; region?: string; limit: number }) {
  const { region, ...asked } = query
  const pages = useInfiniteQuery({
    queryKey: ['notices', asked],
    queryFn: ({ pageParam, signal }) =>
      read<NoticePage>('/api/v1/notices', { ...asked, limit: String(asked.limit), after: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    refetchInterval: 60_000,
  })
  const all = pages.data?.pages.flatMap((page) => page.items) ?? []
  return {
    ...pages,
    notices: region ? all.filter((notice) => notice.region === region) : all,
    total: pages.data?.pages[0]?.total ?? 0,
  }
}

const ranks = ['bad', 'warn', 'info']

/** The most pressing first; of those the oldest wait longest. */
export function byUrgency(notices: readonly Notice[]): Notice[] {
  return [...notices].sort((a, b) => ranks.indexOf(a.level) - ranks.indexOf(b.level) || (a.at < b.at ? -1 : 1))
}

/** Marks a notice as dealt with at once, and offers to take that back. */
export function useMarkDone(): (notice: Notice) => void {
  const client = useQueryClient()
  const refresh = () =>
    Promise.all([client.invalidateQueries({ queryKey: ['notices'] }), client.invalidateQueries({ queryKey: ['home'] })])
  const post = async (notice: Notice, body?: { undo: true }) => {
    try {
      await call('POST', `/api/v1/notices/${notice.id}/done`, body ?? {})
      return true
    } catch (error) {
      say(error instanceof Error ? error.message : '没有办成，请重试')
      return false
    } finally {
      await refresh()
    }
  }
  return async (notice) => {
    if (await post(notice))
      say(`已处理：${notice.title}`, { title: '撤销', run: () => post(notice, { undo: true }) }, 8000)
  }
}
