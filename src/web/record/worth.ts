import type { Field } from '../../language/fields/index.ts'
import type { Kind } from '../../language/kind.ts'

type Column = { name: string; field?: Field | undefined }

/**
 * The columns that a narrow window may leave out, least worth first: whose record it is where the record is about somebody
 * else, then from the last declared to the first, the owner at the end. What names a record, its
 * state, what is good or bad about it and what orders the list always stay.
 */
export function leastWorthFirst(
  kind: Pick<Kind, 'titleFields' | 'about' | 'list'>,
  columns: readonly Column[],
): string[] {
  const isKept = ({ name, field }: Column, index: number) =>
    index === 0 ||
    name === 'state' ||
    name === kind.about ||
    name === kind.list.sort?.replace('-', '') ||
    kind.titleFields.includes(name) ||
    (field?.type === 'choice' && !!field.tones)
  const names = columns.flatMap((column, index) => (isKept(column, index) ? [] : [column.name])).reverse()
  const rest = names.filter((name) => name !== 'ownerTitle')
  if (!names.includes('ownerTitle')) return rest
  return kind.about ? ['ownerTitle', ...rest] : [...rest, 'ownerTitle']
}
