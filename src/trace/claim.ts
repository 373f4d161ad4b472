import type { Tx } from './scope.ts'

/**
 * Shows events that named a GLN before its owner was filed to that owner and the authorities over it. How many events.
 * Idempotent and cheap where there is nothing to do.
 */
export async function claimEvents(tx: Tx): Promise<number> {
  const [row] = await tx<{ claimed: number }[]>`select claim_events() as claimed`
  return row?.claimed ?? 0
}
