import { type FieldBase, type FieldType, literal, refuse } from '../field.ts'

export type DocumentNumberField = FieldBase & {
  type: 'documentNumber'
  derived: true
  /** The letters that stand first, e.g. `监检`. */
  series: string
}

/**
 * 文书编号: series, year and a number that runs without gaps within owner and year, e.g. 监检〔2026〕12号. Given when
 * the record is written; a void record keeps its number.
 */
export function documentNumber(field: Omit<DocumentNumberField, 'type' | 'derived'>): DocumentNumberField {
  return { type: 'documentNumber', derived: true, ...field }
}

/** SQL that takes the next number; `owner` and `at` are expressions of the row being written. */
export function nextNumber(field: DocumentNumberField, owner: string, at: string): string {
  return `next_document_number(${owner}, ${literal(field.series)}, ${at})`
}

export const documentNumberType: FieldType<DocumentNumberField, string> = {
  columns: () => [{ suffix: '', type: 'text' }],
  constraints: () => [],
  schema: () => ({ type: 'string', readOnly: true }),
  check: (_, field, at) => refuse('derived', `${field.title}由系统编号，不能填写`, at),
  toColumns: (value) => ({ '': value }),
  image: (row, column) => `${row}.${column}`,
  filter: 'equal',
}
