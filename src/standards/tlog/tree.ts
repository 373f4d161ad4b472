import { hash } from 'node:crypto'
import { HASH_BYTES, TILE_WIDTH, tileWidth } from './tile.ts'

/** The server's own hashing: the same values as `proof.ts` gives, without a promise for each. */
const sha256 = (bytes: Uint8Array): Buffer => hash('sha256', bytes, 'buffer')

/** Writes a digest into bytes that are there: a Buffer of its own for each costs more than the hash does. */
export function digestInto(bytes: Uint8Array, into: Buffer, at: number): void {
  into.write(hash('sha256', bytes, 'binary'), at, HASH_BYTES, 'binary')
}

export const leafHash = (entry: Uint8Array): Buffer => sha256(Buffer.concat([Buffer.of(0), entry]))

const pair = Buffer.alloc(1 + 2 * HASH_BYTES, 1)
export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  pair.set(left, 1)
  pair.set(right, 1 + HASH_BYTES)
  return sha256(pair)
}

export const emptyRoot = (): Buffer => sha256(Buffer.alloc(0))

/** Merkle Tree Hash over some hashes of one level (RFC 6962, 2.1). */
export function rootOf(hashes: readonly Uint8Array[]): Uint8Array {
  if (hashes.length === 0) return emptyRoot()
  if (hashes.length === 1) return hashes[0] as Uint8Array
  const split = largestPowerBelow(hashes.length)
  return nodeHash(rootOf(hashes.slice(0, split)), rootOf(hashes.slice(split)))
}

const row = Buffer.alloc(TILE_WIDTH * HASH_BYTES)
/** The heads of whole tiles of hashes that stand one behind another. */
export function tileHeads(hashes: Buffer): Buffer {
  const heads = Buffer.alloc(Math.floor(hashes.length / row.length) * HASH_BYTES)
  for (let at = 0; at < heads.length; at += HASH_BYTES) {
    hashes.copy(row, 0, at * TILE_WIDTH, (at + HASH_BYTES) * TILE_WIDTH)
    for (let count = TILE_WIDTH / 2; count >= 1; count /= 2)
      for (let n = 0; n < count; n++) {
        row.copy(pair, 1, n * 2 * HASH_BYTES, (n + 1) * 2 * HASH_BYTES)
        digestInto(pair, row, n * HASH_BYTES)
      }
    row.copy(heads, at, 0, HASH_BYTES)
  }
  return heads
}

/** The largest power of two below n (n > 1): where RFC 6962 splits a tree. */
export function largestPowerBelow(n: number): number {
  let power = 1
  while (power * 2 < n) power *= 2
  return power
}

/** Gives the hashes of one tile of the tree, at least `width` of them. */
export type ReadTile = (level: number, index: number, width: number) => Promise<Uint8Array>

/** The tree of `size` leaves, read by tiles: its root and any proof from it. */
export function tiledTree(size: number, read: ReadTile) {
  const known = new Map<string, Promise<Uint8Array>>()
  const tile = (level: number, index: number) => {
    const key = `${level}/${index}`
    const found = known.get(key) ?? read(level, index, tileWidth(level, index, size))
    known.set(key, found)
    return found
  }

  /** MTH of the perfect subtree of 2^height leaves that begins at leaf `begin`. */
  const perfect = async (begin: number, height: number): Promise<Uint8Array> => {
    const level = Math.floor(height / 8)
    const first = begin / TILE_WIDTH ** level
    const bytes = await tile(level, Math.floor(first / TILE_WIDTH))
    const from = first % TILE_WIDTH
    const count = 2 ** (height % 8)
    return rootOf(Array.from({ length: count }, (_, at) => hashAt(bytes, from + at)))
  }

  /** MTH of the leaves from `begin` up to `end`, where `begin` stands at a subtree's first leaf. */
  const range = async (begin: number, end: number): Promise<Uint8Array> => {
    const count = end - begin
    if (count === 0) return emptyRoot()
    if (Number.isInteger(Math.log2(count))) return perfect(begin, Math.log2(count))
    const split = largestPowerBelow(count)
    return nodeHash(await range(begin, begin + split), await range(begin + split, end))
  }

  const inclusion = async (index: number, begin: number, end: number): Promise<Uint8Array[]> => {
    const count = end - begin
    if (count === 1) return []
    const middle = begin + largestPowerBelow(count)
    return index < middle
      ? [...(await inclusion(index, begin, middle)), await range(middle, end)]
      : [...(await inclusion(index, middle, end)), await range(begin, middle)]
  }

  const consistency = async (earlier: number, begin: number, end: number, whole: boolean): Promise<Uint8Array[]> => {
    if (earlier === end) return whole ? [] : [await range(begin, end)]
    const middle = begin + largestPowerBelow(end - begin)
    return earlier <= middle
      ? [...(await consistency(earlier, begin, middle, whole)), await range(middle, end)]
      : [...(await consistency(earlier, middle, end, false)), await range(begin, middle)]
  }

  return {
    root: () => range(0, size),
    /** The audit path of the leaf at `index` (RFC 6962, 2.1.1). */
    inclusion: (index: number) => inclusion(index, 0, size),
    /** That the tree of `earlier` leaves is this one's beginning (RFC 6962, 2.1.2). */
    consistency: (earlier: number) =>
      earlier === 0 || earlier === size ? Promise.resolve([]) : consistency(earlier, 0, size, true),
  }
}

export function hashAt(tile: Uint8Array, index: number): Uint8Array {
  if ((index + 1) * HASH_BYTES > tile.length) throw new Error(`tile holds no hash ${index}`)
  return tile.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES)
}

/**
 * Adds leaves to the heads of perfect subtrees (index: height), as a binary counter carries. `closed` hears of each subtree
 * that becomes whole: its height, its hash, and how many of the leaves had been added then.
 */
export function addLeaves(
  peaks: readonly (Buffer | null)[],
  leaves: readonly Buffer[],
  closed?: (height: number, hash: Buffer, added: number) => void,
): (Buffer | null)[] {
  const heads = [...peaks]
  let added = 0
  for (const leaf of leaves) {
    added++
    let hash = leaf
    let height = 0
    for (let left = heads[height]; left; left = heads[height]) {
      hash = nodeHash(left, hash)
      heads[height++] = null
      closed?.(height, hash, added)
    }
    heads[height] = hash
  }
  return heads.map((head) => head ?? null)
}

/** The tree's head over its perfect subtrees: RFC 6962 splits at the largest first. */
export function headOf(peaks: readonly (Buffer | null)[]): Buffer {
  const heads = peaks.filter((head): head is Buffer => head !== null)
  return heads.length === 0 ? emptyRoot() : heads.reduce((right, left) => nodeHash(left, right))
}
