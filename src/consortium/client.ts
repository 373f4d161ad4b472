import { randomBytes } from 'node:crypto'
import { type Checkpoint, checkSignature, type NoteKey, parseCheckpoint, parseNote } from '../standards/tlog/index.ts'
import { type Signer, writeTransaction } from './transaction.ts'

/** How one node took a transaction: 0 is well; see `codes` in application.ts. `full` means: come back later. */
export type Taken = { code: number; log: string; full: boolean }

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
  if (result) return { ...result, full: false }
  const why = `${error?.message ?? ''} ${error?.data ?? ''}`
  return { code: -1, log: why, full: /mempool is full/.test(why) }
}

/** A transaction that seals leaf hashes. */
export function sealing(hashes: readonly Uint8Array[], signer: Signer): Buffer {
  return writeTransaction('seal', Buffer.concat(hashes), randomBytes(8), signer)
}

/**
 * Asks every member for its newest head and joins the cosignatures that speak of the same one. Answers the largest head
 * that enough members signed; undefined where none has them.
 */
export async function agreedCheckpoint(
  queries: readonly string[],
  members: readonly NoteKey[],
  quorum: number,
): Promise<{ head: Checkpoint; note: string; members: string[] } | undefined> {
  const notes = await Promise.all(
    queries.map((url) =>
      fetch(`${url}/checkpoint`)
        .then((answer) => answer.text())
        .catch(() => ''),
    ),
  )
  const byText = new Map<string, Map<string, string>>()
  for (const text of notes) {
    const note = parseNote(text)
    for (const key of note ? members : []) {
      if (!note || !(await checkSignature(note, key))?.valid) continue
      const line = note.signatures.find(({ name }) => name === key.name)?.line ?? ''
      byText.set(note.text, (byText.get(note.text) ?? new Map()).set(key.name, line))
    }
  }
  const agreed = [...byText]
    .filter(([, lines]) => lines.size >= quorum)
    .map(([text, lines]) => ({
      head: parseCheckpoint(text),
      note: `${text}\n${[...lines.values()].join('')}`,
      members: [...lines.keys()],
    }))
    .filter((each): each is typeof each & { head: Checkpoint } => each.head !== null)
  return agreed.sort((a, b) => b.head.size - a.head.size)[0]
}
