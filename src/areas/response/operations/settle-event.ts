import type { Reaction } from '../../../platform/operation.ts'
import { settleDoubt } from '../../../trace/index.ts'
import { unconfirmedEvent } from '../records/unconfirmed-event.ts'

/** What was answered about an event takes effect: confirmed, it counts; found untrue, it stays without effect. */
export const settleEvent: Reaction = {
  name: 'settle-event',
  kinds: [unconfirmedEvent.name],
  async react(sql, { image, at }) {
    const { state, eventId, claim, reporter } = image as Record<'state' | 'eventId' | 'claim' | 'reporter', string>
    if (state === 'open') return
    const outcome = state === 'rejected' || state === 'void' ? 'rejected' : 'confirmed'
    await settleDoubt(sql, eventId, {
      declared: claim === 'error',
      reporter,
      outcome,
      lasting: state === 'trusted',
      at,
    })
  },
}
