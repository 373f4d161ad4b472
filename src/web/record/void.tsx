import { useQueryClient } from '@tanstack/react-query'
import { waiting } from '../outbox/item.ts'
import { sendOrKeep } from '../outbox/send.ts'
import type { OwnKind, Row } from '../shell/catalogue.ts'
import { useSession } from '../shell/session.tsx'
import { say } from '../ui/toast.tsx'
import { uuidv7 } from './id.ts'
import { ReasonDialog } from './reason.tsx'
import { titleOf, useRecordWords } from './words.ts'

/** Nothing is deleted: a record is voided with a reason, and stays to be seen. Without a network it waits to be sent. */
export function VoidDialog({ kind, row, onClose }: { kind: OwnKind; row: Row; onClose(): void }) {
  const client = useQueryClient()
  const { actor } = useSession()
  const words = useRecordWords(row.titles ?? {})
  const run = async (reason: string) => {
    const item = waiting({
      account: actor.account,
      id: uuidv7(),
      kind: kind.name,
      kindTitle: kind.title,
      title: titleOf(kind, row, words),
      act: 'void',
      recordId: row.id,
      body: { reason },
      base: row,
      titles: row.titles ?? {},
    })
    const done = await sendOrKeep(item)
    await client.invalidateQueries({ predicate: (query) => query.queryKey[1] === kind.name })
    say(done ? '已作废' : '没有网络，作废已存在本机，恢复后自动送出')
    onClose()
  }
  return (
    <ReasonDialog title={`作废这条${kind.title}？`} act="作废" acting="正在作废…" danger run={run} onClose={onClose}>
      作废后不能恢复，记录和原因会一直保留，监管人员能看到。
    </ReasonDialog>
  )
}
