import { fromBase64, toBase64, wholeNumber } from './bytes.ts'
import { parseCheckpoint } from './checkpoint.ts'
import { checkSignature, type NoteKey, parseNote, type Verdict } from './note.ts'
import { includes } from './proof.ts'

/** A proof that stands by itself (C2SP tlog-proof): where, the path, the signed checkpoint, and what goes with it. */
export type TlogProof = { index: number; path: Uint8Array<ArrayBuffer>[]; checkpoint: string; extra?: Uint8Array }

const header = 'c2sp.org/tlog-proof@v1'

export function formatTlogProof({ index, path, checkpoint, extra }: TlogProof): string {
  const lines = [header, ...(extra ? [`extra ${toBase64(extra)}`] : []), `index ${index}`, ...path.map(toBase64)]
  return `${lines.join('\n')}\n\n${checkpoint}`
}

/** Reads a proof; null where it breaks the format. Nothing is believed yet. */
export function parseTlogProof(text: string): TlogProof | null {
  const blank = text.indexOf('\n\n')
  if (blank < 0 || text.length > 256 * 1024) return null
  const [first, ...lines] = text.slice(0, blank).split('\n')
  const extraLine = lines[0]?.startsWith('extra ') ? lines.shift() : undefined
  const extra = extraLine === undefined ? undefined : fromBase64(extraLine.slice('extra '.length))
  const place = lines.shift()
  const index = place?.startsWith('index ') ? wholeNumber(place.slice('index '.length)) : null
  const path = lines.map(fromBase64)
  if (first !== header || extra === null || index === null || path.length > 63) return null
  if (path.some((hash) => hash?.length !== 32)) return null
  const proof = { index, path: path as Uint8Array<ArrayBuffer>[], checkpoint: text.slice(blank + 2) }
  return extra ? { ...proof, extra } : proof
}

/**
 * Whom a reader trusts: the log's own key, and how many of these witnesses must have cosigned. A consortium's log has no
 * key of its own (null): its members' cosignatures are what counts.
 */
export type Trust = { origin: string; log: NoteKey | null; witnesses: readonly NoteKey[]; quorum: number }

/** What was shown and what was not, point by point: `ok` only where every point holds. */
export type ProofVerdict = {
  ok: boolean
  /** The checkpoint is the trusted log's and its signature is right. */
  log: boolean
  /** The leaf stands at its place under the signed root. */
  included: boolean
  /** What each trusted witness said; those without a signature are left out. */
  witnesses: Exclude<Verdict, null>[]
  size: number
}

/** Checks a proof for a leaf hash against what the reader trusts; no network, no clock. */
export async function checkTlogProof(proof: TlogProof, leaf: Uint8Array, trust: Trust): Promise<ProofVerdict> {
  const note = parseNote(proof.checkpoint)
  const head = note && parseCheckpoint(note.text)
  if (!note || !head) return { ok: false, log: false, included: false, witnesses: [], size: 0 }
  const isSigned = trust.log === null ? trust.quorum > 0 : ((await checkSignature(note, trust.log))?.valid ?? false)
  const log = head.origin === trust.origin && isSigned
  const said = await Promise.all(trust.witnesses.map((key) => checkSignature(note, key)))
  const witnesses = said.filter((verdict) => verdict !== null)
  const included = await includes(leaf, proof.index, proof.path, head.size, head.root)
  const enough = witnesses.every(({ valid }) => valid) && witnesses.length >= trust.quorum
  return { ok: log && included && enough, log, included, witnesses, size: head.size }
}
