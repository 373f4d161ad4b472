import { randomUUID } from 'node:crypto'
import type { ISql, PendingQuery, Row } from 'postgres'

/** This process, where a holder of its own is not named. */
const thisProcess = randomUUID()

/**
 * Takes or renews a lease for this process; returns its fence, or undefined while another holds it. The fence grows with
 * every new holder: a write made under an older one can be told and refused.
 */
export async function takeLease(
  sql: ISql,
  name: string,
  seconds: number,
  holder: string = thisProcess,
): Promise<bigint | undefined> {
  const [row] = await sql<
    { fence: string }[]
  >`${leasing(sql, sql`values (${name}, ${holder}, 1, now() + ${seconds} * interval '1 second')`)}`
  return row && BigInt(row.fence)
}

/** The statement that takes or renews the lease that `wanted` names, and returns its fence where it may. */
export const leasing = (sql: ISql, wanted: PendingQuery<Row[]>): PendingQuery<Row[]> => sql`
  insert into lease as l (name, holder, fence, until) ${wanted}
  on conflict (name) do update set
    fence = case when l.holder = excluded.holder then l.fence else l.fence + 1 end,
    holder = excluded.holder, until = excluded.until
  where l.holder = excluded.holder or l.until < now()
  returning fence`

/**
 * Whether the lease is still this process's under that fence. Within a transaction nobody can take it over before the
 * transaction ends.
 */
export async function holdsLease(
  sql: ISql,
  name: string,
  fence: bigint,
  holder: string = thisProcess,
): Promise<boolean> {
  const rows = await sql`
    select from lease where name = ${name} and holder = ${holder} and fence = ${String(fence)}::bigint and until > now()
    for share`
  return rows.length > 0
}
