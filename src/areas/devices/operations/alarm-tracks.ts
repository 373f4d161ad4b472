import type { ISql, JSONValue } from 'postgres'
import { type Entry, freshTrack, packed, type Rule, type Track, unpacked } from '../../../telemetry/alarm/index.ts'
import { readings } from '../../../telemetry/index.ts'

export type Kept = { track: Track; version: number; since: number }

const json = (value: unknown) => value as JSONValue

/** What is kept of some devices, by `device rule`. */
export async function loadTracks(sql: ISql, deviceIds: readonly string[]): Promise<Map<string, Kept>> {
  const rows = await sql<
    {
      deviceId: string
      ruleId: string
      version: number
      since: Date
      state: Track['state']
      marks: Track['state'][]
      episodes: Track['episodes']
    }[]
  >`
    select device_id as "deviceId", rule_id as "ruleId", rule_version as version, since, state, marks, episodes
    from alarm_track where device_id = any(${deviceIds as string[]}::uuid[])`
  return new Map(
    rows.map(({ deviceId, ruleId, version, since, marks, ...track }) => [
      `${deviceId} ${ruleId}`,
      { track: { ...track, marks: marks.map(packed) }, version, since: since.getTime() },
    ]),
  )
}

export type Saving = { deviceId: string; ruleId: string; ownerId: string } & Kept

/** Keeps where some rules stand on their devices, in one statement. */
export async function saveTracks(sql: ISql, all: readonly Saving[], now: Date): Promise<void> {
  if (all.length === 0) return
  const rows = all.map(({ deviceId, ruleId, ownerId, version, since, track }) => ({
    device_id: deviceId,
    rule_id: ruleId,
    owner_id: ownerId,
    rule_version: version,
    since: new Date(since).toISOString(),
    state: track.state,
    marks: track.marks.map(unpacked),
    episodes: track.episodes,
    updated_at: now.toISOString(),
  }))
  await sql`
    insert into alarm_track select * from jsonb_populate_recordset(null::alarm_track, ${sql.json(json(rows))})
    on conflict (device_id, rule_id) do update set rule_version = excluded.rule_version, since = excluded.since,
      state = excluded.state, marks = excluded.marks, episodes = excluded.episodes, updated_at = excluded.updated_at`
}

/** A rule begins anew where it was never seen on the device or was another version then. */
export const keptOr = (kept: Kept | undefined, rule: Rule, since: number): Kept =>
  kept && kept.version === rule.version ? kept : { track: freshTrack(rule), version: rule.version, since }

type Done = { at: Date; ruleId: string; act: 'acknowledge' | 'confirm' | 'reject' }

/** So many readings are in memory at once: a quick device that was away for a day has millions. */
const pageMax = 20_000

/** A device's readings later than an instant as stored, in their order, page by page. */
export async function* storedAfter(sql: ISql, deviceId: string, after: number): AsyncGenerator<Entry[]> {
  const end = new Date('9999-01-01')
  for (let from = new Date(Math.max(after + 1, 0)); ; ) {
    const page = await readings(sql, deviceId, from, end, pageMax)
    if (page.length > 0) yield page.map(({ at, values }) => ({ at: at.getTime(), values }))
    const last = page.at(-1)
    if (!last || page.length < pageMax) return
    from = new Date(last.at.getTime() + 1)
  }
}

/** The last instant that anything is known of some devices: a reading, or what people did. One question for all of them. */
export async function lastKnown(sql: ISql, deviceIds: readonly string[]): Promise<Map<string, number>> {
  const rows = await sql<{ id: string; at: Date }[]>`
    select id, max(at) as at from (
      select d.device_id as id, l.at from telemetry_device d join telemetry_latest l on l.device = d.no
      where d.device_id = any(${deviceIds as string[]}::uuid[])
      union all
      select device_id, at from alarm_act where device_id = any(${deviceIds as string[]}::uuid[])) known
    group by id`
  return new Map(rows.map(({ id, at }) => [id, at.getTime()]))
}

/** What people did about a device's alarms later than an instant, by rule. */
export async function actsAfter(sql: ISql, deviceId: string, after: number): Promise<Map<string, Entry[]>> {
  const acts = await sql<Done[]>`
    select at, rule_id as "ruleId", act from alarm_act
    where device_id = ${deviceId} and at >= ${new Date(Math.max(after + 1, 0))} order by at`
  const byRule = Map.groupBy(acts, ({ ruleId }) => ruleId)
  return new Map([...byRule].map(([rule, own]) => [rule, own.map(({ at, act }) => ({ at: at.getTime(), act }))]))
}

/** Everything known of a device and rule later than an instant: readings as stored, and what people did. */
export async function historyOf(sql: ISql, deviceId: string, ruleId: string, after: number): Promise<Entry[]> {
  const all = (await actsAfter(sql, deviceId, after)).get(ruleId) ?? []
  for await (const page of storedAfter(sql, deviceId, after)) for (const entry of page) all.push(entry)
  return all
}
