import type { CodeField, CodeTable } from '../../language/fields/code.ts'
import { type FieldView, type InputProps, problemAt, useWords } from './field-view.ts'
import { halfWidth } from './number.tsx'
import { Picker } from './pick.tsx'

/** Digits of a code whose length is fixed, counted while it is typed. */
const lengths: Partial<Record<CodeTable, number>> = { uscc: 18, gln: 13, 'food-licence': 16 }

function RegionInput({ id, at, field, value, onChange, onBlur, problems, compact }: InputProps<CodeField>) {
  const { regions } = useWords()
  return (
    <Picker
      id={id}
      showSearch={{ optionFilterProp: 'label' }}
      placeholder="请选择"
      value={value ?? null}
      options={Object.entries(regions).map(([code, title]) => ({ value: code, label: title }))}
      onChange={(next) => onChange(next ?? undefined)}
      onBlur={onBlur}
      allowClear={!field.required}
      status={problemAt(problems, at) ? 'error' : undefined}
      aria-label={compact ? field.title : undefined}
    />
  )
}

function CodeInput(props: InputProps<CodeField>) {
  const { id, at, field, value, onChange, onBlur, problems, compact } = props
  if (field.table === 'region') return <RegionInput {...props} />
  const text = typeof value === 'string' ? value : ''
  const length = lengths[field.table]
  return (
    <span className="code">
      <input
        id={id}
        className="in mono"
        autoComplete="off"
        autoCapitalize="characters"
        spellCheck={false}
        inputMode={field.table === 'gtin' || field.table === 'gln' ? 'numeric' : undefined}
        value={text}
        onBlur={onBlur}
        onChange={(event) => onChange(halfWidth(event.target.value).toUpperCase().replace(/\s/g, '') || undefined)}
        aria-invalid={problemAt(problems, at) !== undefined}
        aria-label={compact ? field.title : undefined}
        aria-describedby={`${id}-more`}
      />
      {length && !compact && text && text.length !== length && (
        <i>
          {text.length}/{length}
        </i>
      )}
    </span>
  )
}

export const codeView: FieldView<CodeField> = {
  Input: CodeInput,
  plain: (value, field, words) =>
    field.table === 'region' ? (words.regions[String(value)] ?? String(value)) : String(value),
  Cell: ({ field, value, words }) =>
    field.table === 'region' ? (
      <span className="nowrap">{words.regions[String(value)] ?? String(value)}</span>
    ) : (
      <span className="mono">{String(value)}</span>
    ),
}
