import type { Sql } from 'postgres'
import { rootOf } from '../standards/tlog/tree.ts'
import { type Leaf, makeLeaves } from './leaf.ts'
import type { Place, Source, Tx } from './source.ts'

/** Rows taken from one source in one transaction. */
const batch = 2000

/**
 * Turns what the sources have committed into leaves, in their order, until nothing is left. Leaves, subtrees, the log's
 * size and the source's cursor are committed together, under the lock of the log's one row: no crash and no second
 * process loses a leaf or makes one twice. Returns how many were sealed.
 */
export async function seal(sql: Sql, sources: readonly Source[]): Promise<number> {
  let sealed = 0
  for (const source of sources)
    for (;;) {
      const count = await sealBatch(sql, source)
      sealed += count
      if (count === 0) break
    }
  return sealed
}

async function sealBatch(sql: Sql, source: Source): Promise<number> {
  return sql.begin(async (tx) => {
    const [log] = await tx<{ size: string }[]>`select size from ledger_log for update`
    if (!log) throw new Error('the log has no row')
    await tx`insert into ledger_cursor (source) values (${source.name}) on conflict do nothing`
    const [cursor] = await tx<Place[]>`select xid::text, seq::text from ledger_cursor where source = ${source.name}`
    // A statement of its own, before the rows are read: see feed_horizon.
    const [{ horizon } = { horizon: '0' }] = await tx<{ horizon: string }[]>`select feed_horizon()::text as horizon`
    const { items, place } = await source.next(tx, cursor as Place, horizon, batch)
    if (items.length > 0) await append(tx, source.name, Number(log.size), makeLeaves(items))
    if (place.xid === cursor?.xid && place.seq === cursor.seq) return 0
    await tx`
      update ledger_cursor set xid = ${place.xid}::text::xid8, seq = ${place.seq}, moved_at = now()
      where source = ${source.name}`
    return items.length
  }) as Promise<number>
}

async function append(tx: Tx, source: string, size: number, leaves: readonly Leaf[]): Promise<void> {
  // Few large parameters, cut in the database: the quickest way in for many small values.
  await tx`
    insert into ledger_leaf (index, source, ref, owner_id, salt, entry, hash)
    select ${size} + n - 1, ${source}, ref, owner_id, substring(${Buffer.concat(leaves.map(({ salt }) => salt))} from (n::int - 1) * 32 + 1 for 32),
      entry, substring(${Buffer.concat(leaves.map(({ hash }) => hash))} from (n::int - 1) * 32 + 1 for 32)
    from unnest(
      string_to_array(${leaves.map(({ ref }) => ref).join(',')}, ',')::bigint[],
      string_to_array(${leaves.map(({ ownerId }) => ownerId).join(',')}, ',')::uuid[],
      string_to_array(${leaves.map(({ entry }) => entry).join('\n')}, E'\\n')) with ordinality as l (ref, owner_id, entry, n)`
  await tx`update ledger_log set size = ${size + leaves.length}`
  await closeSubtrees(tx, size, size + leaves.length)
}

/** Hashes every subtree of 256, 65,536 … leaves that the growth completed. */
async function closeSubtrees(tx: Tx, before: number, after: number): Promise<void> {
  for (let level = 1; 256 ** level <= after; level++) {
    const span = 256 ** level
    for (let index = Math.floor(before / span); index < Math.floor(after / span); index++) {
      const below = await hashes(tx, level - 1, index * 256, 256)
      await tx`insert into ledger_subtree (level, index, hash) values (${level}, ${index}, ${rootOf(below)})`
    }
  }
}

/** Hashes of one level beginning at an index: leaves at level 0, heads of complete subtrees above. */
export async function hashes(tx: Tx | Sql, level: number, from: number, count: number): Promise<Buffer[]> {
  const rows =
    level === 0
      ? await tx<{ hash: Buffer }[]>`
          select hash from ledger_leaf where index >= ${from} and index < ${from + count} order by index`
      : await tx<{ hash: Buffer }[]>`
          select hash from ledger_subtree
          where level = ${level} and index >= ${from} and index < ${from + count} order by index`
  return rows.map(({ hash }) => hash)
}
