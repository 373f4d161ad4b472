import type { Fields } from './fields/index.ts'
import { typeOf } from './fields/index.ts'

/** JSON Schema (2020-12) of the API form of some fields. */
export function fieldsSchema(fields: Fields, options: { partial?: boolean } = {}): Record<string, unknown> {
  const entries = Object.entries(fields)
  return {
    type: 'object',
    additionalProperties: false,
    required: options.partial ? [] : entries.filter(([, f]) => f.required && !f.derived).map(([name]) => name),
    properties: Object.fromEntries(
      entries.map(([name, field]) => [
        name,
        {
          title: field.title,
          ...(field.help ? { description: field.help } : {}),
          ...(field.derived ? { readOnly: true } : {}),
          ...typeOf(field).schema(field),
        },
      ]),
    ),
  }
}
