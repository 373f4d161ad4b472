import type { NamedFile } from '../field.ts'
import { type Field, type Fields, typeOf } from './index.ts'

const known = new WeakMap<Fields, readonly [name: string, field: Field][]>()

/** Those of some fields that name files, found out once. */
function filing(fields: Fields): readonly [name: string, field: Field][] {
  const found =
    known.get(fields) ??
    Object.entries(fields).filter(([, field]) =>
      field.type === 'lines' ? filing(field.fields).length > 0 : typeOf(field).files !== undefined,
    )
  known.set(fields, found)
  return found
}

/** Whether records of such fields can name files. */
export const holdFiles = (fields: Fields): boolean => filing(fields).length > 0

/** Every file that a checked content names, with its place. */
export function filesNamed(fields: Fields, content: Readonly<Record<string, unknown>>, at = ''): readonly NamedFile[] {
  return filing(fields).flatMap(([name, field]) => {
    const value = content[name]
    return value === undefined || value === null ? [] : (typeOf(field).files?.(value, field, `${at}/${name}`) ?? [])
  })
}
