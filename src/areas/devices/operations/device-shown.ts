import { type Kind, statesOf } from '../../../language/index.ts'
import type { Work } from '../../../platform/operation.ts'
import { propertyOf, things } from '../../../standards/things/index.ts'
import type { Latest } from '../../../telemetry/index.ts'
import { deviceAlarm } from '../records/device-alarm.ts'
import { saidWords } from './alarm-words.ts'
import type { OpenAlarm, Shown } from './wire.ts'

type Place = { lng: number; lat: number }
export type DeviceRow = {
  id: string
  name: string
  model: string
  room?: string | null
  site?: string | null
  place?: Place | null
  state: string
  ownerId: string
  ownerTitle: string
  region: string
  intervalSecond: number
  calibrationDue?: string | null
}
type AlarmRow = {
  ownerId: string
  id: string
  title: string
  device: string
  severity: OpenAlarm['severity']
  raisedAt: string
  clearedAt?: string | null
  withdrawnAt?: string | null
  level?: number
  state: string
  ownerTitle: string
  region: string
}

const alarmsMax = 200
/** The states in which an alarm waits for somebody. Asked of the database: among the newest 200 of all, an old one would not be. */
const openStates = statesOf(deviceAlarm as unknown as Kind).filter((state) => !['closed', 'rejected'].includes(state))
/** Silent for so many of its intervals, a device is not online. */
const missed = 3

/** Names of the owners of rows: the door answers ids. */
export async function withOwners<R extends { ownerId: string }>(
  work: Work,
  rows: readonly R[],
): Promise<(R & { ownerTitle: string })[]> {
  const found = await work.sql<{ id: string; title: string }[]>`
    select id, title from owner where id = any(${[...new Set(rows.map((each) => each.ownerId))]}::uuid[])`
  const titles = new Map(found.map(({ id, title }) => [id, title]))
  return rows.map((row) => ({ ...row, ownerTitle: titles.get(row.ownerId) ?? '' }))
}

export async function placesOf(work: Work, devices: readonly DeviceRow[]): Promise<Map<string, Place>> {
  const sites = devices.flatMap(({ site }) => site ?? [])
  const rows = await work.sql<{ id: string; lng: number; lat: number }[]>`
    select id, place_lng::float as lng, place_lat::float as lat from site where id = any(${sites}::uuid[]) and place_lng is not null`
  return new Map(rows.map(({ id, ...place }) => [id, place]))
}

/** A device as pages show it: what it last said in words, where it is, whether it is online. */
export function shown(device: DeviceRow, now: Date, last: Record<string, Latest>, sites: Map<string, Place>): Shown {
  const thing = things.get(device.model)
  // In the order of the thing model, temperatures first: a card shows the first three.
  const rank = (code: string) => {
    const at = thing?.properties.findIndex((each) => each.code === code) ?? -1
    const of = at < 0 ? 1000 : at
    return thing?.properties[at]?.unit === 'CEL' ? of - 100 : of
  }
  const values = Object.entries(last)
    .filter(([code]) => code !== 'lat' && code !== 'lon')
    .sort(([a], [b]) => rank(a) - rank(b))
    .map(([code, { value, at }]) => {
      const property = propertyOf(device.model, code)
      return { code, title: property?.title ?? code, words: saidWords(device.model, code, value), at: at.toISOString() }
    })
  const at = Math.max(0, ...Object.values(last).map((each) => each.at.getTime()))
  const position =
    typeof last.lon?.value === 'number' && typeof last.lat?.value === 'number'
      ? { lng: last.lon.value, lat: last.lat.value }
      : (device.place ?? sites.get(device.site ?? '') ?? null)
  const { id, name, model, room, state, ownerTitle, region } = device
  const online = at > 0 && now.getTime() - at <= missed * device.intervalSecond * 1000
  return {
    id,
    name,
    model,
    modelTitle: thing?.title ?? model,
    scene: thing?.scene ?? '',
    room: room ?? null,
    state,
    ownerTitle,
    region,
    place: position,
    online,
    lastAt: at ? new Date(at).toISOString() : null,
    values,
  }
}

/** The alarms within the reader's reach that somebody still has to deal with. */
export async function openAlarmsOf(work: Work): Promise<OpenAlarm[]> {
  const filters = { state: openStates.join(',') }
  const found = await work.store.list(deviceAlarm as unknown as Kind, { limit: alarmsMax, filters })
  const open = (await withOwners(work, found.items as unknown as AlarmRow[])).filter((each) => !each.withdrawnAt)
  return open.map(({ id, title, device, severity, raisedAt, clearedAt, level, state, ownerTitle, region }) => ({
    id,
    title,
    device,
    severity,
    raisedAt,
    clearedAt: clearedAt ?? null,
    level: level ?? 1,
    state,
    ownerTitle,
    region,
  }))
}
