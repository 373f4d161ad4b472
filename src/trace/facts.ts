import type { Walk } from './closure.ts'
import type { Fact, Link } from './places.ts'
import { type Scope, type Tx, visible } from './scope.ts'

export type KeyRow = {
  id: number
  key: string
  level: string
  gtin: string | null
  lot: string | null
  serial: string | null
  /** The product's name as its maker gave it, of the lot or else of the class. */
  name: string | null
}

export type Party = { ownerId: string; title: string; region: string }

/** A product named somewhere without lot or serial. */
export type ClassRow = { id: number; gtin: string }

export type Facts = {
  /** Of the products of the keys, those of which quantities without a lot were ever named. */
  classes: readonly ClassRow[]
  keys: ReadonlyMap<number, KeyRow>
  facts: ReadonlyMap<number, Fact>
  links: Link[]
  truncated: boolean
}

/** What is asked of a set of nodes: the keys themselves and every visible event that names one of them. */
export async function readFacts(
  tx: Tx,
  scope: Scope,
  {
    nodes,
    evidence,
    asOf,
    limit,
  }: { nodes: readonly number[]; evidence: readonly number[]; asOf: Date | null; limit: number },
): Promise<Facts> {
  const ids = `{${nodes.join(',')}}`
  const shown = tx`not e.declared and not exists (select from event_voided v where v.event = e.id)
    and ${visible(tx, scope)} ${asOf ? tx`and e.event_time <= ${asOf}` : tx``}`
  const [[told], [row]] = await Promise.all([
    tx<{ keys: string | null }[]>`
      with k as materialized (
        select id, key, level, gtin, lot, serial from trace_key where id = any(${ids}::bigint[])
      ),
      class as materialized (
        select c.gtin, case when exists (select from event_key k where k.key = c.id) then c.id end as unlabelled,
          (select n.name from trace_name n where n.key = c.id order by n.event desc limit 1) as name
        from trace_key c
        where c.key = any(array(select distinct 'https://id.gs1.org/01/' || gtin from k where gtin is not null))
      )
      select string_agg(k.id || '\x02' || k.key || '\x02' || k.level || '\x02' || coalesce(k.gtin, '') || '\x02' ||
        coalesce(k.lot, '') || '\x02' || coalesce(k.serial, '') || '\x02' || coalesce(
          (select n.name from trace_name n where n.key = k.id order by n.event desc limit 1), class.name, '') || '\x02' ||
        coalesce(class.unlabelled::text, ''), '\x01') as keys
      from k left join class on class.gtin = k.gtin`,
    tx<{ links: string | null; facts: FactRow[] | null }[]>`
      with link as materialized (
        select k.event, k.key, k.role, k.quantity, k.uom from event_key k where k.key = any(${ids}::bigint[]) limit ${limit}
      ),
      -- What is said of many things alike is written once, with all of them. Nothing here is joined to it but by an
      -- index: where the plan does not know how many things are asked for, it would compare all with all.
      alike as materialized (
        select event, role, quantity, uom, string_agg(key::text, ' ') as keys from link group by event, role, quantity, uom
      ),
      told as materialized (
        select e.id from (select distinct event from alike) d join event e on e.id = d.event where ${shown}
      )
      select
        (select string_agg(e.id || '\n' || role || '\n' || coalesce(quantity::text, '') || '\n' || coalesce(uom, '') || '\n' || keys, '\x01')
          from alike a join event e on e.id = a.event where ${shown}) as links,
        (select json_agg(json_build_array(e.id, e.event_id, e.type, e.action,
          (extract(epoch from e.event_time) * 1000000)::bigint, e.biz_step, e.disposition, e.read_point, e.biz_location,
          e.sources, e.destinations,
          e.action = 'DELETE' and not exists (select from event_key c where c.event = e.id and c.role = 'child'))
          order by e.event_time, e.id)
          from event e
          where e.id = any(array(select id from told) || ${`{${evidence.join(',')}}`}::bigint[])) as facts`,
  ])
  const links = (row?.links ?? '').split('\x01').flatMap((text) => (text === '' ? [] : linksOf(text)))
  links.sort((a, b) => a.event - b.event || a.key - b.key)
  const classes = new Map<number, string>()
  const keys = new Map<number, KeyRow>()
  // In one order, whatever the plan: the same question has the same answer to the letter.
  const rows = (told?.keys?.split('\x01') ?? []).map(keyOf).sort((a, b) => a.id - b.id)
  for (const { unlabelled, ...key } of rows) {
    keys.set(key.id, key)
    if (unlabelled !== null && key.gtin) classes.set(Number(unlabelled), key.gtin)
  }
  return {
    classes: [...classes].map(([id, gtin]) => ({ id, gtin })),
    keys,
    facts: new Map((row?.facts ?? []).map((fact) => [fact[0], factOf(fact)])),
    links,
    truncated: links.length >= limit,
  }
}

/** The nodes' own stays bound what of a container's events concerns the answer. */
export function withinStay(walks: readonly Walk[], node: number, at: number): boolean {
  return walks.some((walk) => walk.nodes.get(node)?.some(({ from, until }) => from <= at && at <= until))
}

/** The owners behind GLNs. */
export async function readParties(tx: Tx, holders: Iterable<string>): Promise<Map<string, Party>> {
  const glns = [...holders].filter((holder) => /^\d{13}$/.test(holder))
  if (glns.length === 0) return new Map()
  const rows = await tx<(Party & { gln: string })[]>`
    select gln, id as "ownerId", title, region from owner where gln = any(${glns}::text[])`
  return new Map(rows.map(({ gln, ...party }) => [gln, party]))
}

type FactRow = [
  number,
  string,
  string,
  string | null,
  number,
  string | null,
  string | null,
  string | null,
  string | null,
  string[] | null,
  string[] | null,
  boolean | null,
]

function factOf(row: FactRow): Fact {
  const [
    id,
    eventId,
    type,
    action,
    at,
    bizStep,
    disposition,
    readPoint,
    bizLocation,
    sources,
    destinations,
    childless,
  ] = row
  return {
    id,
    eventId,
    type,
    action,
    at,
    bizStep,
    disposition,
    readPoint,
    bizLocation,
    sources,
    destinations,
    childless: childless === true,
  }
}

function linksOf(text: string): Link[] {
  const [event, role = '', quantity, uom, keys = ''] = text.split('\n')
  const said = { event: Number(event), role, quantity: quantity || null, uom: uom || null }
  return keys.split(' ').map((key) => ({ ...said, key: Number(key) }))
}

function keyOf(text: string): KeyRow & { unlabelled: string | null } {
  const [id, key = '', level = '', gtin, lot, serial, name, unlabelled] = text.split('\x02')
  return {
    id: Number(id),
    key,
    level,
    gtin: gtin || null,
    lot: lot || null,
    serial: serial || null,
    name: name || null,
    unlabelled: unlabelled || null,
  }
}
