import type { Reaction } from '../../../platform/operation.ts'
import { allowReturns, liftHold, takeTurn } from '../../../trace/index.ts'
import { recallOrder } from '../records/recall-order.ts'
import { glnsOf, releaseGoods } from './hold-goods.ts'

/**
 * Where held goods may go follows the order. A recall that was evaluated watches its goods no longer, and they stay recalled; one entered by mistake is
 * taken back.
 */
export const endHold: Reaction = {
  name: 'end-hold',
  kinds: [recallOrder.name],
  async react(sql, change) {
    const { state, subject, disposer } = change.image
    await allowReturns(sql, change.id, await glnsOf(sql, [subject, disposer] as string[]))
    if (state === 'void' || state === 'closed') await takeTurn(sql)
    if (state === 'void') await releaseGoods(sql, change)
    if (state === 'closed' || state === 'void') await liftHold(sql, change.id, change.at)
  },
}
