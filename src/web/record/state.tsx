import type { OwnKind, Row } from '../shell/catalogue.ts'
import { spokenMinute } from '../shell/time.ts'
import { Tag } from '../ui/shape.tsx'
import { stateWord } from './states.ts'

/** The state in shape and word; nothing for a record that simply is in force. */
export function StateTag({ kind, row }: { kind: OwnKind; row: Row }) {
  if (!kind.states && row.state !== 'void') return null
  const tone = row.state === 'void' ? 'unknown' : (kind.states?.tones?.[row.state] ?? 'unknown')
  return <Tag tone={tone}>{stateWord(kind, row)}</Tag>
}

/** Recorded long after it happened: when that was, where the list says when it happened. */
export function Late({ row }: { row: Row }) {
  if (row.late !== true) return null
  return (
    <span className="tardy nowrap" title="发生很久以后才登记的">
      <Tag tone="warn">补录</Tag> {spokenMinute(row.createdAt)} 登记
    </span>
  )
}
