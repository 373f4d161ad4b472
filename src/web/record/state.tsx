import type { OwnKind, Row } from '../shell/catalogue.ts'
import { Tag } from '../ui/shape.tsx'
import { stateWord } from './states.ts'

/** The state in shape and word; nothing for a record that simply is in force. Recorded late is said beside it. */
export function StateTags({ kind, row }: { kind: OwnKind; row: Row }) {
  const tone = row.state === 'void' ? 'unknown' : (kind.states?.tones?.[row.state] ?? 'unknown')
  return (
    <>
      {(kind.states || row.state === 'void') && <Tag tone={tone}>{stateWord(kind, row)}</Tag>}
      {row.late === true && (
        <span title="发生很久以后才登记的">
          <Tag tone="warn">补录</Tag>
        </span>
      )}
    </>
  )
}
