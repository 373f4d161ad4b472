import type { Sql } from 'postgres'
import { tableOf } from '../../language/columns.ts'
import { openableImageOf } from '../../language/image.ts'
import type { Kind } from '../../language/index.ts'
import { snake } from '../../language/names.ts'
import type { Actor } from '../access/actor.ts'
import { mayUse, reach, within } from '../access/reach.ts'

import type { Keyring } from '../protect/keyring.ts'
import { maskedTitle, openImage } from '../protect/record-persons.ts'

export type Referrer = {
  kind: string
  kindTitle: string
  field: string
  fieldTitle: string
  /** How many refer to it, up to a bound; absent where counting would take too long. */
  count?: number
  /** There are more than `count`. */
  countCapped: boolean
  items: { id: string; title: string }[]
  more: boolean
}

/** Shown of each kind; the rest is a list away. */
const shown = 5
const countMax = 1000
/** Millions may refer to one record from where the reader may not look: its page does not wait for all of them. */
const patienceMs = 1500

type Found = { n: number; id: string; image: Record<string, unknown> }

/** The newest that refer to a record by one field, and how many; undefined where that takes too long. */
async function found(sql: Sql, text: string, values: string[]): Promise<Found[] | undefined> {
  try {
    return (await sql.begin(async (tx) => {
      await tx`select set_config('statement_timeout', ${String(patienceMs)}, true)`
      return tx.unsafe<Found[]>(text, values, { prepare: true })
    })) as Found[]
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === '57014') return undefined
    throw error
  }
}

/** What refers to a record, kind by kind, newest first, as far as the actor may read; names of persons masked. */
export async function referrersOf(
  sql: Sql,
  keyring: Keyring,
  kinds: ReadonlyMap<string, Kind>,
  actor: Actor,
  target: Kind,
  id: string,
): Promise<Referrer[]> {
  const referrers: Referrer[] = []
  for (const kind of kinds.values()) {
    if (!mayUse(actor, kind, 'read')) continue
    const bound = reach(actor, kind, 'read')
    for (const [name, field] of Object.entries(kind.fields)) {
      if (field.type !== 'reference' || field.to !== target.name) continue
      const rows = await found(
        sql,
        `with found as materialized (select t.* from ${tableOf(kind)} t
           where t.${snake(name)} = $1::uuid and ${within('t', bound, '$2')} and t.state <> 'void'
           order by t.id desc limit ${countMax + 1})
         select (select count(*)::int from found) as n, t.id, ${openableImageOf(kind, 't')} as image from found t
         order by t.id desc limit ${shown}`,
        [id, bound.value],
      )
      if (rows?.length === 0) continue
      const n = rows?.[0]?.n
      referrers.push({
        kind: kind.name,
        kindTitle: kind.title,
        field: name,
        fieldTitle: field.title,
        count: n === undefined ? undefined : Math.min(n, countMax),
        countCapped: n === undefined || n > countMax,
        items: (rows ?? []).map((row) => ({
          id: row.id,
          title: maskedTitle(kind, openImage(keyring, kind, row.image)),
        })),
        more: n === undefined || n > shown,
      })
    }
  }
  return referrers
}
