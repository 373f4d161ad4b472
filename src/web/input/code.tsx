import type { CodeField, CodeTable } from '../../language/fields/code.ts'
import { useTakeScan } from '../scan/context.ts'
import { ScanButton } from '../scan/scan-button.tsx'
import { type FieldView, type InputProps, problemAt, useWords, type Words } from './field-view.ts'
import { halfWidth } from './number.tsx'
import { Picker } from './pick.tsx'

/** Digits of a code whose length is fixed, counted while it is typed. */
const lengths: Partial<Record<CodeTable, number>> = { uscc: 18, gln: 13, 'food-licence': 16, 'resident-id': 18 }

/** Printed as figures only: there is nothing to scan. */
const unscanned: readonly CodeTable[] = ['resident-id']

/** The words of a table short enough to choose from. */
function optionsOf(
  field: CodeField,
  words: Pick<Words, 'regions' | 'codes'>,
): Readonly<Record<string, string>> | undefined {
  return field.table === 'region' ? words.regions : words.codes[field.table]
}

function TableInput(props: InputProps<CodeField> & { options: Readonly<Record<string, string>> }) {
  const { id, at, field, value, onChange, onBlur, problems, compact, options } = props
  const retired = useWords().retired?.[field.table]
  return (
    <Picker
      id={id}
      showSearch={{ optionFilterProp: 'label' }}
      placeholder="请选择"
      value={value ?? null}
      options={Object.entries(options)
        .filter(([code]) => code === value || !retired?.includes(code))
        .map(([code, title]) => ({ value: code, label: title }))}
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
  const options = optionsOf(field, useWords())
  const take = useTakeScan()
  if (options) return <TableInput {...props} options={options} />
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
      {take && !compact && !unscanned.includes(field.table) && (
        <ScanButton title={`扫码填写${field.title}`} onScan={(scanned) => take(at, scanned)} />
      )}
    </span>
  )
}

export const codeView: FieldView<CodeField> = {
  Input: CodeInput,
  plain: (value, field, words) => optionsOf(field, words)?.[String(value)] ?? String(value),
  Cell({ field, value, words }) {
    const word = optionsOf(field, words)?.[String(value)]
    return word ? <span className="nowrap">{word}</span> : <span className="mono">{String(value)}</span>
  },
}
