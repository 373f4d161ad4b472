import { Cell, type Words } from '../input/index.tsx'
import type { OwnKind, Row } from '../shell/catalogue.ts'
import { spokenMinute } from '../shell/time.ts'
import type { Column } from './columns.ts'
import { StateTags, stateWord } from './state.tsx'

/** What a record says in one column of a list. */
export function ColumnValue(props: { kind: OwnKind; row: Row; column: Column; words: Words }) {
  const { kind, row, column, words } = props
  const { name, field } = column
  if (field) return <Cell field={field} value={row[name]} words={words} siblings={kind.fields} />
  if (name === 'ownerTitle') return words.titles[row.ownerId] ?? '—'
  if (name === 'state') return kind.states ? <StateTags kind={kind} row={row} /> : stateWord(kind, row)
  const at = String(row[name] ?? '')
  return at ? <time dateTime={at}>{spokenMinute(at)}</time> : '—'
}
