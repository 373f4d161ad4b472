import { randomBytes } from 'node:crypto'
import type { ISql, Sql } from 'postgres'
import { type Permutation, permutation } from './permutation.ts'

/**
 * The installation's secret: whoever holds it can print codes that pass as genuine, and without it every bag already
 * printed becomes 查无此码. Losing it is therefore worse than leaking it, so it lives in the database (table code_key),
 * where it is backed up, restored and replicated together with the orders that need it, and where each process on each
 * machine finds it; a file beside the data would be a second thing to back up. No application role is granted the
 * table: it is read once at start over the installing connection, so neither the shopper's nor the users' connections
 * can select it, whatever query reaches them.
 */
export type CodeKeys = {
  /** All versions, newest first: the one that new orders use, then those that older orders were printed with. */
  readonly versions: readonly number[]
  /** Reads what was added since: a new key is used for orders five minutes after it was made (`current_code_key`). */
  refresh(): Promise<void>
  permutationOf(version: number, gtin: string): Permutation
}

const KEY_BYTES = 32
/** Shoppers choose the GTIN in the address: what is remembered for them is bounded. */
const REMEMBERED = 512

/** Reads the keys, making the first at first use; `sql` is the installing connection, not an application role's. */
export async function openKeys(sql: Sql): Promise<CodeKeys> {
  await sql`insert into code_key (version, material) values (1, ${randomBytes(KEY_BYTES)}) on conflict do nothing`
  const material = new Map<number, Buffer>()
  let versions: readonly number[] = []
  const refresh = async () => {
    const rows = await sql<{ version: number; material: Buffer }[]>`
      select version, material from code_key order by version desc`
    for (const row of rows) if (!material.has(row.version)) material.set(row.version, row.material)
    versions = rows.map((row) => row.version)
  }
  await refresh()
  // By GTIN within each version: joining both to one name would cost a tenth of a lookup.
  const remembered = new Map<number, Map<string, Permutation>>()
  return {
    get versions() {
      return versions
    },
    refresh,
    permutationOf(version, gtin) {
      let ofVersion = remembered.get(version)
      const known = ofVersion?.get(gtin)
      if (known !== undefined) return known
      const key = material.get(version)
      if (key === undefined) throw new Error(`code key version ${version} is missing`)
      if (ofVersion === undefined || ofVersion.size >= REMEMBERED) {
        ofVersion = new Map()
        remembered.set(version, ofVersion)
      }
      const made = permutation(key, gtin)
      ofVersion.set(gtin, made)
      return made
    },
  }
}

/** Makes the next key. Orders take it after five minutes; what was printed under older keys stays genuine. Its version. */
export async function rotateKey(sql: ISql): Promise<number> {
  const [row] = await sql<{ version: number }[]>`select rotate_code_key() as version`
  return row?.version ?? 1
}
