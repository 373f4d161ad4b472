import { useState } from 'react'
import type { MoneyField } from '../../language/fields/money.ts'
import { type FieldView, type InputProps, problemAt } from './field-view.ts'
import { halfWidth } from './number.tsx'

/** Yuan as people write them -> fen; what is no amount stays text, for the check to say so. */
function fenOf(text: string): number | string | undefined {
  if (text === '') return undefined
  const parts = /^(\d{1,9})(?:\.(\d{1,2}))?$/.exec(text.replaceAll(',', ''))
  return parts ? Number(parts[1]) * 100 + Number((parts[2] ?? '').padEnd(2, '0')) : text
}

const yuanOf = (fen: unknown) =>
  typeof fen === 'number' ? (fen / 100).toFixed(2).replace(/\.00$/, '') : String(fen ?? '')

function MoneyInput({ id, at, field, value, onChange, onBlur, problems, compact }: InputProps<MoneyField>) {
  const [typed, setTyped] = useState<string>()
  const shown = typed !== undefined && fenOf(typed) === value ? typed : yuanOf(value)
  return (
    <span className="quantity">
      <input
        id={id}
        className="in number"
        inputMode="decimal"
        autoComplete="off"
        value={shown}
        onBlur={onBlur}
        onChange={(event) => {
          const text = halfWidth(event.target.value)
          setTyped(text)
          onChange(fenOf(text))
        }}
        aria-invalid={problemAt(problems, at) !== undefined}
        aria-label={compact ? field.title : undefined}
        aria-describedby={`${id}-more`}
      />
      <i>元</i>
    </span>
  )
}

export const moneyView: FieldView<MoneyField> = {
  Input: MoneyInput,
  plain: (value) => `${(Number(value) / 100).toLocaleString('en-US', { minimumFractionDigits: 2 })} 元`,
  align: 'right',
}
