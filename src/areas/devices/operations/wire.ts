import type { ThingCommand } from '../../../standards/things/thing.ts'

type Place = { lng: number; lat: number }

/** A device as pages show it: what it last said in words, where it is, whether it is online. */
export type Shown = {
  id: string
  name: string
  model: string
  modelTitle: string
  scene: string
  room: string | null
  state: string
  ownerTitle: string
  region: string
  place: Place | null
  online: boolean
  lastAt: string | null
  values: { code: string; title: string; words: string; at: string }[]
}

/** An alarm that somebody still has to deal with. */
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

export type Offered = ThingCommand

/** A command as its page tells it; `At` is a Date in the server and text in a page. */
export type Sent<At = string> = {
  id: string
  name: string
  state: 'waiting' | 'sent' | 'done' | 'refused' | 'timed-out'
  createdAt: At
  createdBy: string
  answer: string | null
}

export type Point = { at: string; lng: number; lat: number; temperature: number | null; door: boolean | null }

export type DeviceAnswer<At = string> = {
  device: Shown & { intervalSecond: number; calibrationDue: string | null }
  properties: { code: string; title: string; unit?: string; unitTitle?: string }[]
  offered: readonly Offered[]
  commands: Sent<At>[]
  meanKineticTemperature: number | null
  track: Point[]
  /** The last of its alarms, as records. */
  alarms: Readonly<Record<string, unknown>>[]
}

/** Counts of a group of alarms: how far they were dealt with. */
export type Counts = {
  total: number
  waiting: number
  assigned: number
  submitted: number
  closed: number
  rejected: number
  overdue: number
  withEvidence: number
  answerMinute: number | null
  closeHour: number | null
}

export type CountLine = Counts & { key: string; title: string }
export type CountsAnswer = {
  kind: string
  from: string
  to: string
  all: Counts
  byClass: CountLine[]
  byUnit: CountLine[]
  byRule: CountLine[]
}

export type Camera = {
  id: string
  name: string
  scene: string
  room: string | null
  ownerTitle: string
  region: string
  live: boolean
  since: string | null
  problem: string | null
  alarms: { id: string; title: string; raisedAt: string }[]
}

export type Wall = {
  asOf: string
  kinds: { camera: string; snapshot: string; alarm: string }
  cameras: Camera[]
  more: boolean
}

export type Span<At = string> = { from: At; to: At; kept: boolean }

/** Addresses for one camera; they hold for some minutes and for this person alone. */
export type Watching<At = string> = {
  hls?: string
  flv?: string
  playback?: string
  spans?: Span<At>[]
  until: string
}
