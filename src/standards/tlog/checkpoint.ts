import { fromBase64, toBase64, wholeNumber } from './bytes.ts'

/** A Merkle tree head: which log, how many leaves, which root (C2SP tlog-checkpoint). */
export type Checkpoint = { origin: string; size: number; root: Uint8Array<ArrayBuffer> }

/** The text that the log signs. */
export function formatCheckpoint({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${toBase64(root)}\n`
}

/** Reads a checkpoint's text; lines after the third are extensions and left alone. Null where it is malformed. */
export function parseCheckpoint(text: string): Checkpoint | null {
  if (!text.endsWith('\n')) return null
  const lines = text.slice(0, -1).split('\n')
  const [origin, size, root] = lines
  const count = wholeNumber(size ?? '')
  const hash = fromBase64(root ?? '')
  if (!origin || count === null || hash?.length !== 32 || lines.some((line) => line === '')) return null
  return { origin, size: count, root: hash }
}
