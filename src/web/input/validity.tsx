import type { Validity, ValidityField } from '../../language/fields/validity.ts'
import { dayOf } from '../shell/time.ts'
import { Tag } from '../ui/shape.tsx'
import { endSoon } from './end-soon.ts'
import { type CellProps, type FieldView, type InputProps, problemAt } from './field-view.ts'
import { DayPicker } from './pick.tsx'

function ValidityInput({ id, at, field, value, onChange, onBlur, problems }: InputProps<ValidityField>) {
  const given = (value ?? {}) as Partial<Validity>
  const set = (change: Partial<Validity>) => {
    const next = { ...given, ...change }
    onChange(next.from || next.until ? next : undefined)
  }
  return (
    <span className="range">
      <DayPicker
        id={id}
        value={given.from}
        onChange={(from) => set({ from })}
        onBlur={onBlur}
        invalid={problemAt(problems, `${at}/from`) !== undefined || problems.has(at)}
        label={`${field.title}：从`}
        describedBy={`${id}-more`}
      />
      <i>至</i>
      <DayPicker
        value={given.until}
        onChange={(until) => set({ until })}
        onBlur={onBlur}
        invalid={problemAt(problems, `${at}/until`) !== undefined}
        label={`${field.title}：到，不填为长期`}
      />
    </span>
  )
}

function ValidityCell({ value, words }: CellProps<ValidityField>) {
  const { from, until } = value as Validity
  const today = dayOf(Date.now())
  const end = endSoon(until, today, words.warnDays)
  if (end) return <Tag tone={end.tone}>{`${until} ${end.text}`}</Tag>
  return (
    <span className="nowrap" title={`从 ${from} 起`}>
      {until ? `至 ${until}` : '长期'}
      {from > today && <span className="muted">，{from} 起</span>}
    </span>
  )
}

const plain = (value: unknown) => {
  const { from, until } = value as Validity
  return until ? `${from} 至 ${until}` : `${from} 起长期`
}

export const validityView: FieldView<ValidityField> = {
  Input: ValidityInput,
  plain,
  Cell: ValidityCell,
  Full: ({ value, words }) => {
    const { from, until } = value as Validity
    const end = endSoon(until, dayOf(Date.now()), words.warnDays)
    return (
      <span>
        <span className="nowrap">{from}</span> <span className="nowrap">{until ? `至 ${until}` : '起长期'}</span>{' '}
        {end && (
          <span className="fromnow">
            <Tag tone={end.tone}>{end.text}</Tag>
          </span>
        )}
      </span>
    )
  },
}
