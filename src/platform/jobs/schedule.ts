import { shanghaiMs } from '../../standards/china/index.ts'

/** When something runs: every so many seconds, or at a time of the day in Asia/Shanghai, each day, week (on Monday) or month (on the first). */
export type Schedule = { everySeconds: number } | { at: string; each?: 'day' | 'week' | 'month' }

const dayMs = 86_400_000

/** The first time after `now`. */
export function nextTime(schedule: Schedule, now: Date): Date {
  if ('everySeconds' in schedule) return new Date(now.getTime() + schedule.everySeconds * 1000)
  const [hour = 0, minute = 0] = schedule.at.split(':').map(Number)
  const local = now.getTime() + shanghaiMs
  const today = Math.floor(local / dayMs) * dayMs
  for (let day = 0; ; day++) {
    const at = new Date(today + day * dayMs + (hour * 60 + minute) * 60_000)
    if (at.getTime() <= local) continue
    if (schedule.each === 'week' && at.getUTCDay() !== 1) continue
    if (schedule.each === 'month' && at.getUTCDate() !== 1) continue
    return new Date(at.getTime() - shanghaiMs)
  }
}

/** The schedule in words. */
export function spoken(schedule: Schedule): string {
  if ('everySeconds' in schedule) {
    const seconds = schedule.everySeconds
    if (seconds % 3600 === 0) return `每 ${seconds / 3600} 小时`
    return seconds % 60 === 0 ? `每 ${seconds / 60} 分钟` : `每 ${seconds} 秒`
  }
  const each = { day: '每天', week: '每周一', month: '每月 1 日' } as const
  return `${each[schedule.each ?? 'day']} ${schedule.at}`
}

/** How long a job that failed so many times in a row waits: 5 s, then twice as long each time, an hour at most. */
export const waitAfter = (failures: number): number => Math.min(5 * 2 ** Math.min(failures - 1, 20), 3600)
