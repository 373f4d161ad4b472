import { Due } from '../casework/task-table.tsx'
import type { OwnKind, Row } from '../shell/catalogue.ts'
import { spokenMinute } from '../shell/time.ts'
import { DrillPage } from './drill.tsx'
import './recall.css'

/** Beside what one holder has to do in a recall: how long is left, first to acknowledge, then to finish. */
export default function AnswerDue({ kind, row }: { kind: OwnKind; row: Row }) {
  const [first, , last] = Object.keys(kind.states?.names ?? {})
  if (row.state === 'void' || row.state === 'verified') return null
  const name = row.state === first ? 'dueAt' : 'finishBy'
  const at = typeof row[name] === 'string' ? row[name] : null
  return (
    <aside className="card answerdue">
      {row.mode === 'drill' && <DrillPage />}
      <h2>{kind.fields[name]?.title}</h2>
      <p>
        <Due dueAt={at} />
      </p>
      <p className="sub">
        {row.state === last
          ? '已报告，等监管部门核实'
          : `${at ? `${spokenMinute(at)} 前` : ''}${row.state === first ? '确认收到，写明停售封存情况' : '报告追回和销毁数量'}`}
      </p>
    </aside>
  )
}
