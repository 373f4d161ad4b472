import { tableOf } from '../../language/columns.ts'
import { openableTextOf } from '../../language/image.ts'
import type { Kind } from '../../language/index.ts'

/** Counting stops here, or it would cost more than the page: beyond it a list says "more than". */
export const countLimit = 2000

/** Rows of the list's own order that are looked through for words that many records have: some 4 ms of the database. */
const walkMax = 2000

/** Which rows `t` a page shows: whose, which of them, beyond which place, in which order, at most how many. */
export type PageOf = {
  reached: string
  chosen: readonly string[]
  beyond: string | undefined
  order: { column: string }
  by: string
  most: number
}

/** The statements that count and read one page. */
export function pageSql(kind: Kind, { reached, chosen, beyond, order, by, most }: PageOf) {
  const table = tableOf(kind)
  const image = `select ${openableTextOf(kind, 't')} as image, t.${order.column}::text as key, t.id`
  const all = (...conditions: (string | undefined)[]) => conditions.filter((each) => each !== undefined).join(' and ')
  const ordered = `order by ${by} limit ${most}`
  const keys = ['owner_id', 'id', ...(order.column === 'id' ? [] : [order.column])]
  return {
    count: `select count(*)::int as n from (select from ${table} t where ${all(reached, ...chosen)} limit ${countLimit + 1}) c`,
    /** The way is the database's choice. */
    direct: `${image} from ${table} t where ${all(reached, ...chosen, beyond)} ${ordered}`,
    /** Through the first rows in the list's order, no further. */
    walked: `${image} from (select t.* from ${table} t where ${all(reached, beyond)} order by ${by} limit ${walkMax}) t
      where ${all(...chosen)} ${ordered}`,
    /** All that match first, then their order; says how many they are. */
    gathered: `with found as materialized (
        select ${keys.map((key) => `t.${key}`).join(', ')} from ${table} t where ${all(reached, ...chosen)})
      ${image}, (select count(*)::int from found) as total
      from (select t.owner_id, t.id from found t ${beyond ? `where ${beyond}` : ''} ${ordered}) f
      join ${table} t on t.owner_id = f.owner_id and t.id = f.id order by ${by}`,
  }
}

export type Found = { image: string; key: string; id: string; total?: number }

type Searching = {
  read: (text: string) => Promise<readonly Found[]>
  count: () => Promise<number>
  most: number
  /** The order is one that the list's indexes have. */
  isOwnOrder: boolean
  isFirst: boolean
}

/**
 * A page of a search and how many there are. The database knows how often a word occurs, but not in whose rows: left to
 * choose, it goes through all rows of a city in the list's order for a word that none of them has. So the first rows are
 * looked through, and where the page is not full then, what matches is gathered by the word's index and put in order.
 */
export async function searched(
  statements: ReturnType<typeof pageSql>,
  { read, count, most, isOwnOrder, isFirst }: Searching,
): Promise<[readonly Found[], number]> {
  const near = isOwnOrder ? await read(statements.walked) : []
  if (near.length === most) return [near, await count()]
  const all = await read(statements.gathered)
  return [all, all[0]?.total ?? (isFirst ? 0 : await count())]
}
