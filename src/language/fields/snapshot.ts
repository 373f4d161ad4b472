import { type FieldBase, type FieldType, refuse } from '../field.ts'

export type SnapshotField = FieldBase & {
  type: 'snapshot'
  derived: true
  /** The reference field of the same kind that it copies from. */
  from: string
  /** Which fields of the referred record are kept. */
  fields: readonly string[]
}

/** The referred record as it was when the reference was written, e.g. a supplier's licence at receipt. */
export function snapshot(field: Omit<SnapshotField, 'type' | 'derived'>): SnapshotField {
  return { type: 'snapshot', derived: true, ...field }
}

export const snapshotType: FieldType<SnapshotField, Record<string, unknown>> = {
  columns: () => [{ suffix: '', type: 'jsonb' }],
  constraints: () => [],
  schema: () => ({ type: 'object', readOnly: true }),
  check: (_, field, at) => refuse('derived', `${field.title}由系统记录，不能填写`, at),
  toColumns: (value) => ({ '': value }),
  image: (row, column) => `${row}.${column}`,
  filter: 'none',
}
