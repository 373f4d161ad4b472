import type { Fragment } from 'postgres'
import type { EdgeKind } from './derive.ts'
import { type Scope, seesAll, type Tx, visible } from './scope.ts'

/** A node's stay in the walk, [from, until), in microseconds since 1970; null: without bound. */
export type Interval = { from: number | null; until: number | null }

/** A step of the walk, in the direction in which goods flow. Negative nodes are acts. `until`: when containment ended. */
export type WalkEdge = {
  src: number
  dst: number
  /** m: a lot or thing -> the class under which unlabelled goods, it maybe among them, were used. */
  kind: EdgeKind | 'm'
  at: number
  event: number
  until: number | null
  hidden: boolean
}

export type Walk = { nodes: Map<number, Interval[]>; edges: WalkEdge[]; truncated: boolean }

export type WalkRequest = {
  start: readonly number[]
  /** Further nodes to start from that count for a time only; their contents are not followed. */
  stays?: readonly { id: number; from: number; until: number | null }[]
  /** carriers: forward through containment only, to what moved the start. */
  direction: 'forward' | 'backward' | 'carriers'
  /** Only events up to then count; null: all. */
  asOf: Date | null
  /** At most so many (node, stay) rows. */
  limit: number
}

/**
 * Everything that goods of the start flowed into (forward) or came from (backward), in one round trip, nearest first.
 * A container is followed only for the time in which it held what led to it; making and lots hold at all times.
 * Forward, what is known one by one inside a start container is followed too; a quantity of a lot inside it is not,
 * for that would draw in the whole lot. What was made without a lot is not followed on by its class, which is everywhere:
 * where it was used next is found by its place (mixes.ts).
 */
export async function walk(
  tx: Tx,
  scope: Scope,
  { start, stays = [], direction, asOf, limit }: WalkRequest,
): Promise<Walk> {
  const upto = asOf ? tx`${asOf}::timestamptz` : tx`'infinity'::timestamptz`
  const shown = seesAll(scope)
    ? tx`true`
    : tx`exists (select from event e where e.id = g.event and ${visible(tx, scope)})`
  const next = step(tx, { start, direction, upto })
  const [row] = await tx<{ nodes: string | null; edges: string | null }[]>`
    with recursive inside (id, lo) as (
      select s.id, '-infinity'::timestamptz from unnest(${`{${start.join(',')}}`}::bigint[]) s (id)
      union
      select g.src, greatest(i.lo, g.at)
      from inside i
      join edge g on g.dst = i.id and g.kind in ('a', 's') and g.at <= ${upto}
      join trace_key k on k.id = g.src and k.level not in ('class', 'lot', 'pattern')
      where ${direction === 'forward' ? tx`true` : tx`false`} and not exists (select from event_voided v where v.event = g.event)
        and coalesce((${endOf(tx, upto)}), 'infinity') > i.lo and ${shown}
    ),
    walk (id, lo, hi) as (
      select id, lo, 'infinity'::timestamptz from inside
      union
      select s.id, ${instant(tx, tx`s.lo`)}, coalesce(${instant(tx, tx`s.hi`)}, 'infinity')
      from unnest(${list(stays.map((stay) => stay.id))}::bigint[], ${list(stays.map((stay) => stay.from))}::bigint[],
        ${list(stays.map((stay) => stay.until))}::bigint[]) s (id, lo, hi)
      union
      select n.id, n.lo, n.hi
      from walk w
      cross join lateral (
        select g.next as id,
          case when g.contained then greatest(w.lo, min(g.at)) else coalesce(g.moment, '-infinity') end as lo,
          case when g.contained then least(w.hi, g.ended) else coalesce(g.moment, 'infinity') end as hi
        from (${next}) g
        where ${shown}
        group by g.next, g.contained, g.moment, g.ended
      ) n
    ),
    walked as materialized (select id, lo, hi from walk limit ${limit}),
    steps as (
      select distinct g.src, g.dst, g.kind, g.at, g.event, g.ended, not ${shown} as hidden
      from walked w cross join lateral (${next}) g
    )
    select
      (select string_agg(concat_ws(',', id, ${micros(tx, tx`lo`)}, ${micros(tx, tx`hi`)}), ';') from walked) as nodes,
      (select string_agg(concat_ws(',', src, dst, kind, ${micros(tx, tx`at`)}, event, ${micros(tx, tx`ended`)},
        hidden::int), ';') from steps) as edges`
  return read(row?.nodes ?? '', row?.edges ?? '', limit)
}

/**
 * The edges that lead on from `w`, a node of the walk. `moment`: the one time for which the next node counts (what was
 * put into an act counts, with its contents, as it was then).
 */
function step(
  tx: Tx,
  { start, direction, upto }: Pick<WalkRequest, 'start' | 'direction'> & { upto: Fragment },
): Fragment {
  const forward = direction !== 'backward'
  return tx`
    select ${forward ? tx`g.dst` : tx`g.src`} as next, g.src, g.dst, g.kind, g.at, g.event,
      g.kind in ('a', 's') as contained, ${forward ? tx`null::timestamptz` : tx`case g.kind when 'i' then g.at end`} as moment,
      coalesce(x.at, 'infinity') as ended
    from edge g
    left join lateral (select (${endOf(tx, upto)}) as at where g.kind in ('a', 's')) x on true
    where ${forward ? tx`g.src` : tx`g.dst`} = w.id and g.at <= ${upto}
      ${direction === 'carriers' ? tx`and g.kind in ('a', 's')` : tx``}
      ${
        direction === 'forward'
          ? tx`and (w.id = any(${list(start)}::bigint[])
        or not exists (select from trace_key k where k.id = w.id and k.level = 'class'))`
          : tx``
      }
      and not exists (select from event_voided v where v.event = g.event)
      and case
        when g.kind in ('a', 's') then (g.at < w.hi or g.at = w.lo) and w.lo < coalesce(x.at, 'infinity')
        when ${forward ? tx`true` : tx`false`} and g.kind = 'i' then w.lo <= g.at and g.at < w.hi
        else true end`
}

/**
 * When containment ended: the first time after the packing at which the child, or all, left, either was destroyed, or the
 * child, a single thing, was packed into something else that neither holds the parent nor is held by it.
 */
export function endOf(tx: Tx, upto: Fragment): Fragment {
  const counts = (row: Fragment) => tx`${row}.at > g.at and ${row}.at <= ${upto}
    and not exists (select from event_voided v where v.event = ${row}.event)`
  return tx`
    select min(x.at) from (
      select x.at from edge_end x
      where x.parent = g.dst and x.child in (g.src, 0, g.dst) and ${counts(tx`x`)}
        and (not x.partial or containment_used_up(g.src, g.dst, x.at))
      union all
      select x.at from edge_end x where x.parent = g.src and x.child = g.src and ${counts(tx`x`)}
      union all
      select x.at from edge x
      where g.kind = 'a' and x.src = g.src and x.kind = 'a' and x.dst <> g.dst and ${counts(tx`x`)}
        and exists (select from trace_key k where k.id = g.src and k.level not in ('class', 'lot', 'pattern'))
        and not exists (
          select from edge r where r.src in (g.dst, x.dst) and r.dst in (g.dst, x.dst) and r.kind in ('a', 's')
            and r.at <= ${upto} and not exists (select from event_voided v where v.event = r.event))
    ) x`
}

/** An array literal of PostgreSQL. */
function list(values: readonly (number | null)[]): string {
  return `{${values.map((value) => value ?? 'null').join(',')}}`
}

/** A column of microseconds since 1970 as a time. */
function instant(tx: Tx, micros: Fragment): Fragment {
  return tx`timestamptz 'epoch' + ${micros} * interval '1 microsecond'`
}

function micros(tx: Tx, time: Fragment): Fragment {
  return tx`case when isfinite(${time}) then (extract(epoch from ${time}) * 1000000)::bigint::text else '' end`
}

function read(nodeText: string, edgeText: string, limit: number): Walk {
  const nodes = new Map<number, Interval[]>()
  const rows = nodeText === '' ? [] : nodeText.split(';')
  for (const row of rows) {
    const [id, from, until] = row.split(',')
    const interval = { from: time(from), until: time(until) }
    const known = nodes.get(Number(id))
    if (known) known.push(interval)
    else nodes.set(Number(id), [interval])
  }
  const edges = (edgeText === '' ? [] : edgeText.split(';')).map((row): WalkEdge => {
    const [src, dst, kind, at, event, until, hidden] = row.split(',')
    return {
      src: Number(src),
      dst: Number(dst),
      kind: kind as EdgeKind,
      at: Number(at),
      event: Number(event),
      until: time(until),
      hidden: hidden === '1',
    }
  })
  return { nodes, edges, truncated: rows.length >= limit }
}

function time(text: string | undefined): number | null {
  return text ? Number(text) : null
}
