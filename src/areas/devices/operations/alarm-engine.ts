import type { ISql, Sql } from 'postgres'
import type { OpenDoor } from '../../../platform/store/store.ts'
import {
  type Entry,
  type Episode,
  type Figure,
  nextChange,
  type Rule,
  settle,
  type Values,
} from '../../../telemetry/alarm/index.ts'
import { keepFrames, type Reading } from '../../../telemetry/index.ts'
import { record } from './alarm-records.ts'
import { concerns, loadDevices, loadFigures, loadRules, ruleOf, type Standing, type Watched } from './alarm-rules.ts'
import {
  actsAfter,
  historyOf,
  type Kept,
  keptOr,
  lastKnown,
  loadTracks,
  saveTracks,
  storedAfter,
} from './alarm-tracks.ts'

export type AlarmEngine = {
  /** Judges readings that were just stored. Resolves when their alarms and notices are written. */
  onReadings(readings: readonly Reading[]): Promise<void>
  /** Lets time pass: silences, escalations, quiet periods; takes in what people did and which rules changed. */
  tick(): Promise<void>
  stop(): Promise<void>
}

type Pair = {
  standing: Standing
  device: Watched
  rule: Rule
  kept: Kept
  properties: ReadonlySet<string>
  due: number | undefined
  dirty: boolean
  savedAt: number
}

export type EngineOptions = {
  sql: Sql
  open: OpenDoor
  clock: () => Date
  onError: (error: unknown) => void
  /** Between looks at rules and devices, and between savings of where quiet rules stand. */
  refreshMs?: number
  saveMs?: number
}

/** How long before and after an alarm the raw frames are kept whole. */
const framesMs = 5 * 60_000
const pairsSavedAtOnce = 500
/** So many in one saving, those first that were saved longest ago: ten thousand devices must not all be written twice a minute. */
const pairsSavedMax = 5000

/**
 * The alarm engine of one process: every rule that is switched on, on every device it concerns, kept in memory and in
 * `alarm_track`. What arrives is settled in order; whatever the order of arrival, the alarms are those of the right one.
 */
export function openAlarms({
  sql,
  open,
  clock,
  onError,
  refreshMs = 2000,
  saveMs = 30_000,
}: EngineOptions): AlarmEngine {
  const pairs = new Map<string, Pair[]>()
  let figure: Figure = () => undefined
  let refreshedAt = -Infinity
  let savedAt = clock().getTime()
  let signature = ''
  let actsSeen: string | undefined
  let queue: Reading[] = []
  let working: Promise<void> = Promise.resolve()

  /** Reads rules and devices again where something about them changed; what a pair has reached stays. */
  async function refresh(now: number): Promise<void> {
    if (now - refreshedAt < refreshMs && now >= refreshedAt) return
    refreshedAt = now
    const [row] = await sql<{ signature: string }[]>`
      select (select count(*) || ' ' || coalesce(max(updated_at)::text, '') from alarm_rule) || ' / ' ||
        (select count(*) || ' ' || coalesce(max(updated_at)::text, '') from field_device) || ' / ' ||
        (select count(*) from rule) as signature`
    if (!row || row.signature === signature) return
    const [rules, devices] = [await loadRules(sql), await loadDevices(sql)]
    figure = await loadFigures(sql)
    const concerned = devices.flatMap((device) => {
      const standing = rules.filter((each) => concerns(each, device))
      return standing.length > 0 ? [{ device, standing }] : []
    })
    await adopt(concerned, now)
    signature = row.signature
  }

  async function adopt(concerned: { device: Watched; standing: Standing[] }[], now: number): Promise<void> {
    const before = new Map(pairs)
    pairs.clear()
    const unseen = concerned.filter(({ device }) => !before.has(device.id)).map(({ device }) => device.id)
    const isUnseen = new Set(unseen)
    const kept = await loadTracks(sql, unseen)
    const last = await lastKnown(sql, unseen)
    const rulesAt = sharedRules()
    for (const { device, standing } of concerned) {
      const old = new Map(before.get(device.id)?.map((pair) => [pair.rule.id, pair]))
      pairs.set(
        device.id,
        standing.map((each) => {
          const { rule, properties } = rulesAt(each, device.intervalMs)
          const had = old.get(rule.id)?.kept ?? kept.get(`${device.id} ${rule.id}`)
          const next = keptOr(had, rule, each.since)
          return { standing: each, device, rule, kept: next, properties, due: undefined, dirty: false, savedAt: now }
        }),
      )
      const own = pairs.get(device.id) ?? []
      // Ten thousand devices of which nothing was missed are not asked about one by one.
      if (isUnseen.has(device.id) && (last.get(device.id) ?? -Infinity) > Math.min(...own.map(reached)))
        await catchUp(device.id, own, now)
      else for (const pair of own) pair.due = nextChange(pair.rule, pair.kept.track.state)
    }
  }

  /** What was stored while this process was not there. */
  async function catchUp(deviceId: string, own: readonly Pair[], now: number): Promise<void> {
    const begins = own.map(reached)
    const first = Math.min(...begins)
    const acts = await actsAfter(sql, deviceId, first)
    let before = first
    const within = async (entries: readonly Entry[], until: number, asOf: number) => {
      for (const [n, pair] of own.entries()) {
        const done = (acts.get(pair.rule.id) ?? []).filter(({ at }) => at > before && at <= until)
        const missed = [...entries, ...done].filter(({ at }) => at > (begins[n] ?? 0))
        if (missed.length > 0 || (asOf === now && pair.kept.track.state.at >= 0)) await take(pair, missed, asOf)
      }
      before = until
    }
    for await (const page of storedAfter(sql, deviceId, first)) {
      const last = page.at(-1)?.at ?? before
      await within(page, last, Math.min(last, now))
    }
    await within([], Infinity, now)
  }

  async function take(pair: Pair, entries: readonly Entry[], now: number): Promise<void> {
    const { rule, device, kept, standing } = pair
    const fresh = entries.filter((each) => each.at >= kept.since)
    const settled = await settle(rule, figure, kept.track, fresh, now, async (after) =>
      historyOf(sql, device.id, rule.id, Math.max(after, kept.since - 1)),
    )
    const before = new Map(kept.track.episodes.map((each) => [each.raisedAt, each]))
    const next: Kept = { ...kept, track: settled.track }
    const touched = settled.touched.filter((each) => isNews(before.get(each.raisedAt), each))
    // Before the alarm is written: its record shows the frames.
    for (const each of touched)
      if (!before.has(each.raisedAt))
        await keepFrames(
          sql,
          device.id,
          new Date(each.raisedAt - framesMs),
          new Date(now + framesMs),
          `alarm ${rule.id}`,
        )
    if (touched.length > 0 || settled.withdrawn.length > 0)
      await sql.begin(async (tx) => {
        const found = (episode: Episode, withdrawn: boolean) => ({
          standing,
          device,
          rule,
          episode,
          withdrawn,
          before: before.get(episode.raisedAt),
        })
        for (const each of settled.withdrawn) await record(tx, open, found(each, true), clock())
        for (const each of touched) await record(tx, open, found(each, false), clock())
        await saveTracks(tx, [saving(pair, next)], clock())
      })
    pair.dirty = touched.length === 0 && settled.withdrawn.length === 0
    pair.kept = next
    pair.due = nextChange(rule, next.track.state)
  }

  const saving = (pair: Pair, kept: Kept) => ({
    ...kept,
    deviceId: pair.device.id,
    ruleId: pair.rule.id,
    ownerId: pair.device.ownerId,
  })

  async function judge(readings: readonly Reading[], now: number): Promise<void> {
    const byDevice = Map.groupBy(readings, (reading) => reading.deviceId)
    for (const [deviceId, own] of byDevice) {
      const concerned = pairs.get(deviceId) ?? []
      if (concerned.length === 0) continue
      const all = own.map(({ at, values }) => ({ at: at.getTime(), values }))
      for (const pair of concerned) {
        const entries = all.filter(({ values }) => says(values, pair.properties))
        if (entries.length > 0) await take(pair, entries, now).catch(onError)
      }
    }
  }

  async function takeActs(now: number): Promise<void> {
    if (actsSeen === undefined) {
      const [row] = await sql<{ seq: string }[]>`select coalesce(max(seq), 0)::text as seq from alarm_act`
      actsSeen = row?.seq ?? '0'
      return
    }
    const acts = await newActs(sql, actsSeen)
    for (const { seq, deviceId, ruleId, at, act } of acts) {
      const pair = pairs.get(deviceId)?.find((each) => each.rule.id === ruleId)
      if (pair) await take(pair, [{ at: at.getTime(), act }], now)
      actsSeen = seq
    }
  }

  async function save(now: number, force = false): Promise<void> {
    if (!force && now - savedAt < saveMs && now >= savedAt) return
    savedAt = now
    const dirty = [...pairs.values()]
      .flat()
      .filter((pair) => pair.dirty)
      .sort((a, b) => a.savedAt - b.savedAt)
      .slice(0, force ? Infinity : pairsSavedMax)
    for (let from = 0; from < dirty.length; from += pairsSavedAtOnce) {
      const part = dirty.slice(from, from + pairsSavedAtOnce)
      await saveTracks(
        sql,
        part.map((pair) => saving(pair, pair.kept)),
        clock(),
      )
      for (const pair of part) Object.assign(pair, { dirty: false, savedAt: now })
    }
  }

  /** One thing at a time: what arrived meanwhile is taken together. */
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    working = working.then(work).catch(onError)
    return working
  }

  return {
    onReadings(readings) {
      const waiting = queue.length > 0
      queue.push(...readings)
      if (waiting) return working
      return inTurn(async () => {
        const now = clock().getTime()
        await refresh(now)
        const all = queue
        queue = []
        await judge(all, now)
      })
    },
    tick: () =>
      inTurn(async () => {
        const now = clock().getTime()
        await refresh(now)
        await takeActs(now)
        for (const pair of [...pairs.values()].flat())
          if (pair.due !== undefined && pair.due <= now) await take(pair, [], now).catch(onError)
        await save(now)
      }),
    stop: () => inTurn(() => save(clock().getTime(), true)),
  }
}

/** Up to when a pair has judged what is stored. */
const reached = ({ kept }: Pair): number => Math.max(kept.track.state.at, kept.since - 1)

/** A rule for devices of one interval, read once however many devices it is for. */
function sharedRules() {
  const known = new Map<string, Pick<Pair, 'rule' | 'properties'>>()
  return ({ record }: Standing, intervalMs: number): Pick<Pair, 'rule' | 'properties'> => {
    const key = `${record.id} ${intervalMs}`
    const found = known.get(key)
    if (found) return found
    const rule = ruleOf(record, intervalMs)
    const said = [...rule.groups.flat().map(({ property }) => property), ...(rule.suppressBy ?? [])]
    const made = { rule, properties: new Set(said) }
    known.set(key, made)
    return made
  }
}

function says(values: Values, properties: ReadonlySet<string>): boolean {
  for (const property in values) if (properties.has(property)) return true
  return false
}

/** A worst value that grows worse is written with the next thing that happens, not with every reading. */
function isNews(before: Episode | undefined, now: Episode): boolean {
  return !before || JSON.stringify({ ...before, peak: 0 }) !== JSON.stringify({ ...now, peak: 0 })
}

async function newActs(sql: ISql, after: string) {
  return sql<{ seq: string; deviceId: string; ruleId: string; at: Date; act: 'acknowledge' | 'confirm' | 'reject' }[]>`
    select seq::text, device_id as "deviceId", rule_id as "ruleId", at, act from alarm_act
    where seq > ${after}::bigint order by alarm_act.seq limit 500`
}
