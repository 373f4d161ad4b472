import { type Declared, type FieldBase, type FieldType, type Known, refuse } from '../field.ts'
import { isSha256 } from './photo.ts'

export type FileField = FieldBase & { type: 'file'; max?: number }

export type FileValue = { sha256: string; name: string }

/** Documents by the sha256 of their bytes, uploaded beforehand, with the names their owners gave them. */
export function file<const Required extends boolean = false>(
  field: Declared<FileField, Required>,
): Known<FileField, Required> {
  return { type: 'file', ...field }
}

const isFile = (value: unknown): value is FileValue => {
  const { sha256, name } = (typeof value === 'object' && value !== null ? value : {}) as Partial<FileValue>
  return isSha256(sha256) && typeof name === 'string' && name.length > 0 && name.length <= 200 && !/[/\\\0]/.test(name)
}

const unsent = ({ title }: FileField, n: number): string => `${title}第 ${n + 1} 个没有上传成功，请重新选择`

export const fileType: FieldType<FileField, FileValue[]> = {
  columns: () => [{ suffix: '', type: 'jsonb' }],
  constraints: (field, column) => [`jsonb_array_length(${column}) <= ${field.max ?? 20}`],
  schema: (field) => ({
    type: 'array',
    maxItems: field.max ?? 20,
    items: {
      type: 'object',
      required: ['sha256', 'name'],
      additionalProperties: false,
      properties: {
        sha256: { type: 'string', pattern: '^[0-9a-f]{64}$' },
        name: { type: 'string', minLength: 1, maxLength: 200 },
      },
    },
  }),
  check(value, field, at) {
    if (!Array.isArray(value)) return refuse('wrong-type', `${field.title}应为文件列表`, at)
    const max = field.max ?? 20
    if (value.length > max) return refuse('too-many', `${field.title}最多 ${max} 个，现在 ${value.length} 个`, at)
    const wrong = value.findIndex((each) => !isFile(each))
    if (wrong >= 0) return refuse('wrong-format', unsent(field, wrong), `${at}/${wrong}`)
    return { value: value.map(({ sha256, name }) => ({ sha256, name })) }
  },
  toColumns: (value) => ({ '': value }),
  image: (row, column) => `${row}.${column}`,
  filter: 'none',
  files: (value, field, at) => value.map(({ sha256 }, n) => ({ sha256, text: unsent(field, n), at: `${at}/${n}` })),
}
