import type { DayField } from '../../language/fields/day.ts'
import { weekdayOf } from '../shell/time.ts'
import { type FieldView, type InputProps, problemAt } from './field-view.ts'
import { DayPicker } from './pick.tsx'

function DayInput({ id, at, field, value, onChange, onBlur, problems, compact }: InputProps<DayField>) {
  return (
    <DayPicker
      id={id}
      value={typeof value === 'string' ? value : undefined}
      onChange={onChange}
      onBlur={onBlur}
      invalid={problemAt(problems, at) !== undefined}
      label={compact ? field.title : undefined}
      describedBy={`${id}-more`}
    />
  )
}

export const dayView: FieldView<DayField> = {
  Input: DayInput,
  plain: (value) => String(value),
  Cell: ({ value }) => <time className="nowrap">{String(value)}</time>,
  Full: ({ value }) => (
    <time>
      {String(value)} <span className="muted">{weekdayOf(String(value))}</span>
    </time>
  ),
}
