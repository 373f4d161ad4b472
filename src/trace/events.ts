import type { Fragment } from 'postgres'
import { Failure } from '../failure.ts'
import { type DocumentFilter, type Json, prefixesOf, sortOrder } from './events-filter.ts'
import { eventDigest } from './identity.ts'
import { type Scope, type Tx, visible } from './scope.ts'

/**
 * Things an event must name: by canonical key, or any whose key begins as one of `prefixes`, of a level where one is given.
 */
export type ThingMatch = {
  roles: readonly ('epc' | 'parent' | 'child' | 'input' | 'output')[]
  /** instance: single things; class: classes and lots, as in the lists with quantities. */
  of: 'instance' | 'class' | 'any'
  keys: readonly string[]
  prefixes?: readonly { start: string; level?: 'serial' | 'lot' | 'class' }[]
}

/** A comparison of any quantity that an event names, in a unit where one is given; with one of several for equality. */
export type QuantityMatch = {
  operator: '=' | '>' | '>=' | '<' | '<='
  quantities: readonly string[]
  uom?: string
}

/** Attributes that master data must know of a field's value; one of the values where some are given. */
export type AttributeMatch = { field: string; names: readonly string[]; values?: readonly string[] }

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
  attributes?: readonly AttributeMatch[]
  declared?: boolean
  /** Numbers of the store, for readers that follow what arrives. */
  ids?: readonly string[]
  /** What only the document itself can answer; looked at after everything else. */
  filter?: DocumentFilter
}

export type Order = {
  by: 'eventTime' | 'recordTime'
  descending: boolean
  /** The value of an extension field to sort by instead. */
  value?: (event: Json, prefixes: ReadonlyMap<string, string>) => string | number | boolean | undefined
}

/** `after`: the token of the page before; `limit`: events a page. */
export type Page = { order: Order; limit: number; after?: string }

export type StoredEvent = { eventId: string; recordTime: Date; contextId: number; document: string }

export type EventPage = { events: StoredEvent[]; contexts: ReadonlyMap<number, unknown>; next?: string }

/** Events whose documents are read in one step where a filter looks into them. */
const stepSize = 1000
/** How long documents are looked through for one page. */
const searchMsMax = 8000
/** Most events that are sorted by an extension field. */
const sortedMax = 10_000

type Row = StoredEvent & { id: string; at: string }

/**
 * One page of the events that a scope may see. Recording order is the order of ids. Throws 400 where the token is not
 * one of ours, 413 where a condition on documents finds nothing within its time. A page may then hold fewer events than
 * asked for and still have a next. `document` is the event's JSON as captured (with its eventID, without recordTime).
 */
export async function events(tx: Tx, scope: Scope, query: EventQuery, page: Page): Promise<EventPage> {
  if (page.order.value) return sortedEvents(tx, scope, query, page)
  const found: Row[] = []
  const until = Date.now() + searchMsMax
  let { after } = page
  let hasMore = true
  while (hasMore && found.length < page.limit) {
    const limit = query.filter ? stepSize : page.limit
    const rows = await someEvents(tx, scope, query, { ...page, limit: limit + 1, after })
    const read = rows.slice(0, limit)
    hasMore = rows.length > limit
    for (const row of await filtered(tx, query, read)) {
      if (found.length === page.limit) {
        hasMore = true
        break
      }
      found.push(row)
    }
    const last = found.length === page.limit ? found.at(-1) : read.at(-1)
    if (last) after = tokenOf(last)
    if (hasMore && Date.now() > until) {
      if (found.length === 0) throw tooComplex()
      break
    }
  }
  // With a limit of nothing there is nothing that a next page could follow.
  const next = hasMore && page.limit > 0 ? after : undefined
  return { events: found, contexts: await contextsOf(tx, found), ...(next && { next }) }
}

/** Rows under all conditions but those on documents, in order. */
async function someEvents(tx: Tx, scope: Scope, query: EventQuery, page: Page): Promise<Row[]> {
  const { by, descending } = page.order
  const direction = descending ? tx`desc` : tx`asc`
  const sort = by === 'eventTime' ? tx`e.event_time ${direction}, e.id ${direction}` : tx`e.id ${direction}`
  const where = [visible(tx, scope), ...conditions(tx, query)]
  if (page.after !== undefined) where.push(afterCondition(tx, page.order, page.after))
  // Few events name a thing: they are found first, or an order by time would make the planner read all of them.
  const named = thingFragment(tx, query.things ?? [])
  return tx<Row[]>`
    ${named ? tx`with named as materialized (${named})` : tx``}
    select e.id, e.event_time::text as at, ${asSent(tx, query)}
    from event e ${named ? tx`join named on named.event = e.id` : tx``} ${others(tx, query)}
    where ${where.reduce((all, one) => tx`${all} and ${one}`)}
    order by ${sort} limit ${page.limit}`
}

/** An event as it was sent under the eventID that is asked for: the same content may have come under another, too. */
function asSent(tx: Tx, { eventIds }: EventQuery): Fragment {
  const own = tx`e.event_id as "eventId", e.record_time as "recordTime", e.context_id as "contextId", e.document`
  if (!eventIds) return own
  return tx`coalesce(other.event_id, e.event_id) as "eventId", coalesce(other.record_time, e.record_time) as "recordTime",
    coalesce(other.context_id, e.context_id) as "contextId", coalesce(other.document, e.document) as document`
}

/** The same content under one of the eventIDs, where the event's own is none of them. */
function others(tx: Tx, { eventIds }: EventQuery): Fragment {
  if (!eventIds) return tx``
  const digests = eventIds.map(eventDigest)
  return tx`left join lateral (select a.* from event_alias a
    where a.event = e.id and a.event_digest = any(${digests}::uuid[]) and e.event_digest <> all(${digests}::uuid[])
    order by a.record_time limit 1) other on true`
}

async function filtered(tx: Tx, { filter }: EventQuery, rows: Row[]): Promise<Row[]> {
  if (!filter) return rows
  const contexts = await contextsOf(tx, rows)
  return rows.filter((row) => {
    const event = JSON.parse(row.document) as Json
    const prefixes = prefixesOf(contexts.get(row.contextId), event)
    return filter.tests.every((test) => test(event, prefixes))
  })
}

/** All that is found, up to a limit, sorted by a field of the document; the token is a place in that list. */
async function sortedEvents(
  tx: Tx,
  scope: Scope,
  query: EventQuery,
  { order, limit, after }: Page,
): Promise<EventPage> {
  const from = after === undefined ? 0 : Number(readToken(after)[0])
  const all = await events(tx, scope, query, { order: { by: 'recordTime', descending: false }, limit: sortedMax })
  if (all.next) throw tooComplex()
  const values = new Map<StoredEvent, string | number | boolean>()
  for (const event of all.events) {
    const json = JSON.parse(event.document) as Json
    const value = order.value?.(json, prefixesOf(all.contexts.get(event.contextId), json))
    if (value !== undefined) values.set(event, value)
  }
  const sorted = all.events.toSorted((a, b) => {
    const [one, other] = [values.get(a), values.get(b)]
    if (one === undefined || other === undefined) return Number(one === undefined) - Number(other === undefined)
    return order.descending ? sortOrder(other, one) : sortOrder(one, other)
  })
  const shown = sorted.slice(from, from + limit)
  const next = from + shown.length < sorted.length && shown.length > 0
  return {
    events: shown,
    contexts: all.contexts,
    ...(next && { next: tokenOf({ id: String(from + shown.length), at: '0000000000' }) }),
  }
}

function tooComplex(): Failure {
  const text = '查询条件要逐个查看的事件太多，请加上时间、类型、地点等条件缩小范围'
  return new Failure(413, 'query-too-complex', text, { type: 'epcisException:QueryTooComplexException' })
}

function tokenOf({ id, at }: { id: string; at: string }): string {
  return Buffer.from(JSON.stringify([id, at])).toString('base64url')
}

/** How many events there are at most up to `limit` + 1: for a reader who wants all or none. */
export async function countEvents(tx: Tx, scope: Scope, query: EventQuery, limit: number): Promise<number> {
  if (query.filter) {
    const order = { by: 'recordTime', descending: false } as const
    let count = 0
    let after: string | undefined
    do {
      const page: EventPage = await events(tx, scope, query, { order, limit: Math.min(limit + 1, stepSize), after })
      count += page.events.length
      after = page.next
    } while (after !== undefined && count <= limit)
    return count
  }
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
    if (Array.isArray(value) && /^\d{1,18}$/.test(value[0]) && isWritten(value[1])) {
      return [value[0], value[1]]
    }
  } catch {
    // Told below.
  }
  throw new Failure(400, 'bad-page-token', '翻页标记 nextPageToken 无效，请从第一页重新查询')
}

/** A moment as the database writes it; Date alone would move a day that no calendar has. */
function isWritten(text: unknown): boolean {
  if (typeof text !== 'string' || !/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?\+00$/.test(text)) return false
  const second = new Date(`${text.slice(0, 10)}T${text.slice(11, 19)}Z`)
  return !Number.isNaN(second.getTime()) && second.toISOString().replace('T', ' ').startsWith(text.slice(0, 19))
}

function thingFragment(tx: Tx, matches: readonly ThingMatch[]): Fragment | undefined {
  const all = matches.map(({ roles, of, keys, prefixes = [] }) => {
    const level =
      of === 'any'
        ? tx`is not null`
        : of === 'instance'
          ? tx`not in ('class', 'lot', 'pattern')`
          : tx`in ('class', 'lot', 'pattern', 'other')`
    // Ranges, not a pattern: so the index on keys serves each.
    const below = prefixes.reduce(
      (some, { start, level }) => tx`${some} or (t.key >= ${start} and t.key < ${`${start}\u{10ffff}`}
        ${level ? tx`and t.level = ${level}` : tx``})`,
      tx``,
    )
    return tx`
      select k.event from trace_key t join event_key k on k.key = t.id
      where (t.key = any(${[...keys]}::text[]) ${below}) and t.level ${level} and k.role = any(${[...roles]}::text[])`
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
    all.push(tx`e.id = any(array(select i.id from event i where i.event_digest = any(${digests}::uuid[])
      union all select a.event from event_alias a where a.event_digest = any(${digests}::uuid[])))`)
  }
  if (query.eventTimeFrom) all.push(tx`e.event_time >= ${query.eventTimeFrom}`)
  if (query.eventTimeBefore) all.push(tx`e.event_time < ${query.eventTimeBefore}`)
  if (query.recordTimeFrom) all.push(tx`e.record_time >= ${query.recordTimeFrom}`)
  if (query.recordTimeBefore) all.push(tx`e.record_time < ${query.recordTimeBefore}`)
  if (query.ids) all.push(tx`e.id = any(${[...query.ids]}::bigint[])`)
  if (query.declared !== undefined) all.push(tx`e.declared = ${query.declared}`)
  within(tx, all, tx`e.read_point`, query.readPointsWithin)
  within(tx, all, tx`e.biz_location`, query.bizLocationsWithin)
  for (const pairs of query.sources ?? []) all.push(tx`e.sources && ${[...pairs]}::text[]`)
  for (const pairs of query.destinations ?? []) all.push(tx`e.destinations && ${[...pairs]}::text[]`)
  for (const pairs of query.bizTransactions ?? []) all.push(tx`e.biz_transactions && ${[...pairs]}::text[]`)
  for (const match of query.quantities ?? []) all.push(quantityCondition(tx, match))
  for (const match of query.attributes ?? []) all.push(attributeCondition(tx, match))
  for (const hint of query.filter?.hints ?? []) all.push(tx`position(${hint} in e.document) > 0`)
  return all
}

/** The place itself or one below it: an extension of its GLN, or a child of it in master data. */
function within(tx: Tx, all: Fragment[], column: Fragment, places: readonly string[] | undefined): void {
  if (places) {
    all.push(tx`exists (
      with recursive below (key) as (
        select unnest(${[...places]}::text[])
        union
        select c.key from below b join master_data m on m.key = b.key cross join lateral unnest(m.children) c (key)
      )
      select from below p where ${column} = p.key or ${column} ^@ (p.key || '/'))`)
  }
}

const columns = (tx: Tx): Readonly<Record<string, Fragment>> => ({
  readPoint: tx`e.read_point`,
  bizLocation: tx`e.biz_location`,
  bizStep: tx`e.biz_step`,
  disposition: tx`e.disposition`,
})

function attributeCondition(tx: Tx, { field, names, values }: AttributeMatch): Fragment {
  const keys =
    field === 'epcClass'
      ? tx`(select t.key from event_key k join trace_key t on t.id = k.key
          where k.event = e.id and t.level in ('class', 'lot', 'pattern', 'other'))`
      : tx`(select ${columns(tx)[field] ?? tx`e.document::jsonb ->> ${field}`})`
  const value = values ? tx`and a.value #>> '{}' = any(${[...values]}::text[])` : tx`and a.value <> 'null'`
  return tx`exists (select from master_data m cross join lateral jsonb_each(m.attributes) a
    where m.key in ${keys} and a.key = any(${[...names]}::text[]) ${value})`
}

// Compared as quantities are kept: with six decimals.
function quantityCondition(tx: Tx, { operator, quantities, uom }: QuantityMatch): Fragment {
  const comparison = { '=': tx`=`, '>': tx`>`, '>=': tx`>=`, '<': tx`<`, '<=': tx`<=` }[operator]
  const unit = uom === undefined ? tx`` : tx`and k.uom = ${uom}`
  return tx`exists (select from event_key k where k.event = e.id ${unit}
    and k.quantity ${comparison} any(${[...quantities]}::text[]::numeric(400, 6)[]))`
}
