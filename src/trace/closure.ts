import type { Fragment } from 'postgres'
import type { EdgeKind } from './derive.ts'
import { type Scope, seesAll, type Tx, visible } from './scope.ts'

/** A node's stay in the walk, [from, until), in microseconds since 1970; null: without bound. */
export type Interval = { from: number | null; until: number | null }

/** A step of the walk, in the direction in which goods flow. Negative nodes are acts. `until`: when containment ended. */
export type WalkEdge = {
  src: number
  dst: number
  kind: EdgeKind
  at: number
  event: number
  until: number | null
  hidden: boolean
}

export type Walk = { nodes: Map<number, Interval[]>; edges: WalkEdge[]; truncated: boolean }

export type WalkRequest = {
  start: readonly number[]
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
 * for that would draw in the whole lot.
 */
export async function walk(tx: Tx, scope: Scope, { start, direction, asOf, limit }: WalkRequest): Promise<Walk> {
  const upto = asOf ? tx`${asOf}::timestamptz` : tx`'infinity'::timestamptz`
  const shown = seesAll(scope)
    ? tx`true`
    : tx`exists (select from event e where e.id = g.event and ${visible(tx, scope)})`
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
      select n.id, n.lo, n.hi
      from walk w
      cross join lateral (
        select g.next as id,
          case when g.contained then greatest(w.lo, min(g.at)) else coalesce(g.moment, '-infinity') end as lo,
          case when g.contained then least(w.hi, g.ended) else coalesce(g.moment, 'infinity') end as hi
        from (${step(tx, direction, upto)}) g
        where ${shown}
        group by g.next, g.contained, g.moment, g.ended
      ) n
    ),
    walked as materialized (select id, lo, hi from walk limit ${limit}),
    steps as (
      select distinct g.src, g.dst, g.kind, g.at, g.event, g.ended, not ${shown} as hidden
      from walked w cross join lateral (${step(tx, direction, upto)}) g
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
function step(tx: Tx, direction: WalkRequest['direction'], upto: Fragment): Fragment {
  const forward = direction !== 'backward'
  return tx`
    select ${forward ? tx`g.dst` : tx`g.src`} as next, g.src, g.dst, g.kind, g.at, g.event,
      g.kind in ('a', 's') as contained, ${forward ? tx`null::timestamptz` : tx`case g.kind when 'i' then g.at end`} as moment,
      coalesce(x.at, 'infinity') as ended
    from edge g
    left join lateral (select (${endOf(tx, upto)}) as at where g.kind in ('a', 's')) x on true
    where ${forward ? tx`g.src` : tx`g.dst`} = w.id and g.at <= ${upto}
      ${direction === 'carriers' ? tx`and g.kind in ('a', 's')` : tx``}
      and not exists (select from event_voided v where v.event = g.event)
      and case
        when g.kind in ('a', 's') then (g.at < w.hi or g.at = w.lo) and w.lo < coalesce(x.at, 'infinity')
        when ${forward ? tx`true` : tx`false`} and g.kind = 'i' then w.lo <= g.at and g.at < w.hi
        else true end`
}

/** When containment ended: the first time after the packing at which the child, or all, left. */
function endOf(tx: Tx, upto: Fragment): Fragment {
  return tx`
    select min(x.at) from edge_end x
    where x.parent = g.dst and x.child in (g.src, 0) and x.at > g.at and x.at <= ${upto}
      and not exists (select from event_voided v where v.event = x.event)
      and (not x.partial or containment_used_up(g.src, g.dst, x.at))`
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
