import type { Reaction } from '../../../platform/operation.ts'
import { liftHold } from '../../../trace/index.ts'
import { recallOrder } from '../records/recall-order.ts'
import { releaseGoods } from './hold-goods.ts'

/** A recall that was evaluated watches its goods no longer, and they stay recalled; one entered by mistake is taken back. */
export const endHold: Reaction = {
  name: 'end-hold',
  kinds: [recallOrder.name],
  async react(sql, change) {
    const { state } = change.image
    if (state === 'void') await releaseGoods(sql, change)
    if (state === 'closed' || state === 'void') await liftHold(sql, change.id, change.at)
  },
}
