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
  readonly classes: readonly ClassRow[]
  keys: ReadonlyMap<number, KeyRow>
  facts: ReadonlyMap<number, Fact>
  links: Link[]
  truncated: boolean
}

/**
 * No node and no event. Asked for beside others it makes the plan find all rows first and read their pages in the order in which they
 * lie, the next ones already on their way, instead of waiting for one after the other.
 */
export const NOTHING = 0

/** What is asked of a set of nodes: the keys themselves and every visible event that names one of them. */
export async function readFacts(
  tx: Tx,
  scope: Scope,
  {
    nodes,
    evidence,
    asOf,
    limit,
  }: {
    nodes: readonly number[]
    evidence: readonly number[]
    asOf: Date | null
    limit: number
  },
): Promise<Facts> {
  const ids = `{${nodes.join(',')}}`
  const shown = tx`not e.declared and not exists (select from event_voided v where v.event = e.id)
    and ${visible(tx, scope)} ${asOf ? tx`and e.event_time <= ${asOf}` : tx``}`
  const [[named], [row]] = await Promise.all([
    tx<KeysRow[]>`
      with k as materialized (
        select id, key, level, gtin, lot, serial from trace_key where id = any(${ids}::bigint[]) or id = ${NOTHING}
      ),
      class as materialized (
        select c.gtin, case when exists (select from event_key k where k.key = c.id) then c.id end as unlabelled,
          (select n.name from trace_name n where n.key = c.id order by n.event desc limit 1) as name
        from trace_key c
        where c.key = any(array(select distinct 'https://id.gs1.org/01/' || gtin from k where gtin is not null))
      )
      select string_agg(k.id || '\x02' || k.key || '\x02' || k.level || '\x02' || coalesce(k.gtin, '') || '\x02' ||
          coalesce(k.lot, '') || '\x02' || coalesce(k.serial, ''), '\x01') as keys,
        -- Few things have a name of their own: they are asked for at once, not one by one.
        (select json_agg(json_build_array(n.key, n.name)) from (
          select distinct on (key) key, name from trace_name where key = any(${ids}::bigint[]) order by key, event desc) n) as names,
        (select json_agg(json_build_array(gtin, unlabelled, name)) from class) as classes
      from k`,
    // What is said of many things is written once, with all of them, as one text, and what an event says of itself as another:
    // joined here, the plan would compare all with all or ask for each event by itself, and each cold page would be waited for.
    tx<SaidRow[]>`
      with link as materialized (
        select k.event, k.key || case k.role when 'epc' then 'e' when 'parent' then 'p' when 'child' then 'c'
            when 'input' then 'i' else 'o' end || coalesce(k.quantity || ' ' || coalesce(k.uom, ''), '') as said
        from event_key k where k.key = any(${ids}::bigint[]) or k.key = ${NOTHING} limit ${limit}
      ),
      alike as materialized (select event, string_agg(said, '\n') as said from link group by event)
      select (select string_agg(event || '\x02' || said, '\x01') from alike) as links,
        (select string_agg(e.id || '\x02' || e.event_id || '\x02' || e.type || '\x02' || coalesce(e.action, '') || '\x02' ||
          (extract(epoch from e.event_time) * 1000000)::bigint || '\x02' || coalesce(e.biz_step, '') || '\x02' ||
          coalesce(e.disposition, '') || '\x02' || coalesce(e.read_point, '') || '\x02' || coalesce(e.biz_location, '') || '\x02' ||
          coalesce(array_to_string(e.sources, '\x03'), '') || '\x02' || coalesce(array_to_string(e.destinations, '\x03'), '') || '\x02' ||
          case when e.action = 'DELETE' and not exists (select from event_key c where c.event = e.id and c.role = 'child')
            then '1' else '' end, '\x01')
        from event e
        where (e.id = any(array(select event from alike)) or e.id = any(${`{${evidence.join(',')}}`}::bigint[]))
          and (e.id not in (select event from alike) or (${shown}))) as facts`,
  ])
  const { keys, classes } = keysOf(named)
  const { facts, links } = factsOf(row)
  return { classes, keys, facts, links, truncated: links.length >= limit }
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

type KeysRow = {
  keys: string | null
  names: [key: number, name: string][] | null
  classes: [gtin: string, unlabelled: number | null, name: string | null][] | null
}

/** In one order, whatever the plan: the same question has the same answer to the letter. */
function keysOf(row: KeysRow | undefined): { keys: Map<number, KeyRow>; classes: ClassRow[] } {
  const names = new Map(row?.names)
  const byGtin = new Map(row?.classes?.map(([gtin, unlabelled, name]) => [gtin, { unlabelled, name }]))
  const rows = (row?.keys?.split('\x01') ?? []).map((text): KeyRow => {
    const [id, key = '', level = '', gtin, lot, serial] = text.split('\x02')
    const name = names.get(Number(id)) ?? byGtin.get(gtin ?? '')?.name ?? null
    return { id: Number(id), key, level, gtin: gtin || null, lot: lot || null, serial: serial || null, name }
  })
  rows.sort((a, b) => a.id - b.id)
  const classes: ClassRow[] = []
  for (const { gtin } of rows) {
    const unlabelled = gtin === null ? undefined : byGtin.get(gtin)?.unlabelled
    if (gtin === null || typeof unlabelled !== 'number') continue
    classes.push({ id: unlabelled, gtin })
    byGtin.delete(gtin)
  }
  return { keys: new Map(rows.map((key) => [key.id, key])), classes }
}

type SaidRow = { links: string | null; facts: string | null }

/** Events in the order of their time, links in that of their events' ids. */
function factsOf(row: SaidRow | undefined): { facts: Map<number, Fact>; links: Link[] } {
  const said = new Map<number, string>()
  for (const text of partsOf(row?.links)) {
    const at = text.indexOf('\x02')
    said.set(Number(text.slice(0, at)), text.slice(at + 1))
  }
  const all = partsOf(row?.facts).map((text) => factOf(text.split('\x02')))
  const links = all.sort((a, b) => a.id - b.id).flatMap(({ id }) => linksOf(id, said.get(id) ?? ''))
  all.sort((a, b) => a.at - b.at || a.id - b.id)
  return { facts: new Map(all.map((fact) => [fact.id, fact])), links }
}

const partsOf = (text: string | null | undefined): string[] => (text ? text.split('\x01') : [])

const list = (text: string | undefined) => (text ? text.split('\x03') : null)

function factOf(parts: readonly string[]): Fact {
  const [id, eventId = '', type = '', action, at, bizStep, disposition, readPoint, bizLocation, ...more] = parts
  const [sources, destinations, childless] = more
  return {
    id: Number(id),
    eventId,
    type,
    action: action || null,
    at: Number(at),
    bizStep: bizStep || null,
    disposition: disposition || null,
    readPoint: readPoint || null,
    bizLocation: bizLocation || null,
    sources: list(sources),
    destinations: list(destinations),
    childless: childless === '1',
  }
}

const roles: Readonly<Record<string, string>> = { e: 'epc', p: 'parent', c: 'child', i: 'input', o: 'output' }

/** Each thing with the first letter of its role and, where there is one, quantity and unit: `1234e`, `1234c2.5 KGM`. */
function linksOf(event: number, said: string): Link[] {
  if (said === '') return []
  const links = said.split('\n').map((text): Link => {
    const at = text.search(/[epcio]/)
    const [quantity, uom] = at + 1 < text.length ? text.slice(at + 1).split(' ') : []
    const role = roles[text.charAt(at)] ?? ''
    return { event, key: Number(text.slice(0, at)), role, quantity: quantity || null, uom: uom || null }
  })
  return links.sort((a, b) => a.key - b.key || (a.role < b.role ? -1 : 1))
}
