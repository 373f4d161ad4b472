import { literal } from './field.ts'
import { typeOf } from './fields/index.ts'
import { instantImage } from './fields/instant.ts'
import type { Kind } from './kind.ts'
import { snake } from './names.ts'

/** SQL that yields the words by which a person knows row `row`; instants in Asia/Shanghai. */
export function titleOf(kind: Kind, row: string): string {
  const parts = kind.titleFields.map((name) => {
    const column = `${row}.${snake(name)}`
    return kind.fields[name]?.type === 'instant'
      ? `to_char(${column} at time zone 'Asia/Shanghai', 'YYYY-MM-DD HH24:MI')`
      : `${column}::text`
  })
  return `concat_ws(' · ', ${parts.join(', ')})`
}

/** SQL that yields the API form of row `row` (the same for answers, history, ledger leaves and exports). */
export function imageOf(kind: Kind, row: string): string {
  const pairs = [
    ['id', `${row}.id`],
    ['ownerId', `${row}.owner_id`],
    ['version', `${row}.version`],
    ['state', `${row}.state`],
    ['voidReason', `${row}.void_reason`],
    ['mergedInto', `${row}.merged_into`],
    ...(kind.timing?.lateAfterHours ? [['late', `nullif(${row}.late, false)`]] : []),
    ['region', `${row}.region`],
    ...Object.entries(kind.fields)
      .filter(([name]) => !(kind.isOwner && name === 'region'))
      .map(([name, field]) => [name, typeOf(field).image(row, snake(name), field)]),
    ['createdAt', instantImage(`${row}.created_at`)],
    ['updatedAt', instantImage(`${row}.updated_at`)],
  ]
  // jsonb_build_object takes at most 100 arguments.
  const chunks: string[] = []
  for (let i = 0; i < pairs.length; i += 40)
    chunks.push(
      `jsonb_build_object(${pairs
        .slice(i, i + 40)
        .map(([name, sql]) => `${literal(name as string)}, ${sql}`)
        .join(', ')})`,
    )
  return `jsonb_strip_nulls(${chunks.join(' || ')})`
}
