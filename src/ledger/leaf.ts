import { hash, randomBytes } from 'node:crypto'
import { canonical, parseExact } from '../standards/jcs/index.ts'
import { leafHash } from '../standards/tlog/tree.ts'

/** Who may use what the leaf commits to, said in the leaf itself: 确权 (T/EJCCCSE D4.1.2). */
export type UseRights = 'public' | 'parties' | 'authorities'

/** What a source hands over to be sealed. `payload` is JSON text; it stays in the database. */
export type Item = {
  ref: string
  ownerId: string
  type: string
  at: Date
  use: UseRights
  payload: string
  /** The entry as it was, where the payload cannot be opened any more and another leaf vouches for it. */
  vouched?: string
}

export type Leaf = Item & { salt: Buffer; entry: string; hash: Buffer }

const SALT_BYTES = 32

/**
 * HMAC-SHA256 over the payload's canonical text under a random salt: the leaf binds the payload and shows nothing of it,
 * also where the payload could be guessed. Whoever destroys payload or salt leaves the log as it was.
 */
export function commitment(payload: string, salt: Uint8Array): string {
  return hmacSha256(salt, canonical(parseExact(payload)))
}

/** HMAC as RFC 2104 puts it together from two hashes: making a key object for each leaf's salt costs more than both. */
function hmacSha256(key: Uint8Array, text: string): string {
  if (key.length > 64) throw new RangeError('the key is longer than a block')
  const block = (pad: number) => Buffer.alloc(64, pad).map((byte, i) => byte ^ (key[i] ?? 0))
  const inner = hash('sha256', Buffer.concat([block(0x36), Buffer.from(text, 'utf8')]), 'buffer')
  return hash('sha256', Buffer.concat([block(0x5c), inner]), 'base64')
}

/** What stands in the log for everybody to read: no id, no name, no value. */
export function entryOf({ type, at, use }: Pick<Item, 'type' | 'at' | 'use'>, committed: string): string {
  return canonical({ v: 1, type, at: at.toISOString(), use, commitment: committed })
}

/** Leaves of some items, each under a salt of its own. */
export function makeLeaves(items: readonly Item[]): Leaf[] {
  const salts = randomBytes(SALT_BYTES * items.length)
  return items.map((item, at) => {
    const salt = salts.subarray(at * SALT_BYTES, (at + 1) * SALT_BYTES)
    const entry = entryOf(item, commitment(item.payload, salt))
    return { ...item, salt, entry, hash: leafHash(Buffer.from(entry, 'utf8')) }
  })
}
