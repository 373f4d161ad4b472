import type { NumberField } from '../../language/fields/number.ts'
import { type FieldView, type InputProps, problemAt } from './field-view.ts'

/** Full-width digits as Chinese keyboards give them become plain ones. */
export function halfWidth(text: string): string {
  return text.normalize('NFKC').replaceAll('。', '.').replaceAll('−', '-').trim()
}

function NumberInput({ id, at, field, value, onChange, onBlur, problems, compact }: InputProps<NumberField>) {
  return (
    <input
      id={id}
      className="in number"
      inputMode="numeric"
      autoComplete="off"
      value={value === undefined || value === null ? '' : String(value)}
      onBlur={onBlur}
      onChange={(event) => {
        const text = halfWidth(event.target.value)
        onChange(text === '' ? undefined : /^-?\d{1,15}$/.test(text) ? Number(text) : text)
      }}
      aria-invalid={problemAt(problems, at) !== undefined}
      aria-label={compact ? field.title : undefined}
      aria-describedby={`${id}-more`}
    />
  )
}

export const numberView: FieldView<NumberField> = {
  Input: NumberInput,
  plain: (value) => String(value),
  align: 'right',
}
