import type { RecordOf } from '../../../language/index.ts'
import { raiseNotice } from '../../../platform/feed/notice.ts'
import type { Reaction } from '../../../platform/operation.ts'
import { materialReceipt } from '../records/material-receipt.ts'

/** A lot that came in without a certificate, or failed, is put before the factory and its county. */
export const notifyUnprovenReceipt: Reaction = {
  name: 'notify-unproven-receipt',
  kinds: [materialReceipt.name],
  async react(sql, change) {
    if (change.version !== 1) return
    const { lots } = change.image as RecordOf<typeof materialReceipt>
    const wrong = lots.filter((lot) => lot.conformity !== 'passed')
    const first = wrong[0]
    if (!first) return
    const failed = wrong.some((lot) => lot.conformity === 'failed')
    const more = wrong.length > 1 ? `等 ${wrong.length} 批` : ''
    await raiseNotice(sql, change, {
      level: failed ? 'bad' : 'warn',
      title: `${failed ? '进货不合格' : '进货没有合格证明'}：${first.name} ${first.lot}${more}`,
      detail: first.disposal ?? undefined,
    })
  },
}
