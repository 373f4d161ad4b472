import type { OpenAlarm, Shown } from '../../areas/devices/operations/wire.ts'
import type { Tone } from '../../language/fields/choice.ts'

export const severities: Readonly<Record<OpenAlarm['severity'], { word: string; tone: Tone }>> = {
  instant: { word: '即时处置', tone: 'bad' },
  'fix-by': { word: '限期整改', tone: 'warn' },
  guidance: { word: '指导', tone: 'info' },
}

/** How a device stands: what must be dealt with first stands for it. */
export function toneOf(device: Shown, alarms: readonly OpenAlarm[]): Tone {
  const own = alarms.filter((each) => each.device === device.id && !each.clearedAt)
  if (own.some((each) => each.severity === 'instant' || each.level > 1)) return 'bad'
  if (own.length > 0) return 'warn'
  return device.online ? 'good' : 'unknown'
}

export const standing: Readonly<Record<Tone, string>> = {
  bad: '报警',
  warn: '报警',
  good: '正常',
  info: '正常',
  unknown: '离线',
}
