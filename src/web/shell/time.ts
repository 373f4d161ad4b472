const zone = 'Asia/Shanghai'
const parts = new Intl.DateTimeFormat('en-CA', {
  timeZone: zone,
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
})

function split(instant: string | number | Date): Record<string, string> {
  return Object.fromEntries(parts.formatToParts(new Date(instant)).map((part) => [part.type, part.value]))
}

/** `2026-11-20 09:42` in China's time. */
export function minuteOf(instant: string | number | Date): string {
  const p = split(instant)
  return `${p.year}-${p.month}-${p.day} ${p.hour}:${p.minute}`
}

/** `2026-11-20 09:42:07` in China's time. */
export function secondOf(instant: string): string {
  return `${minuteOf(instant)}:${split(instant).second}`
}

/** The legal day, `2026-11-20`. */
export function dayOf(instant: string | number | Date): string {
  return minuteOf(instant).slice(0, 10)
}

/** `11 月 20 日 09:42`. */
export function spokenMinute(instant: string): string {
  const p = split(instant)
  return `${Number(p.month)} 月 ${Number(p.day)} 日 ${p.hour}:${p.minute}`
}

/** China's time as ISO with its offset, from `YYYY-MM-DD` and `HH:MM`. */
export function instantAt(day: string, minute: string): string {
  return new Date(`${day}T${minute}:00+08:00`).toISOString()
}

/** How long ago, in the largest unit that is not zero. */
export function ageOf(instant: string, now = Date.now()): string {
  const minutes = Math.floor((now - new Date(instant).getTime()) / 60_000)
  if (minutes < 1) return '刚刚'
  if (minutes < 60) return `${minutes} 分钟`
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} 小时`
  const days = Math.floor(minutes / 1440)
  if (days < 60) return `${days} 天`
  return days < 730 ? `${Math.floor(days / 30)} 个月` : `${Math.floor(days / 365)} 年`
}

/** How long since, in words that stand alone. */
export function agoOf(instant: string, now = Date.now()): string {
  const age = ageOf(instant, now)
  return age === '刚刚' ? age : `${age}前`
}

const names = ['周日', '周一', '周二', '周三', '周四', '周五', '周六']

/** The weekday of a legal day. */
export function weekdayOf(day: string): string {
  return names[new Date(`${day}T00:00:00Z`).getUTCDay()] ?? ''
}

/** The day `days` after (or before) a legal day. */
export function dayAfter(day: string, days: number): string {
  return new Date(new Date(`${day}T00:00:00Z`).getTime() + days * 86_400_000).toISOString().slice(0, 10)
}

/** A whole number with thousands separated. */
export function countOf(value: number): string {
  return value.toLocaleString('en-US')
}
