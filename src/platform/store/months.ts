import type { Sql } from 'postgres'

/** Tables that are kept by month. */
const tables = ['change', 'audit']

/** Makes the partitions of this month and the two that follow, where they are not there yet. */
export async function makeMonths(sql: Sql): Promise<void> {
  await sql`select make_month_partitions(name, now(), 3) from unnest(${tables}::text[]) name`
}
