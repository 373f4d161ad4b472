import type { ISql, Sql } from 'postgres'
import { shanghaiMs } from '../../standards/china/index.ts'
import { SEPARATOR } from '../columns.ts'

/** What a look is counted under beside its code: `serial` where it was at one thing. */
export type LookOf = { gtin: string; lot: string; channel: Channel; serial: boolean }

/** Through what a shopper came. */
export type Channel = 'wechat' | 'qq' | 'alipay' | 'browser' | 'program'

/** `day`: the key of the row that a serial's first look counts in. Instants in milliseconds. */
type Pending = { count: number; first: number; last: number; day?: string }

/** Looks of a legal day (in days since 1970) at a product's lot through a channel. */
type DayRow = { gtin: string; lot: string; day: number; channel: Channel; looks: number }

type Noted = { codes: Map<string, Pending>; days: Map<string, DayRow> }

/** How often an identifier was asked for, and since when. */
export type ScanCount = { scans: number; firstAt: Date }

export type ScanCounter = {
  /** Notes one scan, under its product and channel where they are known; returns at once. */
  note(id: string, at: Date, of?: LookOf): void
  /** A moment among the writes, to be taken before a code's count is read from the database. */
  moment(): number
  /**
   * All looks at a code: what the database had when it was read after `moment`, and what waits to be written. Where the code
   * was being written meanwhile, the write is waited for and the database asked again: none is told twice or left out.
   */
  total(id: string, stored: ScanCount | undefined, moment: number): Promise<ScanCount | undefined>
  /** Writes what is noted; resolves when it is in the database. */
  flush(): Promise<void>
  /** Stops the timer and writes the rest. */
  stop(): Promise<void>
}

/** More distinct identifiers than this between two writes are dropped: counts are worth less than the memory. */
const PENDING_LIMIT = 100_000

/**
 * Counts scans beside the page, never before it: noted in memory, written in one statement every `everyMs`. A crash
 * loses at most that interval of counts. Only identifiers known to be real may be noted, or strangers fill the table.
 */
export function scanCounter(sql: Sql, everyMs = 1000): ScanCounter {
  const nothing = (): Noted => ({ codes: new Map(), days: new Map() })
  let noted = nothing()
  let writing: Promise<void> = Promise.resolve()
  let [begun, ended] = [0, 0]
  let latest: ReadonlyMap<string, Pending> = new Map()

  /** Whether it was taken. */
  const addCode = (id: string, pending: Pending): boolean => {
    const known = noted.codes.get(id)
    if (known === undefined) {
      if (noted.codes.size >= PENDING_LIMIT) return false
      noted.codes.set(id, pending)
      return true
    }
    known.count += pending.count
    if (pending.first < known.first) known.first = pending.first
    if (pending.last > known.last) known.last = pending.last
    known.day ??= pending.day
    return true
  }
  const addDay = (key: string, row: DayRow) => {
    const known = noted.days.get(key)
    if (known === undefined) noted.days.set(key, row)
    else known.looks += row.looks
  }

  const write = async () => {
    if (noted.codes.size === 0) return
    const batch = noted
    noted = nothing()
    latest = batch.codes
    begun += 1
    try {
      await sql.begin(async (tx) => writeDays(tx, batch, await writeScans(tx, batch.codes)))
    } catch (error) {
      for (const [id, pending] of batch.codes) addCode(id, pending)
      for (const [key, row] of batch.days) addDay(key, row)
      throw error
    } finally {
      ended += 1
    }
  }
  /** Whether a write that was not over at the moment may have counted the code; only the latest is known by its codes. */
  const between = (id: string, moment: number) => begun > moment && (begun > moment + 1 || latest.has(id))
  const flush = () => {
    writing = writing.catch(() => {}).then(write)
    return writing
  }
  // A write that fails is tried again with the next tick; its counts are kept.
  const timer = setInterval(() => flush().catch(() => {}), everyMs)
  timer.unref()

  return {
    note(id, when, of) {
      const at = when.getTime()
      if (of === undefined) {
        addCode(id, { count: 1, first: at, last: at })
        return
      }
      const { gtin, lot, channel, serial } = of
      const day = dayOf(at)
      const key = `${gtin} ${day} ${channel} ${lot}`
      if (addCode(id, { count: 1, first: at, last: at, ...(serial && { day: key }) }))
        addDay(key, { gtin, lot, day, channel, looks: 1 })
    },
    moment: () => ended,
    async total(id, stored, moment) {
      let known = stored
      for (let since = moment; between(id, since); ) {
        await writing.catch(() => {})
        since = ended
        known = await scansOf(sql, id)
      }
      const waiting = noted.codes.get(id)
      if (waiting === undefined) return known
      return { scans: (known?.scans ?? 0) + waiting.count, firstAt: known?.firstAt ?? new Date(waiting.first) }
    },
    flush,
    async stop() {
      clearInterval(timer)
      await flush()
    },
  }
}

const numbers = (list: readonly number[]) => `{${list.join(',')}}`

/** Writes how often each was looked at; gives those that nobody had looked at before. */
async function writeScans(tx: ISql, codes: ReadonlyMap<string, Pending>): Promise<string[]> {
  // In one order everywhere, so that two processes that write the same rows cannot wait for each other.
  const ids = [...codes.keys()].sort()
  const all = ids.map((id) => codes.get(id) as Pending)
  // As texts: an array of thousands costs the driver more than all else of a look's counting.
  const [row] = await tx<{ fresh: string | null }[]>`
    with written as (
      insert into code_scan as s (id, first_at, last_at, scans)
      select u.id, to_timestamp(u.first::float8 / 1000), to_timestamp(u.last::float8 / 1000), u.scans
      from unnest(string_to_array(${ids.join(SEPARATOR)}::text, ${SEPARATOR}), ${numbers(all.map((p) => p.first))}::text::bigint[],
        ${numbers(all.map((p) => p.last))}::text::bigint[], ${numbers(all.map((p) => p.count))}::text::bigint[])
        u (id, first, last, scans)
      on conflict (id) do update set scans = s.scans + excluded.scans,
        first_at = least(s.first_at, excluded.first_at), last_at = greatest(s.last_at, excluded.last_at)
      returning id, xmax = 0 as fresh)
    select string_agg(id, ${SEPARATOR}) as fresh from written where fresh`
  return row?.fresh?.split(SEPARATOR) ?? []
}

/** Adds the looks to their days; a code's first look counts where it came. */
async function writeDays(tx: ISql, { codes, days }: Noted, fresh: readonly string[]): Promise<void> {
  if (days.size === 0) return
  const firsts = new Map<string, number>()
  for (const id of fresh) {
    const day = codes.get(id)?.day
    if (day !== undefined) firsts.set(day, (firsts.get(day) ?? 0) + 1)
  }
  const keys = [...days.keys()].sort()
  const of = <T>(pick: (row: DayRow) => T) => keys.map((key) => pick(days.get(key) as DayRow))
  await tx`
    select count_looks(${of((r) => r.gtin)}::text[], ${of((r) => dayText(r.day))}::date[], ${of((r) => r.lot)}::text[],
      ${of((r) => r.channel)}::text[], ${of((r) => r.looks)}::bigint[], ${keys.map((key) => firsts.get(key) ?? 0)}::bigint[])`
}

const dayMs = 86_400_000
/** The legal day (Asia/Shanghai) of an instant, in days since 1970. */
const dayOf = (at: number) => Math.floor((at + shanghaiMs) / dayMs)
const dayText = (day: number) => new Date(day * dayMs).toISOString().slice(0, 10)

/** What the database knows of an identifier's scans. */
export async function scansOf(tx: ISql, id: string): Promise<ScanCount | undefined> {
  const rows = await tx<{ scans: string; firstAt: Date }[]>`
    select scans, first_at as "firstAt" from code_scan where id = ${id}`
  return rows[0] && { scans: Number(rows[0].scans), firstAt: rows[0].firstAt }
}
