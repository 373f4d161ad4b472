import type { Quantity, QuantityField, Unit } from '../../language/fields/quantity.ts'
import { type FieldView, type InputProps, problemAt, useWords } from './field-view.ts'
import { halfWidth } from './number.tsx'

function QuantityInput({ id, at, field, value, onChange, onBlur, problems, compact }: InputProps<QuantityField>) {
  const { units } = useWords()
  const given = (value ?? { value: '', unit: field.units[0] }) as Quantity
  const wrong = problemAt(problems, at) !== undefined
  return (
    <span className="quantity" data-invalid={wrong || undefined}>
      <input
        id={id}
        className="in number"
        inputMode="decimal"
        autoComplete="off"
        value={given.value}
        onBlur={onBlur}
        onChange={(event) => onChange({ ...given, value: halfWidth(event.target.value) })}
        aria-invalid={wrong}
        aria-label={compact ? field.title : undefined}
        aria-describedby={`${id}-more`}
      />
      {field.units.length === 1 ? (
        <i>{units[given.unit] ?? given.unit}</i>
      ) : (
        <select
          className="in"
          value={given.unit}
          onChange={(event) => onChange({ ...given, unit: event.target.value as Unit })}
          aria-label={`${field.title}的单位`}
        >
          {field.units.map((unit) => (
            <option key={unit} value={unit}>
              {units[unit] ?? unit}
            </option>
          ))}
        </select>
      )}
    </span>
  )
}

export const quantityView: FieldView<QuantityField> = {
  Input: QuantityInput,
  plain(value, _, words) {
    const { value: amount, unit } = value as Quantity
    return `${amount.replace(/^(-?\d+)/, (whole) => whole.replace(/\B(?=(\d{3})+$)/g, ','))} ${words.units[unit] ?? unit}`
  },
  align: 'right',
}
