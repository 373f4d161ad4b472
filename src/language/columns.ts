import { type Field, typeOf } from './fields/index.ts'
import type { Kind } from './kind.ts'
import { snake } from './names.ts'

/** The table of a kind. */
export function tableOf(kind: Kind): string {
  return snake(kind.name)
}

/** The stored columns of one field: full name and type. */
export function columnsOf(name: string, field: Field): { name: string; type: string; generated?: string }[] {
  return typeOf(field)
    .columns(field)
    .map(({ suffix, type, generated }) => ({
      name: snake(name) + suffix,
      type,
      generated: (suffix === '' ? field.computed : undefined) ?? generated?.(snake(name)),
    }))
}

/** All columns that are written from fields, in declared order. */
export function fieldColumns(kind: Kind): { name: string; type: string }[] {
  return Object.entries(kind.fields)
    .flatMap(([name, field]) => columnsOf(name, field))
    .filter((column) => column.generated === undefined)
}
