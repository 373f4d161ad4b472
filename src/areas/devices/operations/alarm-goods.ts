import type { ISql } from 'postgres'
import type { Episode } from '../../../telemetry/alarm/index.ts'
import { carriedAt, presentAt } from '../../../trace/index.ts'
import type { Watched } from './alarm-rules.ts'

/** What keeps or carries goods: an excursion there is the lots' business too. */
const keeping: ReadonlySet<string> = new Set(['COLDSTORE', 'WAREHOUSECLIMATE', 'FREEZER', 'VEHICLERECORDER'])

/**
 * The lots that were where the device is while its alarm stood: in the vehicle or container that it is fixed to, by its
 * asset code; at the place by its GLN, else at the owner's.
 */
export async function lotsThere(sql: ISql, device: Watched, episode: Episode): Promise<Record<string, unknown>[]> {
  if (!keeping.has(device.model)) return []
  const [place] = await sql<{ gln: string | null; asset: string | null }[]>`
    select coalesce((select s.gln from site s where s.id = ${device.site}), o.gln) as gln,
      (select d.asset from field_device d where d.id = ${device.id}) as asset
    from owner o where o.id = ${device.ownerId}`
  const [began, end] = [
    new Date(episode.began),
    new Date(episode.clearedAt ?? episode.course.at(-1)?.at ?? episode.raisedAt),
  ]
  const carried = place?.asset ? await carriedAt(sql, `https://id.gs1.org/8004/${place.asset}`, began, end) : []
  const there = place?.gln ? await presentAt(sql, place.gln, began, end) : []
  const within = new Set(carried.map(({ key }) => key))
  const found = [...carried, ...there.filter(({ key }) => !within.has(key))]
  return found.map(({ key, name, since, until }) => ({
    lot: key,
    ...(name ? { name } : {}),
    since: since.toISOString(),
    ...(until ? { until: until.toISOString() } : {}),
  }))
}

/** Keeps which lots an alarm concerns, so that it is found from theirs. */
export async function keepLots(
  sql: ISql,
  ownerId: string,
  alarmId: string,
  goods: readonly Record<string, unknown>[],
): Promise<void> {
  for (const { lot, since, until } of goods)
    await sql`
      insert into alarm_lot (lot, alarm_id, owner_id, since, until)
      values (${String(lot)}, ${alarmId}, ${ownerId}, ${(since as string) ?? null}, ${(until as string) ?? null})
      on conflict (lot, alarm_id) do update set since = excluded.since, until = excluded.until`
}
