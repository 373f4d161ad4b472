import {
  type Checkpoint,
  checkSignature,
  continues,
  cosignatureLine,
  fromBase64,
  type NoteKey,
  parseCheckpoint,
  parseNote,
} from '../../standards/tlog/index.ts'
import type { Signer } from '../log.ts'

/** What a witness remembers of a log: the largest head it cosigned. Taking a new one is atomic and durable. */
export type WitnessMemory = {
  latest(origin: string): Promise<{ size: number; root: Uint8Array } | undefined>
  /** Puts the new head in place of `expected` (0: none yet); false where another came first. */
  advance(origin: string, expectedSize: number, head: Checkpoint): Promise<boolean>
}

export type WitnessAnswer = { status: number; body: string; type: 'text/plain; charset=utf-8' | 'text/x.tlog.size' }

const plain = (status: number, body: string): WitnessAnswer => ({ status, body, type: 'text/plain; charset=utf-8' })

/**
 * One `add-checkpoint` request, judged as C2SP tlog-witness demands: the head must be the known log's, signed by it, and
 * continue what this witness last saw. `rejected` hears of a valid signature over a head that does not: proof of a fork.
 */
export async function addCheckpoint(
  body: string,
  logs: ReadonlyMap<string, readonly NoteKey[]>,
  memory: WitnessMemory,
  signer: Signer,
  now: Date,
  rejected: (reason: string, body: string) => void = () => {},
): Promise<WitnessAnswer> {
  const request = readRequest(body)
  if (!request) return plain(400, 'malformed request\n')
  const { oldSize, path, note, head } = request
  const keys = logs.get(head.origin)
  if (!keys) return plain(404, 'unknown log\n')
  // While a log changes from one key to the next, either will do.
  const verdicts = await Promise.all(keys.map((key) => checkSignature(note, key)))
  if (!verdicts.some((verdict) => verdict?.valid)) return plain(403, 'no valid signature of the log\n')
  if (oldSize > head.size) return plain(400, 'old size is larger than the checkpoint\n')
  const latest = (await memory.latest(head.origin)) ?? { size: 0, root: undefined }
  if (oldSize !== latest.size) return { status: 409, body: `${latest.size}\n`, type: 'text/x.tlog.size' }
  if (latest.root && !(await continues({ size: latest.size, root: latest.root }, head, path))) {
    rejected(oldSize === head.size ? 'two heads of one size' : 'the head does not continue the last one', body)
    return oldSize === head.size
      ? { status: 409, body: `${latest.size}\n`, type: 'text/x.tlog.size' }
      : plain(422, 'the consistency proof does not verify\n')
  }
  if (!latest.root && path.length > 0) return plain(422, 'a proof from the empty tree is empty\n')
  if (!(await memory.advance(head.origin, latest.size, head)))
    return { status: 409, body: `${(await memory.latest(head.origin))?.size ?? 0}\n`, type: 'text/x.tlog.size' }
  return plain(200, await cosignatureLine(signer, note.text, BigInt(Math.floor(now.getTime() / 1000))))
}

function readRequest(body: string) {
  const blank = body.indexOf('\n\n')
  const [first = '', ...lines] = body.slice(0, Math.max(blank, 0)).split('\n')
  const old = /^old (0|[1-9][0-9]{0,15})$/.exec(first)
  const path = lines.map(fromBase64)
  if (!old || path.length > 63 || path.some((hash) => hash?.length !== 32)) return null
  const note = parseNote(body.slice(blank + 2))
  const head = note && parseCheckpoint(note.text)
  return head && { oldSize: Number(old[1]), path: path as Uint8Array[], note, head }
}
