import { randomBytes } from 'node:crypto'
import { type Checkpoint, checkSignature, type NoteKey, parseCheckpoint, parseNote } from '../standards/tlog/index.ts'
import { type Signer, writeTransaction } from './transaction.ts'

/** How one node took a transaction: see codes.ts. `full` means: come back later; `known`: it has it already. */
export type Taken = { code: number; log: string; full: boolean; known: boolean }

/** Hands a transaction to a node, which checks it and passes it on. It is in the log only once a block holds it. */
export async function submit(rpc: string, transaction: Buffer): Promise<Taken> {
  const answer = await fetch(rpc, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'broadcast_tx_sync',
      params: { tx: transaction.toString('base64') },
    }),
  })
  const { result, error } = (await answer.json()) as {
    result?: { code: number; log: string }
    error?: { data?: string; message: string }
  }
  if (result) return { ...result, full: false, known: false }
  const why = `${error?.message ?? ''} ${error?.data ?? ''}`
  return { code: -1, log: why, full: /mempool is full/.test(why), known: /already exists in cache/.test(why) }
}

/** A transaction that seals leaf hashes. */
export function sealing(hashes: readonly Uint8Array[], signer: Signer): Buffer {
  return writeTransaction('seal', Buffer.concat(hashes), randomBytes(8), signer)
}

/** A head that enough members cosigned, and whoever cosigned another one of the same height. */
export type Agreed = { height: number; head: Checkpoint; note: string; members: string[]; differing: string[] }

const patienceMs = 3000

/** One answer of a node's query service; undefined where it is not there or knows nothing of it. */
export async function askNode<Answer>(query: string, path: string): Promise<Answer | undefined> {
  try {
    const answer = await fetch(`${query}${path}`, { signal: AbortSignal.timeout(patienceMs) })
    if (answer.status !== 200) return undefined
    const isText = answer.headers.get('content-type')?.startsWith('text/')
    return (isText ? await answer.text() : await answer.json()) as Answer
  } catch {
    return undefined
  }
}

/**
 * Joins the members' cosignatures of the newest head that a quorum of nodes has reached. Undefined where no head has
 * enough of them.
 */
export async function agreedCheckpoint(
  queries: readonly string[],
  members: readonly NoteKey[],
  quorum: number,
): Promise<Agreed | undefined> {
  const statuses = await Promise.all(queries.map((url) => askNode<{ height: number }>(url, '/status')))
  const heights = statuses.flatMap((status) => (status ? [status.height] : [])).sort((a, b) => b - a)
  const height = heights[quorum - 1] ?? 0
  if (height === 0) return undefined
  const notes = await Promise.all(queries.map((url) => askNode<string>(url, `/checkpoint/${height}`)))
  const byText = new Map<string, Map<string, string>>()
  for (const text of notes) {
    const note = parseNote(text ?? '')
    for (const key of note ? members : []) {
      if (!note || !(await checkSignature(note, key))?.valid) continue
      const line = note.signatures.find(({ name }) => name === key.name)?.line ?? ''
      byText.set(note.text, (byText.get(note.text) ?? new Map<string, string>()).set(key.name, line))
    }
  }
  const [text, lines] = [...byText].find(([, lines]) => lines.size >= quorum) ?? []
  const head = parseCheckpoint(text ?? '')
  if (!text || !lines || !head) return undefined
  const differing = [...byText].flatMap(([other, names]) => (other === text ? [] : [...names.keys()]))
  return { height, head, note: `${text}\n${[...lines.values()].join('')}`, members: [...lines.keys()], differing }
}
