import type { Fragment } from 'postgres'
import { Failure } from '../failure.ts'
import { eventDigest } from './identity.ts'
import { type Scope, type Tx, visible } from './scope.ts'

/** Things an event must name: by canonical key, or any serial of a product (a GTIN of 14 digits). */
export type ThingMatch = {
  roles: readonly ('epc' | 'parent' | 'child' | 'input' | 'output')[]
  /** instance: single things; class: classes and lots, as in the lists with quantities. */
  of: 'instance' | 'class'
  keys: readonly string[]
  gtins: readonly string[]
}

/** A comparison of any quantity that an event names. */
export type QuantityMatch = { operator: '=' | '>' | '>=' | '<' | '<='; quantity: string }

/** Which events; each condition that is given must hold, each list means one of its values. Keys are canonical. */
export type EventQuery = {
  types?: readonly string[]
  eventTimeFrom?: Date
  eventTimeBefore?: Date
  recordTimeFrom?: Date
  recordTimeBefore?: Date
  actions?: readonly string[]
  bizSteps?: readonly string[]
  dispositions?: readonly string[]
  readPoints?: readonly string[]
  readPointsWithin?: readonly string[]
  bizLocations?: readonly string[]
  bizLocationsWithin?: readonly string[]
  transformationIds?: readonly string[]
  eventIds?: readonly string[]
  things?: readonly ThingMatch[]
  quantities?: readonly QuantityMatch[]
  /** 'type key' pairs as stored; every inner list must be met. */
  sources?: readonly (readonly string[])[]
  destinations?: readonly (readonly string[])[]
  bizTransactions?: readonly (readonly string[])[]
  declared?: boolean
}

export type Order = { by: 'eventTime' | 'recordTime'; descending: boolean }

/** `after`: the token of the page before; `limit`: events a page. */
export type Page = { order: Order; limit: number; after?: string }

export type StoredEvent = { eventId: string; recordTime: Date; contextId: number; document: string }

export type EventPage = { events: StoredEvent[]; contexts: ReadonlyMap<number, unknown>; next?: string }

/**
 * One page of the events that a scope may see. Recording order is the order of ids. Throws 400 where the token is not
 * one of ours. `document` is the event's JSON as captured (with its eventID, without recordTime).
 */
export async function events(tx: Tx, scope: Scope, query: EventQuery, page: Page): Promise<EventPage> {
  const { by, descending } = page.order
  const direction = descending ? tx`desc` : tx`asc`
  const sort = by === 'eventTime' ? tx`e.event_time ${direction}, e.id ${direction}` : tx`e.id ${direction}`
  const where = [visible(tx, scope), ...conditions(tx, query)]
  if (page.after !== undefined) where.push(afterCondition(tx, page.order, page.after))
  // Few events name a thing: they are found first, or an order by time would make the planner read all of them.
  const named = thingFragment(tx, query.things ?? [])
  const rows = await tx<(StoredEvent & { id: string; at: string })[]>`
    ${named ? tx`with named as materialized (${named})` : tx``}
    select e.id, e.event_time::text as at, e.event_id as "eventId", e.record_time as "recordTime",
      e.context_id as "contextId", e.document
    from event e ${named ? tx`join named on named.event = e.id` : tx``}
    where ${where.reduce((all, one) => tx`${all} and ${one}`)}
    order by ${sort} limit ${page.limit + 1}`
  const shown = rows.slice(0, page.limit)
  const last = rows.length > page.limit ? shown.at(-1) : undefined
  const result: EventPage = { events: shown, contexts: await contextsOf(tx, shown) }
  if (last) result.next = Buffer.from(JSON.stringify([last.id, last.at])).toString('base64url')
  return result
}

/** How many events there are at most up to `limit` + 1: for a reader who wants all or none. */
export async function countEvents(tx: Tx, scope: Scope, query: EventQuery, limit: number): Promise<number> {
  const named = thingFragment(tx, query.things ?? [])
  const where = [visible(tx, scope), ...conditions(tx, query)]
  const [row] = await tx<{ count: number }[]>`
    select count(*)::int as count from (
      select from event e ${named ? tx`join (${named}) named on named.event = e.id` : tx``}
      where ${where.reduce((all, one) => tx`${all} and ${one}`)} limit ${limit + 1}) counted`
  return row?.count ?? 0
}

/** The events known under an eventID (the original, and the declaration of its error if there is one), oldest first. */
export async function eventsById(tx: Tx, scope: Scope, eventId: string): Promise<Omit<EventPage, 'next'>> {
  const digest = eventDigest(eventId)
  const rows = await tx<StoredEvent[]>`
    select e.event_id as "eventId", e.record_time as "recordTime", e.context_id as "contextId", e.document
    from event e where e.event_digest = ${digest} and e.event_id = ${eventId} and ${visible(tx, scope)}
    union all
    select a.event_id, a.record_time, a.context_id, a.document
    from event_alias a join event e on e.id = a.event
    where a.event_digest = ${digest} and a.event_id = ${eventId}
      and (${visible(tx, scope)} or ${'ownerId' in scope ? tx`a.owner_id = ${scope.ownerId}` : tx`false`})
    order by 2`
  return { events: rows, contexts: await contextsOf(tx, rows) }
}

async function contextsOf(tx: Tx, events: readonly StoredEvent[]): Promise<Map<number, unknown>> {
  const ids = [...new Set(events.map((event) => event.contextId))]
  if (ids.length === 0) return new Map()
  const rows = await tx<{ id: number; context: string }[]>`
    select id, context from event_context where id = any(${ids}::int[])`
  return new Map(rows.map((row) => [row.id, JSON.parse(row.context)]))
}

function afterCondition(tx: Tx, { by, descending }: Order, token: string): Fragment {
  const [id, at] = readToken(token)
  if (by === 'recordTime') return descending ? tx`e.id < ${id}` : tx`e.id > ${id}`
  return descending
    ? tx`(e.event_time, e.id) < (${at}::text::timestamptz, ${id})`
    : tx`(e.event_time, e.id) > (${at}::text::timestamptz, ${id})`
}

function readToken(token: string): [string, string] {
  try {
    const value: unknown = JSON.parse(Buffer.from(token, 'base64url').toString())
    if (Array.isArray(value) && /^\d{1,18}$/.test(value[0]) && /^[\d.:+ -]{10,40}$/.test(value[1])) {
      return [value[0], value[1]]
    }
  } catch {
    // Told below.
  }
  throw new Failure(400, 'bad-page-token', '翻页标记 nextPageToken 无效，请从第一页重新查询')
}

function thingFragment(tx: Tx, matches: readonly ThingMatch[]): Fragment | undefined {
  const all = matches.map(({ roles, of, keys, gtins }) => {
    const level =
      of === 'instance' ? tx`not in ('class', 'lot', 'pattern')` : tx`in ('class', 'lot', 'pattern', 'other')`
    const serials = gtins.length > 0 ? tx`or (t.gtin = any(${[...gtins]}::text[]) and t.level = 'serial')` : tx``
    return tx`
      select k.event from trace_key t join event_key k on k.key = t.id
      where (t.key = any(${[...keys]}::text[]) ${serials}) and t.level ${level} and k.role = any(${[...roles]}::text[])`
  })
  const [first, ...others] = all
  return first && others.reduce((a, b) => tx`${a} intersect ${b}`, tx`select distinct * from (${first}) first`)
}

function conditions(tx: Tx, query: EventQuery): Fragment[] {
  const all: Fragment[] = []
  const oneOf = (column: Fragment, values: readonly string[] | undefined) => {
    // One value by equality: then an index gives the page in its order.
    if (values?.length === 1) all.push(tx`${column} = ${values[0] as string}`)
    else if (values) all.push(tx`${column} = any(${[...values]}::text[])`)
  }
  oneOf(tx`e.type`, query.types)
  oneOf(tx`e.action`, query.actions)
  oneOf(tx`e.biz_step`, query.bizSteps)
  oneOf(tx`e.disposition`, query.dispositions)
  oneOf(tx`e.read_point`, query.readPoints)
  oneOf(tx`e.biz_location`, query.bizLocations)
  oneOf(tx`e.transformation_id`, query.transformationIds)
  if (query.eventIds) {
    const digests = query.eventIds.map(eventDigest)
    all.push(tx`e.event_digest = any(${digests}::uuid[])`)
  }
  if (query.eventTimeFrom) all.push(tx`e.event_time >= ${query.eventTimeFrom}`)
  if (query.eventTimeBefore) all.push(tx`e.event_time < ${query.eventTimeBefore}`)
  if (query.recordTimeFrom) all.push(tx`e.record_time >= ${query.recordTimeFrom}`)
  if (query.recordTimeBefore) all.push(tx`e.record_time < ${query.recordTimeBefore}`)
  if (query.declared !== undefined) all.push(tx`e.declared = ${query.declared}`)
  within(tx, all, tx`e.read_point`, query.readPointsWithin)
  within(tx, all, tx`e.biz_location`, query.bizLocationsWithin)
  for (const pairs of query.sources ?? []) all.push(tx`e.sources && ${[...pairs]}::text[]`)
  for (const pairs of query.destinations ?? []) all.push(tx`e.destinations && ${[...pairs]}::text[]`)
  for (const pairs of query.bizTransactions ?? []) all.push(tx`e.biz_transactions && ${[...pairs]}::text[]`)
  for (const match of query.quantities ?? []) all.push(quantityCondition(tx, match))
  return all
}

/** The place itself or one below it: an extension of its GLN. */
function within(tx: Tx, all: Fragment[], column: Fragment, places: readonly string[] | undefined): void {
  if (places) {
    all.push(tx`exists (select from unnest(${[...places]}::text[]) p (key)
      where ${column} = p.key or ${column} ^@ (p.key || '/'))`)
  }
}

function quantityCondition(tx: Tx, { operator, quantity }: QuantityMatch): Fragment {
  const comparison = { '=': tx`=`, '>': tx`>`, '>=': tx`>=`, '<': tx`<`, '<=': tx`<=` }[operator]
  return tx`exists (select from event_key k where k.event = e.id and k.quantity ${comparison} ${quantity}::text::numeric)`
}
