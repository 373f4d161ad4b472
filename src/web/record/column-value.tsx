import type { ReactNode } from 'react'
import { Cell, cellFlow, flowOf, plainOf, type Words } from '../input/index.tsx'
import type { OwnKind, Row } from '../shell/catalogue.ts'
import { spokenMinute } from '../shell/time.ts'
import type { Column } from './columns.ts'
import { Late, StateTag } from './state.tsx'
import { stateWord } from './states.ts'

/** Words in a column: those that are long stand on two lines at most, whole under the pointer. */
function Flow({ flow, text, children }: { flow: 'nowrap' | 'clamp'; text: string; children: ReactNode }) {
  return (
    <span className={flow} title={flow === 'clamp' ? text : undefined}>
      {children}
    </span>
  )
}

/** What a record says in one column of a list. */
export function ColumnValue(props: { kind: OwnKind; row: Row; column: Column; words: Words }) {
  const { kind, row, column, words } = props
  const { name, field } = column
  if (field)
    return (
      <>
        <Flow flow={flowOf(field, row[name], words)} text={plainOf(field, row[name], words)}>
          <Cell field={field} value={row[name]} words={words} siblings={kind.fields} />
        </Flow>
        {name === kind.timing?.occurred && <Late row={row} />}
      </>
    )
  if (name === 'ownerTitle') {
    const owner = words.titles[row.ownerId] ?? '—'
    return (
      <Flow flow={cellFlow(owner)} text={owner}>
        {owner}
      </Flow>
    )
  }
  if (name === 'state') return kind.states ? <StateTag kind={kind} row={row} /> : stateWord(kind, row)
  const at = String(row[name] ?? '')
  return at ? (
    <time className="nowrap" dateTime={at}>
      {spokenMinute(at)}
    </time>
  ) : (
    '—'
  )
}
