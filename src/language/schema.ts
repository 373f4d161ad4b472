import type { Field, Fields } from './fields/index.ts'
import { typeOf } from './fields/index.ts'

/** Whether a record without it is refused. */
export const mustBeSaid = (field: Field): boolean =>
  !!field.required && !field.derived && !(field.type === 'choice' && field.otherwise !== undefined)

/** JSON Schema (2020-12) of the API form of some fields. */
export function fieldsSchema(fields: Fields, options: { partial?: boolean } = {}): Record<string, unknown> {
  const entries = Object.entries(fields)
  return {
    type: 'object',
    additionalProperties: false,
    required: options.partial ? [] : entries.filter(([, f]) => mustBeSaid(f)).map(([name]) => name),
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
