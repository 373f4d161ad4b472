import { setImmediate } from 'node:timers/promises'
import type { Sql } from 'postgres'
import { advance, openCursor } from '../feed/index.ts'
import { tileHeads } from '../standards/tlog/tree.ts'
import { type Item, type Leaves, makeLeaves } from './leaf.ts'
import type { Source, Tx } from './source.ts'

/** Rows taken from one source in one transaction: a multiple of a tile, so that full tiles need no reading back. */
const batch = 4096

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
    // A batch that a power cut takes back is sealed again; what a signed head covers is on the disk, for signing waits for it.
    // Planned for the very place, the feed behind a large transaction looks empty, and all the rest of it is sorted each time.
    const [log] = await tx<{ size: string }[]>`
      select size, set_config('synchronous_commit', 'off', true), set_config('plan_cache_mode', 'force_generic_plan', true)
      from ledger_log for update`
    if (!log) throw new Error('the log has no row')
    let { items, place } = await source.next(tx, after, horizon, batch)
    // A stretch of the feed without anything to seal is not its end.
    for (let from = after; items.length === 0 && (place.xid !== from.xid || place.seq !== from.seq); ) {
      from = place
      ;({ items, place } = await source.next(tx, from, horizon, batch))
    }
    if (items.length > 0) await append(tx, source.name, Number(log.size), items)
    return { place, count: items.length }
  })
}

/** Leaves made while the database writes those before them. */
const portion = 512

async function append(tx: Tx, source: string, size: number, items: readonly Item[]): Promise<void> {
  const hashes: Buffer[] = []
  const written: Promise<unknown>[] = []
  for (let at = 0; at < items.length; at += portion) {
    const some = items.slice(at, at + portion)
    const leaves = makeLeaves(some)
    const insert = insertLeaves(tx, source, size + at, some, leaves).execute()
    // It is waited for below; one that fails before then is no unhandled one.
    insert.catch(() => {})
    written.push(insert)
    hashes.push(leaves.hashes)
    await setImmediate()
  }
  const closed = closeSubtrees(tx, size, Buffer.concat(hashes))
  closed.catch(() => {})
  await Promise.all([...written, tx`update ledger_log set size = ${size + items.length}`])
  await closed
}

/** Few large parameters, cut in the database: the quickest way in for many small values. */
function insertLeaves(tx: Tx, source: string, from: number, items: readonly Item[], leaves: Leaves) {
  return tx`
    insert into ledger_leaf (index, source, ref, owner_id, salt, entry, hash)
    select ${from} + n - 1, ${source}, ref, owner_id, substring(${leaves.salts} from (n::int - 1) * 32 + 1 for 32),
      entry, substring(${leaves.hashes} from (n::int - 1) * 32 + 1 for 32)
    from unnest(
      string_to_array(${items.map(({ ref }) => ref).join(',')}, ',')::bigint[],
      string_to_array(${items.map(({ ownerId }) => ownerId).join(',')}, ',')::uuid[],
      string_to_array(${leaves.entries.join('\n')}, E'\\n')) with ordinality as l (ref, owner_id, entry, n)`
}

/** Hashes every subtree of 256, 65,536 … leaves that the growth completed; only what stood before is read. */
async function closeSubtrees(tx: Tx, before: number, added: Buffer): Promise<void> {
  let from = before
  let below = added
  for (let level = 1; below.length > 0; level++) {
    const first = Math.floor(from / 256)
    const missing = from - first * 256
    const all = missing === 0 ? below : Buffer.concat([...(await hashes(tx, level - 1, first * 256, missing)), below])
    const heads = tileHeads(all)
    if (heads.length === 0) return
    await tx`
      insert into ledger_subtree (level, index, hash)
      select ${level}, ${first}::bigint + n, substring(${heads} from n * 32 + 1 for 32)
      from generate_series(0, ${heads.length / 32 - 1}::int) n`
    from = first
    below = heads
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
