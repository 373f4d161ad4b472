import type { ISql, Sql } from 'postgres'

/** What a look is counted under beside its code: `serial` where it was at one thing. */
export type LookOf = { gtin: string; lot: string; channel: Channel; serial: boolean }

/** Through what a shopper came. */
export type Channel = 'wechat' | 'qq' | 'alipay' | 'browser' | 'program'

/** `looks`: how many on a day through a channel (`2026-11-20 wechat`), the earliest first. */
type Pending = { count: number; first: Date; last: Date; of?: Omit<LookOf, 'channel'>; looks: Map<string, number> }

/** How often an identifier was asked for, and since when. */
export type ScanCount = { scans: number; firstAt: Date }

export type ScanCounter = {
  /** Notes one scan, under its product and channel where they are known; returns at once. */
  note(id: string, at: Date, of?: LookOf): void
  /** What is noted and not yet written. */
  pending(id: string): ScanCount | undefined
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
  let noted = new Map<string, Pending>()
  let writing: Promise<void> = Promise.resolve()

  const add = (id: string, pending: Pending) => {
    const known = noted.get(id)
    if (known === undefined) {
      if (noted.size < PENDING_LIMIT) noted.set(id, pending)
      return
    }
    known.count += pending.count
    if (pending.first < known.first) known.first = pending.first
    if (pending.last > known.last) known.last = pending.last
    known.of ??= pending.of
    for (const [when, looks] of pending.looks) known.looks.set(when, (known.looks.get(when) ?? 0) + looks)
  }

  const write = async () => {
    if (noted.size === 0) return
    const batch = noted
    noted = new Map()
    try {
      await sql.begin(async (tx) => {
        const firsts = await writeScans(tx, batch)
        await writeDays(tx, batch, firsts)
      })
    } catch (error) {
      for (const [id, pending] of batch) add(id, pending)
      throw error
    }
  }
  const flush = () => {
    writing = writing.catch(() => {}).then(write)
    return writing
  }
  // A write that fails is tried again with the next tick; its counts are kept.
  const timer = setInterval(() => flush().catch(() => {}), everyMs)
  timer.unref()

  return {
    note(id, at, of) {
      const looks = new Map(of && [[`${dayOf(at)} ${of.channel}`, 1]])
      add(id, { count: 1, first: at, last: at, looks, ...(of && { of }) })
    },
    pending(id) {
      const known = noted.get(id)
      return known && { scans: known.count, firstAt: known.first }
    },
    flush,
    async stop() {
      clearInterval(timer)
      await flush()
    },
  }
}

/** Writes how often each was looked at; gives those that nobody had looked at before. */
async function writeScans(tx: ISql, batch: ReadonlyMap<string, Pending>): Promise<Set<string>> {
  // In one order everywhere, so that two processes that write the same rows cannot wait for each other.
  const ids = [...batch.keys()].sort()
  const of = <T>(pick: (pending: Pending) => T) => ids.map((id) => pick(batch.get(id) as Pending))
  const rows = await tx<{ id: string }[]>`
    with written as (
      insert into code_scan as s (id, first_at, last_at, scans)
      select * from unnest(${ids}::text[], ${of((p) => p.first.toISOString())}::timestamptz[],
        ${of((p) => p.last.toISOString())}::timestamptz[], ${of((p) => p.count)}::bigint[])
      on conflict (id) do update set scans = s.scans + excluded.scans,
        first_at = least(s.first_at, excluded.first_at), last_at = greatest(s.last_at, excluded.last_at)
      returning id, xmax = 0 as fresh)
    select id from written where fresh`
  return new Set(rows.map(({ id }) => id))
}

type DayRow = { gtin: string; lot: string; day: string; channel: string; looks: number; firsts: number }

/** Adds the looks to their days; a code's first look counts where it came. */
async function writeDays(tx: ISql, batch: ReadonlyMap<string, Pending>, firsts: ReadonlySet<string>): Promise<void> {
  const days = new Map<string, DayRow>()
  for (const [id, { of, looks }] of batch) {
    let isFirst = of?.serial === true && firsts.has(id)
    for (const [when, count] of of ? looks : []) {
      const [day = '', channel = ''] = when.split(' ')
      const { gtin = '', lot = '' } = of ?? {}
      const key = `${gtin} ${when} ${lot}`
      const row = days.get(key) ?? { gtin, lot, day, channel, looks: 0, firsts: 0 }
      row.looks += count
      if (isFirst) row.firsts++
      isFirst = false
      days.set(key, row)
    }
  }
  if (days.size === 0) return
  const rows = [...days.keys()].sort().map((key) => days.get(key) as DayRow)
  const of = <T>(pick: (row: DayRow) => T) => rows.map(pick)
  await tx`
    select count_looks(${of((r) => r.gtin)}::text[], ${of((r) => r.day)}::date[], ${of((r) => r.lot)}::text[],
      ${of((r) => r.channel)}::text[], ${of((r) => r.looks)}::bigint[], ${of((r) => r.firsts)}::bigint[])`
}

const eightHoursMs = 8 * 3_600_000
/** The legal day (Asia/Shanghai) of an instant. */
const dayOf = (at: Date) => new Date(at.getTime() + eightHoursMs).toISOString().slice(0, 10)

/** What the database knows of an identifier's scans. */
export async function scansOf(tx: ISql, id: string): Promise<ScanCount | undefined> {
  const rows = await tx<{ scans: string; firstAt: Date }[]>`
    select scans, first_at as "firstAt" from code_scan where id = ${id}`
  return rows[0] && { scans: Number(rows[0].scans), firstAt: rows[0].firstAt }
}
