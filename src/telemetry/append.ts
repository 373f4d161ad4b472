import type { ISql, Sql } from 'postgres'
import { type Known, learn, type Registry, slots } from './devices.ts'
import { isPlausible, type Reading, type Value } from './reading.ts'

export type Appended = {
  /** Rows that are new or gained a property. */
  stored: number
  /** Readings that were there already: sent again, or the same moment twice in this batch. */
  known: number
  /** Readings whose time cannot be true; they are not stored. */
  tooFar: Reading[]
}

const batchMax = 5000
/** A reading this old was kept back on purpose: it says nothing about the clock. */
const promptMsMax = 120_000

/**
 * Stores readings; answers after commit. The same device and moment again is the same reading: what was stored first stays,
 * properties that were missing are added. Late and out of order is all right.
 */
export async function append(sql: ISql | Sql, readings: readonly Reading[]): Promise<Appended> {
  const sound = readings.filter(isPlausible)
  const tooFar = readings.filter((reading) => !isPlausible(reading))
  let stored = 0
  for (let from = 0; from < sound.length; from += batchMax) {
    const part = sound.slice(from, from + batchMax)
    const registry = await learn(sql, part)
    await makeDays(sql, registry, part)
    stored += await store(sql, registry, part)
  }
  return { stored, known: sound.length - stored, tooFar }
}

async function store(sql: ISql | Sql, registry: Registry, readings: readonly Reading[], again = true): Promise<number> {
  const rows = rowsOf(registry, readings)
  try {
    const [row] = await sql.unsafe<{ stored: number }[]>(statement, parametersOf(registry, readings, rows), {
      prepare: true,
    })
    return row?.stored ?? 0
  } catch (error) {
    // The day was archived since this process saw it: it is made once more for what comes late.
    if (!again || (error as { code?: string }).code !== '23514' || 'savepoint' in sql) throw error
    registry.days.clear()
    await makeDays(sql, registry, readings)
    return store(sql, registry, readings, false)
  }
}

async function makeDays(sql: ISql | Sql, registry: Registry, readings: readonly Reading[]): Promise<void> {
  for (const { at } of readings) {
    const day = Math.floor(at.getTime() / 86_400_000)
    if (registry.days.has(day)) continue
    await sql`select make_telemetry_days(${new Date(day * 86_400_000)}, 1)`
    registry.days.add(day)
  }
}

type Row = { device: number; ms: number; delay: number; numbers: (number | null)[]; more: Record<string, Value> | null }

/** One row a device and moment, sorted; what comes twice within the batch is merged, the first value staying. */
function rowsOf(registry: Registry, readings: readonly Reading[]): Row[] {
  const rows = new Map<string, Row>()
  for (const { deviceId, at, receivedAt, values } of readings) {
    const { no, channels } = registry.devices.get(deviceId) as Known
    const ms = at.getTime()
    const key = `${no}/${ms}`
    let row = rows.get(key)
    if (!row) {
      row = { device: no, ms, delay: (receivedAt.getTime() - ms) / 1000, numbers: Array(slots).fill(null), more: null }
      rows.set(key, row)
    }
    for (const property in values) put(row, property, values[property] as Value, channels.get(property))
  }
  return [...rows.values()].sort((a, b) => a.device - b.device || a.ms - b.ms)
}

function put(
  row: Row,
  property: string,
  value: Value,
  channel: { slot: number | null; type: string } | undefined,
): void {
  const slot = channel?.slot ?? null
  if (slot !== null && typeof value === channel?.type && typeof value !== 'string') {
    row.numbers[slot - 1] ??= Number(value)
    return
  }
  row.more ??= {}
  row.more[property] ??= value
}

const parameterTypes = [
  'integer[]',
  'double precision[]',
  'real[]',
  ...Array<string>(slots).fill('double precision[]'),
  'jsonb[]',
  'integer[]',
  'double precision[]',
  'integer[]',
  'text[]',
  'double precision[]',
  'double precision[]',
  'jsonb[]',
]
// Arrays travel as text literals made here: the driver's own way costs twice the time at 15,000 rows a second.
const statement = `select telemetry_append(${parameterTypes.map((type, n) => `$${n + 1}::text::${type}`).join(', ')}) as stored`

const literal = (values: readonly (number | null)[]) => `{${values.map((value) => value ?? 'null').join(',')}}`
const textLiteral = (values: readonly (string | null)[]) =>
  `{${values.map((value) => (value === null ? 'null' : `"${value.replace(/["\\]/g, '\\$&')}"`)).join(',')}}`

function parametersOf(registry: Registry, readings: readonly Reading[], rows: readonly Row[]): (string | null)[] {
  const columns = Array.from({ length: slots }, (_, n) =>
    rows.some((row) => row.numbers[n] !== null) ? literal(rows.map((row) => row.numbers[n] ?? null)) : null,
  )
  const mores = rows.some((row) => row.more)
    ? textLiteral(rows.map((row) => (row.more ? JSON.stringify(row.more) : null)))
    : null
  const minutes = [...new Set(rows.map(({ device, ms }) => `${device}/${Math.floor(ms / 60_000)}`))].map((key) =>
    key.split('/').map(Number),
  )
  const last = latestOf(registry, readings)
  return [
    literal(rows.map((row) => row.device)),
    literal(rows.map((row) => row.ms)),
    literal(rows.map((row) => row.delay)),
    ...columns,
    mores,
    literal(minutes.map(([device]) => device ?? 0)),
    literal(minutes.map(([, minute]) => (minute ?? 0) * 60_000)),
    literal(last.map((each) => each.device)),
    textLiteral(last.map((each) => each.property)),
    literal(last.map((each) => each.ms)),
    literal(last.map((each) => each.received)),
    textLiteral(last.map((each) => JSON.stringify(each.value))),
  ]
}

type Latest = { device: number; property: string; ms: number; received: number; value: Value }

/** The newest value of each property in the batch, sorted. */
function latestOf(registry: Registry, readings: readonly Reading[]): Latest[] {
  const byDevice = new Map<number, Map<string, Latest>>()
  for (const { deviceId, at, receivedAt, values } of readings) {
    const device = (registry.devices.get(deviceId) as Known).no
    const known = byDevice.get(device) ?? new Map<string, Latest>()
    byDevice.set(device, known)
    const ms = at.getTime()
    for (const property in values) {
      const last = known.get(property)
      if (last && last.ms >= ms) continue
      known.set(property, { device, property, ms, received: receivedAt.getTime(), value: values[property] as Value })
    }
  }
  const all = [...byDevice.values()].flatMap((known) => [...known.values()])
  return all.sort((a, b) => a.device - b.device || (a.property < b.property ? -1 : 1))
}

/** Notes how far a device's clock is from ours, by readings that came at once. */
export async function noteSkew(sql: ISql | Sql, readings: readonly Reading[]): Promise<void> {
  const skews = new Map<string, { ms: number; at: Date }>()
  for (const { deviceId, at, receivedAt } of readings) {
    const ms = at.getTime() - receivedAt.getTime()
    if (ms > -promptMsMax) skews.set(deviceId, { ms, at: receivedAt })
  }
  if (skews.size === 0) return
  const ids = [...skews.keys()].sort()
  await sql`
    update telemetry_device d set skew_ms = u.ms, skew_at = u.at
    from unnest(${ids}::uuid[], ${ids.map((id) => skews.get(id)?.ms ?? 0)}::bigint[],
      ${ids.map((id) => skews.get(id)?.at.toISOString() ?? '')}::timestamptz[]) u(device_id, ms, at)
    where d.device_id = u.device_id and (d.skew_at is null or d.skew_at < u.at - interval '1 minute' or abs(d.skew_ms - u.ms) > 30000)`
}
