import { type Declared, type FieldBase, type FieldType, type Known, refuse } from '../field.ts'

export type ReferenceField = FieldBase & {
  type: 'reference'
  /** The kind referred to, by name. */
  to: string
}

/** Another record, by id. The writer must be allowed to refer to it. */
export function reference<const Required extends boolean = false>(
  field: Declared<ReferenceField, Required>,
): Known<ReferenceField, Required> {
  return { type: 'reference', ...field }
}

const shape = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** Whether the text is a UUID in lower case. */
export function isId(value: unknown): value is string {
  return typeof value === 'string' && shape.test(value)
}

export const referenceType: FieldType<ReferenceField, string> = {
  columns: () => [{ suffix: '', type: 'uuid' }],
  constraints: () => [],
  schema: () => ({ type: 'string', format: 'uuid' }),
  check(value, field, at) {
    if (!isId(value)) return refuse('wrong-format', `${field.title}应从列表里选一个`, at)
    return { value }
  },
  toColumns: (value) => ({ '': value }),
  image: (row, column) => `${row}.${column}`,
  filter: 'equal',
}
