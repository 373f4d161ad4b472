import type { Reaction } from '../../../platform/operation.ts'
import { claimEvents } from '../../../trace/index.ts'

/** An enterprise that is filed after others have reported goods under its GLN sees those events too. */
export const claimEventsOfOwner: Reaction = {
  name: 'claim-events',
  kinds: ['subject'],
  async react(sql) {
    await claimEvents(sql)
  },
}
