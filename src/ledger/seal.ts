import type { Sql } from 'postgres'
import { advance, openCursor } from '../feed/index.ts'
import { rootOf } from '../standards/tlog/tree.ts'
import { type Leaf, makeLeaves } from './leaf.ts'
import type { Source, Tx } from './source.ts'

/** Rows taken from one source in one transaction. */
const batch = 2000

/**
 * Turns what the sources have committed into leaves, in their order, until nothing is left. Leaves, subtrees, the log's
 * size and the source's cursor are committed together, under the lock of the log's one row: no crash and no second
 * process loses a leaf or makes one twice. Each batch runs through `pace`. Returns how many were sealed.
 */
export async function seal(
  sql: Sql,
  sources: readonly Source[],
  pace: (batch: () => Promise<number>) => Promise<number> = (batch) => batch(),
): Promise<number> {
  let sealed = 0
  for (const source of sources) {
    await openCursor(sql, { table: 'ledger_cursor', name: source.name })
    for (;;) {
      const count = await pace(() => sealBatch(sql, source))
      sealed += count
      if (count === 0) break
    }
  }
  return sealed
}

function sealBatch(sql: Sql, source: Source): Promise<number> {
  return advance(sql, { table: 'ledger_cursor', name: source.name }, async (tx, after, horizon) => {
    const [log] = await tx<{ size: string }[]>`select size from ledger_log for update`
    if (!log) throw new Error('the log has no row')
    const { items, place } = await source.next(tx, after, horizon, batch)
    if (items.length > 0) await append(tx, source.name, Number(log.size), makeLeaves(items))
    return { place, count: items.length }
  })
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
