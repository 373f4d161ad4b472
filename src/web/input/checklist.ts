import type { PlainFields } from '../../language/fields/index.ts'
import type { LinesField } from '../../language/fields/lines.ts'

type Line = Record<string, unknown>

/** Lines that answer a template's points: what the template says of one, the finding, and what is said of the finding. */
export type Checklist = { given: string[]; verdict: string; rest: string[]; good?: string }

/** The parts of lines that begin as a template's: the first choice with tones is the finding, what stands before it is given. */
export function checklistOf(field: LinesField<PlainFields>): Checklist | undefined {
  if (!field.begins) return undefined
  const names = Object.keys(field.fields).filter((name) => !field.fields[name]?.derived)
  const at = names.findIndex((name) => {
    const inner = field.fields[name]
    return inner?.type === 'choice' && !!inner.tones
  })
  const verdict = names[at]
  const choice = verdict ? field.fields[verdict] : undefined
  if (!verdict || choice?.type !== 'choice' || at === 0) return undefined
  const good = Object.keys(choice.options).find((option) => choice.tones?.[option] === 'good')
  return { given: names.slice(0, at), verdict, rest: names.slice(at + 1), good }
}

/** The lines with the good finding where none was entered yet. */
export function restIsGood(lines: readonly Line[], { verdict, good }: Checklist): Line[] {
  return lines.map((line) => (line[verdict] === undefined ? { ...line, [verdict]: good } : line))
}
