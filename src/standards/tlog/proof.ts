import { equal, join, utf8 } from './bytes.ts'

/** SHA-256 by WebCrypto, the same in a browser and here. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
}

/** The hash of one entry: SHA-256(0x00 || entry), RFC 6962, 2.1. */
export const hashLeaf = (entry: Uint8Array) => sha256(join(Uint8Array.of(0), entry))

/** The hash of two subtrees side by side: SHA-256(0x01 || left || right), RFC 6962, 2.1. */
export const hashChildren = (left: Uint8Array, right: Uint8Array) => sha256(join(Uint8Array.of(1), left, right))

/**
 * Whether the leaf stands at `index` in the tree of `size` leaves with this root (RFC 9162, 2.1.3.2). `path` runs from
 * the leaf's sibling up to a child of the root.
 */
export async function includes(
  leaf: Uint8Array,
  index: number,
  path: readonly Uint8Array[],
  size: number,
  root: Uint8Array,
): Promise<boolean> {
  if (!Number.isSafeInteger(index) || index < 0 || index >= size) return false
  let at = index
  let last = size - 1
  let hash = leaf
  for (const sibling of path) {
    if (last === 0) return false
    if (at % 2 === 1 || at === last) {
      hash = await hashChildren(sibling, hash)
      // The rightmost leaf of a level without a partner rises as it is.
      while (at % 2 === 0 && at !== 0) {
        at /= 2
        last = Math.floor(last / 2)
      }
    } else hash = await hashChildren(hash, sibling)
    at = Math.floor(at / 2)
    last = Math.floor(last / 2)
  }
  return last === 0 && equal(hash, root)
}

/** Whether the tree of `size` leaves begins with the earlier one unchanged (RFC 9162, 2.1.4.2). */
export async function continues(
  earlier: { size: number; root: Uint8Array },
  later: { size: number; root: Uint8Array },
  path: readonly Uint8Array[],
): Promise<boolean> {
  if (earlier.size > later.size) return false
  if (earlier.size === later.size) return path.length === 0 && equal(earlier.root, later.root)
  // Everything extends the empty tree, whose root is the hash of nothing.
  if (earlier.size === 0) return path.length === 0 && equal(earlier.root, await sha256(utf8('')))
  const whole = Number.isInteger(Math.log2(earlier.size)) ? [earlier.root, ...path] : [...path]
  const first = whole.shift()
  if (!first) return false
  let at = earlier.size - 1
  let last = later.size - 1
  while (at % 2 === 1) {
    at = Math.floor(at / 2)
    last = Math.floor(last / 2)
  }
  let before = first
  let after = first
  for (const sibling of whole) {
    if (last === 0) return false
    if (at % 2 === 1 || at === last) {
      before = await hashChildren(sibling, before)
      after = await hashChildren(sibling, after)
      while (at % 2 === 0 && at !== 0) {
        at /= 2
        last = Math.floor(last / 2)
      }
    } else after = await hashChildren(after, sibling)
    at = Math.floor(at / 2)
    last = Math.floor(last / 2)
  }
  return last === 0 && equal(before, earlier.root) && equal(after, later.root)
}
