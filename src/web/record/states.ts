import { isAsked } from '../../language/field.ts'
import type { Kind, Role, Transition } from '../../language/kind.ts'
import { openStates, statesOf } from '../../language/kind.ts'
import type { Row } from '../shell/row.ts'

/** A kind as far as its records' life goes. */
type Lived = Pick<Kind, 'fields' | 'states'>

/** Whether the record's fields may be changed in its state. */
export function isOpen(kind: Lived, row: Row): boolean {
  return openStates(kind).includes(row.state)
}

/** The steps that this role may take from the record's state. */
export function stepsOf(kind: Lived, row: Row, role: Role): Transition[] {
  return (kind.states?.transitions ?? []).filter((step) => step.from.includes(row.state) && step.by.includes(role))
}

/**
 * The step that takes rows back to where another step found them, where it is the role's and neither asks for anything: a
 * device that was stopped is started again. What was said of a record is not unsaid.
 */
export function stepBack(kind: Lived, step: Transition, rows: readonly Row[], role: Role): Transition | undefined {
  const bare = ({ asks, needs }: Transition) => !asks?.length && !needs?.length
  if (!bare(step)) return undefined
  return kind.states?.transitions.find(
    (each) =>
      bare(each) && each.by.includes(role) && each.from.includes(step.to) && rows.every((row) => row.state === each.to),
  )
}

/** Fields that only a later step of the record's life asks for: a form in this state leaves them out. */
export function laterFields(kind: Lived, state: string): ReadonlySet<string> {
  const steps = kind.states?.transitions ?? []
  const now = new Set(steps.filter((step) => step.from.includes(state)).flatMap((step) => step.asks ?? []))
  const asked = steps.flatMap((step) => step.asks ?? [])
  return new Set(asked.filter((name) => !now.has(name) && !kind.fields[name]?.required))
}

/** Fields that only steps ask for: what they hold is said once it is there. */
export function stepFields(kind: Lived): ReadonlySet<string> {
  return new Set(
    (kind.states?.transitions ?? []).flatMap((step) => step.asks ?? []).filter((name) => !kind.fields[name]?.required),
  )
}

/** A new record's sections; those that steps of its life ask for are folded away until they are wanted. */
export function newSections<Of extends { fields: readonly string[] }>(
  kind: Lived,
  sections: readonly Of[],
): (Of & { later: boolean })[] {
  const asked = new Set((kind.states?.transitions ?? []).flatMap((step) => step.asks ?? []))
  const isLater = (name: string) =>
    !(kind.fields[name] && isAsked(kind.fields[name])) || (asked.has(name) && !kind.fields[name]?.required)
  return sections.map((section) => ({
    ...section,
    later: section.fields.every(isLater) && section.fields.some((name) => asked.has(name)),
  }))
}

/** Every state a list may be narrowed to, with its word. */
export function stateOptions(kind: Lived): { value: string; label: string }[] {
  const own = statesOf(kind).map((state) => ({ value: state, label: kind.states?.names[state] ?? '有效' }))
  return [...own, { value: 'void', label: '已作废' }]
}

export function stateWord(kind: Lived, row: Row): string {
  return row.state === 'void' ? '已作废' : (kind.states?.names[row.state] ?? '有效')
}
