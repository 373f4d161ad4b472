import type { Tone } from '../../language/fields/choice.ts'
import type { Place } from '../map/map.tsx'

export type Shown = {
  id: string
  name: string
  model: string
  modelTitle: string
  scene: string
  room: string | null
  ownerTitle: string
  region: string
  place: Place | null
  online: boolean
  lastAt: string | null
  values: { code: string; title: string; words: string; at: string }[]
}

export type OpenAlarm = {
  id: string
  title: string
  device: string
  severity: 'instant' | 'fix-by' | 'guidance'
  raisedAt: string
  clearedAt: string | null
  level: number
  state: string
  ownerTitle: string
  region: string
}

export type BoardAnswer = {
  asOf: string
  kinds: { device: string; alarm: string }
  devices: Shown[]
  alarms: OpenAlarm[]
  more: boolean
}

/** A device on a plan: from the left and from above, in thousandths of the picture. */
export type Spot = Shown & { version: number; x: number; y: number }
/** A device of the owner's that stands on no plan yet. */
export type Unplaced = { id: string; name: string; room: string | null; version: number }
export type PlanAnswer = {
  asOf: string
  kinds: { device: string; alarm: string; plan: string }
  plans: { id: string; name: string; picture: string; ownerTitle: string }[]
  chosen: string | null
  devices: Spot[]
  waiting: Unplaced[]
  alarms: OpenAlarm[]
}

export type Offered = {
  code: string
  title: string
  dangerous?: boolean
  parameters?: { code: string; title: string; range?: [number, number] }[]
}
export type Sent = {
  id: string
  name: string
  state: 'waiting' | 'sent' | 'done' | 'refused' | 'timed-out'
  createdAt: string
  createdBy: string
  answer: string | null
}
export type Point = { at: string; lng: number; lat: number; temperature: number | null; door: boolean | null }

export type DeviceAnswer = {
  device: Shown & { intervalSecond: number; calibrationDue: string | null }
  properties: { code: string; title: string; unit?: string; unitTitle?: string }[]
  offered: Offered[]
  commands: Sent[]
  meanKineticTemperature: number | null
  track: Point[]
}

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
