import { canonical, type Json, parseExact } from '../jcs/index.ts'
import { fromBase64, toBase64, utf8 } from '../tlog/bytes.ts'
import { type NoteKey, parseVerifierKey } from '../tlog/note.ts'
import { hashLeaf } from '../tlog/proof.ts'
import { checkTlogProof, parseTlogProof } from '../tlog/tlog-proof.ts'

/** What somebody keeps of a record to prove it later: its leaf, its proof, and, where it was given out, its content. */
export type ProofFile = {
  format: 'shisu-proof@v1'
  entry: string
  proof: string | null
  salt?: string
  payload?: string
}

/** One thing that was looked at: held, failed, or could not be looked at. */
export type Point = { held: boolean | null; text: string }

/** The keys that the reader trusts, as verifier keys; they come from the reader's side, never from the file. */
export type Trusted = { log: string; witnesses: readonly string[] }

const limitBytes = 2_000_000

/**
 * Checks a proof file without asking anybody and says point by point, in plain words, what is proven and what is not.
 * `ok` only where nothing failed and the leaf is under the trusted log's signature.
 */
export async function checkProofFile(text: string, trusted: Trusted): Promise<{ ok: boolean; points: Point[] }> {
  const file = readProofFile(text)
  if (!file) return { ok: false, points: [{ held: false, text: '这不是食溯的存证文件，或文件已损坏。' }] }
  const points = [await contentPoint(file), ...(await logPoints(file, trusted))]
  const ok = points.every(({ held }) => held !== false) && file.proof !== null
  return { ok, points: [...points, limits] }
}

const limits: Point = {
  held: null,
  text: '存证只能证明内容在存证之后没有改动，不能证明当初录入的内容就是真的。',
}

export function readProofFile(text: string): ProofFile | null {
  if (text.length > limitBytes) return null
  try {
    const value = JSON.parse(text) as Partial<ProofFile> | null
    if (value?.format !== 'shisu-proof@v1' || typeof value.entry !== 'string') return null
    if (value.proof !== null && typeof value.proof !== 'string') return null
    return value as ProofFile
  } catch {
    return null
  }
}

async function contentPoint({ entry, payload, salt }: ProofFile): Promise<Point> {
  if (typeof payload !== 'string' || typeof salt !== 'string')
    return { held: null, text: '文件里没有给出内容，只能证明这条存证存在，不能证明它说的是什么。' }
  const key = fromBase64(salt)
  const same = key !== null && (await commitmentOf(payload, key)) === committedIn(entry)
  return same
    ? { held: true, text: '文件里的内容与存证时一字不差。' }
    : { held: false, text: '文件里的内容与存证时不一样：内容被改过。' }
}

function committedIn(entry: string): unknown {
  try {
    return (JSON.parse(entry) as { commitment?: Json }).commitment
  } catch {
    return undefined
  }
}

/** HMAC-SHA256 over the canonical text under the salt, as the log made it. */
async function commitmentOf(payload: string, salt: Uint8Array<ArrayBuffer>): Promise<string | undefined> {
  try {
    const key = await crypto.subtle.importKey('raw', salt, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
    return toBase64(new Uint8Array(await crypto.subtle.sign('HMAC', key, utf8(canonical(parseExact(payload))))))
  } catch {
    return undefined
  }
}

async function logPoints({ entry, proof: text }: ProofFile, trusted: Trusted): Promise<Point[]> {
  if (text === null) return [{ held: null, text: '存证还没有进入已签名的日志，请过一会儿重新下载。' }]
  const proof = parseTlogProof(text)
  const log = await parseVerifierKey(trusted.log)
  if (!proof || !log) return [{ held: false, text: '证明部分读不出来，文件可能已损坏。' }]
  const witnesses = (await Promise.all(trusted.witnesses.map(parseVerifierKey))).filter(
    (key): key is NoteKey => key !== null,
  )
  const verdict = await checkTlogProof(proof, await hashLeaf(utf8(entry)), {
    origin: log.name,
    log,
    witnesses,
    quorum: 0,
  })
  return [
    verdict.included
      ? { held: true, text: `这条存证确实在日志里：共 ${verdict.size} 条，它是第 ${proof.index + 1} 条。` }
      : { held: false, text: '这条存证不在文件所说的日志里：证明对不上。' },
    verdict.log
      ? { held: true, text: `日志由“${log.name}”签名，签名正确。` }
      : { held: false, text: `日志不是由“${log.name}”签名的，或签名不正确。` },
    ...verdict.witnesses.map(
      ({ by, valid, at }): Point =>
        valid
          ? { held: true, text: `见证方“${by.name}”在 ${spoken(at)} 见过同一份日志并签了名。` }
          : { held: false, text: `见证方“${by.name}”的签名不正确。` },
    ),
    ...(verdict.witnesses.length === 0
      ? [{ held: null, text: '没有见证方的签名：日志有没有给别人看另一个版本，从这份文件看不出来。' }]
      : []),
  ]
}

function spoken(at: Date | undefined): string {
  return at ? at.toLocaleString('zh-CN', { timeZone: 'Asia/Shanghai', hour12: false }) : ''
}
