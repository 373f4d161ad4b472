import { useId } from 'react'
import type { TextField } from '../../language/fields/text.ts'
import { useTakeScan } from '../scan/context.ts'
import { ScanButton } from '../scan/scan-button.tsx'
import { EventLink } from '../trace/event-link.tsx'
import { type FieldView, type InputProps, problemAt } from './field-view.ts'

function TextInput({ id, at, field, value, onChange, onBlur, problems, compact, recent = [] }: InputProps<TextField>) {
  const listId = useId()
  const take = useTakeScan()
  const text = typeof value === 'string' ? value : ''
  const shared = {
    id,
    value: text,
    onBlur,
    onChange: (event: { target: { value: string } }) => onChange(event.target.value || undefined),
    'aria-invalid': problemAt(problems, at) !== undefined,
    'aria-label': compact ? field.title : undefined,
    'aria-describedby': `${id}-more`,
  }
  if (field.multiline && !compact) return <textarea className="in" rows={3} {...shared} />
  return (
    <>
      {field.scanned && take && !compact ? (
        <span className="code">
          <input className="in" autoComplete="off" {...shared} />
          <ScanButton title={`扫码填写${field.title}`} onScan={(scanned) => take(at, scanned)} />
        </span>
      ) : (
        <input className="in" autoComplete="off" list={recent.length > 0 ? listId : undefined} {...shared} />
      )}
      {recent.length > 0 && (
        <>
          <datalist id={listId}>
            {recent.map((each) => (
              <option key={each} value={each} />
            ))}
          </datalist>
          {!compact && !text && (
            <span className="recents phone">
              {recent.slice(0, 6).map((each) => (
                <button type="button" key={each} className="button small" onClick={() => onChange(each)}>
                  {each}
                </button>
              ))}
            </span>
          )}
        </>
      )}
    </>
  )
}

export const textView: FieldView<TextField> = {
  Input: TextInput,
  plain: (value) => String(value),
  Full: ({ field, value }) =>
    field.event ? <EventLink id={String(value)} /> : <span style={{ whiteSpace: 'pre-wrap' }}>{String(value)}</span>,
}
