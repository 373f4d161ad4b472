import type { DocumentNumberField } from '../../language/fields/document-number.ts'
import type { FieldView } from './field-view.ts'

export const documentNumberView: FieldView<DocumentNumberField> = {
  plain: (value) => String(value),
  Cell: ({ value }) => <span className="nowrap">{String(value)}</span>,
}
