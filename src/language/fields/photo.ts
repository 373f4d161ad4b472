import { type Declared, type FieldBase, type FieldType, type Known, refuse } from '../field.ts'

export type PhotoField = FieldBase & {
  type: 'photo'
  max?: number
  /** Taken on the spot: the camera's picture carries when, where and by whom. */
  scene?: boolean
}

/** Photos by the sha256 of their bytes, uploaded beforehand: the record holds the hash, so history covers the picture. */
export function photo<const Required extends boolean = false>(
  field: Declared<PhotoField, Required>,
): Known<PhotoField, Required> {
  return { type: 'photo', ...field }
}

/** Whether the text is a sha256 in lower-case hex. */
export function isSha256(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)
}

const unsent = ({ title }: PhotoField, n: number): string => `${title}第 ${n + 1} 张没有上传成功，请重新拍照`

export const photoType: FieldType<PhotoField, string[]> = {
  columns: () => [{ suffix: '', type: 'text[]' }],
  constraints: (field, column) => [`cardinality(${column}) <= ${field.max ?? 9}`],
  schema: (field) => ({
    type: 'array',
    maxItems: field.max ?? 9,
    items: { type: 'string', pattern: '^[0-9a-f]{64}$' },
  }),
  check(value, field, at) {
    if (!Array.isArray(value)) return refuse('wrong-type', `${field.title}应为照片列表`, at)
    const max = field.max ?? 9
    if (value.length > max) return refuse('too-many', `${field.title}最多 ${max} 张，现在 ${value.length} 张`, at)
    const wrong = value.findIndex((each) => !isSha256(each))
    if (wrong >= 0) return refuse('wrong-format', unsent(field, wrong), `${at}/${wrong}`)
    return { value: value as string[] }
  },
  toColumns: (value) => ({ '': value }),
  image: (row, column) => `to_jsonb(${row}.${column})`,
  filter: 'none',
  files: (value, field, at) => value.map((sha256, n) => ({ sha256, text: unsent(field, n), at: `${at}/${n}` })),
}
