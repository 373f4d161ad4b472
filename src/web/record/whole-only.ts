import type { Kind } from '../../language/kind.ts'
import { sealedFields } from '../../language/sealed.ts'

/** Titles of the search fields that are found by their whole text alone: they are kept sealed. */
export function wholeOnly(kind: Pick<Kind, 'fields' | 'list'>): string[] {
  const sealed = sealedFields(kind)
  return (kind.list.search ?? []).flatMap((name) => (sealed.includes(name) ? (kind.fields[name]?.title ?? []) : []))
}
