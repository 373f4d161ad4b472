import type { Role, Transition } from '../../language/kind.ts'
import { openStates, statesOf } from '../../language/kind.ts'
import type { OwnKind, Row } from '../shell/catalogue.ts'
import { Tag } from '../ui/shape.tsx'

/** Whether the record's fields may be changed in its state. */
export function isOpen(kind: OwnKind, row: Row): boolean {
  return openStates(kind).includes(row.state)
}

/** The steps that this role may take from the record's state. */
export function stepsOf(kind: OwnKind, row: Row, role: Role): Transition[] {
  return (kind.states?.transitions ?? []).filter((step) => step.from.includes(row.state) && step.by.includes(role))
}

/** Fields that only a later step of the record's life asks for: a form in this state leaves them out. */
export function laterFields(kind: OwnKind, state: string): ReadonlySet<string> {
  const steps = kind.states?.transitions ?? []
  const now = new Set(steps.filter((step) => step.from.includes(state)).flatMap((step) => step.asks ?? []))
  const asked = steps.flatMap((step) => step.asks ?? [])
  return new Set(asked.filter((name) => !now.has(name) && !kind.fields[name]?.required))
}

/** Fields that only steps ask for: what they hold is said once it is there. */
export function stepFields(kind: OwnKind): ReadonlySet<string> {
  return new Set(
    (kind.states?.transitions ?? []).flatMap((step) => step.asks ?? []).filter((name) => !kind.fields[name]?.required),
  )
}

/** A new record's sections; those that steps of its life ask for are folded away until they are wanted. */
export function newSections<Of extends { fields: readonly string[] }>(
  kind: OwnKind,
  sections: readonly Of[],
): (Of & { later: boolean })[] {
  const asked = new Set((kind.states?.transitions ?? []).flatMap((step) => step.asks ?? []))
  const isLater = (name: string) => !!kind.fields[name]?.derived || (asked.has(name) && !kind.fields[name]?.required)
  return sections.map((section) => ({
    ...section,
    later: section.fields.every(isLater) && section.fields.some((name) => asked.has(name)),
  }))
}

/** Every state a list may be narrowed to, with its word. */
export function stateOptions(kind: OwnKind): { value: string; label: string }[] {
  const own = statesOf(kind).map((state) => ({ value: state, label: kind.states?.names[state] ?? '有效' }))
  return [...own, { value: 'void', label: '已作废' }]
}

export function stateWord(kind: OwnKind, row: Row): string {
  return row.state === 'void' ? '已作废' : (kind.states?.names[row.state] ?? '有效')
}

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
