import type { Tone } from '../../language/fields/choice.ts'

const dayMs = 86_400_000

/**
 * What is said of a validity that is over or ends soon; null while its end is far or none is known. `warnDays`: the days
 * before the end at which it is warned of, longest first; past the last of them it is as urgent as it gets.
 */
export function endSoon(
  until: string | undefined,
  today: string,
  warnDays: readonly number[] = [],
): { tone: Tone; text: string } | null {
  if (!until) return null
  const left = (Date.parse(until) - Date.parse(today)) / dayMs
  if (left < 0) return { tone: 'bad', text: '已到期' }
  const passed = warnDays.filter((days) => left <= days).length
  if (passed === 0) return null
  const tone = passed === warnDays.length ? 'bad' : passed === 1 ? 'info' : 'warn'
  return { tone, text: left === 0 ? '今天到期' : `还有 ${left} 天到期` }
}
