import type { Sql } from 'postgres'

export type Area = { code: string; title: string; county: string; version: number; retiredAt: Date | null }

/** Areas that the national table does not have: new districts, and stations below the county. */
export type Areas = {
  /** Six-digit areas in use, as users choose them. */
  districts(): readonly Area[]
  title(code: string): string | undefined
  refresh(): Promise<void>
}

export function openAreas(sql: Sql): Areas {
  let known: readonly Area[] = []
  return {
    districts: () => known.filter((area) => area.code.length === 6 && !area.retiredAt),
    title: (code) => known.find((area) => area.code === code)?.title,
    async refresh() {
      known = await sql<Area[]>`
        select code, title, county, version, retired_at as "retiredAt" from area order by code`
    },
  }
}
