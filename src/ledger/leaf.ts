import { hash, randomBytes } from 'node:crypto'
import { canonicalExact } from '../standards/jcs/index.ts'
import { digestInto } from '../standards/tlog/tree.ts'

/** Who may use what the leaf commits to, said in the leaf itself: 确权 (T/EJCCCSE D4.1.2). */
export type UseRights = 'public' | 'parties' | 'authorities'

/** What a source hands over to be sealed. `payload` is JSON text; it stays in the database. */
export type Item = {
  ref: string
  ownerId: string
  type: string
  /** ISO 8601 in UTC, to the millisecond or beyond. */
  at: string
  use: UseRights
  payload: string
  /** The entry as it was, where the payload cannot be opened any more and another leaf vouches for it. */
  vouched?: string
}

/** Leaves of some items, in their order; salts and hashes of 32 bytes one behind another. */
export type Leaves = { entries: string[]; salts: Buffer; hashes: Buffer }

const SALT_BYTES = 32
const HASH_BYTES = 32

/**
 * HMAC-SHA256 over the payload's canonical text under a random salt: the leaf binds the payload and shows nothing of it,
 * also where the payload could be guessed. Whoever destroys payload or salt leaves the log as it was.
 */
export function commitment(payload: string, salt: Uint8Array): string {
  return hmacSha256(salt, canonicalExact(payload))
}

const BLOCK_BYTES = 64
/** The key's block and the text behind it; grown where a text is longer, used again by the next. */
let inner = Buffer.alloc(4096)
const outer = Buffer.alloc(BLOCK_BYTES + 32)

/** HMAC as RFC 2104 puts it together from two hashes: making a key object for each leaf's salt costs more than both. */
function hmacSha256(key: Uint8Array, text: string): string {
  if (key.length > BLOCK_BYTES) throw new RangeError('the key is longer than a block')
  // A UTF-16 unit takes three bytes at most.
  if (inner.length < BLOCK_BYTES + text.length * 3) inner = Buffer.alloc(BLOCK_BYTES + text.length * 3)
  for (let at = 0; at < BLOCK_BYTES; at++) {
    const byte = key[at] ?? 0
    inner[at] = byte ^ 0x36
    outer[at] = byte ^ 0x5c
  }
  const length = inner.write(text, BLOCK_BYTES, 'utf8')
  digestInto(inner.subarray(0, BLOCK_BYTES + length), outer, BLOCK_BYTES)
  return hash('sha256', outer, 'base64')
}

/** What stands in the log for everybody to read: no id, no name, no value. Canonical as it is written. */
export function entryOf({ type, at, use }: Pick<Item, 'type' | 'at' | 'use'>, committed: string): string {
  return `{"at":"${at.slice(0, milliseconds)}Z","commitment":"${committed}","type":${JSON.stringify(type)},"use":"${use}","v":1}`
}

const milliseconds = '2026-11-21T03:00:00.000'.length

/** Who could use it, by what its entry said then: the declarations may say otherwise since. */
export function usedAsSaid(entry: string): UseRights | undefined {
  const said = /"use":"([a-z]+)","v":1\}$/.exec(entry)?.[1]
  return said === 'public' || said === 'parties' || said === 'authorities' ? said : undefined
}

/** RFC 6962 puts a zero before a leaf's bytes; types and uses are short. */
const prefixed = Buffer.alloc(1024)

/** Leaves of items, each under a salt of its own. */
export function makeLeaves(items: readonly Item[]): Leaves {
  const salts = randomBytes(SALT_BYTES * items.length)
  const hashes = Buffer.alloc(HASH_BYTES * items.length)
  const entries = items.map((item, at) => {
    const salt = salts.subarray(at * SALT_BYTES, (at + 1) * SALT_BYTES)
    const entry = entryOf(item, commitment(item.payload, salt))
    if (entry.length * 3 >= prefixed.length) throw new RangeError('the entry is too long')
    const length = prefixed.write(entry, 1, 'utf8')
    digestInto(prefixed.subarray(0, 1 + length), hashes, at * HASH_BYTES)
    return entry
  })
  return { entries, salts, hashes }
}
