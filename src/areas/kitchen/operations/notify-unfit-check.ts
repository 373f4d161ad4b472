import type { RecordOf } from '../../../language/index.ts'
import { raiseNotice } from '../../../platform/feed/notice.ts'
import type { Reaction } from '../../../platform/operation.ts'
import { morningCheck } from '../records/morning-check.ts'

/**
 * Somebody who must not work today is put before the canteen and its county. Neither the person nor what ails him is
 * said: both are sealed, and a notice is read by many.
 */
export const notifyUnfitCheck: Reaction = {
  name: 'notify-unfit-check',
  kinds: [morningCheck.name],
  async react(sql, change) {
    const check = change.image as RecordOf<typeof morningCheck>
    if (change.version !== 1 || check.result !== 'unfit') return
    await raiseNotice(sql, change, {
      level: 'info',
      title: '晨检有人暂停上岗',
      detail: check.measure ?? undefined,
    })
  },
}
