import type { InstantField } from '../../language/fields/instant.ts'
import { ageOf, instantAt, minuteOf, secondOf } from '../shell/time.ts'
import { type FieldView, type InputProps, problemAt } from './field-view.ts'
import { DayPicker } from './pick.tsx'

function InstantInput({ id, at, field, value, onChange, onBlur, problems, compact }: InputProps<InstantField>) {
  const minute = typeof value === 'string' ? minuteOf(value) : undefined
  return (
    <DayPicker
      id={id}
      time
      value={minute}
      onChange={(next) => onChange(next ? instantAt(next.slice(0, 10), next.slice(11, 16)) : undefined)}
      onBlur={onBlur}
      invalid={problemAt(problems, at) !== undefined}
      label={compact ? field.title : undefined}
      describedBy={`${id}-more`}
    />
  )
}

export const instantView: FieldView<InstantField> = {
  Input: InstantInput,
  plain: (value) => minuteOf(String(value)),
  Cell: ({ value }) => (
    <time className="nowrap" dateTime={String(value)} title={`${secondOf(String(value))}，${ageOf(String(value))}前`}>
      {minuteOf(String(value))}
    </time>
  ),
}
