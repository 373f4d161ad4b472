import type { ChoiceField } from '../../language/fields/choice.ts'
import { Shape, Tag } from '../ui/shape.tsx'
import { type CellProps, type FieldView, type InputProps, problemAt } from './field-view.ts'

/** Up to this many options all stand in sight; more are a list. */
export const inSightMax = 8

function ChoiceInput({ id, at, field, value, onChange, problems, compact }: InputProps<ChoiceField>) {
  const options = Object.entries(field.options).filter(
    ([option]) => option === value || !field.retired?.includes(option),
  )
  const invalid = problemAt(problems, at) !== undefined
  if (compact || options.length > inSightMax)
    return (
      <select
        id={id}
        className="in"
        value={String(value ?? '')}
        onChange={(event) => onChange(event.target.value || undefined)}
        aria-label={compact ? field.title : undefined}
        aria-invalid={invalid}
      >
        <option value="">请选择</option>
        {options.map(([option, word]) => (
          <option key={option} value={option}>
            {word}
          </option>
        ))}
      </select>
    )
  return (
    <span
      className={`segments ${options.length > 3 ? 'many' : ''}`}
      role="radiogroup"
      data-invalid={invalid || undefined}
    >
      {options.map(([option, word], index) => (
        <label key={option} className={field.tones?.[option] ?? 'plain'}>
          <input
            type="radio"
            id={index === 0 ? id : undefined}
            name={id}
            checked={value === option}
            onChange={() => onChange(option)}
          />
          {word}
        </label>
      ))}
      {!field.required && value !== undefined && (
        <button type="button" className="link" onClick={() => onChange(undefined)}>
          不填
        </button>
      )}
    </span>
  )
}

function ChoiceCell({ field, value }: CellProps<ChoiceField>) {
  const word = field.options[String(value)] ?? String(value)
  const tone = field.tones?.[String(value)]
  if (!tone) return <span className="nowrap">{word}</span>
  // What is as it should be stays quiet, so that what is not stands out in a long list.
  return tone === 'good' ? (
    <span className="fine">
      <Shape tone="good" />
      {word}
    </span>
  ) : (
    <Tag tone={tone}>{word}</Tag>
  )
}

export const choiceView: FieldView<ChoiceField> = {
  Input: ChoiceInput,
  plain: (value, field) => field.options[String(value)] ?? String(value),
  Cell: ChoiceCell,
}
