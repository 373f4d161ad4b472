import type { ISql, Sql, TransactionSql } from 'postgres'

/** How far a reader of a feed has come; rows are ordered by transaction, then by number. */
export type Place = { xid: string; seq: string }

/** Where a reader's place is kept. A second process passes a `follower` by that is being moved; the ledger's waits. */
export type Cursor = { table: 'follower' | 'ledger_cursor'; name: string }

const keys = { follower: 'name', ledger_cursor: 'source' } as const

/**
 * The number below which every transaction has ended: a transaction that began earlier and commits later would otherwise
 * be passed over for ever. Asked in a statement of its own, before the rows are read: what ended between is then seen.
 */
export async function feedHorizon(sql: ISql): Promise<string> {
  const [row] = await sql<{ horizon: string }[]>`select feed_horizon()::text as horizon`
  return row?.horizon ?? '0'
}

/** The condition that a feed's row (of the table called `alias`) lies beyond a place and, where given, below a horizon. */
export function ahead(sql: ISql, alias: string, after: Place, horizon?: string) {
  const row = sql(alias)
  return sql`(${row}.xid, ${row}.seq) > (${after.xid}::text::xid8, ${after.seq}::bigint)
    ${horizon === undefined ? sql`` : sql`and ${row}.xid < ${horizon}::text::xid8`}`
}

/** The order in which a feed is read. Qualified: an answer's own texts of these names would sort "10" before "9". */
export function inOrder(sql: ISql, alias: string) {
  return sql`order by ${sql(alias)}.xid, ${sql(alias)}.seq`
}

/** Makes a cursor known; a new one stands before everything. */
export async function openCursor(sql: ISql, { table, name }: Cursor): Promise<void> {
  await sql`insert into ${sql(table)} (${sql(keys[table])}) values (${name}) on conflict do nothing`
}

/** What a reader did with the next rows: how many, and where they end. */
export type Taken = { place: Place; count: number }

/**
 * Takes the next rows for one reader and moves its cursor in the same transaction: what it writes and how far it has
 * come are committed together, so that no crash and no second process loses a row or does one twice. Returns how many
 * rows were taken; none where another process is at it.
 */
export async function advance(
  sql: Sql,
  cursor: Cursor,
  take: (tx: TransactionSql, after: Place, horizon: string) => Promise<Taken | undefined>,
): Promise<number> {
  const { table, name } = cursor
  return sql.begin(async (tx) => {
    const key = tx(keys[table])
    const [after] = await tx<Place[]>`
      select xid::text, seq::text from ${tx(table)} where ${key} = ${name}
      for update ${table === 'follower' ? tx`skip locked` : tx``}`
    if (!after) return 0
    const taken = await take(tx, after, await feedHorizon(tx))
    if (!taken || (taken.place.xid === after.xid && taken.place.seq === after.seq)) return 0
    await tx`
      update ${tx(table)} set xid = ${taken.place.xid}::text::xid8, seq = ${taken.place.seq}, moved_at = now()
      where ${key} = ${name}`
    return taken.count
  }) as Promise<number>
}
