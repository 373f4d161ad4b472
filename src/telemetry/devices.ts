import type { ISql, Sql } from 'postgres'
import type { Reading, Value } from './reading.ts'

/** Numeric and boolean properties have columns of their own, as far as there are columns. */
export const slots = 16
export type ChannelType = 'number' | 'boolean' | 'text'
export type Channel = { slot: number | null; type: ChannelType }
export type Known = { no: number; deviceId: string; ownerId: string; channels: Map<string, Channel> }

/** What this process knows of devices and days; both only grow. */
export type Registry = { devices: Map<string, Known>; days: Set<number> }
const registries = new WeakMap<object, Registry>()

export function registryOf(sql: ISql | Sql): Registry {
  const known = registries.get(sql) ?? { devices: new Map(), days: new Set() }
  registries.set(sql, known)
  return known
}

const typeOf = (value: Value): ChannelType =>
  typeof value === 'number' ? 'number' : typeof value === 'boolean' ? 'boolean' : 'text'

/** Makes known every device and property of a batch. */
export async function learn(sql: ISql | Sql, readings: readonly Reading[]): Promise<Registry> {
  const registry = registryOf(sql)
  const owners = new Map<string, string>()
  for (const { deviceId, ownerId } of readings) if (!registry.devices.has(deviceId)) owners.set(deviceId, ownerId)
  if (owners.size > 0) await learnDevices(sql, registry, owners)
  const missing = new Map<Known, Map<string, ChannelType>>()
  for (const { deviceId, values } of readings) {
    const device = registry.devices.get(deviceId) as Known
    for (const property in values) {
      if (device.channels.has(property)) continue
      const properties = missing.get(device) ?? new Map<string, ChannelType>()
      properties.set(property, typeOf(values[property] as Value))
      missing.set(device, properties)
    }
  }
  const all = [...missing]
  for (let from = 0; from < all.length; from += learnedAtOnce)
    await learnChannels(sql, registry, all.slice(from, from + learnedAtOnce))
  return registry
}

async function learnDevices(sql: ISql | Sql, registry: Registry, owners: ReadonlyMap<string, string>): Promise<void> {
  // Sorted, so that two processes that meet the same devices do not wait for each other in a circle.
  const ids = [...owners.keys()].sort()
  await sql`
    insert into telemetry_device (device_id, owner_id)
    select * from unnest(${ids}::uuid[], ${ids.map((id) => owners.get(id) as string)}::uuid[])
    on conflict (device_id) do nothing`
  for (const device of await findDevices(sql, ids)) registry.devices.set(device.deviceId, device)
}

/** Devices that measured something before, with their properties. */
export async function findDevices(sql: ISql | Sql, deviceIds: readonly string[]): Promise<Known[]> {
  const rows = await sql<
    { no: number; deviceId: string; ownerId: string; channels: [string, number | null, ChannelType][] }[]
  >`
    select no, device_id as "deviceId", owner_id as "ownerId", coalesce((
      select json_agg(json_build_array(property, slot, type)) from telemetry_channel c where c.device = d.no), '[]') as channels
    from telemetry_device d where device_id = any(${deviceIds}::uuid[])`
  return rows.map(({ channels, ...device }) => ({
    ...device,
    channels: new Map(channels.map(([property, slot, type]) => [property, { slot, type }])),
  }))
}

/** Ten thousand devices that report for the first time do so after the same power cut. */
const learnedAtOnce = 1000

async function learnChannels(
  sql: ISql | Sql,
  registry: Registry,
  missing: readonly (readonly [Known, Map<string, ChannelType>])[],
): Promise<void> {
  const wanted = missing.flatMap(([{ no }, properties]) => [...properties].map(([name, type]) => ({ no, name, type })))
  // One statement under the devices' locks, taken in one order: two processes give a property one column.
  await sql`
    with wanted as (
      select * from unnest(${wanted.map(({ no }) => no)}::int[], ${wanted.map(({ name }) => name)}::text[],
        ${wanted.map(({ type }) => type)}::text[]) with ordinality u(device, property, type, ordinality)),
    locked as (
      select no from telemetry_device where no in (select device from wanted) order by no for update),
    taken as (
      select l.no as device, coalesce(max(c.slot), 0) as last from locked l
      left join telemetry_channel c on c.device = l.no group by l.no),
    new as (
      select device, property, type, row_number() over (partition by device, type = 'text' order by ordinality) as nth
      from wanted w
      where not exists (select from telemetry_channel c where c.device = w.device and c.property = w.property))
    insert into telemetry_channel (device, property, slot, type)
    select device, property, case when type <> 'text' and last + nth <= ${slots} then last + nth end, type
    from new join taken using (device)
    on conflict do nothing`
  for (const fresh of await findDevices(
    sql,
    missing.map(([device]) => device.deviceId),
  )) {
    const known = registry.devices.get(fresh.deviceId)
    for (const [property, channel] of fresh.channels) known?.channels.set(property, channel)
  }
}
