import type { Field, Fields } from '../../language/fields/index.ts'
import type { Kind } from '../../language/kind.ts'
import type { Row } from '../shell/row.ts'
import { isSame } from './content.ts'
import { stateWord } from './states.ts'

/** One thing that changed; lines that are filled for the first time come as one, and say themselves when they are opened. */
export type Difference = { title: string; before: string; after: string; lines?: readonly string[] }

type Line = Record<string, unknown>

/** A value as one line of text, as lists and exports say it; nothing for a blank. */
type Plain = (field: Field, value: unknown) => string

function lineDifferences(title: string, fields: Fields, before: Line[], after: Line[], plain: Plain): Difference[] {
  const said = (line: Line) =>
    Object.entries(fields)
      .map(([name, field]) => plain(field, line[name]))
      .filter(Boolean)
      .join('，')
  if (before.length === 0 && after.length > 1)
    return [{ title, before: '', after: `填了 ${after.length} 行`, lines: after.map(said) }]
  return Array.from({ length: Math.max(before.length, after.length) }, (_, index) => {
    const [old, next] = [before[index], after[index]]
    const place = `${title} 第 ${index + 1} 行`
    if (!old && next) return [{ title: place, before: '', after: said(next) }]
    if (old && !next) return [{ title: place, before: said(old), after: '' }]
    return differences(fields, old as Line, next as Line, plain).map((each) => ({
      ...each,
      title: `${place} · ${each.title}`,
    }))
  }).flat()
}

/** What changed from one content to another, in words. */
export function differences(fields: Fields, before: Line, after: Line, plain: Plain): Difference[] {
  return Object.entries(fields).flatMap(([name, field]) => {
    const [old, next] = [before[name], after[name]]
    if (isSame(old, next)) return []
    if (field.type === 'lines')
      return lineDifferences(field.title, field.fields, (old ?? []) as Line[], (next ?? []) as Line[], plain)
    if (field.type === 'photo') {
      const [was, is] = [(old ?? []) as string[], (next ?? []) as string[]]
      const gone = was.filter((hash) => !is.includes(hash)).length
      const added = is.filter((hash) => !was.includes(hash)).length
      return [{ title: field.title, before: gone ? `去掉 ${gone} 张` : '', after: added ? `加了 ${added} 张` : '' }]
    }
    return [{ title: field.title, before: plain(field, old), after: plain(field, next) }]
  })
}

/** The same between two versions of a record, with its state. */
export function versionDifferences(
  kind: Pick<Kind, 'fields' | 'states'>,
  before: Row,
  after: Row,
  plain: Plain,
): Difference[] {
  const changed = differences(kind.fields, before, after, plain)
  const said = (row: Row) => (row.state === 'void' ? `作废：${row.voidReason ?? ''}` : stateWord(kind, row))
  if (before.state !== after.state) changed.unshift({ title: '状态', before: said(before), after: said(after) })
  return changed
}
