import type { ReactNode } from 'react'
import type { Field, Fields } from '../../language/fields/index.ts'
import { choiceView, inSightMax } from './choice.tsx'
import { codeView } from './code.tsx'
import { dayView } from './day.tsx'
import { documentNumberView } from './document-number.tsx'
import { type FieldView, type InputProps, idOf, type Problems, problemAt, type Words } from './field-view.ts'
import { fileView } from './file.tsx'
import { instantView } from './instant.tsx'
import { linesView } from './lines.tsx'
import { moneyView } from './money.tsx'
import { numberView } from './number.tsx'
import { photoView } from './photo.tsx'
import { placeView } from './place.tsx'
import { quantityView } from './quantity.tsx'
import { referenceView } from './reference.tsx'
import { signatureView } from './signature.tsx'
import { snapshotView } from './snapshot.tsx'
import { textView } from './text.tsx'
import { validityView } from './validity.tsx'
import { cellFlow } from './width.ts'
import './input.css'

export { idOf, type Problems, problemAt, type Words, WordsContext } from './field-view.ts'

const views = () => ({
  text: textView,
  number: numberView,
  quantity: quantityView,
  day: dayView,
  instant: instantView,
  choice: choiceView,
  code: codeView,
  reference: referenceView,
  snapshot: snapshotView,
  place: placeView,
  photo: photoView,
  lines: linesView,
  money: moneyView,
  file: fileView,
  signature: signatureView,
  validity: validityView,
  documentNumber: documentNumberView,
})

/** How a field's type is entered and shown: the browser's half of `language/fields`. */
function viewOf(field: Field): FieldView {
  return views()[field.type] as unknown as FieldView
}

export function isBlank(value: unknown): boolean {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)
}

/** The input of a field. */
export function Input(props: InputProps) {
  const view = viewOf(props.field)
  return view.Input ? <view.Input {...props} /> : null
}

/** A value as one line of text; nothing for a blank. */
export function plainOf(field: Field, value: unknown, words: Words): string {
  return isBlank(value) ? '' : viewOf(field).plain(value, field, words)
}

type ShowProps = { field: Field; value: unknown; words: Words; siblings?: Fields }

/** A value in a list or grid; a blank is a dash. */
export function Cell(props: ShowProps) {
  const view = viewOf(props.field)
  if (isBlank(props.value)) return <span className="muted">—</span>
  return view.Cell ? <view.Cell {...props} /> : view.plain(props.value, props.field, props.words)
}

/** A value in full. */
export function Full(props: ShowProps) {
  const view = viewOf(props.field)
  if (isBlank(props.value)) return <span className="muted">—</span>
  return view.Full ? <view.Full {...props} /> : <Cell {...props} />
}

/** Types whose values are words of any length; all others are figures, days and tags, which never break. */
const wordy: ReadonlySet<string> = new Set(['text', 'reference', 'lines', 'snapshot', 'place', 'choice'])

/** How a value stands in a cell: on one line, or on two at most. */
export function flowOf(field: Field, value: unknown, words: Words): 'nowrap' | 'clamp' {
  return wordy.has(field.type) ? cellFlow(plainOf(field, value, words)) : 'nowrap'
}

export function cellAlign(field: Field): string | undefined {
  return viewOf(field).align
}

export { cellFlow, inSightMax }

/** Two inputs of these stand side by side on a phone; a day with its minute needs the whole width. */
export function isShort(field: Field): boolean {
  return field.type === 'day' || field.type === 'number' || (field.type === 'quantity' && field.units.length === 1)
}

/** A field's title, its input, what to enter, and what is wrong with what was entered. */
export function Labelled(props: {
  at: string
  field: Field
  problems: Problems
  short?: boolean
  children: ReactNode
}) {
  const { at, field, problems, short, children } = props
  const id = idOf(at)
  const problem = field.type === 'lines' ? problems.get(at)?.[0] : problemAt(problems, at)
  return (
    <div className={short ? 'labelled short' : 'labelled'} data-at={at}>
      <label htmlFor={id}>
        {field.title}
        {!field.required && <small>选填</small>}
      </label>
      {children}
      <p className="more" id={`${id}-more`}>
        {problem ? <span className="wrong">{problem}</span> : field.help}
      </p>
    </div>
  )
}
