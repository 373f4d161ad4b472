import type { Walk, WalkEdge } from './closure.ts'
import { Containment } from './containment.ts'
import type { StoredEdge } from './edges.ts'
import type { ClassRow, Facts } from './facts.ts'
import type { Holdings } from './holdings.ts'
import { holderOf } from './places.ts'
import { type Scope, seesAll, type Tx, visible } from './scope.ts'

/**
 * An unlabelled quantity of a product that was used up, packed or seen: which lots were in it nobody wrote down. `edge`
 * leads from the class to what it went into; to 0 where it was only seen.
 */
export type Mix = { edge: WalkEdge; gtin: string; holder: string | undefined }

const MIXES_READ = 5000

/** Every event of an unlabelled quantity of these products, oldest first. */
export async function readMixes(
  tx: Tx,
  scope: Scope,
  classes: readonly ClassRow[],
  asOf: Date | null,
): Promise<{ mixes: Mix[]; truncated: boolean }> {
  const upto = asOf ? tx`${asOf}::timestamptz` : tx`'infinity'::timestamptz`
  const gtins = new Map(classes.map(({ id, gtin }) => [id, gtin]))
  const ids = `{${[...gtins.keys()].join(',')}}`
  const rows = await tx<Row[]>`
    select * from (
    select g.src, g.dst, g.kind, (extract(epoch from g.at) * 1000000)::bigint as at, g.event,
      coalesce(e.biz_location, e.read_point) as place, ${seesAll(scope) ? tx`false` : tx`not ${visible(tx, scope)}`} as hidden
    from edge g join event e on e.id = g.event
    where g.src = any(${ids}::bigint[]) and g.kind in ('i', 'a', 's') and g.at <= ${upto}
      and not exists (select from event_voided v where v.event = g.event)
    union all
    select k.key, 0, 'm', (extract(epoch from e.event_time) * 1000000)::bigint, k.event,
      coalesce(e.biz_location, e.read_point), ${seesAll(scope) ? tx`false` : tx`not ${visible(tx, scope)}`}
    from event_key k join event e on e.id = k.event
    where k.key = any(${ids}::bigint[]) and e.type in ('ObjectEvent', 'TransactionEvent') and e.event_time <= ${upto}
      and not e.declared and not exists (select from event_voided v where v.event = e.id)
    ) mix order by at, event limit ${MIXES_READ}`
  const mixes = rows.map((row) => ({
    gtin: gtins.get(Number(row.src)) ?? '',
    holder: row.place === null ? undefined : holderOf(row.place),
    edge: {
      src: Number(row.src),
      dst: Number(row.dst),
      kind: row.kind,
      at: Number(row.at),
      event: Number(row.event),
      until: null as number | null,
      hidden: row.hidden,
    },
  }))
  const contained = mixes
    .map(({ edge }) => edge)
    .filter((edge): edge is StoredEdge => edge.kind === 'a' || edge.kind === 's')
  for (const [edge, until] of await new Containment(tx, asOf).ends(contained)) edge.until = until
  return { mixes, truncated: rows.length >= MIXES_READ }
}

type Row = {
  src: string
  dst: string
  kind: WalkEdge['kind']
  at: string
  event: string
  place: string | null
  hidden: boolean
}

export type Goods = { facts: Facts; holdings: Holdings; lots: ReadonlyMap<number, number> }

/**
 * The mixes in which some of the goods may be: of their product, at a place where they may have been by then (anywhere,
 * where the mix or the goods tell no place), with the goods that lead to each. A thing whose lot leads there is not told.
 */
export function possibleMixes(
  mixes: readonly Mix[],
  { facts, holdings, lots, among }: Goods & { among: ReadonlySet<number> },
): { mix: Mix; goods: number[] }[] {
  const followed = [...facts.keys.values()].filter(({ id }) => among.has(id))
  const byGtin = Map.groupBy(followed, (key) => key.gtin ?? '')
  return mixes.flatMap((mix) => {
    const goods = (byGtin.get(mix.gtin) ?? []).filter(
      ({ id, level }) => (level !== 'class' || id === mix.edge.src) && mayBeIn(mix, holdings.presenceOf(id)),
    )
    const ids = new Set(goods.map(({ id }) => id))
    if (ids.size === 0) return []
    return [{ mix, goods: [...ids].filter((id) => !ids.has(lots.get(id) ?? 0)) }]
  })
}

function mayBeIn({ holder, edge }: Mix, presence: ReadonlyMap<string, number>): boolean {
  const isPlaceless = holder === undefined || (presence.size === 1 && presence.has(''))
  const since = presence.get(isPlaceless ? '' : holder)
  return since !== undefined && since <= edge.at
}

/** Those mixes as a walk of their own: the classes reached, and the steps there and on. */
export function walkOf(possible: readonly { mix: Mix; goods: readonly number[] }[]): Walk {
  const walk: Walk = { nodes: new Map(), edges: [], truncated: false }
  for (const { mix, goods } of possible) {
    const { edge } = mix
    if (!edge.hidden) walk.nodes.set(edge.src, [{ from: Number.NEGATIVE_INFINITY, until: Number.POSITIVE_INFINITY }])
    if (edge.dst !== 0) walk.edges.push(edge)
    for (const good of goods) {
      if (good !== edge.src) walk.edges.push({ ...edge, src: good, dst: edge.src, kind: 'm', until: null })
    }
  }
  return walk
}
