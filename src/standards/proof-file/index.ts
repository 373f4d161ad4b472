import { canonical, type Json, parseExact } from '../jcs/index.ts'
import { fromBase64, toBase64, utf8 } from '../tlog/bytes.ts'
import { type NoteKey, parseVerifierKey } from '../tlog/note.ts'
import { hashLeaf } from '../tlog/proof.ts'
import { checkTlogProof, parseTlogProof } from '../tlog/tlog-proof.ts'
import { signaturePointsOf } from './signatures.ts'

/**
 * A leaf to prove: its entry, its proof in the site's own log and, where there is one, in the consortium's, and, where it
 * was given out, its content.
 */
export type LeafPart = {
  entry: string
  proof: string | null
  salt?: string
  payload?: string
  consortium?: { origin: string; proof: string }
}

/** What somebody keeps of a record to prove it later; with the leaves of signatures that came with it, and of their keys. */
export type ProofFile = LeafPart & {
  format: 'shisu-proof@v1'
  signatures?: { signature: LeafPart; key: LeafPart; revoked?: LeafPart }[]
}

/** One thing that was looked at: held, failed, or could not be looked at. */
export type Point = { held: boolean | null; text: string }

/** The keys that the reader trusts, as verifier keys; they come from the reader's side, never from the file. */
export type Trusted = {
  log: string
  /** Keys of the same log before this one or beside it: what they signed counts. */
  logs?: readonly string[]
  /** Keys of the log that were revoked: what they alone signed counts no more. */
  revoked?: readonly string[]
  witnesses: readonly string[]
  consortium?: { origin: string; members: readonly string[]; quorum: number }
}

const limitBytes = 2_000_000

/**
 * Checks a proof file without asking anybody and says point by point, in plain words, what is proven and what is not.
 * `ok` only where nothing failed and the leaf is under the trusted log's signature.
 */
export async function checkProofFile(text: string, trusted: Trusted): Promise<{ ok: boolean; points: Point[] }> {
  const file = readProofFile(text)
  if (!file) return { ok: false, points: [{ held: false, text: '这不是食溯的存证文件，或文件已损坏。' }] }
  const points = [
    await contentPoint(file),
    ...(await logPoints(file, trusted)),
    ...(await consortiumPoints(file, trusted)),
    ...(await signaturePoints(file, trusted)),
  ]
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

async function contentPoint({ entry, payload, salt }: LeafPart): Promise<Point> {
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

async function logPoints({ entry, proof: text }: LeafPart, trusted: Trusted): Promise<Point[]> {
  if (text === null) return [{ held: null, text: '存证还没有进入已签名的日志，请过一会儿重新下载。' }]
  const proof = parseTlogProof(text)
  const [log, ...others] = await keysOf([trusted.log, ...(trusted.logs ?? [])])
  if (!proof || !log) return [{ held: false, text: '证明部分读不出来，文件可能已损坏。' }]
  const witnesses = await keysOf(trusted.witnesses)
  const leaf = await hashLeaf(utf8(entry))
  const by = (key: NoteKey) => checkTlogProof(proof, leaf, { origin: log.name, log: key, witnesses, quorum: 0 })
  let verdict = await by(log)
  for (const other of others) if (!verdict.log) verdict = await by(other)
  for (const revoked of verdict.log ? [] : await keysOf(trusted.revoked ?? []))
    if ((await by(revoked)).log)
      return [{ held: false, text: '这份证明只有一把已吊销的日志密钥的签名，不能算数；请重新下载存证文件。' }]
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

/** The keys that can be read. */
export async function keysOf(texts: readonly string[]): Promise<NoteKey[]> {
  return (await Promise.all(texts.map(parseVerifierKey))).filter((key): key is NoteKey => key !== null)
}

/** Each signature that came with the record: in the log like the record, by a key that is in the log as well. */
async function signaturePoints({ signatures = [], payload }: ProofFile, trusted: Trusted): Promise<Point[]> {
  const holds = async (part: LeafPart) => {
    const points = [await contentPoint(part), ...(await logPoints(part, trusted))]
    return part.payload !== undefined && part.proof !== null && points.every(({ held }) => held !== false)
  }
  const points: Point[] = []
  for (const { signature, key, revoked } of signatures.slice(0, 20)) {
    const proven = (await holds(signature)) && (await holds(key)) && (!revoked || (await holds(revoked)))
    points.push(
      ...(proven
        ? await signaturePointsOf({ signature, key, ...(revoked ? { revoked } : {}) }, payload)
        : [{ held: false, text: '有一个签名，但它或它的密钥不在日志里，不能算数。' }]),
    )
  }
  return points
}

/** The same leaf in the consortium's log, under the cosignatures of enough members. */
async function consortiumPoints({ entry, consortium }: LeafPart, { consortium: trusted }: Trusted): Promise<Point[]> {
  if (!trusted) return []
  if (!consortium) return [{ held: null, text: '文件里没有联盟链的证明：存证还没有上链，或当时问不到联盟链的节点。' }]
  const proof = parseTlogProof(consortium.proof)
  const members = await keysOf(trusted.members)
  const verdict =
    proof &&
    (await checkTlogProof(proof, await hashLeaf(utf8(entry)), {
      origin: trusted.origin,
      log: null,
      witnesses: members,
      quorum: trusted.quorum,
    }))
  const signed = verdict?.witnesses.filter(({ valid }) => valid).length ?? 0
  if (proof && verdict?.ok)
    return [
      {
        held: true,
        text: `这条存证也在联盟链“${trusted.origin}”里：共 ${verdict.size} 条，它是第 ${proof.index + 1} 条，${members.length} 个成员中有 ${signed} 个签了名。`,
      },
    ]
  return [
    {
      held: false,
      text: `联盟链的证明不成立：证明对不上，或签名的成员只有 ${signed} 个，至少要 ${trusted.quorum} 个。`,
    },
  ]
}

function spoken(at: Date | undefined): string {
  return at ? at.toLocaleString('zh-CN', { timeZone: 'Asia/Shanghai', hour12: false }) : ''
}
