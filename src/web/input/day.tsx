import type { DayField } from '../../language/fields/day.ts'
import { dayOf, weekdayOf } from '../shell/time.ts'
import { Tag } from '../ui/shape.tsx'
import { endSoon } from './end-soon.ts'
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

/** A day until which something holds, and which is renewed, says when it comes near. */
const endOf = (value: unknown, field: DayField, warnDays?: readonly number[]) =>
  field.renewal ? endSoon(String(value), dayOf(Date.now()), warnDays) : null

export const dayView: FieldView<DayField> = {
  Input: DayInput,
  plain: (value) => String(value),
  Cell: ({ value, field, words }) => {
    const end = endOf(value, field, words.warnDays)
    return end ? <Tag tone={end.tone}>{`${value} ${end.text}`}</Tag> : <time className="nowrap">{String(value)}</time>
  },
  Full: ({ value, field, words }) => {
    const end = endOf(value, field, words.warnDays)
    return (
      <time>
        {String(value)} <span className="muted">{weekdayOf(String(value))}</span>{' '}
        {end && (
          <span className="fromnow">
            <Tag tone={end.tone}>{end.text}</Tag>
          </span>
        )}
      </time>
    )
  },
}
