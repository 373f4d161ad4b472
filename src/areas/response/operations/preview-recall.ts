import type { Operation } from '../../../platform/operation.ts'
import { clockOf } from './recall-clock.ts'
import { recallFields } from './recall-fields.ts'
import { type RecallInput, recallScope } from './recall-scope.ts'
import type { Mode, Preview } from './wire.ts'

/** 召回预览: what a recall would concern, where it is, and by when what must be done. Writes nothing. */
export const previewRecall: Operation = {
  name: 'preview-recall',
  title: '召回预览',
  help: '算出受影响的批次、持有单位和数量，不发通知，不封存。',
  fields: recallFields,
  roles: ['city', 'county', 'enterprise'],
  ofPage: true,
  async run(work, input): Promise<Preview<Date>> {
    const { level, mode } = input as { level: string; mode: Mode }
    const scope = await recallScope(work, input as RecallInput)
    const { keys: _, ...shown } = scope
    return { mode, ...shown, goodsToHold: scope.keys.length, clock: await clockOf(work.sql, level, work.now) }
  },
}
