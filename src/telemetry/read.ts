import type { ISql, Sql } from 'postgres'
import { findDevices, type Known, slots } from './devices.ts'
import type { Reading, Value } from './reading.ts'

type StoredRow = { at: Date; delay: number; more: Record<string, Value> | null } & Record<`p${number}`, number | null>

const columns = Array.from({ length: slots }, (_, n) => `p${n + 1}`).join(', ')
const readMax = 100_000

/** The readings of a device from a moment to another (exclusive), in the order of its own clock. */
export async function readings(
  sql: ISql | Sql,
  deviceId: string,
  from: Date,
  to: Date,
  limit = readMax,
): Promise<Reading[]> {
  const [device] = await findDevices(sql, [deviceId])
  if (!device) return []
  const rows = await sql.unsafe<StoredRow[]>(
    `select at, delay, ${columns}, more from telemetry where device = $1 and at >= $2 and at < $3 order by at limit $4`,
    [device.no, from, to, Math.min(limit, readMax)],
    { prepare: true },
  )
  return rows.map((row) => readingOf(device, row))
}

function readingOf(device: Known, row: StoredRow): Reading {
  const values: Record<string, Value> = {}
  for (const [property, { slot, type }] of device.channels) {
    const value = slot === null ? null : (row[`p${slot}`] ?? null)
    if (value !== null) values[property] = type === 'boolean' ? value !== 0 : value
  }
  Object.assign(values, row.more)
  const receivedAt = new Date(row.at.getTime() + Math.round(row.delay * 1000))
  return { deviceId: device.deviceId, ownerId: device.ownerId, at: row.at, receivedAt, values }
}

export type Latest = { value: Value; at: Date; receivedAt: Date }

/** The last value of each property of some devices, by the devices' own clocks. */
export async function latest(
  sql: ISql | Sql,
  deviceIds: readonly string[],
): Promise<Map<string, Record<string, Latest>>> {
  const rows = await sql<{ deviceId: string; property: string; value: Value; at: Date; receivedAt: Date }[]>`
    select d.device_id as "deviceId", l.property, l.value, l.at, l.received_at as "receivedAt"
    from telemetry_device d join telemetry_latest l on l.device = d.no
    where d.device_id = any(${deviceIds}::uuid[]) order by d.no, l.property`
  const found = new Map<string, Record<string, Latest>>()
  for (const { deviceId, property, ...last } of rows) {
    const known = found.get(deviceId) ?? {}
    known[property] = last
    found.set(deviceId, known)
  }
  return found
}

/** How far a device's clock is from ours: milliseconds, positive where it is ahead; undefined while nothing is known. */
export async function clockSkew(sql: ISql | Sql, deviceId: string): Promise<{ ms: number; at: Date } | undefined> {
  const [row] = await sql<{ ms: string; at: Date }[]>`
    select skew_ms as ms, skew_at as at from telemetry_device where device_id = ${deviceId} and skew_at is not null`
  return row && { ms: Number(row.ms), at: row.at }
}
