import type { ISql, Sql } from 'postgres'

type Pending = { count: number; first: Date; last: Date }

/** How often an identifier was asked for, and since when. */
export type ScanCount = { scans: number; firstAt: Date }

export type ScanCounter = {
  /** Notes one scan; returns at once. */
  note(id: string, at: Date): void
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

  const add = (id: string, { count, first, last }: Pending) => {
    const known = noted.get(id)
    if (known === undefined) {
      if (noted.size < PENDING_LIMIT) noted.set(id, { count, first, last })
      return
    }
    known.count += count
    if (first < known.first) known.first = first
    if (last > known.last) known.last = last
  }

  const write = async () => {
    if (noted.size === 0) return
    const batch = noted
    noted = new Map()
    // In one order everywhere, so that two processes that write the same rows cannot wait for each other.
    const ids = [...batch.keys()].sort()
    const of = <T>(pick: (pending: Pending) => T) => ids.map((id) => pick(batch.get(id) as Pending))
    try {
      await sql`
        insert into code_scan as s (id, first_at, last_at, scans)
        select * from unnest(${ids}::text[], ${of((p) => p.first.toISOString())}::timestamptz[],
          ${of((p) => p.last.toISOString())}::timestamptz[], ${of((p) => p.count)}::bigint[])
        on conflict (id) do update set scans = s.scans + excluded.scans,
          first_at = least(s.first_at, excluded.first_at), last_at = greatest(s.last_at, excluded.last_at)`
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
    note: (id, at) => add(id, { count: 1, first: at, last: at }),
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

/** What the database knows of an identifier's scans. */
export async function scansOf(tx: ISql, id: string): Promise<ScanCount | undefined> {
  const rows = await tx<{ scans: string; firstAt: Date }[]>`
    select scans, first_at as "firstAt" from code_scan where id = ${id}`
  return rows[0] && { scans: Number(rows[0].scans), firstAt: rows[0].firstAt }
}
