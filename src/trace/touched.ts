import type { Tx } from './scope.ts'

/**
 * What an answer was made from, and what changed since, in the same words: a number is a node; `key:` a canonical key;
 * `of:` and `class:` a GTIN, of any key and of the product named without lot or serial.
 */
export type Mark = number | string

/** Everything since a snapshot that can change an answer. `all`: too much to tell, or of a sort that can change any. */
export type Touched = { snapshot: string; all: boolean; marks: readonly Mark[] }

/** Beyond so many events it costs more to tell what they touched than to answer anew. */
const EVENTS_MAX = 500

/**
 * What was committed since a snapshot (of an earlier call; none: nothing is compared). Told by what the snapshot could not
 * see, so that no transaction is passed over, however late it commits.
 */
export async function touchedSince(tx: Tx, snapshot: string | undefined): Promise<Touched> {
  if (snapshot === undefined) {
    const [row] = await tx<{ snapshot: string }[]>`select pg_current_snapshot()::text as snapshot`
    return { snapshot: row?.snapshot ?? '', all: true, marks: [] }
  }
  const [row] = await tx<{ snapshot: string; events: string | null; count: number; shifted: boolean }[]>`
    with late as materialized (
      select ids from event_arrival
      where xid >= pg_snapshot_xmin(${snapshot}::text::pg_snapshot)
        and not pg_visible_in_snapshot(xid, ${snapshot}::text::pg_snapshot)
    )
    select pg_current_snapshot()::text as snapshot,
      (select coalesce(sum(cardinality(ids)), 0)::int from late) as count,
      (select string_agg(array_to_string(ids, ','), ',') from late) as events,
      exists (select from trace_shift
        where xid >= pg_snapshot_xmin(${snapshot}::text::pg_snapshot)
          and not pg_visible_in_snapshot(xid, ${snapshot}::text::pg_snapshot)) as shifted`
  if (row === undefined) throw new Error('no snapshot')
  if (row.shifted || row.count > EVENTS_MAX) return { snapshot: row.snapshot, all: true, marks: [] }
  const marks = row.events === null ? [] : await marksOf(tx, row.events)
  return { snapshot: row.snapshot, all: false, marks }
}

/**
 * The nodes of events: what they name, and the other ends of their edges (acts that several events tell of together, lots
 * known from ILMD). A declaration touches what its event named, in whatever words it repeats it.
 */
async function marksOf(tx: Tx, events: string): Promise<Mark[]> {
  const [row] = await tx<
    { nodes: string | null; keys: string[] | null; gtins: string[] | null; classes: string[] | null }[]
  >`
    with told as materialized (
      select id from unnest(${`{${events}}`}::bigint[]) id
      union
      select o.id from event d join event o on o.event_digest = d.event_digest
      where d.id = any(${`{${events}}`}::bigint[]) and d.declared
    ),
    named as materialized (select distinct key from event_key where event = any(array(select id from told))),
    near as materialized (
      select key as node from named
      union
      select g.dst from edge g where g.src = any(array(select key from named)) and g.event = any(array(select id from told))
      union
      select g.src from edge g where g.dst = any(array(select key from named)) and g.event = any(array(select id from told))
    ),
    known as materialized (select key, level, gtin from trace_key where id = any(array(select node from near)))
    select (select string_agg(node::text, ',') from near) as nodes,
      (select array_agg(key) from known) as keys,
      (select array_agg(distinct gtin) from known where gtin is not null) as gtins,
      (select array_agg(distinct gtin) from (
        select gtin from known where level in ('class', 'pattern')
        union
        select c.gtin from trace_key c
        where c.key = any(array(select distinct 'https://id.gs1.org/01/' || gtin from known where gtin is not null))
          and exists (select from trace_name n where n.key = c.id and n.event = any(array(select id from told)))
      ) c) as classes`
  return [
    ...(row?.nodes?.split(',').map(Number) ?? []),
    ...(row?.keys ?? []).map((key) => `key:${key}`),
    ...(row?.gtins ?? []).map((gtin) => `of:${gtin}`),
    ...(row?.classes ?? []).map((gtin) => `class:${gtin}`),
  ]
}
