import { createHash } from 'node:crypto'
import type { Sql } from 'postgres'
import { preHash } from '../src/standards/epcis/event-hash.ts'
import { type ParsedEvent, parseDocument } from '../src/standards/epcis/index.ts'
import { append } from '../src/trace/index.ts'
import {
  BLOCK_MINUTES,
  blockLabel,
  CHAINS_A_BLOCK,
  context,
  EVENTS_A_BLOCK,
  insertOwners,
  ownerId,
  region,
  sentOf,
} from './city-of-chains.ts'

/** What a capture writes of the city's events: nothing of it ends, has a name, or is told by anybody unknown. */
export const written = ['trace_key', 'event', 'event_key', 'edge'] as const

const blocksOf = (events: number) => Math.max(1, Math.ceil(events / EVENTS_A_BLOCK))

/** So many chains make at least so many events. */
export const chainsOf = (events: number) => blocksOf(events) * CHAINS_A_BLOCK

/**
 * A city of at least `events` events: its first block is captured, the others are copies of what that left, with the
 * numbers, times, digests and hashes of their own, exactly as capturing them would leave it (bench/city.bench.ts).
 * Nobody is told of them: `event_arrival` stays empty, as if all had been told and sealed long ago. A filling that was broken off goes on where it was; one that is done is left alone.
 */
export async function fillCity(sql: Sql, events: number, onProgress: (text: string) => void): Promise<number> {
  const blocks = blocksOf(events)
  if (!(await isBegun(sql))) {
    if ((await sql`select from event where event_id ^@ ${eventsOfCity} limit 1`).length > 0) return chainsOf(events)
    await insertOwners(sql)
    await begin(sql)
  }
  const [done] = await sql<{ block: number }[]>`select block from city.done`
  const began = performance.now()
  const first = (done?.block ?? 0) + 1
  for (let block = first; block < blocks; block++) {
    await copyBlock(sql, block)
    if (block % 10 === 0 || block === blocks - 1) {
      const rate = ((block - first + 1) * EVENTS_A_BLOCK) / ((performance.now() - began) / 1000)
      onProgress(`block ${block} of ${blocks - 1}, ${Math.round(rate)} events/s`)
    }
  }
  await finish(sql, onProgress)
  return chainsOf(events)
}

const eventsOfCity = 'https://id.example.org/events/B'

async function isBegun(sql: Sql): Promise<boolean> {
  return (await sql`select from pg_namespace where nspname = 'city'`).length > 0
}

/** Captures a block as its owners would send it. */
export async function captureBlock(sql: Sql, block: number): Promise<ParsedEvent[]> {
  const all: ParsedEvent[] = []
  for (const { owner, recordTime, events } of sentOf(block)) {
    const parsed = parseDocument({
      '@context': context,
      type: 'EPCISDocument',
      schemaVersion: '2.0',
      creationDate: recordTime.toISOString(),
      epcisBody: { eventList: events },
    })
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems.slice(0, 3)))
    await append(sql, { ownerId: ownerId(owner), region: region(owner) }, parsed.document.events, {
      context,
      recordTime,
    })
    all.push(...parsed.document.events)
  }
  return all
}

/** Captures the first block, keeps what it left as the pattern, and puts the indexes aside until all is there. */
async function begin(sql: Sql): Promise<void> {
  const [before] = await sql<{ last: string }[]>`
    select case when is_called then last_value else 0 end as last from trace_id_seq`
  const last = Number(before?.last)
  const events = await captureBlock(sql, 0)
  await sql`begin`
  await sql`create schema city`
  await sql`create table city.hashed (event_id text, hashed text)`
  await sql`insert into city.hashed select * from unnest(
    ${events.map(({ eventId }) => eventId)}::text[], ${events.map(hashedText)}::text[])`
  // In the order in which they lie.
  await sql.unsafe(`
    create table city.event as
      select e.*, h.hashed from event e join city.hashed h using (event_id) where e.id > ${last} order by e.ctid;
    create table city.trace_key as select * from trace_key where id > ${last} order by ctid;
    create table city.event_key as select * from event_key where event > ${last} order by ctid;
    create table city.edge as select * from edge where event > ${last} order by ctid;
    create table city.done as select 0 as block, last_value - ${last} as span from trace_id_seq;
    analyze city.event, city.trace_key, city.event_key, city.edge`)
  await sql`delete from event_arrival where ids && array(select id from city.event)`
  await putIndexesAside(sql)
  await sql`commit`
}

/** The text that the event's hash is of. */
function hashedText(event: ParsedEvent): string {
  const run = {
    problems: [],
    problemLimit: 1,
    depthLimit: 10,
    binding: 'json',
    prefixes: new Map(),
    keys: new Map(),
  } as const
  const text = preHash(event.raw, event.type, event.eventTime, { ...run, problems: [] })
  const digest = createHash('sha256').update(text).digest('hex')
  if (!event.hash.includes(digest)) throw new Error(`another text was hashed of ${event.eventId}`)
  return text
}

async function putIndexesAside(sql: Sql): Promise<void> {
  await sql`create table city.rest (place int generated always as identity, text text)`
  // What refers to a key goes before it and comes after it.
  const constraints = await sql<{ tab: string; name: string; def: string }[]>`
    select conrelid::regclass::text as tab, conname as name, pg_get_constraintdef(oid) as def
    from pg_constraint
    where conrelid::regclass::text = any(${[...written]}) and contype in ('p', 'u')
      or confrelid::regclass::text = any(${[...written]}) and contype = 'f'
    order by contype = 'f'`
  for (const { tab, name, def } of constraints)
    await sql`insert into city.rest (text) values (${`alter table ${tab} add constraint ${name} ${def}`})`
  for (const { tab, name } of constraints.reverse()) await sql.unsafe(`alter table ${tab} drop constraint ${name}`)
  const indexes = await sql<{ name: string; def: string }[]>`
    select indexname as name, indexdef as def from pg_indexes where schemaname = 'public' and tablename = any(${[...written]})`
  for (const { name, def } of indexes) {
    await sql`insert into city.rest (text) values (${def})`
    await sql.unsafe(`drop index ${name}`)
  }
  for (const tab of written) {
    await sql.unsafe(`alter table ${tab} set (autovacuum_enabled = false)`)
    await sql`insert into city.rest (text) values (${`alter table ${tab} reset (autovacuum_enabled)`})`
    await sql`insert into city.rest (text) values (${`vacuum (freeze, analyze) ${tab}`})`
  }
}

/** What capturing this block would leave. */
async function copyBlock(sql: Sql, block: number): Promise<void> {
  const [pattern] = await sql<{ span: string }[]>`select span from city.done`
  const by = block * Number(pattern?.span)
  const minutes = `interval '${block * BLOCK_MINUTES} minutes'`
  const own = (text: string) => `replace(${text}, '${blockLabel(0)}', '${blockLabel(block)}')`
  const instant = (time: string) => `to_char((${time}) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
  const timed = (text: string) =>
    `replace(${own(text)}, ${instant('p.event_time')}, ${instant(`p.event_time + ${minutes}`)})`
  const node = (column: string) => `${column} + sign(${column}) * ${by}`
  await sql.unsafe(`
    begin;
    set local synchronous_commit = off;
    insert into trace_key (id, key, level, gtin, lot, serial)
    select id + ${by}, ${own('key')}, level, gtin, ${own('lot')}, ${own('serial')} from city.trace_key;
    insert into event (id, event_digest, declared, content_digest, event_id, hash, type, action, event_time, tz_offset,
      record_time, biz_step, disposition, read_point, biz_location, transformation_id, sources, destinations,
      biz_transactions, owner_id, party_ids, regions, job_id, context_id, document)
    select p.id + ${by}, encode(substr(sha256(convert_to(${own('p.event_id')}, 'UTF8')), 1, 16), 'hex')::uuid, p.declared,
      encode(substr(h.hash, 1, 16), 'hex')::uuid, ${own('p.event_id')}, h.hash, p.type, p.action, p.event_time + ${minutes},
      p.tz_offset, p.record_time + ${minutes}, p.biz_step, p.disposition, p.read_point, p.biz_location, p.transformation_id,
      p.sources, p.destinations, p.biz_transactions, p.owner_id, p.party_ids, p.regions, p.job_id, p.context_id,
      ${timed('p.document')}
    from city.event p cross join lateral (select sha256(convert_to(${timed('p.hashed')}, 'UTF8')) as hash offset 0) h;
    insert into event_key (event, key, role, quantity, uom)
    select event + ${by}, key + ${by}, role, quantity, uom from city.event_key;
    insert into edge (src, dst, kind, at, event)
    select ${node('src')}, ${node('dst')}, kind, at + ${minutes}, event + ${by} from city.edge;
    select setval('trace_id_seq', last_value + span) from trace_id_seq, city.done;
    update city.done set block = ${block};
    commit`)
}

/** Indexes again, one by one. */
async function finish(sql: Sql, onProgress: (text: string) => void): Promise<void> {
  await sql`set maintenance_work_mem = '1GB'`
  const rest = await sql<{ place: number; text: string }[]>`select place, text from city.rest order by place`
  for (const { place, text } of rest) {
    const began = performance.now()
    await sql.unsafe(text)
    await sql`delete from city.rest where place = ${place}`
    onProgress(`${text.slice(0, 80)}: ${Math.round((performance.now() - began) / 1000)} s`)
  }
  await sql`reset maintenance_work_mem`
  await sql`drop schema city cascade`
}
