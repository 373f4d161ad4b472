import type { Sql } from 'postgres'

export type Area = { code: string; title: string; county: string; version: number; retiredAt: Date | null }

/** Areas that the national table does not have: new districts, and stations below the county. */
export type Areas = {
  /** Six-digit areas in use, as users choose them. */
  districts(): readonly Area[]
  title(code: string): string | undefined
  refresh(): Promise<void>
  stop(): void
}

/** A district opened in one process is known to the others within this time. */
const freshMs = 30_000

export function openAreas(sql: Sql): Areas {
  let known: readonly Area[] = []
  const refresh = async () => {
    known = await sql<Area[]>`
      select code, title, county, version, retired_at as "retiredAt" from area order by code`
  }
  // A database that does not answer is told of by whatever asks it next.
  const timer = setInterval(() => refresh().catch(() => {}), freshMs)
  timer.unref()
  return {
    districts: () => known.filter((area) => area.code.length === 6 && !area.retiredAt),
    title: (code) => known.find((area) => area.code === code)?.title,
    refresh,
    stop: () => clearInterval(timer),
  }
}
