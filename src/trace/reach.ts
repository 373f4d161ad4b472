import type { Fragment } from 'postgres'
import type { Tx } from './scope.ts'

/** `onward (key)`: these things (`from`: a query for ids of keys) and whatever they are in, belong to or went into. */
export const onward = (tx: Tx, from: Fragment): Fragment => tx`
  with recursive onward (key) as (
    ${from}
    union
    select g.dst from onward o cross join lateral (
      select g.dst from edge g where g.src = o.key
      union all select s.key from serial_lot s where s.lot = o.key
    ) g
    -- A class is everywhere: no single way leads on from it.
    where not exists (select from trace_key c where c.id = g.dst and c.level = 'class')
  )`

/**
 * Notes these things and whatever they are in, belong to or went into, by all that is recorded: what a document has to name
 * for a closer look to be worth while. It may hold too much (what was unpacked since), never too little of what was known.
 * What is new of it (ids of keys; negative: acts).
 */
export async function reach(tx: Tx, keys: readonly string[]): Promise<string[]> {
  if (keys.length === 0) return []
  const rows = await tx<{ id: string }[]>`
    insert into hold_reach (key)
    ${onward(tx, tx`select unnest(${`{${keys.join(',')}}`}::bigint[])`)}
    select key from onward on conflict do nothing returning key::text as id`
  return rows.map(({ id }) => id)
}

/** Which of a document's things (canonical keys, parted by \\x01) are within reach of a hold: one look by index. */
export async function withinReach(tx: Tx, keys: string): Promise<string[]> {
  const rows = await tx<{ id: string }[]>`
    select t.id::text from unnest(string_to_array(${keys}, chr(1))) named (key)
    cross join lateral (select k.id from trace_key k where k.key = named.key offset 0) t
    where exists (select from hold_reach r where r.key in (t.id, -t.id))`
  return rows.map(({ id }) => id)
}
