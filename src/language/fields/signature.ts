import { type Declared, type FieldBase, type FieldType, type Known, refuse } from '../field.ts'
import { instantType } from './instant.ts'
import { isSha256 } from './photo.ts'

export type SignatureField = FieldBase & { type: 'signature' }

/** Who signed, when, and the picture of the hand's signature. */
export type Signature = { name: string; at: string; image: string }

/** A signature by hand on the screen. What it signs is the record that holds it. */
export function signature<const Required extends boolean = false>(
  field: Declared<SignatureField, Required>,
): Known<SignatureField, Required> {
  return { type: 'signature', ...field }
}

const unsent = ({ title }: SignatureField): string => `${title}请重新签名`

export const signatureType: FieldType<SignatureField, Signature> = {
  columns: () => [{ suffix: '', type: 'jsonb' }],
  constraints: () => [],
  schema: () => ({
    type: 'object',
    required: ['name', 'at', 'image'],
    additionalProperties: false,
    properties: {
      name: { type: 'string', minLength: 1, maxLength: 40 },
      at: { type: 'string', format: 'date-time' },
      image: { type: 'string', pattern: '^[0-9a-f]{64}$' },
    },
  }),
  check(value, field, at) {
    const given = (typeof value === 'object' && value !== null ? value : {}) as Partial<Signature>
    const name = typeof given.name === 'string' ? given.name.trim() : ''
    if (name.length === 0 || name.length > 40) return refuse('missing', `${field.title}请写明签名人`, `${at}/name`)
    if (!isSha256(given.image)) return refuse('wrong-format', unsent(field), `${at}/image`)
    const signedAt = instantType.check(given.at, { type: 'instant', title: field.title } as never, `${at}/at`)
    return signedAt.problems ? signedAt : { value: { name, at: signedAt.value, image: given.image } }
  },
  toColumns: (value) => ({ '': value }),
  image: (row, column) => `${row}.${column}`,
  filter: 'none',
  files: ({ image }, field, at) => [{ sha256: image, text: unsent(field), at: `${at}/image` }],
}
