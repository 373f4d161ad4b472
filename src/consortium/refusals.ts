import { type Code, codes } from './codes.ts'
import { readTransaction, transactionId } from './transaction.ts'

/** What a node refused, summed up by reason and by whose key it bore. */
export type Refusal = {
  reason: 'malformed' | 'stranger' | 'signature' | 'replayed' | 'vote' | 'forked'
  /** The key that the transaction names, in hexadecimal; whether it was really its holder is what could not be shown. */
  signer: string
  count: number
  firstAt: string
  lastAt: string
  /** The last such transaction. */
  id: string
}

const reasons: Readonly<Partial<Record<Code, Refusal['reason']>>> = {
  [codes.malformed]: 'malformed',
  [codes.stranger]: 'stranger',
  [codes.signature]: 'signature',
  [codes.repeated]: 'replayed',
  [codes.vote]: 'vote',
  [codes.forked]: 'forked',
}

/** Whoever hands in to all nodes at once is told "known" by the later ones; long after, it is somebody's replay. */
export const replayAfterSeconds = 60
const keptMax = 200

/** Notes what is refused when it is handed in; passes each sum on as it changes. What comes too early is no offence. */
export function noteRefusals(
  blockTimeOf: (id: Buffer) => number | undefined,
  pass: (refusal: Refusal) => void,
  now: () => Date = () => new Date(),
): (code: Code, bytes: Uint8Array) => void {
  const sums = new Map<string, Refusal>()
  return (code, bytes) => {
    const reason = reasons[code]
    if (!reason) return
    const at = now()
    const id = transactionId(bytes)
    if (reason === 'replayed' && at.getTime() / 1000 - (blockTimeOf(id) ?? 0) < replayAfterSeconds) return
    const signer = readTransaction(bytes)?.signer.toString('hex') ?? ''
    const known = sums.get(`${reason} ${signer}`)
    if (!known && sums.size >= keptMax) return
    const sum: Refusal = {
      reason,
      signer,
      count: (known?.count ?? 0) + 1,
      firstAt: known?.firstAt ?? at.toISOString(),
      lastAt: at.toISOString(),
      id: id.toString('hex'),
    }
    sums.set(`${reason} ${signer}`, sum)
    pass(sum)
  }
}
