import type { Fields } from '../../language/fields/index.ts'
import { plainOf, type Words } from '../input/index.tsx'
import type { OwnKind, Row } from '../shell/catalogue.ts'
import { isSame } from './content.ts'
import { stateWord } from './state.tsx'

/** One thing that changed; lines that are filled for the first time come as one, and say themselves when they are opened. */
export type Difference = { title: string; before: string; after: string; lines?: readonly string[] }

type Line = Record<string, unknown>

function lineDifferences(title: string, fields: Fields, before: Line[], after: Line[], words: Words): Difference[] {
  const said = (line: Line) =>
    Object.entries(fields)
      .map(([name, field]) => plainOf(field, line[name], words))
      .filter(Boolean)
      .join('，')
  if (before.length === 0 && after.length > 1)
    return [{ title, before: '', after: `填了 ${after.length} 行`, lines: after.map(said) }]
  return Array.from({ length: Math.max(before.length, after.length) }, (_, index) => {
    const [old, next] = [before[index], after[index]]
    const place = `${title} 第 ${index + 1} 行`
    if (!old && next) return [{ title: place, before: '', after: said(next) }]
    if (old && !next) return [{ title: place, before: said(old), after: '' }]
    return differences(fields, old as Line, next as Line, words).map((each) => ({
      ...each,
      title: `${place} · ${each.title}`,
    }))
  }).flat()
}

/** What changed from one content to another, in words. */
export function differences(fields: Fields, before: Line, after: Line, words: Words): Difference[] {
  return Object.entries(fields).flatMap(([name, field]) => {
    const [old, next] = [before[name], after[name]]
    if (isSame(old, next)) return []
    if (field.type === 'lines')
      return lineDifferences(field.title, field.fields, (old ?? []) as Line[], (next ?? []) as Line[], words)
    if (field.type === 'photo') {
      const [was, is] = [(old ?? []) as string[], (next ?? []) as string[]]
      const gone = was.filter((hash) => !is.includes(hash)).length
      const added = is.filter((hash) => !was.includes(hash)).length
      return [{ title: field.title, before: gone ? `去掉 ${gone} 张` : '', after: added ? `加了 ${added} 张` : '' }]
    }
    return [{ title: field.title, before: plainOf(field, old, words), after: plainOf(field, next, words) }]
  })
}

/** The same between two versions of a record, with its state. */
export function versionDifferences(kind: OwnKind, before: Row, after: Row, words: Words): Difference[] {
  const changed = differences(kind.fields, before, after, words)
  const said = (row: Row) => (row.state === 'void' ? `作废：${row.voidReason ?? ''}` : stateWord(kind, row))
  if (before.state !== after.state) changed.unshift({ title: '状态', before: said(before), after: said(after) })
  return changed
}
