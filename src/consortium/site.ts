import { type Checkpoint, parseCheckpoint, parseNote } from '../standards/tlog/index.ts'
import { addLeaves, headOf } from '../standards/tlog/tree.ts'
import { hashesOf, type Signer, type Transaction, writeTransaction } from './transaction.ts'

/** A single site's own log as the consortium follows it: whose it is, the leaves it has handed in, the head it anchored. */
export type Site = { origin: string; signer: string; size: number; peaks: (Buffer | null)[]; anchored: number }

export type Anchor = { origin: string; size: number; note: string; position: number }

/** Numbers of 8 bytes stand where other transactions have random ones: the same leaves are the same transaction. */
function numbered(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(value))
  return bytes
}

/** The next leaves of a site's log, from leaf `first` on. Made twice, it is the same transaction: it gets in once. */
export function extending(origin: string, first: number, hashes: readonly Uint8Array[], signer: Signer): Buffer {
  const name = Buffer.from(origin, 'utf8')
  return writeTransaction('extend', Buffer.concat([Buffer.of(name.length), name, ...hashes]), numbered(first), signer)
}

/** The signed head of a site's log, whose leaves have all been handed in. */
export function anchoring(note: string, size: number, signer: Signer): Buffer {
  return writeTransaction('anchor', Buffer.from(note, 'utf8'), numbered(size), signer)
}

/** Which log an `extend` continues, and from which leaf. */
export function readExtension({ body, nonce }: Transaction): { origin: string; first: number } {
  return { origin: body.subarray(1, 1 + (body[0] ?? 0)).toString('utf8'), first: Number(nonce.readBigUInt64BE()) }
}

/** The head that an `anchor` speaks of; undefined where it is no signed note of a checkpoint. */
export function readAnchor({ body }: Transaction): { head: Checkpoint; note: string } | undefined {
  const text = body.toString('utf8')
  const note = parseNote(text)
  const head = note && parseCheckpoint(note.text)
  return head ? { head, note: text } : undefined
}

export type SiteAnswer = 'ok' | 'stranger' | 'order' | 'forked' | 'malformed'

/**
 * What a site's transaction means after what the site has handed in so far. A log is its first signer's; leaves come in
 * their order; an anchor must be the head of exactly those leaves. Another content for a place that is taken is a fork.
 */
export function judgeSite(transaction: Transaction, signer: string, site: Site | undefined): SiteAnswer {
  const anchor = transaction.act === 'anchor' ? readAnchor(transaction) : undefined
  if (transaction.act === 'anchor' && !anchor) return 'malformed'
  if (site && site.signer !== signer) return 'stranger'
  const size = site?.size ?? 0
  if (!anchor) {
    const { first } = readExtension(transaction)
    return first === size ? 'ok' : first < size ? 'forked' : 'order'
  }
  if (anchor.head.size > size) return 'order'
  if (anchor.head.size < size || !site) return 'forked'
  return headOf(site.peaks).equals(anchor.head.root) ? 'ok' : 'forked'
}

export const originOf = (transaction: Transaction): string =>
  transaction.act === 'anchor' ? (readAnchor(transaction)?.head.origin ?? '') : readExtension(transaction).origin

/** The site after an extension that was judged to be in order. */
export function extended(transaction: Transaction, signer: string, site: Site | undefined): Site {
  const hashes = hashesOf(transaction)
  const before = site ?? { origin: originOf(transaction), signer, size: 0, peaks: [], anchored: 0 }
  return { ...before, size: before.size + hashes.length, peaks: addLeaves(before.peaks, hashes) }
}
